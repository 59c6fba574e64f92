"""Rows as a table in a file: .csv, .tsv, or .jsonl with an object a line."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_atomically
from rnn_cli.output.jsonable import to_json

Rows = Iterable[Mapping[str, Any]]


def _delimited(delimiter: str, columns: Sequence[str], rows: Rows) -> str:
    """Lines with cells; one that holds a delimiter, a quote or a line break stands in quotes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A value as a cell: numbers with all their digits, nothing for None."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _objects(columns: Sequence[str], rows: Rows) -> str:
    return "".join(to_json({name: row.get(name) for name in columns}) + "\n" for row in rows)


TABLES: dict[str, Callable[[Sequence[str], Rows], str]] = {
    ".csv": partial(_delimited, ","),
    ".tsv": partial(_delimited, "\t"),
    ".jsonl": _objects,
}
"""For each ending how columns and rows become text."""


def check_table(option: str, name: str) -> None:
    """InputError where the name has none of the endings."""
    if Path(name).suffix not in TABLES:
        raise InputError(f"{option} {name}: expected one of {', '.join(TABLES)}")


def save_table(option: str, name: str, columns: Sequence[str], rows: Rows) -> None:
    """Write a table whole or not at all. SystemRefused where that is not possible."""
    text = TABLES[Path(name).suffix](columns, rows)
    try:
        remove_leftovers(Path(name))
        write_atomically(Path(name), text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SystemRefused(f"{option} {name}: {error.strerror or error}") from error
