"""A long text, read piece by piece: memory does not grow with the file."""

from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Self

from rnn_cli.errors import InputError
from rnn_cli.inputs.joined_text import open_texts
from rnn_cli.inputs.opening import called
from rnn_cli.inputs.reading_report import KEPT, ReadingReport
from rnn_cli.inputs.tokens import WORD, tokenize

PIECE = 1 << 18
"""The number of bytes that are read at a time."""

LONGEST_WORD = 1 << 20
"""A run without white space is cut if it is longer than this."""

MARK = b"\xef\xbb\xbf"
REPLACEMENT = "\ufffd"


class TextStream:
    """A text (`-`: stdin, kept in a scratch file) that can be read several times, in parts.

    The reader drops a byte order mark, and a carriage return before a line feed.
    """

    def __init__(self, *names: str, report: ReadingReport) -> None:
        """One text, or several that are read as one. InputError where one is no text; OSError where the system refuses."""
        self.name = ", ".join(map(called, names))
        self.stream = open_texts(names, report)
        self.size = self.stream.seek(0, 2)
        self.lines = {0: 1}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.stream.close()

    def cut(self, fraction: float, at_space: bool) -> int:
        """The byte at which the last `fraction` of the text begins, moved on to the next character or white space."""
        at = int(self.size - fraction * self.size)
        before = self._byte(at - 1) if at else b""
        while at < self.size:
            here = self._byte(at)
            inside = 0x80 <= here[0] < 0xC0 or before + here == b"\r\n"  # of a character, of a line's end
            if not inside and (not at_space or here in b" \n"):
                break
            at, before = at + 1, here
        return at

    def _byte(self, at: int) -> bytes:
        self.stream.seek(at)
        return self.stream.read(1)

    def pieces(self, start: int, stop: int, report: ReadingReport) -> Iterator[str]:
        """The text of the bytes from `start`, which is 0 or where another part stopped, to `stop`, piece by piece.

        A byte that is not UTF-8 becomes U+FFFD and counts as a bad row. InputError where many bytes are bad.
        """
        self.stream.seek(start)
        line = self.lines[start]
        rest = b""
        if start == 0 and self.stream.read(len(MARK)) != MARK:
            self.stream.seek(0)
        while self.stream.tell() < stop or rest:
            data = self.stream.read(min(PIECE, stop - self.stream.tell()))
            text, rest = self._decoded(rest + data, not data, line, report)
            line += text.count("\n")
            if text.endswith("\r") and data:  # its line feed may come with the next piece
                text, rest = text[:-1], b"\r" + rest
            if text:
                yield text.replace("\r\n", "\n")
        self.lines[stop] = line

    def _decoded(self, data: bytes, last: bool, line: int, report: ReadingReport) -> tuple[str, bytes]:
        """The text of some bytes, and those at their end that begin a character."""
        text = ""
        while data:
            try:
                return text + data.decode("utf-8"), b""
            except UnicodeDecodeError as error:
                text += data[: error.start].decode("utf-8")
                if error.reason == "unexpected end of data" and not last:
                    return text, data[error.start :]
                report.replace(self.name, line + text.count("\n"), "not UTF-8 text")
                if len(report.replaced) > KEPT:
                    raise InputError(f"{self.name}: not a UTF-8 text: {KEPT} bytes cannot be read") from error
                text += REPLACEMENT
                data = data[error.end :]
        return text, b""


def words_of(
    pieces: Iterator[str], lowercase: bool, level: str = WORD, known: Container[str] = ()
) -> Iterator[list[str]]:
    """The tokens of a text, piece by piece, as `tokenize` cuts it; the end of a line is a token of its own, "\\n"."""
    rest = ""
    for piece in pieces:
        text = rest + piece
        end = max(text.rfind(" "), text.rfind("\n"))
        if end < 0 and len(text) < LONGEST_WORD:
            rest = text
            continue
        end = len(text) if end < 0 else end
        yield _words(text[:end], lowercase, level, known)
        rest = text[end:]
    yield _words(rest, lowercase, level, known)


def _words(text: str, lowercase: bool, level: str, known: Container[str]) -> list[str]:
    words: list[str] = []
    for k, line in enumerate(text.split("\n")):
        if k:
            words.append("\n")
        for run in line.split():
            words += tokenize(run, level, lowercase, known) if known else _tokens_of(run, level, lowercase)
    return words


@lru_cache(maxsize=1 << 16)
def _tokens_of(run: str, level: str, lowercase: bool) -> tuple[str, ...]:
    """The tokens of a run without white space: most runs come again and again, and no token reaches over white space."""
    return tuple(tokenize(run, level, lowercase))
