"""Which columns of a table hold numbers that a forecast can use, how they are written, and why the others are left out."""

from collections.abc import Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.named_cells import NONE, Columns
from rnn_cli.inputs.number_cells import COMMA, POINT, decimals_of, is_missing, mark_of, parse, sample
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.time_cells import written_forms

NINES = 2
"""A number like -999 that stands so many times, outside all others, means that there is none."""

HOLES = 5
"""Another number must stand so many times, and in a hundredth of the rows."""


def numeric_places(cells: Sequence[Sequence[str]]) -> list[int]:
    """The columns in which at least half of the cells are numbers by one of the decimal signs."""
    return [place for place, column in enumerate(cells) if any(_numeric(column, sign) for sign in (POINT, COMMA))]


def _numeric(cells: Sequence[str], sign: str) -> bool:
    some = sample(cells)
    if 4 * sum(parse(cell, sign) is not None for cell in some) < len(some):
        return False
    return len(cells) > 0 and 2 * sum(parse(cell, sign) is not None for cell in cells) >= len(cells)


def written_numbers(
    where: str,
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    used: Sequence[int] | None,
    decimal: str | None,
    report: ReadingReport,
) -> dict[int, str]:
    """The decimal sign of each column that holds numbers; it is said where it was not plain.

    `used` are the columns that are asked for (None: any), so that nobody is asked about another one.
    """  # fmt: skip
    places = numeric_places(cells)
    asked_about = [place for place in places if used is None or place in used]
    found = decimals_of([cells[k] for k in asked_about], [names[k] for k in asked_about], where, decimal)
    signs = dict.fromkeys(places, POINT) | {place: one.sign for place, one in zip(asked_about, found, strict=True)}
    for place, one in zip(asked_about, found, strict=True):
        if one.words:
            report.decide(where, "decimal", _noted(report, where, "decimal", names[place], one.sign), one.words)
        marks = {mark_of(cell) for cell in cells[place] if not cell.isascii() or "%" in cell or "$" in cell} - {""}
        if len(marks) > 1:
            raise InputError(f"{where}: {names[place]} holds {' and '.join(sorted(marks))}: use one of them")
        for mark in marks:
            noted = _noted(report, where, "marks", names[place], mark)
            report.decide(where, "marks", noted, f"{mark} left away in {names[place]}")
    return signs


def _noted(report: ReadingReport, where: str, key: str, name: str, value: str) -> dict[str, str]:
    """What was decided for a column, beside what was decided for others."""
    return {**report.read.get(where, {}).get(key, {}), name: value}


def holes(table: Columns, places: Sequence[int], asked: str | None, report: ReadingReport) -> frozenset[float]:
    """The numbers that stand where nothing was measured, such as -999: asked for, or far from all others.

    -999 and its like are known by their nines; any other negative number must be the least of a column by far.
    """
    if asked is not None:
        return frozenset() if asked == NONE else frozenset(_hole(table.where, one) for one in asked.split(","))
    found: dict[float, str] = {}
    for place in places:
        values = table.numbers(place)
        known = values[~np.isnan(values)]
        for edge in {float(known.min()), float(known.max())} if len(known) else ():
            if _is_hole(edge, known):
                found.setdefault(edge, table.names[place])
    for value, name in found.items():
        total = sum(int((table.numbers(place) == value).sum()) for place in places)
        report.decide(
            table.where,
            "missing",
            sorted(found),
            f"{value:g} is a missing number ({total} times, as in {name}; --missing)",
        )
    return frozenset(found)


def _hole(where: str, text: str) -> float:
    number = parse(text.strip())
    if number is None:
        raise InputError(
            f"{where}: --missing {text.strip()}: a number such as -999, several with commas between, or none"
        )
    return number


def _is_hole(edge: float, known: Array) -> bool:
    """Whether the least or the largest number lies so far outside the others, and is there so often, that it is none."""
    rest = known[known != edge]
    if len(np.unique(rest)) < 2:
        return False
    times, low, high = len(known) - len(rest), float(rest.min()), float(rest.max())
    away = max(low - edge, edge - high) / (high - low)
    if abs(edge) >= 99 and set(f"{abs(edge):.10g}".replace(".", "")) == {"9"}:
        return times >= NINES and away >= 1
    return edge < 0 and times >= max(HOLES, len(known) / 100) and away >= 3


WORDS = "not numbers"
"""How the reason begins why a column of words is not read."""


def why_not_numbers(cells: Sequence[str]) -> str:
    """What a column holds in place of numbers, with an example."""
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return "empty"
    if _numeric(present, POINT) or _numeric(present, COMMA):
        return f"missing in {len(cells) - len(present)} of {len(cells)} rows"
    if written_forms(present):
        return f"a time, as {present[0]!r}"
    other = next(cell for cell in present if parse(cell) is None and parse(cell, COMMA) is None)
    return f"{WORDS}, as {other!r}"


def constants(table: Columns, places: Sequence[int]) -> dict[int, str]:
    """The columns whose number is the same in all rows, which there is nothing to learn from."""
    found = {}
    for place in places:
        values = table.numbers(place)
        known = values[~np.isnan(values)]
        if len(known) > 1 and (known == known[0]).all():
            found[place] = f"always {known[0]:g}"
    return found
