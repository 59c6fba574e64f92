"""The settings of a generated task, as in copy:length=20,symbols=8."""

from collections.abc import Mapping

from rnn_cli.errors import InputError

LARGEST = 1_000_000


def parse_settings(task: str, text: str, defaults: Mapping[str, int], least: Mapping[str, int]) -> dict[str, int]:
    """The settings, with their defaults where the text does not say. InputError where it cannot be read."""
    values = dict(defaults)
    for part in text.split(",") if text else []:
        name, _, number = part.partition("=")
        name = name.strip()
        if name not in defaults:
            raise InputError(f"--task {task}:{text}: {name!r} is no setting; {task} has {', '.join(defaults)}")
        try:
            values[name] = int(number)
        except ValueError as error:
            raise InputError(f"--task {task}:{text}: write {name}=NUMBER") from error
        low = least.get(name, 1)
        if not low <= values[name] <= LARGEST:
            raise InputError(f"--task {task}:{text}: {name} runs from {low} to {LARGEST}")
    return values
