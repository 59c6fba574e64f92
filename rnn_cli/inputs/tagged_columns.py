"""Tagged files with a word a line, in columns: which column is the word, and which the tag.

An empty line ends a sentence. Where a column names the sentence, as "Sentence: 1" or a number, a new name ends it; the
name may stand on the first word alone. The tags are in the last column unless the person says otherwise.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.tagged_parts import Block, Lines, Tagged, ask_for_column, blocks_of, ended, some
from rnn_cli.reading import DIGITS, whole_number

WORDS = {"word", "words", "token", "tokens", "form", "text"}
TAGS = {"tag", "tags", "label", "labels", "pos", "ner", "ner_tag", "ner_tags", "upos", "xpos", "chunk", "iob", "bio"}
SENTENCES = {
    "sentence",
    "sentence #",
    "sentence_id",
    "sentence id",
    "sent",
    "sent_id",
    "sent id",
    "sentence_idx",
    "sid",
}

BLANKS = " "
"""Stands for any white space between columns."""
CALLED = {"\t": "tabs", ",": "commas", ";": "semicolons", BLANKS: "blanks"}
ENOUGH = 30
"""So many rows tell a column of tags from one of words."""
FEW, MANY = 10, 0.3
"""A column of tags has few different values, or at least far fewer than there are words."""

Cells = list[str]


@dataclass(frozen=True)
class Layout:
    """Where things stand, by columns counted from 0.

    header  the line that names the columns, 0 where there is none; `fixed`: a row must have `width` columns, for the tag
            is in the last; `comments`: a line that begins with # begins most sentences
    """

    delimiter: str
    width: int
    word: int
    tag: int
    sentence: int | None
    header: int
    fixed: bool
    comments: bool


def delimiter_of(lines: Sequence[str], is_csv: bool) -> str | None:
    """What stands between the columns of most lines, so that they have equally many; None where nothing does."""
    if sum("\t" in line for line in lines) >= 0.9 * len(lines):
        return "\t"
    for sign in (",", ";") if is_csv or not any(_agree([line.split() for line in lines])) else ():
        if any(_agree([cells_of(line, sign) for line in lines])):
            return sign
    for sign in (BLANKS, ",", ";", "|", "/"):
        if any(_agree([cells_of(line, sign) for line in lines])):
            return sign
    return None


def _agree(rows: Sequence[Cells]) -> Iterator[int]:
    """The width that most rows have, where it is that of a table."""
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if width > 1 and count >= 0.6 * len(rows):
        yield width


def cells_of(line: str, delimiter: str) -> Cells:
    """The cells of a line. Quotes enclose cells between commas and semicolons only."""
    if delimiter == BLANKS:
        return line.split()
    if delimiter in ",;":
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error:
            pass
    if delimiter == "/":  # a word may hold it
        return line.strip().rsplit("/", 1)
    return [cell.strip() for cell in line.split(delimiter)]


def read_columns(
    name: str,
    lines: Lines,
    sample: Sequence[tuple[int, str]],
    delimiter: str,
    column: str | None,
    header: bool | None,
    report: ReadingReport,
) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which it begins."""
    lines, sample = _without_cells(lines, delimiter), list(_without_cells(iter(sample), delimiter))
    layout = _layout(name, sample, delimiter, column, header, report)
    if layout is None:
        return
    named = f"line {layout.header} names the columns (--header)" if layout.header else ""
    report.decide(name, "header", bool(layout.header), named)
    blocks = _by_sentence(lines, layout) if layout.sentence is not None else ended(name, blocks_of(lines), report)
    for block in blocks:
        sentence = _sentence(name, _without_comments(block, layout), layout, report)
        if sentence is not None and sentence[0]:
            yield block[0][0], sentence


def _layout(
    name: str, sample: Sequence[tuple[int, str]], delimiter: str, column: str | None, header: bool | None,
    report: ReadingReport,
) -> Layout | None:  # fmt: skip
    found = list(blocks_of(iter(sample)))
    comments = len(found) > 1 and sum(block[0][1].startswith("#") for block in found) * 2 > len(found)
    found = [block[comments and block[0][1].startswith("#") :] for block in found]
    blocks = [[cells_of(line, delimiter) for _, line in block] for block in found]
    rows = list(chain.from_iterable(blocks))
    if not rows:
        return None
    width = Counter(map(len, rows)).most_common(1)[0][0]
    names = [cell.lower() for cell in rows[0]]
    titled = bool(WORDS & set(names) and (TAGS | SENTENCES) & set(names))
    titled = titled if header is None else header
    called = names if titled else []
    blocks[0] = blocks[0][titled:]
    blocks = [[row for row in block if len(row) >= width] for block in blocks]
    rows = list(chain.from_iterable(blocks))
    columns = list(zip(*(row[:width] for row in rows), strict=True))
    sentence = next((k for k, one in enumerate(called) if one in SENTENCES), None)
    if sentence is None and not called and delimiter != BLANKS and len(blocks) == 1:
        sentence = _sentence_column(columns)
    counts = [k for k in range(width) if k != sentence and _is_index([[row[k] for row in block] for block in blocks])]
    free = [k for k in range(width) if k != sentence and k not in counts]
    tag = _asked(name, column, called, width)
    word = next((k for k, one in enumerate(called) if one in WORDS and k != tag), None)
    if word is None:
        word = next((k for k in free if k != tag), 0 if tag else 1)
    others = [k for k in free if k not in (word, tag)]
    if tag is None:
        tag = others[-1] if others else width - 1
        _check_tags(name, columns, word, tag, others)
    between = CALLED.get(delimiter, delimiter)
    report.decide(name, "kind", "columns", f"a word a line, {width} columns with {between}")
    values = list(dict.fromkeys(columns[tag])) if columns else []
    said = f"words in column {word + 1}, tags in column {tag + 1} ({len(values):,}: {some(values)})"
    rest = [
        str(k + 1) for k in others if k != tag and len(columns) and 1 < len(set(columns[k])) < len(set(columns[word]))
    ]
    if column is None and rest:
        said += f"; they could be in {', '.join(rest)}"
    report.decide(name, "column", tag + 1, f"{said} (--column)")
    report.decide(name, "word_column", word + 1)
    if sentence is not None:
        report.decide(name, "sentence_column", sentence + 1, f"column {sentence + 1} tells sentences apart")
    line = next(block[0][0] for block in found if block) if titled else 0
    return Layout(delimiter, width, word, tag, sentence, line, column is None, comments)


