"""What each key does to a session, without a terminal."""

import io
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.commands.explore import keep
from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.explore.cursor import Fold
from rnn_cli.explore.draw.sums import arithmetic
from rnn_cli.explore.equation import equation_of
from rnn_cli.explore.leaves import find_leaf, slope_of, value_of, with_number
from rnn_cli.explore.session import Session
from rnn_cli.explore.world import World
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.study.bptt import BpttResult, bptt_sequence
from rnn_cli.views.bptt_verdicts import AT_0, BELOW_0
from rnn_cli.views.numbers import signed
from tests.conftest import Command
from tests.support.explore import built, session_of, text_of
from tests.support.trained import TrainedModels


def value(session: Session, key: str) -> float:
    """The number of a key."""
    opened = session.numbers.open(key)
    assert opened is not None
    return opened.value


def test_arrows_walk_over_the_map_and_stay_on_it() -> None:
    session = session_of()
    session.step(-1)
    session.down(-1)
    assert session.key == "h[1][1]"
    session.step(1)
    session.down(2)
    assert session.key == "h[2][3]"
    session.step(99)
    session.down(99)
    assert session.key == "h[3][3]"
    session.place(2, 1)
    assert session.key == "h[2][1]"


def test_tab_goes_round_all_quantities_of_the_network() -> None:
    session = session_of(model=built("lstm"))
    seen = []
    for _ in session.numbers.kinds(back=False):
        seen.append(session.cursor.kind)
        session.next_kind()
    assert seen == ["h", "c", "i", "f", "g", "o", "a_i", "a_f", "a_g", "a_o", "logits"]
    assert session.cursor.kind == "h"
    session.next_kind(-1)
    assert session.key == "logits[1]"
    session.down(5)
    assert session.key == "logits[2]"


def test_enter_walks_into_operands_and_backspace_comes_back() -> None:
    session = session_of()
    session.step(1)
    session.unfold()
    assert (session.key, session.under_cursor) == ("h[2][1]", "a[2][1]")
    session.unfold()
    assert [*session.trail] == ["h[2][1]", "a[2][1]"]
    session.down(2)  # past the products of the input, to W_hh[1][1] · h[1][1]
    assert session.under_cursor == "W_hh[1][1]"
    session.next_kind()
    session.unfold()
    assert [*session.trail] == ["h[2][1]", "a[2][1]", "h[1][1]"]
    session.step(1)  # the whole path goes along
    assert [*session.trail] == ["h[3][1]", "a[3][1]", "h[2][1]"]
    session.fold()
    assert session.under_cursor == "h[2][1]"
    session.step(-2)  # there is no state before the first step but the initial one, which is given
    assert [*session.trail] == ["h[1][1]", "a[1][1]"]
    session.down(-99)
    session.next_kind()
    session.unfold()
    assert session.key == "W_xh[1][1]"
    session.unfold()
    assert "w changes it" in session.message
    for _ in range(5):
        session.fold()
    assert [*session.trail] == ["h[1][1]"]


def test_layers_and_directions() -> None:
    session = session_of(model=built("gru", num_layers=2, bidirectional=True))
    assert session.key == "h[1][1]@1.forward"
    session.other_direction()
    session.layer(-1)
    assert session.key == "h[1][1]@0.backward"
    session.layer(-1)
    assert session.cursor.layer == 0
    session.other_direction()
    session.layer(1)
    session.unfold()
    session.unfold()
    for _ in range(20):
        assert session.numbers.open(session.under_cursor) is not None, session.under_cursor
        session.down(1)


def test_b_turns_a_number_into_its_error_and_back() -> None:
    session = session_of(target="positive")
    session.step(99)
    session.turn()
    assert (session.key, session.message) == ("dh[3][1]", "")
    session.next_kind()
    assert session.key == "da[3][1]"
    session.unfold()
    assert session.under_cursor == "dh[3][1]"
    session.unfold()
    session.unfold()
    assert session.key == "dlogits[1]"
    session.turn()
    assert (session.key, session.cursor.back) == ("a[3][1]", False)


