"""The framework's driver of a terminal, made to bear what terminals do: files for stderr, keys that are no text, hang-ups.

It takes over the terminal from the first screen, which stands there already.
"""

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnn_cli.explore.first import FirstScreen

FILLED, LEFT = "\x1b[?1049h", "\x1b[?1049l"
"""What gives a program the whole terminal, and what gives it back."""

HUNG_UP = 129
"""128 and SIGHUP, as a shell says it."""


class Output:
    """stdout, where every page goes. A write never fails: the thread that writes would die of it, and all wait for that."""

    def write(self, text: str) -> None:
        """Write; a sign that the terminal lacks as its escape."""
        stream: Any = sys.__stdout__
        try:
            stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
        except OSError:
            drop_output()

    def flush(self) -> None:
        """Hand over what is written."""
        stream: Any = sys.__stdout__
        try:
            stream.flush()
        except OSError:
            drop_output()

    def fileno(self) -> int:
        """Its number."""
        stream: Any = sys.__stdout__
        number: int = stream.fileno()
        return number


def drop_output() -> None:
    """The terminal is gone: let what is still written to it go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class Steady:
    """What stands before a driver of the framework."""

    first: "FirstScreen | None" = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file = Output()

    def start_application_mode(self: Any) -> None:
        """Fill the terminal. What it was before the first screen is what it will be again."""
        super().start_application_mode()  # type: ignore[misc]
        if self.first is not None and self.first.stands:
            self.attrs_before = self.first.taken_over()

    def write(self: Any, data: str) -> None:
        """Write, but for what would wipe the first screen off."""
        if data != FILLED or self.first is None or not self.first.stands:
            super().write(data)  # type: ignore[misc]

    def _sigcont_application(self: Any, *given: Any) -> None:
        """Fill the terminal again, where it was filled: a terminal that hangs up goes on with what may not have begun."""
        from asyncio import get_running_loop

        with suppress(RuntimeError):
            get_running_loop()
            super()._sigcont_application(*given)  # type: ignore[misc]

    def _run_input_thread(self: Any) -> None:
        """Read keys until the end; bytes that are no UTF-8 are no keys."""
        while True:
            try:
                self.run_input_thread()
            except UnicodeDecodeError:
                continue
            except OSError:  # the terminal is gone
                self._app.call_later(self._app.exit, None, HUNG_UP)
            return


def steady(driver: type[Any], first: "FirstScreen | None" = None) -> type[Any]:
    """The driver that is so, and takes over from the first screen, where there is one."""
    return type("SteadyDriver", (Steady, driver), {"first": first})
