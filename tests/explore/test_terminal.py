"""The explorer on a terminal: whatever ends or suspends it, the terminal is left as it was."""

import os
import signal
from inspect import getsource
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnn_cli.explore.driver import steady
from rnn_cli.explore.terminal import ESCAPE
from rnn_cli.explore.terminal.escape import Soon, soon
from tests.support.command import run_on_terminal
from tests.support.terminal import Terminal

linux_driver = pytest.importorskip("textual.drivers.linux_driver", reason="another system reads keys another way")
COMMAND = ("-m", "rnn_cli", "explore", "I love NLP")
READY = "shows the keys"

FAILS = """
from rnn_cli.explore.terminal import app
from rnn_cli.explore.session import Session
from rnn_cli.__main__ import main

Session.next_kind = lambda session, by: 1 / 0
try:
    main(["explore", "I love NLP"])
except SystemExit as left:
    input(f"ended with {left.code}; Enter begins anew")
main(["explore", "I love NLP"])
"""
"""The program with a fault behind a key, and once more."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where the tour was offered before."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "rnn").mkdir()
    (tmp_path / "rnn" / "tour-offered").touch()
    return tmp_path


def test_suspended_resized_typed_ahead_and_ended(home: Path) -> None:
    with Terminal(COMMAND, home) as terminal:
        terminal.see(READY)
        assert "stty" in terminal.not_restored()
        terminal.press("\x1a")
        terminal.stopped()
        terminal.see("\x1b[?1004l")
        assert terminal.not_restored() == []
        terminal.signal(signal.SIGCONT)
        terminal.see("ends here")
        terminal.resize(20, 5)
        terminal.see("at least")
        terminal.resize(80, 24)
        terminal.see("ends here")
        terminal.press("\r\r\rw\x7f2\re\x7fI hate \x1b[200~NLP\r\nand more\x1b[201~\r")  # a slow line: all at once
        terminal.see("the text is another")
        terminal.press("\x1b[200~q\x1b[201~g")  # what is pasted beside a prompt is no keys
        terminal.see("saturated at step")
        terminal.press("q")
        terminal.see("q leaves without them")
        terminal.press("q")
        assert (terminal.ended(), terminal.not_restored()) == (0, [])
        assert b"# the edited numbers were not saved" in terminal.written


def test_a_signal_ends_it_and_a_file_of_errors_holds_no_screen(home: Path) -> None:
    errors = home / "errors"
    with (
        errors.open("w") as stderr,
        Terminal(COMMAND, home, {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}, stderr.fileno()) as terminal,
    ):
        terminal.see(READY)
        terminal.press("eI \u559c\u6b22 NLP")
        terminal.see("Escape leaves it")
        terminal.press("\r")
        terminal.see("the text is another")
        assert terminal.written.isascii()
        terminal.signal(signal.SIGTERM)
        assert (terminal.ended(), terminal.not_restored()) == (143, [])
    assert errors.read_text() == ""


def test_a_fault_is_told_on_the_terminal_as_it_was_and_a_terminal_that_is_gone_ends_it(home: Path) -> None:
    with Terminal(("-c", FAILS), home) as terminal:
        terminal.see("\x1b]22;default")  # the framework's pointer of the mouse, which it sets last
        terminal.press("\t")
        terminal.see("ended with 1; Enter begins anew")
        assert terminal.not_restored() == []
        told = terminal.written.decode().partition("ended with")[0].rpartition("\x1b[?1006l")[2]
        assert told == "rnn: a fault of rnn itself: ZeroDivisionError: division by zero; --debug shows where\r\n"
        terminal.press("\r")
        terminal.see(READY)
        assert terminal.hang_up() == 129


def test_bytes_that_are_no_text_are_no_keys_and_an_end_of_the_keys_is_the_end() -> None:
    asked: list[object] = []
    reads = iter([UnicodeDecodeError("utf-8", b"\xe9x", 0, 1, "no text"), OSError("gone")])

    class Driver:
        _app = SimpleNamespace(call_later=lambda *what: asked.append(what), exit="exit")

        def run_input_thread(self) -> None:
            raise next(reads)

    steady(Driver)()._run_input_thread()
    assert asked == [("exit", None, 129)]


def test_an_escape_waits_no_longer_than_it_has_to() -> None:
    ours = soon(linux_driver.LinuxDriver)
    assert ours.__module__ == linux_driver.LinuxDriver.__module__
    assert linux_driver.selectors.SelectSelector is Soon
    assert "selectors.SelectSelector()" in getsource(linux_driver.LinuxDriver.run_input_thread), (
        "the framework reads another way"
    )
    assert os.environ["ESCDELAY"] == f"{1000 * ESCAPE:.0f}"
    there, here = os.pipe()
    keys = Soon()
    keys.register(there, linux_driver.selectors.EVENT_READ)
    assert keys.select(0) == []
    os.write(here, b"\x1b")
    assert len(keys.select(60)) == 1
    os.read(there, 1)
    assert keys.select(60) == [], "the framework looks again whether the key goes on"
    keys.close()
    os.close(there)
    os.close(here)


def test_a_terminal_that_cannot_be_filled_gets_the_first_screen(home: Path) -> None:
    shown = run_on_terminal(COMMAND[2:], 80, {"TERM": "dumb"}, home)
    assert (shown.code, "\x1b[?" in shown.stdout) == (0, False)
    assert shown.stdout.splitlines()[-1] == "rnn trace \"I love NLP\" --why 'h[1][1]'"
