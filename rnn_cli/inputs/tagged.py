"""Sentences with a tag on every word, in whatever kind of file: what the lines show decides, not the file's name.

CoNLL-U            ten columns, a word a line
columns            a word a line: word first, tag last; tabs, blanks or commas; an empty line ends a sentence
pairs              a sentence a line, of pairs word/tag
sides              a sentence a line: its words, a tab, its tags
JSON               an object a sentence, on a line or in a list
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import called, suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tagged_columns import BLANKS, delimiter_of, read_columns
from rnn_cli.inputs.tagged_conllu import is_conllu, read_conllu
from rnn_cli.inputs.tagged_json import is_json, read_json
from rnn_cli.inputs.tagged_lines import join_of, read_pairs, read_sides, sides_of
from rnn_cli.inputs.tagged_parts import Lines, Tagged, without_documents
from rnn_cli.inputs.text_lines import read_data_lines

__all__ = ["Tagged", "read_tagged"]

SAMPLE = 2000
"""So many lines tell what a file is."""

DELIMITERS = {"tab": "\t", "space": BLANKS, "spaces": BLANKS, "comma": ","}


def read_tagged(
    name: str,
    column: str | None,
    report: ReadingReport,
    *,
    delimiter: str | None = None,
    header: bool | None = None,
) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins. The report says what kind of file it is.

    `column` is that of the tags: a name in CoNLL-U (upos where it is None) and in JSON, a number from 1 or a name in a
    file of columns (the last where it is None). InputError where it cannot be, or the file is of no kind.
    """
    file, name = name, called(name)
    lines: Lines = without_documents(name, read_data_lines(file, report), report)
    sample = list(islice(lines, SAMPLE))
    lines = chain(sample, lines)
    shown = [line for _, line in sample if line.strip()]
    rows = [line for line in shown if not line.startswith("# ")] or shown
    if not rows:
        return iter(())
    if delimiter is None:
        if is_json(rows):
            return read_json(name, lines, column, report)
        if is_conllu(rows):
            return read_conllu(name, lines, rows, column, report)
        side = sides_of(rows)
        join = join_of(rows) if side is None else None
        if column is not None and (side or join):
            raise InputError(f"--column {column}: {name} has a sentence a line, and no columns")
        if side is not None:
            return read_sides(name, lines, side, report)
        if join is not None:
            return read_pairs(name, lines, join, report)
    if sum(row.count("(") > 1 for row in rows) * 2 > len(rows):
        raise InputError(f"{name}: trees in brackets, not tags: write their words as pairs word/tag, a sentence a line")
    chosen = delimiter_of(rows, suffix_of(name) == ".csv") if delimiter is None else delimiter
    if chosen is None:
        raise InputError(_no_tags(name, rows))
    chosen = DELIMITERS.get(chosen, chosen)
    _check_words(name, rows, chosen)
    return read_columns(name, lines, sample, chosen, column, header, report)


def _no_tags(name: str, rows: Sequence[str]) -> str:
    """What to say of a file in which nothing shows what the tags are."""
    counts = sorted(len(row.split()) for row in rows)
    what = "its lines have one word each" if counts[-1] == 1 else f"its lines have {counts[0]} to {counts[-1]} words"
    return (
        f"{name}: no tags found: {what}, and no tag for each. Expected a word and its tag a line, with a tab or blanks\n"
        "between them and an empty line after each sentence; pairs word/tag; CoNLL-U; or JSON with tokens and tags"
    )


def _check_words(name: str, rows: Sequence[str], delimiter: str) -> None:
    """InputError where a line holds a whole text beside a label: that is another task."""
    texts = [max(len(cell.split()) for cell in row.split(delimiter)) for row in rows] if delimiter != BLANKS else []
    if sum("['" in row for row in rows) * 2 > len(rows):
        raise InputError(
            f"{name}: lists of tags as Python writes them beside a text: write a JSON object a line in their place,\n"
            '{"tokens": [...], "tags": [...]}'
        )
    if texts and sorted(texts)[len(texts) // 2] > 2:
        raise InputError(
            f"{name}: a line holds a whole text, not a word: a label for each text is --task classify,\n"
            "and a tag for each word of it needs as many tags as words"
        )
