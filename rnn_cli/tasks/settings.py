"""The settings of a generated task, as in copy:length=20,symbols=8."""

from collections.abc import Mapping

from rnn_cli.errors import InputError
from rnn_cli.reading import MOST_DIGITS, shown, whole_number

EXAMPLES = "examples"
LARGEST, MOST_EXAMPLES = 10_000, 1_000_000
"""The largest of a setting. Lengths and symbols stand in every example and many examples are drawn at once; of the examples
themselves, no more than a batch is in memory."""


def parse_settings(task: str, text: str, defaults: Mapping[str, int], least: Mapping[str, int]) -> dict[str, int]:
    """The settings, with their defaults where the text does not say. InputError where it cannot be read."""
    values = dict(defaults)
    for part in text.split(",") if text else []:
        name, _, number = part.partition("=")
        name = name.strip()
        if name not in defaults:
            raise InputError(f"--task {task}:{text}: {name!r} is no setting; {task} has {', '.join(defaults)}")
        found = whole_number(number.removeprefix("-"))
        if found is None:
            raise InputError(f"--task {shown(f'{task}:{text}')}: write {name}=NUMBER, of at most {MOST_DIGITS} digits")
        values[name] = -found if number.startswith("-") else found
        low, high = least.get(name, 1), MOST_EXAMPLES if name == EXAMPLES else LARGEST
        if not low <= values[name] <= high:
            raise InputError(f"--task {shown(f'{task}:{text}')}: {name} runs from {low} to {high:,}")
    return values


def as_text(settings: Mapping[str, int]) -> str:
    """The settings as they are written: length=20,symbols=8."""
    return ",".join(f"{name}={value}" for name, value in settings.items())
