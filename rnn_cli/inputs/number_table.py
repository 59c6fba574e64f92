"""A table of numbers, a row a step: CSV, tab-separated, or columns with blanks between them, as np.savetxt writes them.

Line 1 names the columns where it holds words, or 0, 1, 2, … over numbers of another kind, as pandas writes them.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rnn_cli.errors import InputError
from rnn_cli.inputs.number_cells import decimals_of, is_missing, mark_of, parse
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.text_lines import note_empty_lines
from rnn_cli.reading import whole_number

SIGNS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "blanks"}
NAMES = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}
UNNAMED = ("", "Unnamed: 0")
"""What pandas and R write over the numbers or names of rows."""

SURE = 3
"""So many whole numbers 0, 1, 2 at the top are a header where all else has decimals. Fewer may be the first step."""


@dataclass(frozen=True)
class NumberOptions:
    """What a person says of a file of numbers; None finds out.

    columns     those that a model reads: of a table whose line 1 names its columns, these are taken, in this order
    """

    columns: tuple[str, ...] = ()
    layout: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    decimal: str | None = None


@dataclass(frozen=True)
class Line:
    """The cells of a line that is not empty, with its number."""

    number: int
    cells: list[str]


def read_number_table(
    lines: Iterator[tuple[int, str]], where: str, options: NumberOptions, report: ReadingReport
) -> list[list[float]]:
    """The rows of a table. InputError names line and column of what is no number."""
    rows = _rows(lines, where, options, report)
    if not rows:
        raise InputError(f"{where}: expected one row of numbers per step, and at least one step")
    header = _has_header(rows, where, options.header)
    names = [cell.strip() for cell in rows[0].cells] if header else None
    body = rows[1:] if header else rows
    if not body:
        raise InputError(
            f"{where}:{rows[0].number}: no row of numbers: its only line is {' '.join(rows[0].cells)[:60]!r}"
        )
    width = len(body[0].cells)
    if names is not None and len(names) == width - 1 and _are_names_of_rows([row.cells[0] for row in body]):
        names = ["", *names]  # R writes names of rows, and no name over them
    for row in body:
        if len(row.cells) != width or (names is not None and len(names) != width):
            expected = width if names is None else len(names)
            above = "the rows above have" if names is None else "line 1 names"
            raise InputError(f"{where}:{row.number}: {columns_of(row.cells)}, but {above} {expected}")
    places = _places(names, body, where, options.columns, report)
    said = f"line {rows[0].number} names its columns" + ("" if options.header is not None else " (--no-header)")
    report.decide(where, "header", header, said if header else "")
    return _numbers(body, places, names, where, options.decimal, report)


def _rows(lines: Iterator[tuple[int, str]], where: str, options: NumberOptions, report: ReadingReport) -> list[Line]:
    """The lines that hold cells. A line that begins with # is a comment, as np.savetxt writes it."""
    kept = list(lines)
    texts = [(number, line) for number, line in kept if line.strip() and not line.lstrip().startswith("#")]
    if not texts:
        return []
    note_empty_lines([one for one in kept if texts[0][0] <= one[0] <= texts[-1][0]], where, report)
    sign = NAMES.get(options.delimiter or "", options.delimiter) or _sign(texts, where)
    called = SIGNS.get(sign, f"{sign!r}")
    told = options.delimiter is not None or (sign in ",\t" and len(texts[0][1].split(sign)) > 1)
    report.decide(where, "delimiter", sign, "" if told else f"{called} between its columns (--delimiter)")
    if sign == " " and not any('"' in line for _, line in texts):
        return [Line(number, line.split()) for number, line in texts]
    if len(sign) != 1:
        return [Line(number, line.split(sign)) for number, line in texts]
    try:
        return [
            Line(n, next(csv.reader([line], delimiter=sign, skipinitialspace=True, strict=True))) for n, line in texts
        ]
    except csv.Error as error:
        bad = next((n for n, line in texts if line.count('"') % 2), next((n for n, line in texts if '"' in line), None))
        if bad is None:
            raise
        raise InputError(f"{where}:{bad}: a quote that is not closed, or stands in the middle of a cell") from error


def _sign(texts: Sequence[tuple[int, str]], where: str) -> str:
    """What stands between the columns, by the last line: the first may have names."""
    if where.lower().removesuffix(".gz").endswith((".tsv", ".tab")):
        return "\t"
    line = texts[-1][1]
    for sign in ";\t|":
        if sign in line:
            return sign
    cells = line.split()
    if len(cells) > 1 and all(is_missing(c) or _is_number(c.strip('"')) for c in cells):
        return " "
    return ","