def test_a_session_without_a_target_goes_back_from_what_the_network_says() -> None:
    session = session_of()
    trace = session.world.trace
    session.turn()
    assert session.message == "no --target for this text: the loss is against what the network says, positive"
    assert session.world.trace is trace
    assert session.command() == 'rnn bptt "I love NLP" --target positive --steps 1 --unit 1'


def test_brackets_move_the_window_of_truncation() -> None:
    session = session_of(target="positive")
    session.truncate(-1)
    assert (session.world.window, session.cursor.back) == (2, True)
    whole = bptt_sequence(session.world.model, session.world.sequence, target="positive", truncate="2")
    assert isinstance(whole, BpttResult)
    np.testing.assert_allclose(session.world.back.gradients.flat, whole.report.result.gradients.flat, rtol=1e-12)
    assert session.world.back.error(0, "forward", 1).h.tolist() == [0, 0, 0]
    session.truncate(-9)
    assert [session.world.window] == [1]
    session.truncate(99)
    assert ([session.world.window], session.message) == ([None], "errors go back all the way")


def test_an_edited_weight_moves_what_hangs_on_it_and_u_goes_back() -> None:
    session = session_of()
    before = session.world
    session.step(1)
    session.unfold()
    with pytest.raises(InputError, match="a\\[2\\]\\[1\\] is computed"):
        session.edit_number("1")
    session.unfold()
    session.down(2)
    with pytest.raises(InputError, match="no number"):
        session.edit_number("much")
    session.edit_number("3/4")
    assert session.message.startswith("W_hh[1][1] was ")
    assert session.message.endswith("is 0.75: 4 of 9 numbers of h moved; u goes back")
    assert value(session, "W_hh[1][1]") == 0.75
    assert session.marked is not None
    assert session.marked.value("h[1][1]") == value(session, "h[1][1]")
    assert session.marked.value("h[2][1]") == before.trace.states(0, "forward")[1, 0] != value(session, "h[2][1]")
    np.testing.assert_array_equal(
        before.model.network.parameters.flat, load_model("nlp").network.parameters.flat
    )  # an edit makes other numbers, it does not change those that were there
    with pytest.raises(InputError, match="s saves"):
        session.command()
    session.undo()
    assert session.world is before
    with pytest.raises(InputError, match="nothing"):
        session.undo()


def test_an_edited_vector_is_that_of_the_word_wherever_it_stands() -> None:
    session = session_of("love love zorp")
    for key in ("x[1][1]", "x[3][2]"):
        session.folds = (Fold(key),)
        session.edit_number("-2")
    assert session.world.sequence.inputs[:, 0].tolist()[:2] == [-2, -2]
    session.edit_text("zorp love")
    assert session.world.sequence.inputs[0, 1] == session.world.sequence.inputs[1, 0] == -2
    assert [one.length for one in session.history] == [3, 3, 3]


def test_of_a_word_with_parts_its_own_row_is_edited(trained: TrainedModels) -> None:
    """Two strange words share the row of <unk>, and keep what their parts add."""
    model = load_model(str(trained.path("tag")))
    session = session_of("zebras zoo zebras", model, "NOUN")
    before = session.world.sequence.inputs.copy()
    assert (before[0] != before[1]).all()
    session.folds = (Fold("x[1][2]"),)
    session.edit_number("0.75")
    moved = session.world.sequence.inputs - before
    assert moved[:, 1] == pytest.approx([0.75 - before[0, 1]] * 3)
    assert not moved[:, [0, 2]].any()
    edited = session.world.sequence.inputs
    np.testing.assert_allclose(encode_text("zebras zoo zebras", session.world.model, 0).inputs, edited, atol=1e-15)
    leaf = find_leaf(session.world, "x[1][2]")
    assert leaf is not None
    below, above = (with_number(session.world, leaf, 0.75 + by).loss for by in (-1e-5, 1e-5))
    assert slope_of(session.world, leaf) == pytest.approx((above - below) / 2e-5, rel=1e-6)
    said = " ".join("\n".join(one.plain for one in arithmetic(session, 60, 9)).split())
    assert "the sum of those of <unk>, " in said
    assert "-s" in said


