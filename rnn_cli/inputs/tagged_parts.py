"""What all kinds of tagged files share: sentences of lines, marks between documents, columns that are asked for."""

import re
from collections.abc import Iterator
from itertools import chain

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport

Tagged = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a sentence, and their tags."""

Block = list[tuple[int, str]]
"""The lines of a sentence with their numbers."""

Lines = Iterator[tuple[int, str]]

DOCUMENT = re.compile(r"-DOC(START|END)-.*")
"""A line between the documents of the CoNLL tasks. It is no word, and the sentence before it has ended."""

MANY_WORDS = 100
"""Beyond so many words, a file that is one sentence is a file whose empty lines are missing."""


VERY_MANY_WORDS = 500
"""A sentence of more words is hardly one."""


def without_documents(name: str, lines: Lines, report: ReadingReport) -> Lines:
    """The lines, with an empty one for each mark between documents; how many there were is said at the end."""
    marks = 0
    for number, line in lines:
        is_mark = DOCUMENT.fullmatch(line.strip()) is not None
        marks += is_mark
        yield number, "" if is_mark else line
    if marks:
        report.decide(name, "document_marks", marks, f"{marks:,} -DOCSTART- line{'s' * (marks > 1)} skipped")


def blocks_of(lines: Lines) -> Iterator[Block]:
    """The numbered lines of each block between empty lines. A block that lacks a line is left out.

    A line that cannot be read as text is reported where it is read, and does not come: its number is missing.
    """
    block: Block = []
    last, whole = 0, True
    for number, line in lines:
        whole &= number == last + 1
        last = number
        if line.strip():
            block.append((number, line))
            continue
        if block and whole:
            yield block
        block, whole = [], True
    if block and whole:
        yield block


def ended(name: str, blocks: Iterator[Block], report: ReadingReport) -> Iterator[Block]:
    """The blocks. InputError where a long file has no empty line, and would be one sentence."""
    first = next(blocks, None)
    if first is None:
        return
    second = next(blocks, None)
    if second is None and len(first) > 1:
        if len(first) > MANY_WORDS:
            raise InputError(
                f"{name}: no empty line in it, so that all {len(first):,} words would be one sentence: "
                "put an empty line after each sentence"
            )
        report.note(f"{name}: no empty line in it: its {len(first):,} words are read as one sentence")
    for block in chain([first], [] if second is None else [second], blocks):
        if len(block) > VERY_MANY_WORDS:
            where = f"{name}:{block[0][0]}"
            report.note(f"{where}: a sentence of {len(block):,} words begins here: is an empty line missing in it?")
        yield block


def ask_for_column(name: str, why: str, candidates: list[str]) -> InputError:
    """The error that asks for --column and shows which columns the tags could be in."""
    shown = "; ".join(candidates[:6]) if candidates else "no column has few different values"
    return InputError(f"{name}: {why}:\n--column says where the tags are: {shown}")


def some(values: list[str]) -> str:
    """The first values of many, for a message."""
    return ", ".join(values[:4]) + (", …" if len(values) > 4 else "")
