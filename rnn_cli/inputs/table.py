"""Rows of a table: tab-separated, CSV, JSON lines, or parts with a separator of the file's own.

Only CSV has quotes; in a tab-separated file a quote is a character like any other.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_lines import read_data_lines

KINDS = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
Numbered = Iterator[tuple[int, str]]


@dataclass(frozen=True)
class Row:
    """The cells of one row and the line on which it begins. `names` are the keys of a JSON object, else None."""

    line: int
    cells: tuple[str, ...]
    names: tuple[str, ...] | None = None


def read_table(name: str, report: ReadingReport, separator: str | None = None) -> Iterator[Row]:
    """The rows of a file that are not empty. Its ending, or its first line, tells its kind.

    Cells are stripped of white space. InputError where the first line fits no kind.
    """
    lines: Numbered = ((number, line) for number, line in read_data_lines(name, report) if line.strip())
    first = next(lines, None)
    if first is None:
        return
    lines = chain([first], lines)
    if separator is not None:
        yield from _split(lines, separator)
        return
    kind = KINDS.get(Path(name).suffix.lower()) or _kind_of(first[1], name)
    if kind == "jsonl":
        yield from _json_rows(lines, name, report)
    elif kind == "tsv":
        yield from _split(lines, "\t")
    else:
        yield from _csv_rows(Path(name).suffix.lower() == ".csv", first[1], lines, name, report)


def _kind_of(line: str, name: str) -> str:
    if "\t" in line:
        return "tsv"
    if line.lstrip().startswith("{"):
        return "jsonl"
    if "," in line or ";" in line:
        return "csv"
    raise InputError(f"{name}: neither tabs nor commas in its first line: expected .tsv, .csv or .jsonl, two columns")


def _split(lines: Numbered, separator: str) -> Iterator[Row]:
    for number, line in lines:
        yield Row(number, tuple(cell.strip() for cell in line.split(separator)))


def _csv_rows(named: bool, first: str, lines: Numbered, name: str, report: ReadingReport) -> Iterator[Row]:
    separators = ",;\t" if named else ",;"
    separator = max(separators, key=first.count)
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=separator, strict=True)
    while True:
        feed.begin = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report.refuse(name, feed.begin, f"not CSV ({error}), up to line {feed.number}")
            continue
        yield Row(feed.begin, tuple(cell.strip() for cell in cells))


class _Feed:
    """Lines for the CSV reader, which takes several for a quoted cell with line breaks; remembers their numbers."""

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self.lines = iter(lines)
        self.begin = self.number = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        self.number, line = next(self.lines)
        self.begin = self.begin or self.number
        return line + "\n"


def _json_rows(lines: Numbered, name: str, report: ReadingReport) -> Iterator[Row]:
    for number, data in read_objects(lines, name, report):
        cells = {key: _as_text(value) for key, value in data.items()}
        kept = {key: value for key, value in cells.items() if value is not None}
        yield Row(number, tuple(kept.values()), tuple(kept))


def read_objects(lines: Numbered, name: str, report: ReadingReport) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with one on each line."""
    for number, line in lines:
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            report.refuse(name, number, f"not JSON: {error.msg}", error.colno)
            continue
        except (ValueError, RecursionError) as error:
            report.refuse(name, number, f"not JSON: {error}")
            continue
        if not isinstance(data, dict):
            report.refuse(name, number, "not a JSON object")
            continue
        yield number, data


def _as_text(value: Any) -> str | None:
    """A cell's text: strings, numbers and true/false are cells, lists and objects are not."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None
