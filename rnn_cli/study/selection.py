"""Choices of steps, units and layers: 3, 2:5, 1,4,7 or all; from Python also a number or a list of numbers."""

from collections.abc import Iterable, Sequence

from rnn_cli.errors import InputError

Numbers = str | int | Iterable[int]
"""A choice: text as on the command line, a number, or several numbers."""


def parse_numbers(
    option: str, chosen: Numbers | None, allowed: range, more: Sequence[str] = ()
) -> tuple[int, ...] | None:
    """The numbers that `chosen` names, in order; None where nothing is chosen.

    InputError where the text cannot be read or names a number outside `allowed`; `more` are other words that the option
    takes.
    """
    text = chosen if chosen is None or isinstance(chosen, str) else _as_text(chosen)
    if text is None:
        return None
    if text == "all":
        return tuple(allowed)
    numbers: set[int] = set()
    for part in text.split(","):
        first, colon, last = part.partition(":")
        try:
            low = int(first) if first or not colon else allowed.start
            high = (int(last) if last else allowed.stop - 1) if colon else low
        except ValueError as error:
            words = ["a number", "a range 2:5", "a list 1,4", *more]
            raise InputError(f"{option} {text}: expected {', '.join(words)} or all") from error
        if low not in allowed or high not in allowed or low > high:
            raise InputError(f"{option} {text}: there are {allowed.start} to {allowed.stop - 1}")
        numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))


def _as_text(chosen: int | Iterable[int]) -> str:
    """Numbers as the command line writes them."""
    return str(chosen) if isinstance(chosen, int) else ",".join(map(str, chosen))


def parse_direction(text: str | None, directions: Sequence[str]) -> tuple[str, ...]:
    """The direction that was asked for, or all. InputError where the network has no such direction."""
    if text is None:
        return tuple(directions)
    if text not in directions:
        raise InputError(f"--direction {text}: this network has {' and '.join(directions)}")
    return (text,)