def test_the_slope_of_a_vector_is_what_an_edit_of_it_does_to_the_loss() -> None:
    session = session_of("love I love")
    session.turn()
    for key, steps in (("x[3][1]", 2), ("x[2][1]", 1), ("W_xh[1][2]", 1)):
        leaf = find_leaf(session.world, key)
        assert leaf is not None
        now = value_of(session.world, leaf)
        below, above = (with_number(session.world, leaf, now + by).loss for by in (-1e-5, 1e-5))
        slope = slope_of(session.world, leaf)
        assert slope is not None
        assert slope == pytest.approx((above - below) / 2e-5, rel=1e-6)
        session.folds = (Fold(key),)
        at = ", at all 2 steps" if steps == 2 else ""
        assert f"dL/d of it{at}: {signed(slope, 4)}" in "\n".join(one.plain for one in arithmetic(session, 60, 9))


def test_an_edited_text_stands_beside_the_old_one() -> None:
    session = session_of("I love NLP")
    session.edit_text("I really love NLP")
    assert session.marked is not None
    assert [session.marked.earlier(t) for t in range(1, 5)] == [1, None, 2, 3]
    assert session.marked.column("h", 0, "forward", 2) is None
    assert session.command() == "rnn trace \"I really love NLP\" --why 'h[1][1]'"
    assert session.message.startswith("the text is another: 6 of 9 numbers of h moved")
    with pytest.raises(InputError, match=r"^the text holds no word: write at least one$"):
        session.edit_text(" ")


def test_the_same_text_keeps_the_comparison_with_the_last_edit() -> None:
    session = session_of("NLP love NLP")
    session.edit_text("NLP hate NLP")
    before = session.marked, session.numbers
    for same in ("NLP hate NLP", " NLP  hate NLP"):
        with pytest.raises(InputError, match=r"^the text is the same: nothing changes$"):
            session.edit_text(same)
    assert (session.marked, session.numbers) == before
    assert len(session.history) == 1


def test_an_edit_of_a_word_names_it_and_its_steps_and_a_single_number_itself_alone() -> None:
    for key, place in (("x[1][1]", "x[1][1], of the vector of NLP (steps 1, 3),"), ("x[2][1]", "x[2][1]")):
        session = session_of("NLP love NLP")
        session.folds = (Fold(session.key), Fold(key))
        session.edit_number("2")
        assert session.message.startswith(f"{place} was ")


def test_an_answer_that_an_edit_changed_is_said_and_one_that_stays_is_not() -> None:
    session = session_of("I love NLP", target="negative")
    session.learn()
    assert "the answer is" not in session.message
    while session.rate < 10:
        session.change_rate(1)
    session.learn()
    assert ", and the answer is negative now" in session.message
    session.folds = (Fold(session.key), Fold("b_y[2]"))
    session.edit_number("99")
    assert "moved, and the answer is positive now; u goes back" in session.message
    session = session_of("I love NLP")
    session.edit_text("I hate NLP")
    assert "moved, and the answer is negative now; u goes back" in session.message


def test_of_an_answer_at_each_step_the_edit_says_how_many_changed_where_words_stayed() -> None:
    session = session_of("I love NLP", built("rnn", task="many-to-many"))
    session.folds = (Fold(session.key), Fold("b_y[1]"))
    before = session.world.trace.logits
    assert before is not None
    session.edit_number("99")
    changed = int(np.count_nonzero(before.argmax(axis=1) != 0))
    assert changed > 0
    assert f", and {changed} of 3 answers changed; u goes back" in session.message
    session.edit_text("so I love NLP")
    assert "answers changed" not in session.message, "a word that was added had no answer"


