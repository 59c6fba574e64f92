"""Numbers of any size, from their logarithms, and bars on a logarithmic scale. This module does not use NumPy."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, isnan, log, log10

from rich.text import Text

from rnn_cli.views import style
from rnn_cli.views.numbers import MOST_DIGITS, signed

LN10 = log(10)
"""Natural logarithms over it are decimal ones."""

THOUSAND = log10(999.5)
"""From here on three digits are a thousand or more."""


def of_any_size(log10: float, digits: int, negative: bool = False) -> str:
    """10^log10 with `digits` significant digits, far beyond what a float can hold."""
    sign = "-" if negative else ""
    if not isfinite(log10):
        return "0" if log10 < 0 else f"{sign}beyond all floats"
    if -4 <= log10 < 6:
        return f"{sign}{10**log10:.{digits}g}"
    exponent = floor(log10)
    mantissa = f"{10 ** (log10 - exponent):.{digits - 1}f}"
    if mantissa.startswith("10"):  # 9.9996 was rounded up
        mantissa, exponent = f"{1:.{digits - 1}f}", exponent + 1
    return f"{sign}{mantissa}e{exponent:+03d}"


def ratio(one: float, other: float, digits: int) -> str:
    """one / other, for positive numbers whose quotient a float may not hold."""
    quotient = one / other
    if isfinite(quotient) and (quotient or not one):
        return f"{quotient:.{digits}g}"
    return of_any_size(log10(one) - log10(other), digits)


def times_words(log10: float) -> str:
    """How many times as much, to three digits: 9.14, 2,640, 3.1e+12; more digits where they would make it once."""
    if log10 != 0 and abs(log10) < 0.01:
        return beside_one(10**log10, 3)
    return f"{float(f'{10**log10:.3g}'):,.0f}" if THOUSAND <= log10 < 6 else of_any_size(log10, 3)


def logarithm(log10: float, digits: int) -> str:
    """A logarithm with its sign; 0 has none."""
    if isnan(log10):
        return "undefined"
    return signed(log10, digits) if isfinite(log10) else "of 0" if log10 < 0 else "beyond all floats"


def beside_one(value: float, digits: int) -> str:
    """A number with `digits` significant digits, more where they would make 1 or -1 of what is beside it."""
    while digits < MOST_DIGITS and abs(value) != 1 and abs(float(f"{value:.{digits}g}")) == 1:
        digits += 1
    return f"{value:.{digits}g}"


@dataclass(frozen=True)
class LogScale:
    """Bars whose length is linear in the logarithm, from `low` (no bar) to `high` (all of `width`)."""

    low: int
    high: int
    width: int

    @staticmethod
    def over(logs: Iterable[float], width: int) -> "LogScale":
        """The scale in whole decades that covers all these logarithms and 0, the logarithm of 1."""
        finite = [log for log in logs if isfinite(log)]
        low, high = floor(min([0.0, *finite])), ceil(max([0.0, *finite]))
        return LogScale(low, high, max(width, sum(map(len, _ends(low, high))) + 1))

    def bar(self, log10: float, bar_style: str = "", block: str = "█") -> Text:
        """The bar, made of `block`; │ marks 1 where the scale reaches to both sides of it."""
        if not isfinite(log10):
            return Text(" " * self.width if log10 < 0 else block * self.width)
        length = self._at(log10)
        cells = [block] * length + [" "] * (self.width - length)
        if not length:
            cells[0] = "▏"
        if self.low < 0 < self.high:
            one = min(self._at(0.0), self.width - 1)
            cells[one] = "│" if cells[one] == " " else cells[one]
        return Text("".join(cells), style=bar_style)

    def header(self) -> Text:
        """What the ends of the scale stand for."""
        left, right = _ends(self.low, self.high)
        return Text(left + "·" * (self.width - len(left) - len(right)) + right, style=style.FAINT)

    def _at(self, log10: float) -> int:
        span = self.high - self.low
        return self.width if not span else round(self.width * (log10 - self.low) / span)


def _ends(low: int, high: int) -> tuple[str, str]:
    return f"1e{low}" if low else "1", f"1e{high}" if high else "1"


def in_steps(steps: float | None, digits: int) -> str:
    """A number of steps: 1 step, 2.4 steps, 1.2e+06 steps."""
    if steps is None:
        return "never"
    text = f"{steps:.{digits}g}"
    return f"{text} step" if text == "1" else f"{text} steps"
