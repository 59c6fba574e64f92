"""Rows of JSON: an object or a list on each line, a list of objects, an object of columns, or one of these under a key."""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.reading import read_json, reason

OF_LINES = (".jsonl", ".ndjson")
ENDINGS = (".json", *OF_LINES)

DECODER = json.JSONDecoder()
BLANK = " \t\r\n"

MOST_KEYS = 5
"""So many keys are named that are not read."""

Item = tuple[int, Any]
"""A row, and the line on which it begins; where a file does not tell rows apart by lines, its number."""


def looks_like_json(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether a text whose ending does not say so is JSON: its first line opens a list or an object, and it is read."""
    first = next((line.lstrip() for _, line in lines if line.strip()), "")
    if not first.startswith(("{", "[")):
        return False
    return _read(first) is not None or _read("\n".join(line for _, line in lines)) is not None


def read_items(name: str, lines: Sequence[tuple[int, str]], report: ReadingReport) -> Iterator[Item]:
    """The rows, objects or lists of cells. InputError where the file holds several tables, or none."""
    for number, value in _items(name, lines, report):
        if isinstance(value, list) and not value:
            report.refuse(name, number, "a row without cells")
        else:
            yield number, value


def _items(name: str, lines: Sequence[tuple[int, str]], report: ReadingReport) -> Iterator[Item]:
    filled = [(number, line) for number, line in lines if line.strip()]
    first = _read(filled[0][1])
    rows = isinstance(first, dict | list) and len(filled) > 1
    text = "" if rows else "\n".join(line for _, line in lines)
    whole = None if rows else _read(text)
    if rows or not isinstance(whole, dict | list):
        if suffix_of(name) not in OF_LINES and first is None:
            read_json(name, text)
            raise InputError(f"{name}: no rows: expected objects, one a line or in a list")
        report.decide(name, "json", "lines", "JSON lines")
        yield from _lines(filled, name, report)
        return
    yield from _rows_of(name, text, whole, lines[0][0], report)


def read_objects(
    lines: Iterable[tuple[int, str]], name: str, report: ReadingReport
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with one on each line."""
    for number, value in _lines(lines, name, report):
        if isinstance(value, dict):
            yield number, value
        else:
            report.refuse(name, number, "not a JSON object")


def lists_in(value: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The names, as those of `flat`, of what holds a list."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from lists_in(inner, f"{prefix}{key}.")
        elif isinstance(inner, list):
            yield f"{prefix}{key}"


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """The cells of an object by name, those of objects within it as `outer.inner`. Lists and missing values are no cells."""
    cells: dict[str, str] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            cells |= flat(inner, f"{prefix}{key}.")
        elif (text := as_text(inner)) is not None:
            cells[f"{prefix}{key}"] = text
    return cells


def as_text(value: Any) -> str | None:
    """A cell's text: strings, numbers and true/false are cells; lists, objects, null and NaN are not."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, int | float) else None


def _lines(lines: Iterable[tuple[int, str]], name: str, report: ReadingReport) -> Iterator[Item]:
    for number, line in lines:
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            report.refuse(name, number, f"not JSON: {error.msg}", error.colno, kind="not JSON")
        except (ValueError, RecursionError) as error:
            report.refuse(name, number, f"not JSON: {reason(error)}", kind="not JSON")
        else:
            if isinstance(value, dict | list):
                yield number, value
            else:
                report.refuse(name, number, "not a JSON object")


def _rows_of(name: str, text: str, whole: Any, line: int, report: ReadingReport) -> Iterator[Item]:
    """The rows of one document. `line` is that of its start."""
    if isinstance(whole, list):
        report.decide(name, "json", "list", "a JSON list")
        yield from _elements(text, line)
        return
    if set(whole) >= {"columns", "data"} and isinstance(whole["columns"], list) and isinstance(whole["data"], list):
        words = f"a JSON object with its columns' names apart from the rows{_without(whole, ('columns', 'data'))}"
        report.decide(name, "json", "split", words)
        for k, row in enumerate(whole["data"], start=1):
            yield k, dict(zip(map(str, whole["columns"]), row, strict=False)) if isinstance(row, list) else row
        return
    tables = [key for key, value in whole.items() if _is_table(value)]
    if len(tables) > 1:
        shown = ", ".join(tables)
        raise InputError(f"{name}: it holds several tables ({shown}): save the one that is meant as a file of its own")
    if tables:
        words = f'the JSON list under "{tables[0]}"{_without(whole, tables)}'
        report.decide(name, "json", tables[0], words)
        yield from enumerate(whole[tables[0]], start=1)
        return
    if columns := {key: value for key, value in whole.items() if isinstance(value, list | dict) and value}:
        lengths = {key: len(value) for key, value in columns.items()}
        if len(set(lengths.values())) > 1 or len(columns) < 2:
            shown = ", ".join(f"{key}: {length}" for key, length in lengths.items())
            raise InputError(f"{name}: neither rows nor columns of one length ({shown})")
        report.decide(name, "json", "columns", f"a JSON object of columns{_without(whole, columns)}")
        cells = [list(value.values()) if isinstance(value, dict) else value for value in columns.values()]
        for k, row in enumerate(zip(*cells, strict=True), start=1):
            yield k, dict(zip(columns, row, strict=True))
        return
    report.decide(name, "json", "lines", "JSON lines")
    yield line, whole


def _without(whole: Iterable[str], read: Collection[str]) -> str:
    """The words for the keys of an object that are not read."""
    left = [key for key in whole if key not in read]
    return f", without {quoted_keys(left)}" if left else ""


def quoted_keys(keys: Sequence[str]) -> str:
    """The first keys as JSON writes them, and how many more there are."""
    shown = ", ".join(json.dumps(key, ensure_ascii=False) for key in keys[:MOST_KEYS])
    return f"{shown} and {len(keys) - MOST_KEYS:,} more" if len(keys) > MOST_KEYS else shown


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict | list) for one in value)


def _elements(text: str, line: int) -> Iterator[Item]:
    """The elements of a list with the lines on which they begin. The text is known to be good JSON."""
    at, counted = text.index("[") + 1, 0
    while True:
        while text[at] in BLANK + ",":
            at += 1
        if text[at] == "]":
            return
        line, counted = line + text.count("\n", counted, at), at
        value, at = DECODER.raw_decode(text, at)
        yield line, value


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
