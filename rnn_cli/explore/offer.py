"""The tour is offered once, at the first start on a terminal: a file in the person's state directory remembers it."""

import os
from pathlib import Path

OFFER = "the first time? rnn explore --tour shows the keys in eight steps; ? lists them"


def first_start() -> bool:
    """Whether it is the first, and no later one is. False too where that cannot be kept, or it would be offered each time."""
    try:
        place = _state_directory() / "rnn" / "tour-offered"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(exist_ok=False)
    except (OSError, RuntimeError, ValueError):  # there already; no home, or none that can be written to
        return False
    return True


def _state_directory() -> Path:
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".local" / "state"
