"""The framework's driver of a terminal, made to bear what terminals do: files for stderr, keys that are no text, hang-ups."""

import os
import sys
from typing import Any

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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file = Output()

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


def steady(driver: type[Any]) -> type[Any]:
    """The driver that is so."""
    return type("SteadyDriver", (Steady, driver), {})
