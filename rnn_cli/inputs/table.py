"""Rows of a table: with a delimiter, JSON, fastText's lines, or parts with a separator of the file's own.

What the file is shows in its content; the ending of its name settles what the content leaves open.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rnn_cli.inputs.delimited import find_form, rows_of, say_form
from rnn_cli.inputs.json_table import ENDINGS, as_text, flat, lists_in, looks_like_json, quoted_keys, read_items
from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_lines import read_data_lines

FASTTEXT = "__label__"


@dataclass(frozen=True)
class Row:
    """The cells of one row and the line on which it begins. `names` are the keys of a JSON object, else None.

    `sign` is what stands between the cells; `parts` are the cells with the white space around them, where the row has
    more of them than most. `padded` are the places of cells that lost white space around them.
    """

    line: int
    cells: tuple[str, ...]
    names: tuple[str, ...] | None = None
    parts: tuple[str, ...] = ()
    sign: str = ""
    padded: tuple[int, ...] = ()


def read_table(
    name: str,
    report: ReadingReport,
    separator: str | None = None,
    delimiter: str | None = None,
    quotes: bool | None = None,
    *,
    ragged: bool = False,
) -> Iterator[Row]:
    """The rows of a file that are not empty, their cells stripped of white space.

    `separator` cuts lines without regard to quotes; `delimiter` and `quotes` say what is found out where they are None;
    `ragged` allows to cut each line once, beside the label at its end. InputError where the file is no table.
    """
    lines = list(read_data_lines(name, report))
    filled = next((k for k, (_, line) in enumerate(lines) if line.strip()), None)
    if filled is None:
        return
    ending = suffix_of(name)
    if separator is not None:
        for number, line in lines:
            if line.strip():
                yield Row(number, tuple(cell.strip() for cell in line.split(separator)))
    elif delimiter is None and (ending in ENDINGS or looks_like_json(lines)):
        yield from _json_rows(name, lines, report)
    elif delimiter is None and is_fasttext(lines):
        yield from _fasttext_rows(name, lines, report)
    else:
        first = lines[filled][1].strip()
        if first.lower().startswith("sep=") and len(first) in (4, 5):
            # A spreadsheet's own first line; a tab after the sign of equality is stripped from it.
            report.decide(name, "skipped", [lines[filled][0]], f"line {lines[filled][0]} names the delimiter")
            delimiter, lines = delimiter or first[4:] or "\t", lines[filled + 1 :]
        form = find_form(name, ending, lines, delimiter, quotes, ragged)
        say_form(name, form, delimiter, quotes, report)
        for number, cells in rows_of(name, lines, form, report):
            parts = tuple(cells) if len(cells) > form.width else ()
            bare = [cell.strip() for cell in cells]
            yield Row(number, tuple(bare), None, parts, form.sign, () if cells == bare else _apart(cells, bare))


def _apart(cells: Iterable[str], bare: Iterable[str]) -> tuple[int, ...]:
    return tuple(k for k, (cell, own) in enumerate(zip(cells, bare, strict=True)) if cell != own)


def _json_rows(name: str, lines: Sequence[tuple[int, str]], report: ReadingReport) -> Iterator[Row]:
    lists, seen = dict[str, None](), set[str]()
    for number, item in read_items(name, lines, report):
        if isinstance(item, dict):
            lists.update(dict.fromkeys(lists_in(item)))
            whole = flat(item)
            seen.update(whole)
            cells = [cell.strip() for cell in whole.values()]
            yield Row(number, tuple(cells), tuple(whole), padded=_apart(whole.values(), cells))
        elif isinstance(item, list):
            yield Row(number, tuple((as_text(value) or "").strip() for value in item))
        else:
            report.refuse(name, number, "not a JSON object")
    if without := [key for key in lists if key not in seen]:
        report.decide(name, "lists", without, f"without {quoted_keys(without)}, as lists are no cells")


def is_fasttext(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether nearly all lines begin or end with a label as fastText writes it."""
    filled = [line.split() for _, line in lines[:1000] if line.strip()]
    return sum(w[0].startswith(FASTTEXT) or w[-1].startswith(FASTTEXT) for w in filled) >= 0.9 * len(filled)


def _fasttext_rows(name: str, lines: Sequence[tuple[int, str]], report: ReadingReport) -> Iterator[Row]:
    report.decide(name, "format", "fasttext", f"fastText's lines, the label behind {FASTTEXT}")
    for number, line in lines:
        words = line.split()
        labels = [word for word in words if word.startswith(FASTTEXT)]
        if len(labels) > 1:
            report.refuse(name, number, f"{len(labels)} labels, expected 1", kind="several labels")
        elif words:
            # The text is handed on as it stands, but for the label.
            text = line.replace(labels[0], "", 1) if labels else line
            label = labels[0].removeprefix(FASTTEXT).rstrip(",") if labels else ""
            yield Row(number, (text.strip(" \t,"), label), ("text", "label"))
