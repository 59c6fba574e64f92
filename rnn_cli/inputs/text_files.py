"""Texts for a model to read, one a line of a file, or one a row of a column of a table."""

from collections.abc import Iterator
from itertools import chain, islice

from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import called, suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.table import read_table
from rnn_cli.inputs.text_lines import read_lines, say_bare
from rnn_cli.reading import open_file, whole_number

TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json")
LOOKED_AT = 100
"""The number of lines that tell whether all of them have tabs."""

WHOLE_LINES = "none"
"""What is given in place of a column where each line is a text, whatever is in it."""

Numbered = Iterator[tuple[int, str]]


def read_texts(
    name: str,
    report: ReadingReport,
    column: str | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
) -> Numbered:
    """The texts of a file (`-`: stdin) with their lines, as they are read.

    column      of a table, by name or by number from 1; "none": lines are texts, tabs and all

    InputError where the file looks like a table and no column is named: labels would be read as words of the text.
    """
    if column not in (None, WHOLE_LINES):
        yield from _column(name, report, str(column), header, delimiter)
        return
    for option, value in (("header", header), ("delimiter", delimiter)):
        if value is not None:
            raise InputError(f"--{option} is for a table: name the column of its texts with --text")
    lines = read_lines(name, report)
    if column is None:
        if suffix_of(name) in TABLES and name != "-":
            open_file(name).close()  # where it is no file, that is what is said
            raise InputError(_table(name, f"its name ends in {suffix_of(name)}"))
        # The lines of stdin come one by one, and each is answered before the next: the first must tell.
        first = list(islice(lines, 1 if name == "-" else LOOKED_AT))
        if all("\t" in line for _, line in first):
            raise InputError(_table(name, "a tab stands in its lines"))
        lines = chain(first, lines)
    yield from lines


def _table(name: str, why: str) -> str:
    return (
        f"{called(name)}: looks like a table ({why}), and every word of a line would be read as text, a label too;\n"
        "--text COLUMN takes one column, --text none takes whole lines, and rnn evaluate measures on a labelled table"
    )


def _column(name: str, report: ReadingReport, column: str, header: bool | None, delimiter: str | None) -> Numbered:
    where = called(name)
    place: int | None = None
    found = 0
    for row in read_table(name, report, delimiter=delimiter):
        if row.names is not None:  # JSON: every row has names of its own
            cells = dict(zip(row.names, row.cells, strict=False))
            if column not in cells:
                raise InputError(f"{where}:{row.line}: no text under {column!r}; it has {', '.join(row.names)}")
            text, at = cells[column], row.names.index(column)
        elif place is None:
            place = _place(where, row.line, row.cells, column)
            named = header if header is not None else whole_number(column) is None
            words = f"line {row.line} names its columns" if named else f"line {row.line} is a text (--header)"
            report.decide(where, "text", column, f"texts in column {column}; {words}")
            if named:
                continue
            text, at = row.cells[place], place
        elif place < len(row.cells):
            text, at = row.cells[place], place
        else:
            raise InputError(f"{where}:{row.line}: no column {place + 1}: the row has {len(row.cells)}")
        if text:
            found += 1
            if at in row.padded:
                say_bare(report, name)
            yield row.line, text
    if not found:
        raise InputError(f"{where}: no row holds text in column {column}")


def _place(where: str, line: int, cells: tuple[str, ...], column: str) -> int:
    if 1 <= (whole_number(column) or 0) <= len(cells):
        return int(column) - 1
    if column in cells:
        return cells.index(column)
    raise InputError(f"{where}:{line}: no column {column!r}; it has {', '.join(cells)}")
