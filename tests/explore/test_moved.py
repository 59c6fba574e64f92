"""Old and new side by side: which words stand for which, and what each number was."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.explore import moved
from rnn_cli.explore.draw.table import brief, the_map
from rnn_cli.explore.session import Session
from rnn_cli.views.numbers import signed
from tests.explore.test_left_out import speaker
from tests.support.explore import built, session_of, text_of


def shown(session: Session) -> str:
    """The screen as text."""
    return text_of(session, height=30)


@pytest.mark.parametrize(
    ("old", "new", "earlier", "gone"),
    [
        ("I love NLP", "I really love NLP", [1, None, 2, 3], ()),
        ("I love NLP", "I hate NLP", [1, 2, 3], ()),
        ("I really love NLP", "love NLP", [3, 4], ("I", "really")),
        ("I love NLP", "You love it all", [1, 2, 3, None], ()),
        ("love love love NLP", "love NLP", [1, 4], ("love", "love")),
    ],
)
def test_each_word_stands_beside_the_one_that_was_there(
    old: str, new: str, earlier: list[int | None], gone: tuple[str, ...]
) -> None:
    session = session_of(old)
    session.edit_text(new)
    assert session.marked is not None
    assert [session.marked.earlier(t) for t in range(1, len(new.split()) + 1)] == earlier
    assert session.marked.gone == gone
    assert (f"no more: {', '.join(gone)}" in session.message) == bool(gone)
    row = re.search(r"^before: +(.*)$", shown(session), re.MULTILINE)
    assert row is not None
    assert row[1].split() == ["(new)" if t is None else old.split()[t - 1] for t in earlier]


@pytest.mark.parametrize("cell", CELLS)
def test_what_each_number_was_and_what_it_changed_by(cell: str) -> None:
    session = session_of("I love NLP", built(cell, num_layers=2, bidirectional=True, hidden_size=2), "positive")
    before = session.world
    session.edit_text("I hate that NLP")
    session.step(1)
    for back in (False, True):
        for kind in session.numbers.kinds(back):
            while session.cursor.kind != kind:
                session.next_kind()
            place = session.cursor.layer, session.cursor.direction
            then = before.trace.states(*place)[1] if kind == "h" else None
            moved = session.marked
            assert moved is not None
            old, new = moved.before.column(kind, *place, 2), session.numbers.column(kind, *place, 2)
            assert then is None or (then == old).all()
            if (new != old).any():
                session.down(int((new != old).argmax()) + 1 - session.cursor.unit)
                assert f"* was {signed(float(old[session.cursor.unit - 1]), 4)}" in shown(session), session.key
            table = the_map(session, 60, 20)
            title = next(y for y, line in enumerate(table.lines) if line.plain.startswith(f"{kind}  changed by"))
            column = (
                table.label + list(table.times).index(2) * table.size
                if session.numbers.has_steps(kind)
                else table.label
            )
            cells = [table.lines[title + unit].plain[column : column + table.size] for unit in range(1, len(new) + 1)]
            assert [one.strip()[:-1].strip() for one in cells] == [brief(float(one)) for one in new - old]
        session.turn()


def test_the_answers_before_stand_below_those_of_now() -> None:
    session = session_of("I hate NLP")
    before = session.world
    session.edit_text("I really love NLP")
    rows = shown(session).split("ends here:")[1].splitlines()
    old = [before.probabilities(one) for one in before.answers([1, 2, 3])]
    said = [before.model.label(int(np.argmax(one))) for one in old]
    assert rows[2].split() == ["before:", said[0], said[1], "(new)", said[2]]
    assert rows[3].split() == [f"{one.max():.4f}" for one in old]


def test_a_word_more_in_a_long_text_of_one_word_is_found_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []

    def search(junk: None, old: Sequence[str], new: Sequence[str], autojunk: bool) -> SequenceMatcher[str]:
        searched.append(len(old) * len(new))
        return SequenceMatcher(junk, old, new, autojunk)

    monkeypatch.setattr(moved, "SequenceMatcher", search)
    words = ["love"] * 200
    session = session_of(" ".join(words))
    session.edit_text(" ".join([*words, "love"]))
    assert session.marked is not None
    assert session.marked.earlier(201) is None or session.marked.earlier(1) is None
    assert searched == [0]


def test_targets_that_do_not_fit_the_new_text_are_left_and_it_is_said() -> None:
    session = session_of(model=built("gru", task="many-to-many"), target="positive negative positive")
    session.turn()
    session.edit_text("I love")
    assert "--target does not fit it, and is left out" in session.message
    assert session.world.back.loss_steps == (1, 2)
    session.undo()
    assert session.world.target == "positive negative positive"
    session = session_of(model=built("gru", task="many-to-many"), target="positive")
    session.edit_text("I love")
    assert session.world.target == "positive"


def test_an_edit_of_a_text_that_had_no_loss_has_no_errors_from_before() -> None:
    session = session_of("red", speaker("lstm", "many-to-many", False, 0))
    session.edit_text("red green blue")
    session.turn()
    assert "loss" in shown(session)
    marked = session.marked
    assert marked is not None
    assert marked.column("dh", 0, "forward", 1) is None
    assert marked.value("dh[1][1]") is None
    assert marked.column("h", 0, "forward", 1) is not None
    session.edit_text("red green grey")
    assert session.marked is not None
    assert session.marked.column("dh", 0, "forward", 1) is not None
