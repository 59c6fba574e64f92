"""Numbers as people write them in the cells of a table: 1234.5, 1,234.5, 1.234,5, 1 234,5, −3, (3), 12 %, $5.

The decimal sign is a matter of each column: a file that two programs have written holds both.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rnn_cli.errors import InputError
from rnn_cli.reading import DIGITS

POINT, COMMA = ".", ","

MISSING = frozenset(
    ["", "-", "--", "–", "—", "?", "*", ".", "..", "…", "na", "n/a", "n.a.", "nan", "null", "none", "nil", "missing",
     "#n/a", "#na", "\\n"]
)  # fmt: skip
"""What stands in a cell, in small letters, where a number is missing."""

RARE = 0.05
"""A decimal sign that at most this share of a column's cells has is a slip: its rows are bad."""

SAMPLE = 200

T = TypeVar("T")

_BLANKS = " \u00a0\u2009\u202f"


def _pattern(decimal: str) -> re.Pattern[str]:
    """A number without its sign: in groups of thousands, which never begin with 0, or in one piece."""
    group = rf"[{POINT if decimal == COMMA else COMMA}'’{_BLANKS}]"
    whole = rf"[1-9]\d{{0,2}}({group})(?:\d{{2,3}}\1)*\d{{3}}|\d*"
    return re.compile(rf"(?:{whole})(?:{re.escape(decimal)}\d*)?(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


_PATTERNS = {sign: _pattern(sign) for sign in (POINT, COMMA)}


def parse(cell: str, decimal: str = POINT) -> float | None:
    """The number that a cell holds; None for anything else, and for nan and inf, which no network can learn from.

    A sign of a currency and a percent sign are left away: 12 % is 12.
    """
    try:
        number = float(cell)
    except ValueError:
        return _parse_written(cell, decimal)
    if decimal == COMMA and POINT in cell:
        return _parse_written(cell, decimal)
    return number if math.isfinite(number) and "_" not in cell else None


def _parse_written(cell: str, decimal: str) -> float | None:
    text, negative = _bare(cell)
    match = _PATTERNS[decimal].fullmatch(text)
    if match is None or not any(c in DIGITS for c in text):
        return None
    if match[1] is not None:
        text = text.replace(match[1], "")
    try:
        number = float(text.replace(decimal, POINT))
    except ValueError:
        return None
    return (-number if negative else number) if math.isfinite(number) else None


def _bare(cell: str) -> tuple[str, bool]:
    """A cell without sign, currency and percent, and whether it is negative; bookkeepers write (3) for -3."""
    text = cell.strip()
    negative = len(text) > 2 and text[0] == "(" and text[-1] == ")"
    text = text[1:-1].strip() if negative else text
    text = text.removesuffix("%").rstrip()
    for _ in range(2):  # -$5 and $-5
        if text[:1] in ("-", "\u2212", "+") and not negative:
            negative, text = text[0] != "+", text[1:].lstrip()
        if text and unicodedata.category(text[0]) == "Sc":
            text = text[1:].lstrip()
    if text and unicodedata.category(text[-1]) == "Sc":
        text = text[:-1].rstrip()
    return text, negative


def mark_of(cell: str) -> str:
    """The percent sign or the sign of a currency in a cell; "" where there is none."""
    return next((sign for sign in cell if sign == "%" or unicodedata.category(sign) == "Sc"), "")


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number."""
    return cell.lower() in MISSING


def sample(cells: Sequence[T]) -> Sequence[T]:
    """Some of the cells of a column, or of the rows, from the whole length: enough to see what they cannot be."""
    return cells[:: len(cells) // SAMPLE + 1]


@dataclass(frozen=True)
class Decimal:
    """The decimal sign of a column, and the words that say so where it was not plain ("" where it was)."""

    sign: str
    words: str = ""


def decimals_of(
    columns: Sequence[Iterable[str]], names: Sequence[str], where: str, asked: str | None = None
) -> list[Decimal]:
    """The decimal sign of each column of cells; `asked` decides it.

    A cell that can be read in one way only is evidence; a column without any follows the others where they agree.
    InputError where a column holds both signs, or both readings are possible.
    """
    if asked is not None:
        if asked not in _PATTERNS:
            raise InputError(f"--decimal {asked}: it can be {POINT} or {COMMA}")
        return [Decimal(asked) for _ in columns]
    seen = [_Seen(cells) for cells in columns]
    sure = {one.sure(f"{where}: {name}") for one, name in zip(seen, names, strict=True)} - {None}
    return [
        one.decided(f"{where}: {name}", name, next(iter(sure)) if len(sure) == 1 else None)
        for one, name in zip(seen, names, strict=True)
    ]


class _Seen:
    """What the cells of a column say about its decimal sign.

    first, count   for each sign, and for "?" (either), the first cell that has it and how many have
    small, large   whether there are whole numbers from 1 to 999, and larger ones that have no groups
    """

    def __init__(self, cells: Iterable[str]) -> None:
        self.first: dict[str, str] = {}
        self.count = {POINT: 0, COMMA: 0, "?": 0}
        self.small = self.large = False
        for cell in cells:
            sign = _evidence(cell)
            if sign:
                self.first.setdefault(sign, cell)
                self.count[sign] += 1
            elif not (self.small and self.large):
                number = abs(parse(cell) or 0)
                self.small |= 1 <= number < 1000
                self.large |= number >= 1000

    def sure(self, where: str) -> str | None:
        """The sign that the cells leave no doubt about, or None. InputError where they say both."""
        both = self.count[POINT], self.count[COMMA]
        if not any(both):
            return None
        if min(both) > RARE * sum(both):
            raise InputError(
                f"{where} holds {self.first[COMMA]!r} and {self.first[POINT]!r}, with two decimal signs: "
                "--decimal . or --decimal , says which is right"
            )
        return POINT if both[0] > both[1] else COMMA

    def decided(self, where: str, name: str, others: str | None) -> Decimal:
        """The sign, by the column itself, else by the `others`, else by whether thousands are likelier."""
        sure = self.sure(where)
        if sure is not None:
            return Decimal(sure, f"decimal comma in {name}, as {self.first[COMMA]!r}" if sure == COMMA else "")
        unsure = self.first.get("?")
        if unsure is None:
            return Decimal(POINT)
        if others is not None:
            return Decimal(others, f"{unsure!r} in {name} is {parse(unsure, others):g}, by the other columns")
        counted = self.small and not self.large  # whole numbers below 1,000 have no sign, larger ones have
        if COMMA in unsure and counted:
            return Decimal(POINT, f"{unsure!r} in {name} is {parse(unsure):g}: commas between thousands (--decimal)")
        if COMMA in unsure or counted:
            raise InputError(
                f"{where} holds {unsure!r}, which may be {parse(unsure):g} or {parse(unsure, COMMA):g}: "
                f"say --decimal {POINT} or --decimal {COMMA}"
            )
        return Decimal(POINT, f"{unsure!r} in {name} is {parse(unsure):g} (--decimal , makes it thousands)")


def _evidence(cell: str) -> str:
    """The only decimal sign by which a cell is a number; "?" where either gives another number, "" where none matters."""
    if COMMA not in cell:
        if POINT not in cell:
            return ""
        if len(cell) - cell.rindex(POINT) != 4:  # a last group of thousands has 3 digits
            return POINT if parse(cell) is not None else ""
    point, comma = parse(cell, POINT), parse(cell, COMMA)
    if point == comma:
        return ""
    return COMMA if point is None else POINT if comma is None else "?"
