"""Running text: what is none, though it can be read as one, and how many words there are in it."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.tokens import CHARACTER, tokenize

LINES = 50
"""So many lines tell what a text is."""
FEWEST = 5
HEAD = 4096


def structure_of(name: str, text: str) -> str | None:
    """What the beginning of a file is that is no running text: JSON, or a table; None for anything else."""
    lines = [line for line in islice(text.split("\n"), LINES) if line.strip() and not line.startswith("#")]
    if not lines:
        return None
    keys = _keys(lines[0])
    if keys is not None:
        return f"JSON lines, with {keys}"
    if text.lstrip()[:1] in ("{", "[") and _is_json(text):
        return "JSON"
    if len(lines) < FEWEST:
        return None
    tabs = {line.count("\t") for line in lines}
    if len(tabs) == 1 and tabs != {0}:
        return f"a table with tabs between {tabs.pop() + 1} columns"
    for sign, called in ((",", "commas"), (";", "semicolons")):
        widths = {len(cells) for cells in _cells(lines, sign)}
        if len(widths) == 1 and min(widths) >= (2 if suffix_of(name) == ".csv" else 3):
            return f"a table with {called} between {widths.pop()} columns"
    return None


def _keys(line: str) -> str | None:
    """The names of a JSON object's values, in words; None where the line is none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return ", ".join(f'"{key}"' for key in list(data)[:5]) if isinstance(data, dict) and data else None


def _is_json(text: str) -> bool:
    """Whether the text, or the text as far as it is here, is JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return len(text) > HEAD and error.pos > len(text) - HEAD
    except (ValueError, RecursionError):
        return False
    return True


def _cells(lines: Sequence[str], sign: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=sign)
    except csv.Error:
        yield []


class WordCounter:
    """Counts the words of a text that goes by piece by piece: what stands between white space, and each line end."""

    def __init__(self) -> None:
        self.total = self.lines = 0
        self.head = ""
        self.inside = False

    def __call__(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces as they come."""
        for piece in pieces:
            self.head += piece[: HEAD - len(self.head)]
            ends = piece.count("\n")
            self.lines += ends
            self.total += len(piece.split()) + ends - (self.inside and not piece[:1].isspace())
            self.inside = not piece[-1:].isspace()
            yield piece

    def predicted(self, level: str, lowercase: bool) -> int:
        """The words after the first token, which is read and not predicted."""
        if level == CHARACTER:
            first_is_word = self.head[:1] == "\n" or (not self.head[:1].isspace() and self.head[1:2].strip() == "")
            return self.total - first_is_word if self.head else 0
        start = re.sub(r"\A[^\S\n]+", "", self.head)
        first_run = next(iter(start.split()), "")
        return self.total - (start[:1] == "\n" or len(tokenize(first_run, level, lowercase)) == 1)
