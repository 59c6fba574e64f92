"""Sentences with a tag on every word: CoNLL-U, columns (word first, tag last), or JSON lines."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.inputs.blocks import Block, read_blocks
from rnn_cli.inputs.conllu import COLUMNS, Tagged, read_conllu
from rnn_cli.inputs.left_out import Report, columns_of
from rnn_cli.inputs.rows import Lines
from rnn_cli.inputs.table import read_objects

KINDS = {".conllu": "conllu", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def read_tagged(name: str, column: str | None, report: Report) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins. The kind is that of the file's ending, or of its start.

    `column` is that of the tags: a name in CoNLL-U (upos where it is None), a number from 1 in a file of columns (the
    last where it is None). InputError where it cannot be.
    """
    kind = KINDS.get(Path(name).suffix.lower()) or _kind_of(name)
    if kind == "conllu":
        return read_conllu(name, column or "upos", report)
    if kind == "jsonl":
        if column is not None:
            raise InputError(f'--column {column}: JSON lines have their tags under "tags"')
        return _read_json(name, report)
    if column is not None and (not column.isdigit() or int(column) < 2):
        raise InputError(f"--column {column}: {name} has words in column 1; give the number of the tags' column")
    return _read_columns(name, None if column is None else int(column), report)


def _kind_of(name: str) -> str:
    """What the first line says that is no comment of CoNLL-U. Stdin cannot be read twice: it is taken for columns."""
    if name == "-":
        return "columns"
    for _, line in islice(Lines(name, Report()), 1000):
        if line.lstrip().startswith("{"):
            return "jsonl"
        if line.count("\t") == len(COLUMNS) - 1:
            return "conllu"
        if line.strip() and not line.startswith("#"):
            return "columns"
    return "columns"


def _read_columns(name: str, column: int | None, report: Report) -> Iterator[tuple[int, Tagged]]:
    for block in read_blocks(name, report):
        sentence = _column_sentence(name, block, column, report)
        if sentence is not None:
            yield block[0][0], sentence


def _column_sentence(name: str, block: Block, column: int | None, report: Report) -> Tagged | None:
    """Columns have tabs between them where the sentence's first line has one, else spaces."""
    words: list[str] = []
    tags: list[str] = []
    tabs = "\t" in block[0][1]
    for number, line in block:
        cells = [cell.strip() for cell in line.split("\t")] if tabs else line.split()
        if len(cells) < max(2, column or 2):
            report.refuse(name, number, f"{columns_of(cells)}, expected {max(2, column or 2)}: a word and its tag")
            return None
        tag = cells[-1 if column is None else column - 1]
        if not cells[0] or not tag:
            report.refuse(name, number, "no tag" if cells[0] else "no word")
            return None
        words.append(cells[0])
        tags.append(tag)
    return tuple(words), tuple(tags)


def _read_json(name: str, report: Report) -> Iterator[tuple[int, Tagged]]:
    lines = ((number, line) for number, line in Lines(name, report) if line.strip())
    for number, data in read_objects(lines, name, report):
        words, tags = _texts(data.get("tokens")), _texts(data.get("tags"))
        if not words or not tags:
            report.refuse(name, number, 'expected {"tokens": [...], "tags": [...]}, two lists of texts')
        elif len(words) != len(tags):
            report.refuse(name, number, f"{len(words)} tokens, but {len(tags)} tags")
        else:
            yield number, (words, tags)


def _texts(values: Any) -> tuple[str, ...]:
    """The texts of a list; () where it is no list, or holds anything else."""
    good = isinstance(values, list) and all(isinstance(one, str) and one for one in values)
    return tuple(values) if good else ()
