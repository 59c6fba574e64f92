"""What bytes a file has: the one look at all of it that comes before it is read."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PIECE = 1 << 18
"""The number of bytes that are read at a time."""

CONTROLS = bytes(set(range(1, 32)) - set(b"\t\n\f\r")) + b"\x7f"
FEW = 4
"""So many control characters may be damage; more, and more than one in STRIDE bytes, are no text."""

STRIDE = 1000

LOOK = 1 << 24
"""The bytes that are looked at closely, to tell encodings from one another."""


@dataclass
class Census:
    """Counts over a file's bytes. `bad_at` is LINE:COLUMN of the first byte that is not UTF-8, `control_at` likewise.

    `bad_piece` is where the piece begins that has the first such byte.
    """

    size: int = 0
    feeds: int = 0
    returns: int = 0
    pairs: int = 0
    doubled: int = 0
    nuls: int = 0
    nuls_at_odd: int = 0
    controls: int = 0
    control_at: str | None = None
    bad_at: str | None = None
    bad_piece: int = 0

    @property
    def has_controls(self) -> bool:
        """Whether it holds more NULs and control characters than a text does."""
        return self.nuls + self.controls > max(FEW, self.size // STRIDE)

    @property
    def lone_returns(self) -> int:
        """Carriage returns without a line feed."""
        return self.returns - self.pairs


def count(stream: BinaryIO) -> Census:
    """Look at all bytes of a stream."""
    census = Census()
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    last = b""
    while piece := stream.read(PIECE):
        _count_piece(census, piece, last)
        if census.bad_at is None and not (piece.isascii() and not decoder.getstate()[0]):
            _check_utf8(census, decoder, piece)
        census.size += len(piece)
        census.feeds += piece.count(b"\n")
        last = piece[-1:]
    if census.bad_at is None and decoder.getstate()[0]:
        census.bad_at = f"{census.feeds + 1}"
        census.bad_piece = census.size - len(decoder.getstate()[0])
    return census


def _count_piece(census: Census, piece: bytes, last: bytes) -> None:
    returns = piece.count(b"\r")
    if returns or last == b"\r":
        census.returns += returns
        both = last + piece
        census.pairs += both.count(b"\r\n")
        census.doubled += both.count(b"\r\r\n")
    nuls = piece.count(0)
    if nuls:
        census.nuls += nuls
        census.nuls_at_odd += piece[1::2].count(0)
    controls = len(piece) - len(piece.translate(None, CONTROLS))
    if (controls or nuls) and census.control_at is None:
        at = next(k for k, byte in enumerate(piece) if byte == 0 or byte in CONTROLS)
        census.control_at = _place(census, piece, at)
    census.controls += controls


def _check_utf8(census: Census, decoder: codecs.IncrementalDecoder, piece: bytes) -> None:
    before = len(decoder.getstate()[0])
    try:
        decoder.decode(piece)
    except UnicodeDecodeError as error:
        census.bad_at = _place(census, piece, max(0, error.start - before))
        census.bad_piece = max(0, census.size - before)


def _place(census: Census, piece: bytes, at: int) -> str:
    """LINE:COLUMN of a byte of a piece; a column counts bytes, and in the first line of a piece from the piece's start."""
    return f"{census.feeds + 1 + piece.count(10, 0, at)}:{at - piece.rfind(10, 0, at)}"


def pieces_of_lines(stream: BinaryIO, start: int) -> Iterator[bytes]:
    """Some lines at a time, LOOK bytes of them in all."""
    stream.seek(start)
    looked = 0
    while looked < LOOK and (lines := stream.readlines(PIECE)):
        piece = b"".join(lines)
        looked += len(piece)
        if not piece.isascii():
            yield piece
