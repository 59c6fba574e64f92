"""Sentences with a tag on every word: CoNLL-U, columns (word first, tag last), or JSON lines.

CoNLL-U (https://universaldependencies.org/format.html) has ten columns with tabs between them, a word a line, and an
empty line after each sentence. Its lines of multiword tokens (ID 1-2) and of empty nodes (ID 8.1) are left out: the
words of a multiword token have lines of their own, and an empty node stands for no word of the text.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.table import read_objects
from rnn_cli.inputs.text_lines import read_data_lines
from rnn_cli.reading import whole_number

KINDS = {".conllu": "conllu", ".jsonl": "jsonl", ".ndjson": "jsonl"}
CONLLU_COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
NO_WORD_OF_ITS_OWN = re.compile(r"[0-9]+-[0-9]+|[0-9]+\.[0-9]+")

Tagged = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a sentence, and their tags."""

Block = list[tuple[int, str]]
"""The lines of a sentence with their numbers."""


def read_tagged(name: str, column: str | None, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins. The file's ending, or its start, tells its kind.

    `column` is that of the tags: a name in CoNLL-U (upos where it is None), a number from 1 in a file of columns (the
    last where it is None). InputError where it cannot be.
    """
    kind = KINDS.get(Path(name).suffix.lower()) or _kind_of(name)
    if kind == "conllu":
        return _read_conllu(name, column or "upos", report)
    if kind == "jsonl":
        if column is not None:
            raise InputError(f'--column {column}: JSON lines have their tags under "tags"')
        return _read_json(name, report)
    number = None if column is None else whole_number(column) or 0
    if number is not None and number < 2:
        raise InputError(f"--column {column}: {name} has words in column 1; give the number of the tags' column")
    return _read_columns(name, number, report)


def _kind_of(name: str) -> str:
    """The kind, by the first line that is no CoNLL-U comment. Stdin cannot be read twice: it is taken for columns."""
    if name == "-":
        return "columns"
    for _, line in islice(read_data_lines(name, ReadingReport()), 1000):
        if line.lstrip().startswith("{"):
            return "jsonl"
        if line.count("\t") == len(CONLLU_COLUMNS) - 1:
            return "conllu"
        if line.strip() and not line.startswith("#"):
            return "columns"
    return "columns"


def _read_blocks(name: str, report: ReadingReport) -> Iterator[Block]:
    """The numbered lines of each block. A block with a line that is not UTF-8 is left out."""
    block: Block = []
    bad = report.bad_count
    for number, line in read_data_lines(name, report):
        if line.strip():
            block.append((number, line))
            continue
        if block and report.bad_count == bad:
            yield block
        block, bad = [], report.bad_count
    if block and report.bad_count == bad:
        yield block


def _read_conllu(name: str, column: str, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins.

    A sentence with a line that cannot be read is left out as a whole, as one bad row: a tagger must not learn from
    half a sentence. InputError where CoNLL-U has no such column.
    """
    if column not in CONLLU_COLUMNS[2:]:
        raise InputError(f"--column {column}: CoNLL-U has {', '.join(CONLLU_COLUMNS[2:])}")
    for block in _read_blocks(name, report):
        sentence = _conllu_sentence(name, block, CONLLU_COLUMNS.index(column), report)
        if sentence is not None and sentence[0]:
            yield block[0][0], sentence


def _conllu_sentence(name: str, block: Block, place: int, report: ReadingReport) -> Tagged | None:
    words: list[str] = []
    tags: list[str] = []
    for number, line in block:
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(CONLLU_COLUMNS):
            report.refuse(name, number, f"{columns_of(cells)}, expected {len(CONLLU_COLUMNS)} with tabs between them")
            return None
        if NO_WORD_OF_ITS_OWN.fullmatch(cells[0]):
            continue
        if cells[0] != str(len(words) + 1):
            report.refuse(name, number, f"the ID is {cells[0]!r}, expected {len(words) + 1}")
            return None
        if not cells[1].strip():
            report.refuse(name, number, "no form")
            return None
        if cells[place] in ("", "_"):
            report.refuse(name, number, f"no {CONLLU_COLUMNS[place]}")
            return None
        words.append(cells[1])
        tags.append(cells[place])
    return tuple(words), tuple(tags)


def _read_columns(name: str, column: int | None, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    for block in _read_blocks(name, report):
        sentence = _column_sentence(name, block, column, report)
        if sentence is not None:
            yield block[0][0], sentence


def _column_sentence(name: str, block: Block, column: int | None, report: ReadingReport) -> Tagged | None:
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


def _read_json(name: str, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    lines = ((number, line) for number, line in read_data_lines(name, report) if line.strip())
    for number, data in read_objects(lines, name, report):
        words, tags = _texts(data.get("tokens")), _texts(data.get("tags"))
        if not words or not tags:
            report.refuse(name, number, 'expected {"tokens": [...], "tags": [...]}, two lists of texts')
        elif len(words) != len(tags):
            report.refuse(name, number, f"{len(words)} tokens, but {len(tags)} tags")
        else:
            yield number, (words, tags)


def _texts(values: Any) -> tuple[str, ...]:
    """The texts of a list; () where it is not a list, or holds anything else."""
    good = isinstance(values, list) and all(isinstance(one, str) and one for one in values)
    return tuple(values) if good else ()
