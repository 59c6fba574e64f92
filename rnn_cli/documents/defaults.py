"""rnn.train/1, the event "defaults": the settings of a run that is not begun, with their reasons."""

from typing import Any

from rnn_cli.training.explain import Explained


def defaults_document(found: Explained) -> dict[str, Any]:
    """Each option with its value and reason, and the command that says all of them."""
    return {
        "schema": "rnn.train/1",
        "event": "defaults",
        "task": found.task,
        "data": list(found.data),
        "settings": [
            {
                "option": one.option,
                "value": list(one.value) if isinstance(one.value, tuple) else one.value,
                "reason": one.reason,
                "given": one.given,
                "idle": one.idle,
            }
            for one in found.settings
        ],
        "command": None if found.command is None else ["rnn", "train", *found.command],
    }
