"""Cells in quotes, as spreadsheets and data libraries write them, told from quotes that are characters of a text.

A cell in quotes may hold the delimiter, line breaks, and quotes that are doubled or have a backslash before them. Blanks
around the quotes are no part of the cell. A quote that opens and is not closed where a cell ends costs its own line
alone: the lines that it would swallow are read as they stand.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

SPACES = "  "
"""As a delimiter: two spaces or more."""

MOST_LINES = 1000
"""No cell has more lines: a quote that is not closed within them is open."""

Lines = Sequence[tuple[int, str]]

BODY = re.compile(r'[^"]*(?:""[^"]*)*')
OPENING = re.compile(r' *"')
OPEN, BROKEN = "open", "broken"


@dataclass
class Evidence:
    """What the quotes of some lines look like, read as quotes that enclose cells.

    needed    cells that only quotes can hold together: with the delimiter, a quote or a line break inside
    enclosed  other cells in quotes; `listing` those with a comma, which spreadsheets enclose whatever the delimiter
    loose     quotes within a cell that is not in quotes; `bare`: cells with a comma and no quotes around
    broken    lines with an open quote, or with a quote inside of a cell that is not doubled
    first     the first of these: its line, and how many lines it would take
    whole     by column, how many rows have quotes around the cell; `rows`: all rows
    """

    sign: str
    needed: int = 0
    enclosed: int = 0
    listing: int = 0
    loose: int = 0
    bare: int = 0
    broken: int = 0
    first: tuple[int, int] | None = None
    rows: int = 0
    whole: Counter[int] = field(default_factory=Counter)

    def enclose(self) -> bool:
        """Whether the quotes enclose cells. Between tabs they are taken for characters unless more speaks against it."""
        if self.sign == " ":
            return False  # the blanks between words are no delimiter that a text would need quotes for
        against = self.loose + self.broken
        if self.sign != "\t":
            return self.needed > 0 or not against
        every = self.rows > 1 and max(self.whole.values(), default=0) >= self.rows - 1
        spreadsheet = self.listing > 1 and self.listing == self.enclosed + self.needed and not self.bare
        return self.needed > against or (not against and (every or spreadsheet))

    @property
    def any(self) -> bool:
        """Whether there are quotes at all."""
        return bool(self.needed or self.enclosed or self.loose or self.broken)

    def note(self, cells: list[str], enclosed: list[int]) -> None:
        """Count a row."""
        self.rows += 1
        for k, cell in enumerate(cells):
            if k not in enclosed:
                self.loose += '"' in cell
                self.bare += "," in cell
                continue
            held = any(sign in cell for sign in ('"', "\n", self.sign))
            self.whole[k] += 1
            self.needed += held
            self.enclosed += not held
            self.listing += held or "," in cell

    def note_broken(self, line: int, span: int) -> None:
        """Count a line whose quotes do not fit."""
        self.rows += 1
        self.broken += 1
        self.first = self.first or (line, span)


@lru_cache
def separator_of(sign: str) -> str:
    """The delimiter as a regular expression."""
    return r"[ \t]{2,}" if sign == SPACES else re.escape(sign)


@lru_cache
def _patterns(sign: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    end = rf"({separator_of(sign)}|\Z)"
    return (
        re.compile(rf' *"({BODY.pattern})" *{end}'),
        re.compile(rf' *"([^"\\]*(?:(?:\\.|"")[^"\\]*)*)" *{end}', re.DOTALL),
        re.compile(rf"(.*?){end}", re.DOTALL),
    )


def split(line: str, sign: str) -> list[str]:
    """The cells of a line, quotes being characters."""
    return re.split(separator_of(sign), line.strip()) if sign == SPACES else line.split(sign)


def parse(text: str, sign: str) -> tuple[list[str], list[int]] | str:
    """The cells of a row and which of them are in quotes; OPEN or BROKEN where the quotes do not fit."""
    found = _parse(text, sign, escaped=False)
    return _parse(text, sign, escaped=True) if isinstance(found, str) and '\\"' in text else found


def _parse(text: str, sign: str, escaped: bool) -> tuple[list[str], list[int]] | str:
    doubled, backslash, plain = _patterns(sign)
    cells: list[str] = []
    enclosed: list[int] = []
    at = 0
    while True:
        opening = OPENING.match(text, at)
        match = (backslash if escaped else doubled).match(text, at) if opening else plain.match(text, at)
        if match is None:
            assert opening is not None
            body = BODY.match(text, opening.end())
            return OPEN if body is None or body.end() == len(text) else BROKEN
        cell = match[1]
        if opening:
            enclosed.append(len(cells))
            cell = cell.replace('""', '"')
            cell = cell.replace('\\"', '"') if escaped else cell
        cells.append(cell)
        if not match[2]:
            return cells, enclosed
        at = match.end()


def common_ends(lines: Lines, sign: str) -> tuple[frozenset[str], frozenset[str]]:
    """The first and the last cells that come at least twice in lines without quotes: labels, as a rule. Where no line has
    quotes nobody asks for them.
    """
    if not any('"' in line for _, line in lines):
        return frozenset(), frozenset()
    firsts: Counter[str] = Counter()
    lasts: Counter[str] = Counter()
    for _, line in lines:
        if '"' not in line and len(cells := split(line, sign)) > 1:
            firsts[cells[0].strip()] += 1
            lasts[cells[-1].strip()] += 1
    return _repeated(firsts), _repeated(lasts)


def _repeated(values: Counter[str]) -> frozenset[str]:
    return frozenset(value for value, count in values.items() if value and count > 1)


def quoted_rows(
    lines: Lines, sign: str, ends: tuple[frozenset[str], frozenset[str]], width: int = 0, seen: Evidence | None = None
) -> Iterator[tuple[int, list[str] | None, int]]:
    """(line, cells, how many lines it takes) of each row. The cells are None where a quote is open or breaks off.

    `width` is the usual number of cells: a line with a quote in the wrong place, and as many cells, is read as it
    stands.
    """
    k = 0
    while k < len(lines):
        number, line = lines[k]
        if '"' not in line:
            k += 1
            if line.strip():
                cells = split(line, sign)
                if seen is not None:
                    seen.note(cells, [])
                yield number, cells, 1
            continue
        found, span = _gather(lines, k, sign, ends)
        if isinstance(found, str):
            if seen is not None:
                seen.note_broken(number, span)
            plain = split(line, sign)
            k += 1
            yield number, plain if found == BROKEN and span == 1 and len(plain) == width else None, span
            continue
        if seen is not None:
            seen.note(*found)
        k += span
        yield number, found[0], span


def _gather(
    lines: Lines, k: int, sign: str, ends: tuple[frozenset[str], frozenset[str]]
) -> tuple[tuple[list[str], list[int]] | str, int]:
    """The row that begins in line k, and how many lines it takes; what is wrong with it, and how many it would take."""
    found = parse(lines[k][1], sign)
    span = 1
    while found == OPEN and k + span < len(lines) and span < MOST_LINES:
        last = lines[k + span][1]
        span += 1
        if '"' in last:
            found = parse("\n".join(line for _, line in lines[k : k + span]), sign)
    if not isinstance(found, str) and span > 1:
        cut = [split(line, sign) for _, line in lines[k : k + span - 1]]
        rows = sum(len(c) > 1 and (c[0].strip() in ends[0] or c[-1].strip() in ends[1]) for c in cut)
        if 2 * rows >= len(cut):
            return OPEN, span
    return found, span
