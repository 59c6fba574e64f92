"""Escape is heard soon. It may begin the bytes of another key, and the framework looks ten times a second whether it does."""

import sys
from selectors import EVENT_READ, SelectSelector
from types import SimpleNamespace
from typing import Any

from textual.driver import Driver

from rnn_cli.explore.terminal import ESCAPE


class Soon(SelectSelector):
    """Waits for keys, but after one no longer than an Escape has to wait."""

    heard = False

    def select(self, timeout: float | None = None) -> Any:
        """See the library."""
        found = super().select(ESCAPE if self.heard else timeout)
        self.heard = bool(found)
        return found


def soon(driver: type[Driver]) -> type[Driver]:
    """A driver whose keys are waited for so, where it waits as we know it."""
    module: Any = sys.modules[driver.__module__]
    if hasattr(module, "selectors"):
        module.selectors = SimpleNamespace(SelectSelector=Soon, EVENT_READ=EVENT_READ)
    return driver
