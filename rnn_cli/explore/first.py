"""The first screen, which stands on the terminal while the framework that answers keys is loaded behind it.

Its lines and colours are those that the framework draws next. The terminal is made ready as the framework will have it: keys
are kept for it, Ctrl-C and Ctrl-Z among them, and none is echoed. Whatever ends the program until then, the terminal is left
as it was.
"""

import io
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.control import Control
from rich.segment import Segments

from rnn_cli.explore.draw.ink import inked
from rnn_cli.explore.draw.screen import LOWEST, Screen, screen
from rnn_cli.explore.driver import FILLED, LEFT, Output
from rnn_cli.explore.palette import LEGIBLE
from rnn_cli.explore.session import Session

if TYPE_CHECKING:
    from rnn_cli.explore.tour import Tour

ENDS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end it, by name: not every system has all of them."""

NO_CURSOR, CURSOR = "\x1b[?25l", "\x1b[?25h"


class FirstScreen:
    """It stands from the start of a `with` until the framework takes the terminal over, or the `with` is left."""

    def __init__(self, session: Session, tour: "Tour | None", ascii_only: bool, no_color: bool) -> None:
        self.stands = False
        self.screen: Screen | None = None
        self._session, self._tour, self._ascii_only = session, tour, ascii_only
        self._no_color = no_color or "NO_COLOR" in os.environ
        self._attributes: Any = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> "FirstScreen":
        size = (0, 0)
        with suppress(ImportError, OSError, ValueError):  # another system, or no terminal: the framework's affair
            import termios

            with suppress(termios.error):
                self._attributes = termios.tcgetattr(sys.stdin.fileno())
                size = os.get_terminal_size(sys.stdin.fileno())
        if not all(size):
            return self
        drawn = self._drawn(*size)
        for number in [getattr(signal, name) for name in ENDS if hasattr(signal, name)]:
            self._handlers[number] = signal.signal(number, self._end)
        self.stands = True
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, _quiet(self._attributes))
        output = Output()
        output.write(f"{FILLED}{NO_CURSOR}{drawn}")
        output.flush()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _give_back(self) -> None:
        if self.stands:
            import termios

            with suppress(OSError, termios.error):  # it may be gone
                # past the stream: a signal may strike while the screen is written to it
                os.write(Output().fileno(), f"{LEFT}{CURSOR}".encode())
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self.taken_over())

    def taken_over(self) -> Any:
        """The terminal is somebody else's to give back, and an interrupt theirs to hear; what it was."""
        self.stands = False
        signal.signal(signal.SIGINT, self._handlers.pop(signal.SIGINT))
        return self._attributes

    def _end(self, number: int, frame: FrameType | None) -> None:
        """End as a signal asks, and at once: modules may be half loaded, and the framework half begun."""
        self._give_back()
        os._exit(128 + number)

    def _drawn(self, width: int, height: int) -> str:
        below = []
        if self._tour is not None:
            from rnn_cli.explore.draw.tour import panel

            below = panel(self._tour, width)
        below = below if height - len(below) >= LOWEST else []
        self.screen = screen(self._session, width, height - len(below))
        lines = [*self.screen.lines, *below]
        console = Console(
            file=io.StringIO(),
            width=width,
            height=height,
            force_terminal=True,
            no_color=self._no_color,
            legacy_windows=False,
        )
        theme = None if self._no_color else LEGIBLE
        with console.capture() as capture:
            for y, one in enumerate(lines):
                console.control(Control.move_to(0, y))
                console.print(Segments(inked(one, console, theme, self._ascii_only)), end="", crop=False)
        return capture.get()


def _quiet(attributes: Any) -> Any:
    """A terminal that keeps each key for who reads it, and shows none."""
    import termios

    iflag, oflag, cflag, lflag, *speeds, characters = attributes
    iflag &= ~(termios.IXON | termios.ICRNL)
    lflag &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    return [iflag, oflag, cflag, lflag, *speeds, characters]
