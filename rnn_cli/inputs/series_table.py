"""The cells of a table by column, with the columns' names: what a table of series is before anything is read into it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from rnn_cli.errors import InputError
from rnn_cli.inputs.number_cells import COMMA, SAMPLE, is_missing, parse, sample
from rnn_cli.inputs.number_columns import numeric_places
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.table import Row, read_table
from rnn_cli.inputs.text_lines import note_empty_lines, read_data_lines
from rnn_cli.inputs.time_cells import written_forms
from rnn_cli.reading import whole_number

ALONG = 4
"""So many names of columns that are times say that time runs along the columns."""

COUNTED = 3
"""So many numbers that count on from column to column are names: 0, 1, 2 of pandas, or years."""


@dataclass(frozen=True, eq=False)
class SeriesTable:
    """cells[k] are those of the column names[k], lines the places of the rows in the file.

    short        rows with another number of columns: the line of each, and what is wrong
    after_short  the rows that come right after one of them
    """

    file: str
    names: list[str]
    cells: list[list[str]]
    lines: list[int]
    short: list[tuple[int, str]]
    after_short: frozenset[int]


def read_series_table(file: str, header: bool | None, delimiter: str | None, report: ReadingReport) -> SeriesTable:
    """The rows of a file as columns. InputError where there are none, or no cells in them, or time runs along the columns."""
    if delimiter is None and _has_one_column(file, report):
        rows = _one_a_line(file, report)
    else:
        rows = list(read_table(file, report, delimiter=delimiter))
    if not rows:
        raise InputError(f"{file}: expected a table of numbers, a row a time step; it holds none")
    if rows[0].names is not None:
        rows = _aligned(rows)
        header = True
    width = len(rows[0].cells)
    body = [row.cells for row in sample(rows[1:]) if len(row.cells) == width]
    numeric = numeric_places(list(zip(*(body or [rows[0].cells]), strict=True)))
    named = _names_columns([row.cells for row in rows[:3]], numeric) if header is None else header
    if named and sum(map(_is_a_time, rows[0].cells)) >= ALONG:
        raise InputError(
            f"{file}: line {rows[0].line} names the columns {', '.join(rows[0].cells[-2:])}: time runs along the columns;\n"
            "turn the table round, so that each row is a step of time, or say --no-header"
        )
    if header is None:
        counted = named and all(parse(rows[0].cells[k]) is not None for k in numeric)
        report.decide(file, "header", named, f"line {rows[0].line} names the columns (--no-header)" if counted else "")
    first = rows[0].cells if named else ()
    names = [(first[k] if named else "") or f"column {k + 1}" for k in range(width)]
    lines, good, short, after = [], [], [], set()
    for row in rows[1:] if named else rows:
        if len(row.cells) == width:
            lines.append(row.line)
            good.append(row.cells)
        else:
            short.append((row.line, f"{columns_of(row.cells)}, expected {width}"))
            after.add(len(good))
    cells = [list(column) for column in zip(*good, strict=True)] or [[] for _ in names]
    kept = [k for k in range(width) if not (cells[k] and not any(cells[k]) and names[k] == f"column {k + 1}")]
    if not kept:
        raise InputError(f"{file}: expected a table of numbers, a row a time step; its rows hold no cell")
    return SeriesTable(file, [names[k] for k in kept], [cells[k] for k in kept], lines, short, frozenset(after))


def _has_one_column(file: str, report: ReadingReport) -> bool:
    """Whether a file holds a number a line, so that there is nothing to find between columns."""
    if file == "-":
        return False
    lines = (line.strip() for _, line in read_data_lines(file, ReadingReport(encoding=report.encoding)))
    first, *others = [*islice(filter(None, lines), SAMPLE), ""]
    numbers = [line for line in others if line and not re.search(r"[\s,;|]", line)]
    return len(numbers) + 1 == len(others) > 0 and not re.search("[\t,;|]", first) and all(map(_may_be, numbers))


def _may_be(cell: str) -> bool:
    return is_missing(cell) or parse(cell.strip('"')) is not None


def _one_a_line(file: str, report: ReadingReport) -> list[Row]:
    lines = list(read_data_lines(file, report))
    note_empty_lines(lines, file, report)
    return [Row(number, (line.strip(' "'),)) for number, line in lines if line.strip()]


def _names_columns(rows: Sequence[Sequence[str]], numeric: Sequence[int]) -> bool:
    """Whether the first row names the columns: it has a word above numbers, or counts on from column to column."""
    if not numeric or any(parse(rows[0][k]) is None and parse(rows[0][k], COMMA) is None for k in numeric):
        return True
    first, *others = ([parse(row[k]) for k in numeric] for row in rows if len(row) == len(rows[0]))
    return len(numeric) >= COUNTED and _counts_on(first) and bool(others) and not any(map(_counts_on, others))


def _counts_on(numbers: Sequence[float | None]) -> bool:
    return all(one is not None and two == one + 1 for one, two in pairwise(numbers))


def _is_a_time(name: str) -> bool:
    year = name.removeprefix("X").partition(" ")[0]
    return (len(year) == 4 and 1800 <= (whole_number(year) or 0) <= 2100) or bool(written_forms([name]))


def _aligned(rows: Sequence[Row]) -> list[Row]:
    """JSON objects as rows of a table: a row of all keys, then the cells, empty where an object lacks the key."""
    names = tuple(dict.fromkeys(name for row in rows for name in row.names or ()))
    aligned = [Row(rows[0].line, names)]
    for row in rows:
        cells = dict(zip(row.names or (), row.cells, strict=False))  # a list among objects names no column
        aligned.append(Row(row.line, tuple(cells.get(name, "") for name in names)))
    return aligned
