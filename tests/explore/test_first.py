"""The first screen: what stands there before the framework is loaded is what the framework draws, and keys are kept for it."""

import re
import signal
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

COMMAND = ("-m", "rnn_cli", "explore", "I love NLP")
LOADING = """if True:
    import sys, time
    from rnn_cli.__main__ import main

    class Slow:
        def find_spec(self, name, *_):
            if name == "rnn_cli.explore.terminal.app":
                time.sleep(60)

    sys.meta_path.insert(0, Slow())
    main()
"""
"""The program on a machine that takes a minute to load the framework."""

TAKES_OVER = "\x1b[?1000h"
"""The framework's first word: it asks for the mouse."""


def lines(written: str) -> dict[int, str]:
    """What stands in each line, with its colours; the framework names the terminal's own too."""
    written = re.sub(r"\x1b\[39;49m(.*?)\x1b\[0m", r"\1", written).replace(";39;49", "")
    found = re.findall(r"\x1b\[(\d+);1H(.*?)(?=\r\n|\x1b\[\d+;\d+H|\x1b\[\?|$)", written)
    return {int(y): text for y, text in found if text}


@pytest.mark.parametrize("options", [("--tour",), ("--no-color",)], ids=" ".join)
def test_the_framework_draws_the_same(tmp_path: Path, options: tuple[str, ...]) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm-256color"}
    with Terminal((*COMMAND, *options), tmp_path, env) as terminal:
        terminal.see(TAKES_OVER)
        terminal.see("\x1b[24;1H")
        terminal.press("q")
        assert (terminal.ended(), terminal.not_restored()) == (0, [])
    first, _, then = terminal.written.decode().partition(TAKES_OVER)
    assert lines(first) == lines(then)
    assert [*lines(first)] == [*range(1, 25)]
    assert "\x1b[?1049h" not in then  # it would wipe off what stands there


def test_keys_are_heard_that_come_before_the_framework(tmp_path: Path) -> None:
    with Terminal(COMMAND, tmp_path, {"XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.see("ends here")
        terminal.press("\x1b[C\x1b[C\x1aq")
        terminal.stopped()
        terminal.see("\x1b[?1004l")
        assert terminal.not_restored() == []
        terminal.signal(signal.SIGCONT)
        assert (terminal.ended(), terminal.not_restored()) == (0, [])
    assert terminal.written.decode().rstrip().endswith("--why 'h[3][1]'")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_framework_is_loaded_leaves_the_terminal_as_it_was(
    tmp_path: Path, number: signal.Signals
) -> None:
    with Terminal(("-c", LOADING, *COMMAND[2:]), tmp_path, {"XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.see("ends here")
        assert "stty" in terminal.not_restored()
        terminal.signal(number)
        assert (terminal.ended(), terminal.not_restored()) == (128 + number, [])
        assert TAKES_OVER.encode() not in terminal.written
