"""--truncate, --clip-norm and --clip-value read from the command line."""

from rnn_cli.core.bptt import Truncation
from rnn_cli.core.learning.clipping import GLOBAL_NORM, VALUE
from rnn_cli.errors import InputError
from rnn_cli.reading import MOST_DIGITS, whole_number


def read_truncation(text: str | None, steps: int) -> Truncation | None:
    """K, or K1,K2 with K2 at least K1. InputError where it is neither."""
    if text is None:
        return None
    # More digits than a number may have say all steps as well as the first of them do.
    parts = [part.strip().lstrip("0")[:MOST_DIGITS] or part for part in text.split(",")]
    numbers = [number for part in parts if (number := whole_number(part)) is not None]
    if len(numbers) <= text.count(","):
        raise InputError(f"--truncate {text}: expected K, or K1,K2, as in --truncate 2 or --truncate 2,4")
    if len(numbers) > 2 or min(numbers) < 1:
        raise InputError(
            f"--truncate {text}: expected one or two whole numbers from 1 (the sequence has {steps} steps)"
        )
    if len(numbers) == 1:
        return Truncation(None, numbers[0])
    if numbers[1] < numbers[0]:
        raise InputError(
            f"--truncate {text}: K2 must be at least K1, or errors older than K2 steps would never go back"
        )
    return Truncation(numbers[0], numbers[1])


def read_every(text: str | None) -> int | None:
    """The N of --checkpoint-every; None for "auto" and where it is not given. InputError where it is neither."""
    if text is None or text == "auto":
        return None
    every = whole_number(text)
    if not every:
        raise InputError(f"--checkpoint-every {text}: expected a whole number from 1, or auto")
    return every


def read_clipping(norm: float | None, value: float | None) -> tuple[str, float] | None:
    """The kind of clipping and its limit. InputError for both at once or a limit that is not positive."""
    if norm is not None and value is not None:
        raise InputError("clip by norm (--clip-norm) or by value (--clip-value), not both")
    limit = norm if norm is not None else value
    if limit is None:
        return None
    if limit <= 0:
        raise InputError(f"--clip-{'norm' if norm is not None else 'value'} {limit}: the limit must be greater than 0")
    return (GLOBAL_NORM if norm is not None else VALUE, limit)
