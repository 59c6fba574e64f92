"""The eight stops of the tour: what to do, how it is noticed, and what there is to see then, of the person's own network.

What a stop says is a claim on the session, and each of them is tested as one on every cell.
"""

from math import e, log10

import numpy as np

from rnn_cli.core.bptt import can_itemise
from rnn_cli.core.network import FORWARD
from rnn_cli.errors import RnnError
from rnn_cli.explore.predict import copied
from rnn_cli.explore.tour import Part, Stop, Tour
from rnn_cli.explore.truncated import said_window
from rnn_cli.explore.world import World
from rnn_cli.views.clean import clean
from rnn_cli.views.logs import of_any_size
from rnn_cli.views.numbers import count, signed

KINDS = {"weight": "a weight", "input": "a number that the network reads", "start": "a starting state"}


def _value(tour: Tour, key: str | None = None) -> str:
    """A number as key = value, by default the one shown."""
    session = tour.session
    opened = session.opened if key is None else session.numbers.open(key)
    return f"{key or session.key} = {signed(opened.value, session.digits)}" if opened is not None else f"{key}"


def _word(tour: Tour, t: int) -> str:
    return clean(tour.session.world.sequence.names[t - 1])


def _goal(tour: Tour) -> int:
    """The step beside the one where the stop began."""
    t, T = tour.mark.cursor.t, tour.session.world.length
    return t + 1 if t < T else T - 1


def _walk(tour: Tour) -> str:
    goal = _goal(tour)
    return f"{'Right' if goal > tour.session.cursor.t else 'Left'} walks to step {goal:,}, {_word(tour, goal)}"


def _walked(tour: Tour) -> str:
    t = tour.session.cursor.t
    return f"step {t:,} reads {_word(tour, t)}: {_value(tour)}"


def _at_leaf(tour: Tour) -> bool:
    session = tour.session
    return bool(session.folds) and session.opened.leaf is not None


def _unfold(tour: Tour) -> str:
    session = tour.session
    below = session.numbers.open(session.under_cursor)
    if below is None or (below.leaf is None and not below.operands):
        return f"{session.under_cursor} has nothing behind it: Tab or Down goes to another operand"
    return f"Enter unfolds {session.under_cursor}; again, down to a given number, as a weight"


def _unfolded(tour: Tour) -> str:
    leaf = tour.session.opened.leaf
    assert leaf is not None
    return f"{_value(tour)} is {KINDS[leaf.kind]}: given. Backspace goes back up"


def _can_edit(tour: Tour) -> bool:
    session = tour.session
    opened = session.numbers.open(session.under_cursor)
    leaf = None if opened is None else opened.leaf
    return leaf is not None and not (leaf.kind == "input" and session.world.model.one_hot)


def _change(tour: Tour) -> str:
    if not _can_edit(tour):
        return "Enter, Tab and Backspace lead to a weight, and w gives it another number"
    return f"w gives {tour.session.under_cursor} another number: see what it moves"


def _changed(tour: Tour) -> bool:
    """Whether the last edit was of one number."""
    marked = tour.session.marked
    return marked is not None and marked is not tour.mark.marked and one_number(marked.before.world, marked.after.world)


def one_number(old: World, new: World) -> bool:
    """Whether two worlds differ in one given number alone: neither in the text, nor by a step of learning."""
    if old.model.network.architecture != new.model.network.architecture or old.sequence.tokens != new.sequence.tokens:
        return False
    flats = [one.model.network.parameters.flat for one in (old, new)]
    weights = int(np.count_nonzero(flats[0] != flats[1]))
    if weights == 0:
        return not np.array_equal(old.sequence.inputs, new.sequence.inputs) or _starts(old) != _starts(new)
    return weights == 1


def _starts(world: World) -> list[list[float]]:
    initial, states = world.trace.initial, world.model.network.cell.states
    return [initial[where][name].tolist() for where in initial for name in states]


def _moved(tour: Tour) -> str:
    marked = tour.session.marked
    assert marked is not None
    moved, every = marked.count()
    return f"{moved:,} of {every:,} numbers of h moved; on the map * stands beside one that did"


def _hide(tour: Tour) -> str:
    session = tour.session
    opened = session.opened
    if opened.leaf is not None or not opened.products or copied(opened.function, opened.products):
        return f"Backspace leaves {session.key}; then t hides a number until you say it"
    return f"t hides {session.key} until you have predicted it"


