"""What the loss is held against: it hangs on the text and the numbers, not on the order of keys, and the screen names it."""

import itertools
import shlex
from dataclasses import replace

import pytest

from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.errors import InputError
from rnn_cli.explore.cursor import Fold
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.session import Session
from rnn_cli.models.load import load_model
from tests.conftest import Command
from tests.support.explore import built, session_of, text_of

EDITS = {
    "text": lambda session: session.edit_text("I hate NLP"),
    "cell": lambda session: session.next_cell(),
    "learn": lambda session: session.learn(),
}


def shown(session: Session, width: int = 100) -> str:
    """The screen as text."""
    return text_of(session, width, 30)


def to_negative(session: Session) -> None:
    """An edit of one weight after which nlp says the other label of "I love NLP"."""
    session.folds = (Fold("W_hy[1][1]"),)
    session.edit_number("5")
    session.folds = ()


@pytest.mark.parametrize("edits", [*itertools.permutations(EDITS, 2)])
@pytest.mark.parametrize("target", [None, "negative"])
def test_when_b_was_pressed_changes_no_loss(edits: tuple[str, ...], target: str | None) -> None:
    found = set()
    for early in (0, 1, 2):  # b twice before an edit, or never before the last
        session = session_of(target=target)
        for k, name in enumerate(edits):
            if early > k:
                session.turn()
                session.turn()
            EDITS[name](session)
        session.turn()
        found.add((session.world.said_target, session.world.back.loss.total))
    assert len(found) == 1


def test_a_target_that_nobody_gave_follows_the_text_and_is_said() -> None:
    session = session_of("I love NLP")
    session.turn()
    assert "against what it says, positive" in shown(session, 80)
    session.edit_text("I hate NLP")
    assert "against what it says, negative" in shown(session, 80)
    assert "; the loss is against negative now;" in session.message
    alone = session_of("I hate NLP")
    alone.turn()
    assert session.world.back.loss.total == alone.world.back.loss.total
    session.undo()
    assert "against what it says, positive" in shown(session, 80)


def test_a_target_that_nobody_gave_stays_when_numbers_are_edited() -> None:
    session = session_of("I love NLP")
    to_negative(session)
    assert session.world.model.label(int(session.world.trace.answers.argmax())) == "negative"
    session.turn()
    assert session.message.endswith("said before its numbers were edited, positive")
    assert "against what it said before, positive" in shown(session, 80)
    before = session.world.loss
    session.learn()
    assert session.world.loss < before
    assert f"-> {session.world.loss:.4f} against what it said before, positive" in session.message
    session.edit_text("I love")
    assert "against what it says, negative" in shown(session, 80)


def test_a_target_that_was_given_is_named_alone() -> None:
    session = session_of("I love NLP", target="negative")
    session.turn()
    assert session.message == ""
    assert f"loss {session.world.loss:.4f} against negative\n" in shown(session, 80)
    to_negative(session)
    assert session.world.target == "negative"
    assert not session.world.assumed


def test_a_tagger_names_the_label_of_the_step() -> None:
    model = built("gru", task=MANY_TO_MANY)
    session = session_of("I love NLP", model, "negative positive negative")
    session.turn()
    assert "against negative at this step" in shown(session)
    session.step(1)
    assert "against positive at this step" in shown(session)
    session.next_cell()
    assert session.world.target == "negative positive negative", "another cell has the same labels"
    session.edit_text("NLP")
    assert "--target does not fit it, and is left out" in session.message
    assert "against what it says, " in shown(session)
    session.turn()
    session.turn()
    assert session.message == "no --target for this text: the loss is against what the network says at each step"


def test_the_facts_are_of_the_same_loss_and_p_names_it(call: Command) -> None:
    session = session_of("I love NLP", target="negative")
    session.toggle_facts()
    assert session.command() == 'rnn gradients "I love NLP" --target negative'
    document = call(*shlex.split(session.command())[1:], "--json").document()
    assert session.path.loss == document["loss"] != session_of("I love NLP").path.loss
    assert "untruncated" not in shown(session)
    session.truncate(-1)
    session.toggle_facts()
    assert "✂ not on this page" in shown(session)
    session.next_cell()
    assert session.beside
    assert "✂ not on this page" in shown(session)


def test_numbers_are_edited_where_there_is_no_loss() -> None:
    model = load_model("nlp")
    session = session_of(model=replace(model, network=model.network.without_readout()))
    session.folds = (Fold("W_hh[1][1]"),)
    session.edit_number("0.5")
    assert session.world.target is None
    with pytest.raises(InputError, match="no readout"):
        session.learn()


@pytest.mark.parametrize("size", [(40, 12), (60, 14), (80, 24)])
def test_the_loss_is_seen_on_every_screen(size: tuple[int, int]) -> None:
    session = session_of("I love NLP")
    session.turn()
    session.edit_text("I hate NLP")
    lines = [line.plain.rstrip() for line in screen(session, *size).lines]
    assert f"loss {session.world.back.loss.total:.4f} against what it says, negative"[: size[0] - 1] in "\n".join(lines)