def _has_header(rows: Sequence[Line], where: str, said: bool | None) -> bool:
    """Whether line 1 names the columns. InputError where it may, or may be the first step."""
    first, body = rows[0].cells, rows[1:]
    if said is not None:
        return said
    if not body:
        return not any(map(_is_number, first))
    words = [k for k, cell in enumerate(first) if not _is_number(cell)]
    if len(first) == len(body[0].cells) - 1 and words:
        return True
    if words and all(is_missing(first[k]) and first[k].strip() for k in words):
        return False
    if words:
        below = [row.cells[k] for row in body[:20] for k in words if k < len(row.cells)]
        return len(words) == len(first) or any(map(_is_number, below))
    counted = [str(k) for k in range(len(first))]
    if [cell.strip() for cell in first] != counted:
        return False
    below = [cell.strip() for row in body[:20] for cell in row.cells]
    whole = all(whole_number(cell.lstrip("-")) is not None for cell in below)
    if whole and [cell.strip() for cell in body[0].cells] == [str(k + len(first)) for k in range(len(first))]:
        return False  # it goes on counting: an array of numbers in order
    if not whole and len(first) >= SURE:
        return True
    raise InputError(
        f"{where}:{rows[0].number}: {', '.join(counted)} may be the names of columns, as pandas writes them, or the first step: "
        "say --header or --no-header"
    )


def _places(
    names: Sequence[str] | None, body: Sequence[Line], where: str, columns: Sequence[str], report: ReadingReport
) -> list[int]:
    """The columns that are read: those of the model, else all but the row numbers of pandas and R."""
    every = list(range(len(body[0].cells)))
    if names is None:
        return every
    missing = [column for column in columns if column not in names]
    if columns and not missing:
        return [names.index(column) for column in columns]
    if columns and len(missing) < len(columns):
        raise InputError(f"{where}:1: no column {missing[0]!r}, which the model reads; it has {', '.join(names)}")
    first = [row.cells[0].strip() for row in body]
    numbered = _are_counted(first)
    if len(every) > 1 and _are_names_of_rows(first) and (names[0] in UNNAMED or (numbered and names[0] == "index")):
        what = "row numbers" if numbered else "names of rows"
        report.decide(where, "left_out_columns", [names[0]], f"column 1 left out: {what}")
        return every[1:]
    return every


def _are_names_of_rows(cells: Sequence[str]) -> bool:
    return _are_counted(cells) or not any(map(_is_number, cells))


def _are_counted(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2, … or 1, 2, 3, …, as rows are numbered."""
    return any(all(cell.strip() == str(k) for k, cell in enumerate(cells, start)) for start in (0, 1))


def _numbers(
    body: Sequence[Line],
    places: Sequence[int],
    names: Sequence[str] | None,
    where: str,
    decimal: str | None,
    report: ReadingReport,
) -> list[list[float]]:
    called = [f"column {place + 1}" if names is None else names[place] for place in places]
    columns = [[row.cells[place].strip() for row in body] for place in places]
    decimals = decimals_of(columns, called, where, decimal)
    read: list[list[float | None]] = []
    signs: dict[str, str] = {}
    for place, cells, found in zip(places, columns, decimals, strict=True):
        signs[called[len(read)]] = found.sign
        if found.words:
            report.decide(where, "decimal", signs, found.words)
        marked = next((cell for cell in cells if mark_of(cell) and parse(cell, found.sign) is not None), None)
        if marked is not None:
            number = parse(marked, found.sign)
            report.decide(where, "marks", True, f"{marked!r} in column {place + 1} is {number:g}")
        numbers = [parse(cell, found.sign) for cell in cells]
        if None in numbers:
            at = numbers.index(None)
            raise InputError(f"{where}:{body[at].number}:{place + 1}: {_why(cells[at], found.sign)}")
        read.append(numbers)
    return [[number for number in row if number is not None] for row in zip(*read, strict=True)]


def _why(cell: str, decimal: str) -> str:
    """What is wrong with a cell that holds no number, and what to do."""
    if cell.lower().lstrip("+-") in ("nan", "inf", "infinity") or is_missing(cell):
        what = f"{cell!r} is not a finite number" if cell else "'' is not a number: the cell is empty"
        return f"{what}; a network cannot read it: fill it in, or leave out its row"
    number = parse(cell.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ°µ³²/"), decimal)
    unit = ": write it without its unit" if number is not None else ""
    return f"{cell!r} is not a number{unit}"


def _is_number(cell: str) -> bool:
    return parse(cell.strip()) is not None or parse(cell.strip(), ",") is not None