def test_of_an_answer_in_numbers_the_edit_says_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "numeric", True)
    session = session_of("I love NLP", built("rnn"))
    session.folds = (Fold(session.key), Fold("b_y[1]"))
    session.edit_number("2")
    logits = session.world.trace.logits
    assert logits is not None
    assert f", and the answer is {logits[0]:.4f}" in session.message


def test_a_loss_of_0_has_nothing_left_to_learn() -> None:
    session = session_of("I love NLP", target="positive")
    session.folds = (Fold(session.key), Fold("b_y[2]"))
    session.edit_number("60")
    assert session.world.loss == 0
    session.learn()
    assert AT_0 in session.message
    assert BELOW_0 not in session.message


def test_l_is_the_step_of_gradient_descent_that_bptt_shows() -> None:
    session = session_of(target="negative")
    result = bptt_sequence(session.world.model, session.world.sequence, target="negative")
    assert isinstance(result, BpttResult)
    descent = result.report.descent
    assert session.rate == descent.lr
    session.learn()
    np.testing.assert_allclose(session.world.loss, descent.loss_after, rtol=1e-12)
    assert session.world.loss == session.world.back.loss.total
    assert f"loss {descent.loss_before:.4f} -> {descent.loss_after:.4f}" in session.message
    session.undo()
    assert session.world.back.loss.total == descent.loss_before


@pytest.mark.parametrize(("rate", "window"), [(0.0125, None), (12.8, None), (12.8, 1)])
def test_the_learning_rate_is_chosen_and_a_step_beyond_the_slope_is_said_as_bptt_says_it(
    rate: float, window: int | None
) -> None:
    session = session_of("I hate NLP", target="negative")
    while session.rate != rate:
        session.change_rate(1 if session.rate < rate else -1)
    if window is not None:
        session.truncate(window - session.world.length)
    cut = None if window is None else str(window)
    result = bptt_sequence(session.world.model, session.world.sequence, target="negative", lr=rate, truncate=cut)
    assert isinstance(result, BpttResult)
    session.learn()
    descent = result.report.descent
    np.testing.assert_allclose(session.world.loss, descent.loss_after, rtol=1e-12)
    gradient = "the gradient" if window is None else "the truncated gradient (1 step)"
    assert session.message.startswith(f"one step against {gradient}, rate")
    assert (BELOW_0 in session.message) == (descent.loss_promised < 0) == (rate > 1)
    assert f"rate {rate:g}: loss" in session.message
    assert "the word vectors stay" in session.message
    assert session.path.model.name == "nlp, as edited"


def test_a_learning_rate_stays_where_steps_have_a_size() -> None:
    session = session_of()
    with pytest.raises(InputError, match=r"the learning rate stays [\d.e+]+: --lr gives another"):
        for _ in range(40):
            session.change_rate(1)
    assert 1e8 < session.rate < 1e9


def test_c_goes_round_all_cells_and_its_command_builds_the_same_network(call: Command) -> None:
    session = session_of()
    seen = []
    for _ in CELLS:
        session.next_cell()
        seen.append(session.world.model.network.architecture.cell)
        document = call(*shlex.split(session.command())[1:], "--json").document()
        assert document["why"]["value"] == session.opened.value
    assert seen == [*list(CELLS)[1:], "rnn"]


def test_p_prints_the_number_that_is_looked_at(call: Command) -> None:
    session = session_of("I don't hate NLP")
    session.step(2)
    session.unfold()
    session.unfold()
    assert session.command() == "rnn trace \"I don't hate NLP\" --why 'a[3][1]'"
    document = call(*shlex.split(session.command())[1:], "--json").document()
    assert (document["why"]["of"], document["why"]["value"]) == ("a[3][1]", session.opened.value)
    session.down(1)
    session.unfold()
    assert session.key == "W_xh[1][2]"
    assert session.farewell() == session.command() == "rnn trace \"I don't hate NLP\" --why 'a[3][1]'"


