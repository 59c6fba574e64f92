"""Numbers as text. Only the text is rounded; the computation uses unrounded numbers."""

from collections.abc import Callable, Sequence
from math import inf, isfinite, isnan

from rnn_cli.core.percentages import percent, points

__all__ = ["change_words", "count", "factor", "percent", "points", "short", "signed", "some", "told_apart", "unsigned"]

MOST_DIGITS = 17
"""So many digits tell any two floats apart."""


MANY_TIMES, MOST_TIMES = 10, 1e6
"""From here on a number is so many times another, and from there on far more than it."""


def signed(value: float, digits: int) -> str:
    """A number with its sign and `digits` decimals; scientific notation where the decimals would hide it. 0 has no sign."""
    value = float(value)
    if not isfinite(value):
        return "nan" if isnan(value) else f"{value:+}"
    text = unsigned_zero(f"{value:+.{digits}f}")
    if value != 0 and (text[0] not in "+-" or abs(value) >= 1e7):
        return f"{value:+.{max(digits - 2, 1)}e}"
    return text


def placed(value: float, digits: int) -> str:
    """A number whose digits begin where others' begin: a blank stands for the sign that it lacks."""
    text = signed(value, digits)
    return text if text[0] in "+-" else f" {text}"


def unsigned_zero(text: str) -> str:
    """A formatted number as it is, without its sign where nothing but zeros is left of it."""
    return text.lstrip("+-") if not set(text) - set("+-0.") else text


def fixed(value: float, digits: int) -> str:
    """A number with its sign and exactly `digits` decimals, for what has a scale of its own, as a cosine has."""
    return unsigned_zero(f"{value:+.{digits}f}")


def unsigned(value: float, digits: int) -> str:
    """A number with a sign only where it is negative."""
    return signed(value, digits).removeprefix("+")


def short(value: float, digits: int) -> str:
    """An operand in its shortest form with at most `digits` decimals: 0.1, not 0.1000."""
    text = unsigned(value, digits)
    if "e" in text or "." not in text:
        return text
    return text.rstrip("0").rstrip(".") if text.rstrip("0")[-1] == "." else text.rstrip("0")


def factor(value: float, digits: int) -> str:
    """An operand of a product, in brackets where it is negative."""
    text = short(value, digits)
    return f"({text})" if text.startswith("-") else text


def told_apart(one: float, other: float, form: Callable[[float, int], str], digits: int) -> tuple[str, str]:
    """Two numbers as text, with as many more digits as it takes to see that they differ."""
    digits = digits_apart(one, other, form, digits)
    return form(one, digits), form(other, digits)


def digits_apart(one: float, other: float, form: Callable[[float, int], str], digits: int) -> int:
    """At least `digits`, and as many as it takes to see that two numbers differ; `digits` where none tell them apart."""
    found = (more for more in range(digits, MOST_DIGITS + 1) if form(one, more) != form(other, more))
    return next(found, digits)


def change_words(value: float, other: float) -> str:
    """How much more or less than another a positive number is."""
    if value == other:
        return "the same"
    if value < other:
        return f"{percent(1 - value / other)} less"
    many = value / other if other else inf
    if many <= MANY_TIMES:
        return f"{percent(many - 1)} more"
    return f"{many:,.0f} times as much" if many < MOST_TIMES else "far more"


def count(number: int, noun: str) -> str:
    """A count with its noun: 3 words, 1 word."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
