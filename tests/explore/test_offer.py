"""The tour is offered at the first start on a terminal, and never again."""

from pathlib import Path

import pytest

from rnn_cli.explore.offer import OFFER
from rnn_cli.explore.terminal.app import Explorer
from tests.conftest import Command


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Explorer]:
    """The programs that were started, each left at once; stdin and stdout are taken for a terminal."""
    started: list[Explorer] = []
    monkeypatch.setattr("rnn_cli.output.screen.on_a_terminal", lambda: True)
    monkeypatch.setattr(Explorer, "run", lambda app: started.append(app))  # a method, which append itself is not
    return started


def test_once_and_no_more(
    call: Command, started: list[Explorer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for _ in range(2):
        assert call("explore", "I love NLP").stderr == ""
    assert [one.session.message for one in started] == [OFFER, "? shows the keys"]
    assert [one.tour for one in started] == [None, None]


def test_a_tour_that_was_taken_is_not_offered(
    call: Command, started: list[Explorer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    call("explore", "I love NLP", "--tour")
    call("explore", "I love NLP")
    assert [one.tour is None for one in started] == [False, True]
    assert {one.session.message for one in started} == {"? shows the keys"}


@pytest.mark.parametrize("state", ["/dev/null", "relative", "/" + "x" * 300])
def test_a_home_that_keeps_nothing_does_not_matter(
    call: Command, started: list[Explorer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)  # one that is not absolute counts for nothing
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    result = call("explore", "I love NLP")
    assert (result.code, result.stderr) == (0, "")
    assert [one.session.message for one in started] == ["? shows the keys"]


def test_off_a_terminal_nothing_is_offered_and_the_first_stop_of_a_tour_is_printed(
    call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert OFFER not in call("explore", "I love NLP").stdout
    assert "Now: Right walks to step 2, love" in call("explore", "I love NLP", "--tour").stdout
    assert [*tmp_path.iterdir()] == []
