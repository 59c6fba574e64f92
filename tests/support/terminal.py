"""The real command on a terminal of its own, with somebody at its keys: what it writes, and how it leaves the terminal."""

import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.command import environment

PATIENCE = 60
"""Seconds to wait for a machine that has much to do."""

SWITCHES = {
    "the alternate screen": ("?1049h", "?1049l"),
    "the cursor": ("?25l", "?25h"),
    "mouse": ("?1003h", "?1003l"),
    "paste": ("?2004h", "?2004l"),
    "focus": ("?1004h", "?1004l"),
    "wrapping": ("?7l", "?7h"),
}
"""What a program that fills the screen changes, and what changes it back."""


class Terminal:
    """A program that has the terminal for itself, as a shell starts it."""

    def __init__(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, stderr: int | None = None
    ) -> None:
        import fcntl
        import termios

        self.ours, self.its = os.openpty()
        self.written = b""
        self.resize(80, 24)
        self._before = termios.tcgetattr(self.its)

        def take_the_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=self.its,
            stdout=self.its,
            stderr=self.its if stderr is None else stderr,
            cwd=cwd,
            env=environment(env),
            start_new_session=True,
            preexec_fn=take_the_terminal,
        )

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.kill()
        self.process.wait()
        for one in (self.ours, self.its):
            if one >= 0:
                os.close(one)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, of which the system tells the program."""
        import fcntl
        import termios

        self._from = len(self.written)
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Keys, all at once."""
        self._from = len(self.written)
        os.write(self.ours, keys.encode())

    def see(self, words: str) -> None:
        """Wait until these words are written, after what was waited for before and after the last key, size or signal.

        Both may be there at once, where this process had to wait for its turn.
        """
        asked, end = words.encode(), time.monotonic() + PATIENCE
        while (at := self.written.find(asked, self._from)) < 0:
            self._read(end, words)
        self._from = at + len(asked)

    def stopped(self) -> None:
        """Wait until the program is suspended."""
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def ended(self) -> int:
        """Its exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self._read(end, "its end")
        while select.select([self.ours], [], [], 0)[0]:
            self.written += os.read(self.ours, 65536)
        return self.process.returncode

    def hang_up(self) -> int:
        """The terminal is gone, as with a connection that broke; the exit code that follows."""
        os.close(self.ours)
        os.close(self.its)
        self.ours = self.its = -1
        return self.process.wait(PATIENCE)

    def not_restored(self) -> list[str]:
        """What is not as it was before the program."""
        import termios

        text = self.written.decode("utf-8", "replace")
        changed = [name for name, (on, off) in SWITCHES.items() if text.rfind(f"\x1b[{on}") > text.rfind(f"\x1b[{off}")]
        return changed + ["stty"] * (termios.tcgetattr(self.its) != self._before)

    def _read(self, end: float, what: str) -> None:
        assert time.monotonic() < end, f"{what} did not come: {self.written[-2000:]!r}"
        if select.select([self.ours], [], [], 0.05)[0]:
            self.written += os.read(self.ours, 65536)

    def signal(self, number: signal.Signals) -> None:
        """A signal to the program."""
        self._from = len(self.written)
        self.process.send_signal(number)
