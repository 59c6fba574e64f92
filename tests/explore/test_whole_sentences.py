"""No command and no sentence of the explorer is cut without a mark, however small the terminal."""

import re
from collections.abc import Callable
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import RnnError
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.session import Session
from tests.support.explore import built, session_of

TEXT = "I really hate this long film but the garden was stale"

PAGES: dict[str, list[Callable[[Session], object]]] = {
    "first": [],
    "b": [Session.turn],
    "[": [lambda session: session.truncate(-3)],
    "o": [Session.turn, Session.leave_out],
    "g": [Session.toggle_facts],
    "g c": [Session.toggle_facts, Session.next_cell],
    "[ g": [lambda session: session.truncate(-3), Session.toggle_facts],
    "l": [Session.learn],
    "c": [Session.next_cell],
    "t": [Session.ask],
    "e": [lambda session: session.edit_text("I zork it and hate NLP, foo and bar")],
    "?": [Session.help],
    "p": [lambda session: setattr(session, "message", session.said_command())],
    "b p": [Session.turn, lambda session: setattr(session, "message", session.said_command())],
    "g p": [Session.toggle_facts, lambda session: setattr(session, "message", session.said_command())],
}

BEGUN = 24
"""A sentence has begun where so many of its signs stand; fewer may be those of shorter words for the same."""


@cache
def a_page(name: str, cell: str, deep: bool) -> tuple[Session, list[str]]:
    """A session at a page, and the sentences of that page where there is room for all."""
    many = {"num_layers": 2, "bidirectional": True} if deep else {}
    session = session_of(TEXT, built(cell, hidden_size=3, **many), "positive")
    for act in PAGES[name]:
        try:
            act(session)
        except RnnError as error:  # a refusal is a sentence as well
            session.message = str(error)
    pieces = [one for row in drawn(session, 600, 300) for one in re.split(r"│| {2,}(?=[^ ]+ +[a-z])| {3,}", row)]
    return session, [" ".join(one.split()) for one in pieces if len(re.findall("[a-z]{2,}", one)) >= 4]


def drawn(session: Session, width: int, height: int) -> list[str]:
    return [line.plain for line in screen(session, width, height).lines]


def joined(rows: list[str]) -> str:
    """Rows as one text; a command that goes on in the next is one."""
    return " ".join(" ".join(row.rstrip().removesuffix("\\") for row in rows).split())


def cut(sentence: str, others: list[str], texts: list[str]) -> str:
    """What of a sentence stands without the rest and without a mark."""
    if any(sentence in text for text in texts):
        return ""
    for k in range(len(sentence) - 1, BEGUN - 1, -1):
        begun = sentence[:k].rstrip()
        for text in texts:
            if begun in text:
                shared = any(one.startswith(begun) for one in others if one != sentence)
                return "" if shared or text.partition(begun)[2].lstrip(" ,").startswith("…") else begun
    return ""


sizes = st.integers(40, 160), st.integers(15, 50)


@settings(max_examples=30)
@given(st.sampled_from(sorted(PAGES)), st.sampled_from(sorted(CELLS)), st.booleans(), *sizes)
def test_no_sentence_is_cut_without_a_mark(page: str, cell: str, deep: bool, width: int, height: int) -> None:
    session, sentences = a_page(page, cell, deep)
    rows = drawn(session, width, height)
    columns = [[row.partition("│")[k] for row in rows] for k in (0, 2)]
    texts = [joined(part) for part in (rows, *columns)]
    found = [one for sentence in sentences if (one := cut(sentence, sentences, texts))]
    if session.facts or session.helping:  # these go on below
        scrolled = next((row for row in rows if "more below" in row), None)
        found = [one for one in found if scrolled is None or f"{one} {scrolled.strip()}" not in texts[0]]
    assert found == []
    assert len(rows) == height


@settings(max_examples=25)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=5), st.booleans(), *sizes)
def test_what_a_key_says_ends_in_a_mark_where_lines_are_missing(
    words: list[int], deep: bool, width: int, height: int
) -> None:
    session, _ = a_page("o", "lstm", deep)
    sentences = [" ".join(f"{chr(97 + k)}{j}" for j in range(many)) for k, many in enumerate(words)]
    before, session.message = session.message, "\n".join(sentences)
    try:
        whole = screen(session, width, height)
    finally:
        session.message = before
    rows = [line.plain.rstrip() for line in whole.lines[-whole.said :]]
    said = " ".join(rows)
    every = " ".join(sentences)
    assert said == every or (said.endswith("…") and every.startswith(said[:-1].rstrip()))
    assert rows[0][:2] == "a0"
    assert len(whole.lines) == height
