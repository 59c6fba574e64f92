"""Words that the model does not know are marked, and it is said what it reads for them."""

import io

import pytest
from rich.console import Console

from rnn_cli.explore.cursor import Fold
from rnn_cli.explore.session import Session
from rnn_cli.models.model import UNKNOWN, Model
from rnn_cli.views.parts import text_to_vectors
from tests.conftest import Command
from tests.support.explore import built, session_of, text_of
from tests.support.networks import KINDS, architecture_of, random_network


def shown(session: Session, width: int = 100) -> str:
    """The screen as text."""
    return text_of(session, width)


def test_the_first_screen_marks_the_words_and_says_what_the_model_reads(call: Command) -> None:
    page = call("explore", "I do not love NLP").stdout
    assert "do* " in page
    assert "not* " in page
    assert "love* " not in page
    said = "not in the vocabulary: do, not; each has a vector drawn from the seed and the word"
    assert said in " ".join(page.split())
    assert said in call("trace", "I do not love NLP").stdout
    assert "vocabulary" not in call("explore", "I love NLP").stdout


@pytest.mark.parametrize("width", [80, 160])
def test_a_long_word_keeps_its_sign(width: int) -> None:
    assert "…* " in shown(session_of("I antidisestablishmentarianism NLP"), width)


def test_an_edit_says_it_and_a_vector_where_it_comes_from() -> None:
    session = session_of()
    session.edit_text("I do love NLP")
    assert session.message.endswith("not in the vocabulary: do; each has a vector drawn from the seed and the word")
    session.folds = (Fold("x[2][1]"),)
    assert "drawn from the seed and the word" in shown(session)
    session.edit_number("0.5")
    assert "edited: the model has none of its own" in shown(session)
    session.edit_text("do love")
    assert "not in the vocabulary" not in session.message
    session.folds = (Fold("x[2][1]"),)
    assert "drawn" not in shown(session)


def test_a_network_without_a_vocabulary_marks_no_word_and_says_of_each_that_it_was_drawn() -> None:
    session = session_of("I love NLP", built("gru"))
    session.folds = (Fold("x[2][1]"),)
    assert "love*" not in shown(session)
    assert "drawn from the seed and the word" in shown(session)


def test_a_one_hot_model_reads_its_own_unknown_word() -> None:
    ids = {word: k for k, word in enumerate(("red", "blue", UNKNOWN))}
    network = random_network(architecture_of(next(iter(KINDS)), 3, 2, 1, False, "many-to-one", 2), 0)
    session = session_of("red green", Model("any", network, "random", vocabulary=ids, one_hot=True, labels=("a", "b")))
    assert session.world.sequence.inputs[1].tolist() == [0, 0, 1]
    session.folds = (Fold("x[2][1]"),)
    assert f"which is that of {UNKNOWN}" in shown(session)
    console = Console(file=io.StringIO(), width=100)
    console.print(*text_to_vectors(session.world.sequence, session.world.model, 4), sep="\n")
    assert f"not in the vocabulary: green; each has the vector of {UNKNOWN}." in console.file.getvalue()  # type: ignore[attr-defined]