def _predict(tour: Tour) -> str:
    if tour.session.question is None:
        return "t asks again: type what the number is, and Enter; ? and Enter tells it"
    return f"type what {tour.session.question.row.key} is, and Enter; ? and Enter tells it"


def _predicted(tour: Tour) -> str:
    asked = tour.asked
    assert asked is not None
    how = "you were right" if asked.right else "you asked for it" if asked.told else "you said something else"
    return f"{asked.row.key} = {signed(asked.row.value, tour.session.digits)}: {how}"


def _no_loss(tour: Tour) -> str:
    try:
        tour.session.world.wanted  # noqa: B018  -- whether there is one
    except RnnError as error:
        return str(error)
    return ""


def _turn(tour: Tour) -> str:
    return f"b turns from {_forward_key(tour)} to the error that arrives there"


def _forward_key(tour: Tour) -> str:
    session = tour.session
    return "a number" if session.cursor.back else session.cursor.key(session.numbers)


def _turned(tour: Tour) -> str:
    return f"the error that arrives: {_value(tour)}; the loss is {tour.session.world.back.loss.total:.4f}"


def _no_window(tour: Tour) -> str:
    world = tour.session.world
    if world.length == 1:
        return "one step alone leaves nothing to truncate"
    if not can_itemise(world.trace):
        return f"{world.length:,} steps are too many to truncate"
    return _no_loss(tour)


def _far_end(tour: Tour) -> tuple[str, int]:
    """The key to the step that errors come to last, and the step."""
    session = tour.session
    return ("Home", 1) if session.cursor.direction == FORWARD else ("End", session.world.length)


def _truncated(tour: Tour) -> str:
    session, mark = tour.session, tour.mark
    window = session.world.window
    assert window is not None
    said = f"errors go back through {said_window(window)}; ] adds one; {_value(tour)}"
    then, now = mark.numbers.world, session.world
    same = (then.model, then.sequence, then.window) == (now.model, now.sequence, None)
    before = mark.numbers.open(session.key) if same and mark.cursor.back and session.cursor.back else None
    return said if before is None else f"{said}, was {signed(before.value, session.digits)}"


def _no_path(tour: Tour) -> str:
    return "its numbers left the finite range" if tour.session.world.left_range else ""


def _path(tour: Tour) -> str:
    final = tour.session.path.flow.final
    size = of_any_size(final.log_norm * log10(e), 3)
    return f"the product of {count(final.k, 'Jacobian')} has norm {size}; g shows the numbers again"


def _has_command(tour: Tour) -> bool:
    try:
        tour.session.command()
    except RnnError:
        return False
    return True


def _printed(tour: Tour) -> bool:
    session = tour.session
    if not session.message:
        return False
    try:
        return session.message == session.said_command()
    except RnnError as error:
        return session.message == str(error)


def _taken(tour: Tour) -> str:
    if _has_command(tour):
        return "that command prints this page; after q it stands on your terminal"
    return "there is no such command here, and the page says why"


STOPS = (
    Stop(
        "walk",
        (Part(_walk, lambda tour: tour.session.cursor.t == _goal(tour), _walked),),
        lambda tour: "one step alone leaves nowhere to walk to" if tour.session.world.length == 1 else "",
    ),
    Stop("unfold", (Part(_unfold, _at_leaf, _unfolded),)),
    Stop(
        "change",
        (
            Part(_change, _changed, _moved),
            Part(
                lambda tour: "u undoes it",
                lambda tour: len(tour.session.history) < tour.mark.edits,
                lambda tour: "the numbers are again what they were",
            ),
        ),
    ),
    Stop(
        "predict",
        (
            Part(_hide, lambda tour: tour.session.question is not None, lambda tour: ""),
            Part(_predict, lambda tour: tour.asked is not None and tour.asked.over, _predicted),
        ),
    ),
    Stop("error", (Part(_turn, lambda tour: tour.session.cursor.back, _turned),), _no_loss),
    Stop(
        "truncate",
        (
            Part(
                lambda tour: (
                    f"{_far_end(tour)[0]}, and [ lets errors go back through one step less: what still arrives here?"
                ),
                lambda tour: tour.session.world.window is not None and tour.session.cursor.t == _far_end(tour)[1],
                _truncated,
            ),
        ),
        _no_window,
    ),
    Stop(
        "path",
        (
            Part(
                lambda tour: "g shows how a gradient fares on its way back",
                lambda tour: tour.session.facts and not tour.session.helping,
                _path,
            ),
        ),
        _no_path,
    ),
    Stop("take", (Part(lambda tour: "p names the command that prints this page", _printed, _taken),)),
)