def _without_cells(lines: Lines, delimiter: str) -> Lines:
    """The lines, those of empty cells alone being empty: so a spreadsheet writes them."""
    return ((number, line if line.strip(delimiter + " \t") else "") for number, line in lines)


def _asked(name: str, column: str | None, called: Sequence[str], width: int) -> int | None:
    """The column that --column names, from 0. InputError where there is none of that name or number."""
    if column is None:
        return None
    if column.lower() in called:
        return called.index(column.lower())
    if 1 <= (whole_number(column) or 0) <= width:
        return int(column) - 1
    known = f"names {', '.join(called)}, or " if called else ""
    raise InputError(
        f"--column {column}: {name} has {width} columns; give the number of the tags' column, {known}1 to {width}"
    )


def _check_tags(name: str, columns: Sequence[Sequence[str]], word: int, tag: int, others: Sequence[int]) -> None:
    """InputError where the last column can hardly be the tags: they are as many as the words, or all the same."""
    if not columns or len(columns[0]) < ENOUGH:
        return
    sizes = [len(set(column)) for column in columns]
    few = [k for k in others if 1 < sizes[k] <= max(FEW, MANY * sizes[word]) and not _is_number(columns[k])]
    if len(columns) == 2 and sizes[tag] > sizes[word]:
        few = [word]
    why = None
    if sizes[tag] > sizes[word]:
        why = f"column {tag + 1} has {sizes[tag]:,} different values and column {word + 1} only {sizes[word]:,}"
    elif sizes[tag] == 1 and few:
        why = f"column {tag + 1} holds {columns[tag][0]!r} on every line"
    elif tag not in few and few and (_is_number(columns[tag]) or min(sizes[k] for k in few) < sizes[tag] / 2):
        why = f"column {tag + 1} has {sizes[tag]:,} different values, too many for tags"
    if why is not None:
        shown = [
            f"{k + 1} ({sizes[k]:,}: {some(list(dict.fromkeys(columns[k])))})"
            for k in sorted(few, key=lambda k: sizes[k])
        ]
        raise ask_for_column(name, why, shown)


def _is_number(values: Sequence[str]) -> bool:
    return all(whole_number(value) is not None for value in values)


def _is_index(blocks: Sequence[Sequence[str]]) -> bool:
    """Whether a column counts the words of each sentence, from 0 or 1."""
    if not all(whole_number(value) is not None for values in blocks for value in values) or sum(map(len, blocks)) < 2:
        return False
    return all(
        int(values[k]) == k + int(values[0]) and int(values[0]) < 2 for values in blocks for k in range(len(values))
    )


def _sentence_column(columns: Sequence[Sequence[str]]) -> int | None:
    """The first column, where it names sentences: on their first words alone, or the same on all their words."""
    if len(columns) < 3:
        return None
    values = columns[0]
    named = [value for value in values if value]
    if values[0] and len(set(named)) == len(named) < len(values) / 1.5:
        return 0
    starts = [value for k, value in enumerate(values) if k == 0 or value != values[k - 1]]
    counts = all(any(c in DIGITS for c in value) for value in starts)
    return 0 if counts and 1 < len(starts) < len(values) / 1.5 and len(set(starts)) == len(starts) else None


def _by_sentence(lines: Lines, layout: Layout) -> Iterator[Block]:
    """The lines of each sentence: a name that is another than the last begins one."""
    assert layout.sentence is not None
    block: Block = []
    name, last, whole = "", 0, True
    for number, line in lines:
        whole &= number == last + 1
        last = number
        if number == layout.header or not line.strip():
            continue
        cells = cells_of(line, layout.delimiter)
        here = cells[layout.sentence] if layout.sentence < len(cells) else ""
        if here and here != name and block:
            if whole:
                yield block
            block, whole = [], True
        name = here or name
        block.append((number, line))
    if block and whole:
        yield block


def _without_comments(block: Block, layout: Layout) -> Block:
    """The block without the lines at its start that are comments, and without the line that names the columns."""
    start = int(block[0][0] == layout.header)
    while start < len(block) and block[start][1].startswith("#"):
        if len(cells_of(block[start][1], layout.delimiter)) == layout.width and not (layout.comments and start == 0):
            break
        start += 1
    return block[start:]


def _sentence(name: str, block: Block, layout: Layout, report: ReadingReport) -> Tagged | None:
    """A sentence with a row that cannot be read is left out as a whole, as one bad row."""
    words: list[str] = []
    tags: list[str] = []
    needed = layout.width if layout.fixed else 1 + max(layout.word, layout.tag)
    for number, line in block:
        cells = cells_of(line, layout.delimiter)
        if len(cells) < needed or (layout.fixed and len(cells) != needed):
            report.refuse(name, number, f"{columns_of(cells)}, expected {needed}: a word and its tag")
            return None
        word, tag = cells[layout.word], cells[layout.tag]
        if not word or not tag:
            report.refuse(name, number, "no tag" if word else "no word")
            return None
        words.append(word)
        tags.append(tag)
    return tuple(words), tuple(tags)
