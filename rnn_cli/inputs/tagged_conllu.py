"""CoNLL-U (https://universaldependencies.org/format.html): ten columns with tabs between them, a word a line.

Its lines of multiword tokens (ID 1-2) and of empty nodes (ID 8.1) are left out: the words of a multiword token have
lines of their own, and an empty node stands for no word of the text.
"""

import re
from collections.abc import Iterator, Sequence

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.tagged_parts import Block, Lines, Tagged, ask_for_column, blocks_of, some
from rnn_cli.reading import DIGITS

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
NO_WORD_OF_ITS_OWN = re.compile(r"[0-9]+-[0-9]+|[0-9]+\.[0-9]+")


def is_conllu(lines: Sequence[str]) -> bool:
    """Whether most lines have ten columns, with a number in the first."""
    cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return sum(len(one) == len(COLUMNS) and one[0][:1] in DIGITS for one in cells) * 2 > len(cells)


def read_conllu(
    name: str, lines: Lines, sample: Sequence[str], column: str | None, report: ReadingReport
) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins.

    A sentence with a line that cannot be read is left out as a whole, as one bad row: a tagger must not learn from
    half a sentence. InputError where CoNLL-U has no such column, or it is empty.
    """
    if column is not None and column not in COLUMNS[2:]:
        raise InputError(f"--column {column}: CoNLL-U has {', '.join(COLUMNS[2:])}")
    column = column or "upos"
    filled = _filled(sample)
    if filled and column not in filled:
        raise ask_for_column(
            name, f"no word has a tag in the column {column}", [f"{k} ({v})" for k, v in filled.items()]
        )
    report.decide(name, "kind", "CoNLL-U", "CoNLL-U")
    report.decide(name, "column", column, f"tags in {column} (--column)")
    for block in blocks_of(lines):
        sentence = _sentence(name, block, COLUMNS.index(column), report)
        if sentence is not None and sentence[0]:
            yield block[0][0], sentence


def _filled(sample: Sequence[str]) -> dict[str, str]:
    """The columns that hold anything but _, with some of their values."""
    cells = [line.split("\t") for line in sample if not line.startswith("#")]
    rows = [one for one in cells if len(one) == len(COLUMNS)]
    found = {
        name: list(dict.fromkeys(row[k] for row in rows if row[k] not in ("", "_")))
        for k, name in enumerate(COLUMNS)
        if k >= 2
    }
    return {name: some(values) for name, values in found.items() if values}


def _sentence(name: str, block: Block, place: int, report: ReadingReport) -> Tagged | None:
    words: list[str] = []
    tags: list[str] = []
    for number, line in block:
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            report.refuse(name, number, f"{columns_of(cells)}, expected {len(COLUMNS)} with tabs between them")
            return None
        if NO_WORD_OF_ITS_OWN.fullmatch(cells[0]):
            continue
        if cells[0] != str(len(words) + 1):
            reason = f"the ID is {cells[0]!r}, expected {len(words) + 1}"
            report.refuse(name, number, reason, kind="the ID of a word is not the next number")
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
