"""Keys that change nothing say why; numbers that stand in no file are not lost by a slip; a file is named again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

from rnn_cli.explore.session import Session
from rnn_cli.explore.terminal.app import Explorer
from rnn_cli.explore.terminal.page import UNSAVED, free_name
from rnn_cli.explore.terminal.prompt import Prompt
from tests.conftest import Command
from tests.explore.test_app import play
from tests.support.explore import built, session_of

DEEP: dict[str, object] = {"num_layers": 2}
KEYS: dict[str, tuple[dict[str, object], Callable[[Session], None]]] = {
    "step 1 is the first": ({}, lambda session: session.step(-1)),
    "step 3 is the last": ({}, lambda session: session.edge(1) or session.step(1)),  # type: ignore[func-returns-value]
    "unit 1 is the first": ({}, lambda session: session.down(-1)),
    "there is one unit": ({"hidden_size": 1}, lambda session: session.down(1)),
    "there is one layer": ({}, lambda session: session.layer(1)),
    "layer 1 is the highest": (DEEP, lambda session: session.layer(1)),
    "all layers read forward alone": (DEEP, Session.other_direction),
    "nothing is unfolded: Enter walks into a number": ({}, Session.fold),
}


@pytest.mark.parametrize("said", KEYS)
def test_a_key_that_moves_nothing_says_why(said: str) -> None:
    sizes, act = KEYS[said]
    session = session_of(model=built("rnn", **sizes))
    act(session)
    assert session.message == said
    session.step(-1 if session.cursor.t > 1 else 1)
    assert session.message == ""


def test_the_logits_have_no_layers() -> None:
    session = session_of(model=built("rnn", num_layers=2, bidirectional=True))
    session.next_kind(-1)
    for act in (Session.other_direction, lambda one: one.layer(-1)):
        act(session)
        assert session.message == "the readout has no layers: Tab goes to the quantities that have"


def test_g_is_seen_where_the_keys_stood() -> None:
    session = session_of()
    session.help()
    session.toggle_facts()
    assert (session.facts, session.helping) == (True, False)


def test_a_key_that_is_none_says_so_and_q_asks_before_it_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def look(pilot: Pilot[None], session: Session) -> None:
        await pilot.press("x")
        assert session.message == "x does nothing here: ? shows the keys"
        pilot.app.post_message(Key("alt+e", "e"))  # Escape and e, where they come at once
        await pilot.pause()
        assert session.message == "alt+e does nothing here: ? shows the keys"
        await pilot.press("l", "q")
        assert session.message == UNSAVED
        await pilot.press("right", "q")
        assert session.message == UNSAVED
        assert isinstance(pilot.app, Explorer)
        await pilot.press("s")
        prompt = pilot.app.query_one(Prompt)
        prompt.value = "taken.txt"
        await pilot.press("enter")
        assert prompt.display
        assert session.message == "this session keeps no files"
        await pilot.press("escape", "q", "q")
        assert pilot.app.return_code == 0

    play(session_of(), look)
    assert free_name() == "edited.json"
    Path("edited.json").touch()
    assert free_name() == "edited-2.json"


def test_the_file_of_a_text_is_named_again(call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("long.txt").write_text("I love NLP\n")
    last = call("explore", "--file", "long.txt").stdout.splitlines()[-1]
    assert last.startswith("rnn trace ")
    assert "--file long.txt" in last
    assert "love" not in last