@pytest.mark.parametrize("text", ["-", "I\u202elove NLP", "a\x1b[31m b", "two\nlines"])
def test_a_text_that_no_command_line_shows_is_read_from_a_file(
    text: str, call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(text)
    with pytest.raises(InputError, match="no line shows"):
        session.command()
    named, into = session.farewell().splitlines()[-1].split(" < ")
    assert into == "FILE"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
    document = call(*shlex.split(named.strip("# "))[1:], "--json").document()
    assert document["why"]["value"] == session.opened.value


@pytest.mark.parametrize("text", ["😀 love 👩‍👩‍👧 NLP", "می‌خواهم NLP"])
def test_letters_and_emoji_that_are_joined_have_a_command(text: str, call: Command) -> None:
    session = session_of(text)
    session.step(2)
    document = call(*shlex.split(session.command())[1:], "--json").document()
    assert document["why"]["value"] == session.opened.value


def test_s_keeps_what_p_names(tmp_path: Path, call: Command) -> None:
    session = session_of("I love zorp")
    session = Session(session.world, keep)
    session.unfold()
    session.unfold()
    session.edit_number("0.5")
    assert session.farewell() == "# the edited numbers were not saved"
    name = str(tmp_path / "mine.json")
    session.save(name)
    document = call(*shlex.split(session.command())[1:], "--json").document()
    assert document["why"]["value"] == session.opened.value
    places = {name: "exists already", "a/b.json": "no folder", "b\0.json": "null", "c.txt": "kept as .json"}
    for place, says in places.items():
        with pytest.raises(InputError, match=says):
            session.save(place)


def test_a_starting_state_can_be_edited_and_is_no_part_of_a_model() -> None:
    session = session_of()
    session.unfold()
    session.unfold()
    session.down(2)
    session.next_kind()
    assert session.under_cursor == "h_0[1]"
    session.edit_number("1")
    assert value(session, "h_0[1]") == 1
    with pytest.raises(InputError, match="--state"):
        session.command()


def test_a_prediction_hides_the_number_and_its_slips_are_those_of_the_quiz() -> None:
    session = session_of()
    session.step(1)
    session.ask()
    question = session.question
    assert question is not None
    assert session.answer("soon") == "unclear"
    a = session.numbers.open("a[2][1]")
    assert a is not None
    assert session.answer(f"{a.value:.4f}") == "wrong"
    assert "no-activation" in question.slips
    assert session.answer(f"{question.row.value:.4f}") == "right"
    assert session.question is None
    session.ask()
    session.answer("?")
    assert session.message.startswith("h[2][1] is ")
    session.unfold()
    session.unfold()
    session.unfold()
    with pytest.raises(InputError, match="given"):
        session.ask()


def test_g_is_the_path_that_rnn_gradients_shows(call: Command) -> None:
    session = session_of()
    session.toggle_facts()
    assert session.command() == 'rnn gradients "I love NLP"'
    document = call(*shlex.split(session.command())[1:], "--json").document()
    assert document["final"]["log10"] == session.path.flow.final.log_norm / np.log(10)
    session.toggle_facts()
    assert not session.facts


def test_nothing_is_computed_for_steps_that_are_not_shown() -> None:
    session = session_of(" ".join(["love"] * 400), built("lstm", hidden_size=8), "positive")
    session.turn()
    for _ in range(100):
        session.step(4)
        session.opened  # noqa: B018  -- as the page does
    steps = session.world.trace.steps
    assert len(steps._made) <= 64  # type: ignore[attr-defined]
    assert len(session.world.back._made) <= 64


def test_a_network_without_a_readout_has_forward_numbers_alone() -> None:
    model = load_model("nlp")
    bare = replace(model, network=model.network.without_readout())
    session = session_of(model=bare)
    assert "logits" not in session.numbers.kinds(back=False)
    assert session.world.answers([1]) == []
    with pytest.raises(InputError, match="no readout"):
        session.turn()
    assert not session.cursor.back


def test_a_tagger_whose_text_is_edited_is_held_against_what_it_says_of_the_new_one() -> None:
    session = session_of("I love NLP", built("gru", task="many-to-many", bidirectional=True))
    session.turn()
    session.learn()
    assert session.world.assumed
    session.edit_text("I love it")
    session.edit_text("NLP")
    assert session.world.back.loss_steps == (1,)
    session.unfold()
    assert session.under_cursor == "dlogits[1][1]"


def test_undo_leaves_a_way_back_that_the_world_before_has_not() -> None:
    model = load_model("nlp")
    session = session_of(model=replace(model, network=model.network.without_readout()))
    session.next_cell()
    session.turn()
    session.unfold()
    session.undo()
    assert session.key == "h[1][1]"
    assert not session.cursor.back


def test_labels_with_blanks_and_commas_are_gone_back_from_and_have_no_command() -> None:
    labels = ("a b", "c, d", " e")
    model = replace(built("gru", task="many-to-many", labels=labels), flags="--cell gru")
    session = session_of("I love NLP", model)
    assert session.world.model.labels == labels
    session.turn()
    session.learn()
    before = session.world
    assert before.loss < World(model, before.sequence).loss
    logits = World(model, before.sequence).trace.logits
    assert logits is not None
    assert before.wanted.targets.tolist() == logits.argmax(axis=1).tolist()
    session.undo()
    with pytest.raises(InputError, match="no --target"):
        session.command()
    session.turn()
    assert session.command().startswith("rnn trace")
    session.next_cell()
    with pytest.raises(InputError, match="s saves it"):
        session.command()


def test_where_there_is_no_way_back_b_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of("I love NLP", built("gru", task="many-to-many"))
    before = session.world, session.cursor

    def refuse(*_: object) -> None:
        raise InputError("no way back")

    monkeypatch.setattr("rnn_cli.explore.world.goal_of", refuse)
    with pytest.raises(InputError, match="no way back"):
        session.turn()
    assert (session.world, session.cursor) == before


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_behind_what_comes_from_no_step_is_nothing(direction: str) -> None:
    session = session_of(model=built("lstm", bidirectional=True), target="positive")
    session.turn()
    if session.cursor.direction != direction:
        session.other_direction()
    last = 3 if direction == "forward" else 1
    session.place(last, 1, "dc")
    session.unfold()
    keys = [session.numbers.key_of(one, session.key) for product in session.opened.operands for one in product]
    product = next(k for k, one in enumerate(keys) if one.startswith("dc.future"))
    session.folds = (Fold(session.key, product, 0),)
    session.unfold()
    assert session.message.endswith("is 0, as no step comes after this one")


def test_the_same_number_typed_again_is_no_edit() -> None:
    session = session_of()
    session.unfold()
    session.unfold()
    session.unfold()
    given = session.opened
    assert given.leaf is not None
    with pytest.raises(InputError, match="already: nothing changes"):
        session.edit_number(f"{given.value!r}")
    assert (session.history, session.world.edited) == ([], False)


def test_an_error_of_which_nothing_is_left_is_told_from_one_that_never_set_out() -> None:
    session = session_of(" ".join(["love"] * 2000), target="positive")
    session.turn()
    small = "dh_1 = 0 as float64 has it: below its smallest number, 5e-324; g has the logarithm"
    assert equation_of(session.numbers, "dh[1][1]") == small
    assert " <5e-324" in text_of(session, 80, 24)
    off = built("rnn", options={"activation": "relu"})
    off.network.named(0, "forward")["b_h"][...] = -99.0  # relu is off at every step: an error that is 0, however small
    session = session_of("I love NLP", off, "positive")
    session.turn()
    assert equation_of(session.numbers, "dh[1][1]") == "dh_1 = 0: nothing is left of the errors of the steps after"
    session = session_of(target="positive")
    session.truncate(-1)
    assert equation_of(session.numbers, "dh[1][1]") == "dh_1 = 0: nothing arrives, where errors go back 2 steps"
    session = session_of("I love NLP", built("rnn", task="many-to-many"), "positive")
    session.truncate(-2)
    assert "nothing arrives" not in equation_of(session.numbers, "dh[1][1]")


def test_a_saved_model_has_the_name_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert keep("mine.json", session_of().world).name == "mine"
