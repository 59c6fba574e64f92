"""Sentences with a tag on every word, from CoNLL-U.

Format: https://universaldependencies.org/format.html: ten columns with tabs between them, a word a line, an empty
line after each sentence. Lines of multiword tokens (ID 1-2) and empty nodes (ID 8.1) are left out: the words of a
multiword token have lines of their own, and an empty node stands for no word of the text.
"""

import re
from collections.abc import Iterator

from rnn_cli.errors import InputError
from rnn_cli.inputs.blocks import Block, read_blocks
from rnn_cli.inputs.left_out import Report, columns_of

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
LEFT_OUT = re.compile(r"[0-9]+-[0-9]+|[0-9]+\.[0-9]+")

Tagged = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a sentence, and their tags."""


def read_conllu(name: str, column: str, report: Report) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins.

    A sentence with a line that cannot be read is left out as a whole, as one bad row: a tagger must not learn from
    half a sentence. InputError where CoNLL-U has no such column.
    """
    if column not in COLUMNS[2:]:
        raise InputError(f"--column {column}: CoNLL-U has {', '.join(COLUMNS[2:])}")
    for block in read_blocks(name, report):
        sentence = _sentence(name, block, COLUMNS.index(column), report)
        if sentence is not None and sentence[0]:
            yield block[0][0], sentence


def _sentence(name: str, block: Block, place: int, report: Report) -> Tagged | None:
    words: list[str] = []
    tags: list[str] = []
    for number, line in block:
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            report.refuse(name, number, f"{columns_of(cells)}, expected {len(COLUMNS)} with tabs between them")
            return None
        if LEFT_OUT.fullmatch(cells[0]):
            continue
        if cells[0] != str(len(words) + 1):
            report.refuse(name, number, f"the ID is {cells[0]!r}, expected {len(words) + 1}")
            return None
        if not cells[1].strip():
            report.refuse(name, number, "no form")
            return None
        if cells[place] in ("", "_"):
            report.refuse(name, number, f"no {COLUMNS[place]}")
            return None
        words.append(cells[1])
        tags.append(cells[place])
    return tuple(words), tuple(tags)
