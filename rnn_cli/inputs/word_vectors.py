"""Vectors of words in a text file, as GloVe and word2vec write them: a token a line, blanks, and its numbers.

    400000 50                     "how many, how wide" stands above them or not
    the 0.418 0.24968 …
    at name@domain.com 0.0239 …   a token may hold blanks: its numbers are counted from the end

The file is gone through once, and only the rows that are asked for are kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import check_kind, open_bytes, unpack
from rnn_cli.inputs.reading_report import ReadingReport

HEAD = 1 << 16
MARK = b"\xef\xbb\xbf"
HEADER = re.compile(rb"[0-9]{1,12} [0-9]{1,6} ?\r?\n")
CONTROLS = bytes(range(9)) + bytes(range(14, 32))


@dataclass(frozen=True, eq=False)
class WordVectors:
    """The rows that were asked for.

    vectors   word -> (I,); `lowered` are the words that only their lower case has
    rows      how many vectors the file holds; size: how many numbers each has; header: whether a line says both
    twice     how many of the words stand there more than once: the first counts
    """

    path: str
    vectors: dict[str, Array]
    lowered: frozenset[str]
    rows: int
    size: int
    header: bool
    twice: int


def read_vectors(path: str, words: Iterable[str], report: ReadingReport) -> WordVectors:
    """The vectors of these words, as they stand or else in lower case; the report says what was found.

    InputError names the line of a row that is no token with as many numbers as the others.
    """
    asked = list(dict.fromkeys(words))
    wanted = {form.encode() for word in asked for form in (word, word.lower())}
    found: dict[bytes, Array] = {}
    rows = twice = 0
    with _opened(path, report) as stream:
        said, size = _form(path, stream)
        header = said is not None
        for number, line in _lines(stream, header):
            rows += 1
            token = line[: line.find(b" ")] if line.count(b" ") == size else _token(path, number, line, size)
            if token in found:
                twice += 1
            elif token in wanted:
                found[token] = _numbers(path, number, line[len(token) + 1 :].split(b" "))
    if said is not None and rows < said:
        raise InputError(f"{path}:1: says that {said:,} vectors follow, and {rows:,} do: the file is cut short")
    vectors: dict[str, Array] = {}
    lowered = set()
    for word in asked:
        row = found.get(word.encode())
        if row is None and (row := found.get(word.lower().encode())) is not None:
            lowered.add(word)
        if row is not None:
            vectors[word] = row
    return WordVectors(path, vectors, frozenset(lowered), rows, size, header, twice)


def size_of_vectors(path: str) -> int:
    """How many numbers each vector of a file has, by its beginning."""
    with _opened(path, ReadingReport()) as stream:
        return _form(path, stream)[1]


def _opened(path: str, report: ReadingReport) -> BinaryIO:
    """The file, unpacked. InputError where it is no text."""
    stream = unpack(open_bytes(path), path, report)
    try:
        check_kind(stream, path, report)
        stream.seek(0)
        head = stream.read(HEAD)
        if not head.strip():
            raise InputError(f"{path}: the file is empty")
        if head.translate(None, CONTROLS) != head:
            raise InputError(
                f"{path}: no text: of word2vec's binary form, gensim makes one: "
                "KeyedVectors.load_word2vec_format(FILE, binary=True).save_word2vec_format('vectors.txt')"
            )
        stream.seek(len(MARK) if head.startswith(MARK) else 0)
    except BaseException:
        stream.close()
        raise
    return stream


def _form(path: str, stream: BinaryIO) -> tuple[int | None, int]:
    """How many rows a header says there are, None where none does, and how many numbers each has; the stream stands at its
    first line again."""
    start = stream.tell()
    first = stream.readline()
    stream.seek(start)
    if HEADER.fullmatch(first):
        rows, size = map(int, first.split())
        return rows, size
    fields = first.split()
    size = 0
    while size < len(fields) - 1 and _is_number(fields[-1 - size]):
        size += 1
    if not size:
        raise InputError(f"{path}:1: not a token with its numbers, as in: the 0.418 0.24968")
    return None, size


def _lines(stream: BinaryIO, header: bool) -> Iterator[tuple[int, bytes]]:
    """The rows with the numbers of their lines."""
    for number, line in enumerate(stream, start=1):
        line = line.rstrip(b" \r\n")
        if line and (number > 1 or not header):
            yield number, line


def _token(path: str, number: int, line: bytes, size: int) -> bytes:
    """The token of a row, which holds blanks. InputError where the row has not as many numbers as the others."""
    token = line.rsplit(b" ", size)[0]
    blanks = line.count(b" ")
    if blanks < size or _is_number(token.rpartition(b" ")[2]):
        raise InputError(f"{path}:{number}: a row of {blanks} numbers, and the others have {size}")
    return token


def _numbers(path: str, number: int, values: list[bytes]) -> Array:
    try:
        row = np.array([float(value) for value in values])
    except ValueError as error:
        wrong = next(value for value in values if not _is_number(value))
        raise InputError(f"{path}:{number}: {wrong.decode(errors='replace')!r} is no number") from error
    if not np.isfinite(row).all():
        raise InputError(f"{path}:{number}: a number that is not finite")
    return row


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
