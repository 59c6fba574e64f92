"""The tour: each stop is noticed when it is done and not before, and what it says is so, on every cell."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from textual.pilot import Pilot

from rnn_cli.core.activations import softmax
from rnn_cli.core.cells import CELLS
from rnn_cli.core.state import State
from rnn_cli.core.trace import Trace, trace
from rnn_cli.explore.draw.text import in_ascii
from rnn_cli.explore.draw.tour import panel
from rnn_cli.explore.keys import TOUR_KEYS
from rnn_cli.explore.session import Session
from rnn_cli.explore.stops import STOPS
from rnn_cli.explore.terminal.app import Explorer
from rnn_cli.explore.terminal.lines import Panel
from rnn_cli.explore.terminal.prompt import Prompt
from rnn_cli.explore.tour import SO_ALREADY, Tour
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from tests.conftest import Command
from tests.support.explore import built, session_of

SAID = re.compile(r"([\w.]+(?:\[\d+\])+(?:@\d+\.\w+)?) = (\S*\d)")
"""A number in a sentence: its name, and what it is said to be."""


def press(tour: Tour, *acts: Callable[[Session], object]) -> None:
    """Acts of a person, at each of which the tour looks."""
    for act in acts:
        act(tour.session)
        tour.look()


def down_to_a_given_number(tour: Tour) -> None:
    """Enter, and Tab where that leads nowhere: as the stop says."""
    for _ in range(20):
        if tour.stops[tour.at].name != "unfold":
            return
        press(tour, Session.unfold if tour.says.startswith("Enter unfolds") else Session.next_kind)


def change(tour: Tour) -> None:
    """Another number for the weight, and back."""
    press(tour, lambda session: session.edit_number("0.75"))
    assert tour.says == "u undoes it"
    press(tour, Session.undo)


def predict(tour: Tour) -> None:
    """Back up to a number that is computed, and told what it is."""
    while not tour.says.startswith("t hides"):
        press(tour, Session.fold)
    press(tour, Session.ask, lambda session: session.answer("?"))


DONE: dict[str, Callable[[Tour], None]] = {
    "walk": lambda tour: press(tour, lambda session: session.step(1)),
    "unfold": down_to_a_given_number,
    "change": change,
    "predict": predict,
    "error": lambda tour: press(tour, Session.turn),
    "truncate": lambda tour: press(tour, lambda session: session.step(-1), lambda session: session.truncate(-1)),
    "path": lambda tour: press(tour, Session.toggle_facts),
    "take": lambda tour: press(tour, lambda session: setattr(session, "message", session.command())),
}
"""How each stop is done."""

SHAPES: dict[str, dict[str, object]] = {
    "one": {},
    "deep": {"num_layers": 2, "bidirectional": True},
    "tags": {"task": "many-to-many"},
}


def tour_of(session: Session) -> Tour:
    """A tour of all stops."""
    return Tour(session, STOPS)


def test_there_are_eight_stops_and_each_is_tried() -> None:
    assert (len(STOPS), [stop.name for stop in STOPS]) == (8, list(DONE))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cell", CELLS)
def test_each_stop_is_noticed_when_it_is_done_and_says_what_is_so(cell: str, shape: str) -> None:
    session = session_of(model=replace(built(cell, **SHAPES[shape]), flags=f"--cell {cell}"))
    tour = tour_of(session)
    for k, name in enumerate(DONE):
        assert (tour.at, tour.part, SO_ALREADY in tour.says) == (k, 0, False), name
        press(tour, lambda session: None)
        assert tour.at == k, f"{name} was noticed before it was done"
        DONE[name](tour)
        assert tour.at == k + 1, f"{name} was not noticed: {tour.says}"
        for key, value in SAID.findall(tour.said):
            opened = session.numbers.open(key)
            assert opened is not None, tour.said
            assert abs(float(value) - opened.value) <= 0.5001e-4, tour.said
        if name in CLAIMS:
            CLAIMS[name](tour)
    assert tour.over


def what_moved(tour: Tour) -> None:
    """The edit and its undoing: the numbers are those of the model again."""
    network = tour.session.world.model.network
    assert (tour.said, tour.session.history) == ("the numbers are again what they were", [])
    assert (
        trace(network, tour.session.world.sequence.inputs).outputs.tolist() == tour.session.world.trace.outputs.tolist()
    )


def what_truncation_took(tour: Tour) -> None:
    """The error as it is without truncation."""
    session, cursor = tour.session, tour.session.cursor
    found = re.fullmatch(r"errors go back through 2 steps, their own included; \] adds one; .*, was (\S+)", tour.said)
    assert found is not None
    error = replace(session.world, window=None).back.error(cursor.layer, cursor.direction, cursor.t)
    assert session.key.startswith("dh[1][1]")
    assert abs(float(found[1]) - error.h[0]) <= 0.5001e-4


def loss_said(tour: Tour) -> None:
    """The loss of the target that the network itself would say."""
    world = tour.session.world
    chosen = np.atleast_2d(softmax(np.atleast_2d(world.trace.answers))).max(axis=-1)
    assert tour.said.endswith(f"the loss is {float(-np.log(chosen).sum()):.4f}")


def carried(state: dict[str, np.ndarray]) -> np.ndarray:
    """What a step hands on, as a vector; of an sLSTM what does not depend on its stabiliser."""
    if "n" not in state:
        return np.concatenate(list(state.values()))
    return np.concatenate([state["h"], state["c"] / state["n"], np.log(state["n"]) + state["m"]])


def state_of(vector: np.ndarray, states: tuple[str, ...]) -> State:
    """The state of such a vector."""
    if "n" not in states:
        return State(**dict(zip(states, np.split(vector, len(states)), strict=True)))
    h, ratio, log = np.split(vector, 3)
    return State(h=h, c=ratio * np.exp(log), n=np.exp(log), m=np.zeros_like(h))


def norm_of_the_product(tour: Tour) -> None:
    """The last state held against the first by differences, where the network is one run forwards."""
    world = tour.session.world
    if world.many:
        return
    states = world.model.network.cell.states

    def of_step(run: Trace, t: int) -> np.ndarray:
        return carried({name: run.states(0, "forward", name)[t] for name in states})

    def last(start: np.ndarray) -> np.ndarray:
        given = {(0, "forward"): state_of(start, states)}
        return of_step(trace(world.model.network, world.sequence.inputs[1:], given), -1)

    first = of_step(world.trace, 0)
    eye = np.eye(len(first)) * 1e-6
    jacobian = np.array([(last(first + one) - last(first - one)) / 2e-6 for one in eye]).T
    found = re.search(r"product of 2 Jacobians has norm (\S+);", tour.said)
    assert found is not None
    np.testing.assert_allclose(float(found[1]), np.linalg.norm(jacobian, 2), rtol=6e-3)


CLAIMS: dict[str, Callable[[Tour], None]] = {
    "change": what_moved,
    "error": loss_said,
    "truncate": what_truncation_took,
    "path": norm_of_the_product,
}
"""What a stop says beside numbers with their names, computed once more."""


def test_what_was_said_is_gone_once_it_is_so_no_more() -> None:
    tour = tour_of(session_of())
    press(tour, lambda session: session.step(1))
    assert "h[2][1]" in tour.said
    press(tour, lambda session: session.down(1))
    assert tour.said == ""
    tour = tour_of(session_of())
    press(tour, lambda session: session.step(1))
    assert tour.said
    press(tour, Session.learn)
    assert tour.said == ""
    tour.go(4)
    press(tour, lambda session: session.truncate(-1))
    assert (tour.stops[tour.at].name, tour.said) == ("truncate", ""), "nothing is cut off at the last step"
    press(tour, lambda session: session.edge(-1))
    assert "2 steps" in tour.said
    press(tour, lambda session: session.truncate(1))
    assert tour.said == ""


def test_how_many_numbers_an_edit_moved_is_counted() -> None:
    tour = tour_of(session_of())
    tour.go(2)
    press(tour, Session.unfold, Session.unfold, Session.learn)
    assert (tour.part, tour.said) == (0, ""), "a step of learning is no such edit"
    press(tour, Session.undo, lambda session: session.down(1), lambda session: session.edit_text("I hate NLP"))
    assert tour.part == 0, "another text is no such edit"
    press(tour, Session.undo)
    old = tour.session.world.trace.outputs
    while not tour.says.startswith("w gives"):
        press(tour, Session.unfold)
    press(tour, lambda session: session.edit_number("0.5"))
    assert tour.part == 1
    moved = int(np.count_nonzero(old != tour.session.world.trace.outputs))
    assert tour.said.startswith(f"{moved} of 9 numbers of h moved")


@pytest.mark.parametrize("answer", ["right", "wrong", "Escape"])
def test_a_prediction_is_noticed_once_nothing_more_is_asked(answer: str) -> None:
    tour = tour_of(session_of())
    tour.go(3)
    value = tour.session.opened.value
    press(tour, Session.ask)
    assert tour.says == "type what h[1][1] is, and Enter; ? and Enter tells it"
    if answer == "Escape":
        press(tour, lambda session: setattr(session, "question", None))
        assert tour.says.startswith("t asks again")
        press(tour, Session.ask)
    if answer == "wrong":
        press(tour, lambda session: session.answer("7"))
        assert tour.part == 1
        press(tour, lambda session: session.answer("8"))
        assert tour.said == f"h[1][1] = {value:+.4f}: you said something else"
    else:
        press(tour, lambda session: session.answer(f"{value:.4f}"))
        assert tour.said == f"h[1][1] = {value:+.4f}: you were right"


def names(tour: Tour) -> str | None:
    """The stop, None after the last."""
    return None if tour.over else tour.stops[tour.at].name


def test_what_was_so_before_a_stop_waits_until_it_is_done_anew() -> None:
    tour = tour_of(session_of())
    tour.go(3)
    press(tour, Session.turn, Session.turn, Session.turn)
    tour.go(1)
    assert (names(tour), tour.says.endswith(SO_ALREADY)) == ("error", True)
    press(tour, lambda session: session.step(1))
    assert names(tour) == "error"
    press(tour, Session.turn, Session.turn)
    assert names(tour) == "truncate"
    tour.go(-1)
    assert names(tour) == "error"


def bare() -> Model:
    """A network without a readout."""
    model = load_model("nlp")
    return replace(model, network=model.network.without_readout())


def test_a_stop_that_cannot_be_is_left_out_with_the_reason() -> None:
    tour = tour_of(session_of(model=bare()))
    tour.go(4)
    assert names(tour) == "path"
    assert [one.partition(": ")[0] for one in tour.left_out] == ["stop 5 is left out", "stop 6 is left out"]
    assert "no readout" in tour.left_out[0]
    press(tour, Session.toggle_facts)
    assert (names(tour), tour.left_out) == ("take", [])
    tour.go(-len(STOPS))
    assert names(tour) == "walk"
    alone = tour_of(session_of("love"))
    assert (names(alone), alone.left_out) == (
        "unfold",
        ["stop 1 is left out: one step alone leaves nowhere to walk to"],
    )
    alone.go(-1)
    assert names(alone) == "unfold"
    alone.go(len(STOPS))
    assert alone.over
    alone.look()
    alone.go(-1)
    assert names(alone) == "take"


def test_an_edit_that_takes_away_what_a_stop_needs_ends_the_stop() -> None:
    tour = tour_of(session_of())
    press(tour, lambda session: session.edit_text("love"))
    assert names(tour) == "unfold"
    short = tour_of(session_of())
    press(short, lambda session: session.step(2))
    short.go(-1)
    press(short, lambda session: session.edit_text("I love"))
    assert short.says == "Left walks to step 1, I"


def test_its_lines_keep_to_their_width_and_go_to_ascii() -> None:
    session = session_of("I " + "喜欢" * 60 + " \x1b[31m NLP")
    tour = tour_of(session)
    press(tour, lambda session: session.step(1))
    tour.go(-1)
    for width in (40, 80, 160):
        lines = panel(tour, width)
        assert {line.cell_len for line in lines} == {width}
        assert all(line.plain.isprintable() for line in lines)
        assert {(line.cell_len, line.plain.isascii()) for line in map(in_ascii, lines)} == {(width, True)}


def played(session: Session, do: Callable[[Pilot[None], Tour], object], size: tuple[int, int] = (80, 24)) -> None:
    """The program on its tour, with somebody at its keys."""
    tour = tour_of(session)
    app = Explorer(session, tour=tour)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await do(pilot, tour)  # type: ignore[misc]

    asyncio.run(run())


def shown(pilot: Pilot[None]) -> str:
    """What stands in the panel."""
    one = pilot.app.query_one(Panel)
    return "\n".join(one.render_line(y).text for y in range(one.size.height))


def test_a_person_takes_the_tour_with_keys() -> None:
    async def take(pilot: Pilot[None], tour: Tour) -> None:
        prompt = pilot.app.query_one(Prompt)
        for keys, at in {
            "right": 1,
            "enter d tab enter": 1,  # other keys do what they do, and the stop waits
            "backspace backspace enter enter enter": 2,
            "w": 2,
        }.items():
            await pilot.press(*keys.split())
            assert tour.at == at, keys
            assert f"stop {at + 1} of 8" in shown(pilot)
        prompt.value = "2"
        await pilot.press("enter", "u")
        assert tour.at == 3
        await pilot.press("backspace", "t", "question_mark", "enter", "b", "home", "left_square_bracket", "g")
        assert tour.at == 7
        await pilot.press(*["less_than_sign"] * 2)
        assert "stop 6 of 8" in shown(pilot)
        await pilot.press(*["greater_than_sign"] * 2, "p")
        assert tour.over
        assert "The tour is over" in shown(pilot)
        await pilot.press("question_mark", "escape")
        assert "The tour is over" in shown(pilot)
        await pilot.press("escape", "escape")
        assert pilot.app.query_one(Panel).size.height == 0
        await pilot.press("right", "less_than_sign")
        assert (shown(pilot), tour.at) == ("", 8)

    played(session_of(), take)


def test_a_terminal_that_is_too_low_has_the_page_and_no_tour() -> None:
    async def look(pilot: Pilot[None], tour: Tour) -> None:
        assert shown(pilot) == ""
        await pilot.press("right")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert (tour.at, "stop 2 of 8" in shown(pilot)) == (1, True)

    played(session_of(), look, size=(80, 13))


def test_the_keys_of_the_tour_are_those_of_the_panel() -> None:
    first = panel(tour_of(session_of()), 80)[0].plain
    assert [key.shown for key in TOUR_KEYS if key.shown not in first] == []


def test_the_tour_goes_through_a_sentence_of_its_own_where_nobody_gives_one(call: Command) -> None:
    assert call("explore", "--tour").stdout == call("explore", "I love NLP", "--tour").stdout
    assert "give a sentence" in call("explore").stderr
