"""A file of text, whatever it is packed with, encoded in and ends its lines with, as UTF-8.

    bytes -> unpacked -> the encoding -> UTF-8 -> one kind of line end

A file that is UTF-8 already is handed out as it is: nothing is copied, and nothing gets slower. What is copied goes to
a scratch file. What the reader finds out for itself goes into the report; what is no text is refused.
"""

import codecs
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rnn_cli.errors import InputError
from rnn_cli.inputs import compression
from rnn_cli.inputs.census import PIECE, Census, count
from rnn_cli.inputs.encodings import Encoded, check_encoding, found_out, marked
from rnn_cli.inputs.file_kinds import HEAD, markup, no_text
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.scratch import scratch_file
from rnn_cli.reading import open_file

SAMPLE = 1 << 20
"""The bytes that tell whether lone carriage returns end lines."""


def suffix_of(name: str) -> str:
    """The ending of a file's name in lower case, without .gz: .tsv of Data.TSV.gz."""
    path = Path(name)
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()


def called(name: str) -> str:
    """What messages call a file."""
    return "<stdin>" if name == "-" else name


def open_text(name: str, report: ReadingReport, as_it_is: bool = False) -> BinaryIO:
    """A file of text (`-`: stdin) as a stream of UTF-8, at its start, that can be read from anywhere.

    It has no byte order mark, and line feeds end its lines. With `as_it_is`, a mark may begin it and a carriage return
    stand before a line feed, for readers that drop them: then most files need no copy.
    InputError where it is no text; OSError where the system refuses.
    """
    return as_text(open_bytes(name), name, report, as_it_is)


def as_text(stream: BinaryIO, name: str, report: ReadingReport, as_it_is: bool = False) -> BinaryIO:
    """The same for bytes that are open already."""
    name = called(name)
    try:
        stream = unpack(stream, name, report)
        check_kind(stream, name, report)
        census = count(stream)
        encoded = _encoding(stream, name, census, report)
        if census.size == encoded.mark:
            raise InputError(f"{name}: the file is empty")
        report.decide(name, "encoding", encoded.name, encoded.words)
        if not encoded.is_utf8:
            stream = _replaced(stream, _decoded(stream, name, encoded, report))
            census = count(stream)
        _check_controls(name, census, report)
        return _with_line_feeds(stream, name, census, report, encoded.mark if encoded.is_utf8 else 0, as_it_is)
    except BaseException:
        stream.close()
        raise


def open_bytes(name: str) -> BinaryIO:
    """The bytes of a file (`-`: stdin), in a scratch file where it can be read only once, as a pipe."""
    stream: BinaryIO = sys.stdin.buffer if name == "-" else open_file(name)
    if name != "-" and stream.seekable():
        return stream
    copy = scratch_file()
    shutil.copyfileobj(stream, copy)
    if name != "-":
        stream.close()
    copy.seek(0)
    return copy


def unpack(stream: BinaryIO, name: str, report: ReadingReport) -> BinaryIO:
    """The content of a file, whether gzip packed it or not."""
    stream.seek(0)
    if stream.read(len(compression.MAGIC)) == compression.MAGIC:
        report.decide(name, "compression", "gzip", "" if name.lower().endswith(".gz") else "packed with gzip")
        with stream:
            stream = compression.unpacked(stream, name)
        if stream.read(len(compression.MAGIC)) == compression.MAGIC:
            stream.close()
            raise InputError(f"{name}: packed with gzip twice: unpack it once")
    stream.seek(0)
    return stream


def check_kind(stream: BinaryIO, name: str, report: ReadingReport) -> None:
    """InputError where a file is of a kind that holds no text."""
    what = no_text(stream)
    if what is not None:
        raise InputError(f"{name}: {what}")
    stream.seek(0)
    kind = None if report.encoding is not None else markup(name, stream.read(HEAD))
    if kind is not None:
        raise InputError(
            f"{name}: an {kind} page, though its name does not say so: was a web page saved in place of the file?\n"
            f"--encoding utf-8 reads it as text all the same"
        )


def _encoding(stream: BinaryIO, name: str, census: Census, report: ReadingReport) -> Encoded:
    stream.seek(0)
    mark = marked(stream.read(4), census.size)
    if report.encoding is None:
        return mark or found_out(stream, name, census)
    given = check_encoding(report.encoding)
    if mark is not None and given.casefold().replace("_", "-") in (mark.name.casefold(), mark.name[:-3].casefold()):
        return Encoded(mark.name, "", mark.mark)
    if given == "UTF-8" and census.bad_at is not None:
        raise InputError(f"{name}:{census.bad_at}: not UTF-8, as --encoding says; without --encoding it is found out")
    return Encoded(given)


def _decoded(stream: BinaryIO, name: str, encoded: Encoded, report: ReadingReport) -> Iterator[bytes]:
    """The text in UTF-8, piece by piece. InputError at the first byte that the encoding does not have."""
    decoder = codecs.getincrementaldecoder(encoded.name)()
    stream.seek(encoded.mark)
    line = c1 = 0
    while True:
        piece = stream.read(PIECE)
        try:
            text = decoder.decode(piece, not piece)
        except (UnicodeError, ValueError) as error:
            read = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            before = codecs.decode(read, encoded.name, "replace")
            where = f"{line + before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
            said = "as --encoding says" if report.encoding else "as it begins"
            raise InputError(f"{name}:{where}: not {encoded.name}, {said}") from error
        line += text.count("\n")
        c1 += sum("\x80" <= c < "\xa0" for c in text) if report.encoding and not text.isascii() else 0
        if text:
            yield text.encode("utf-8", "surrogatepass")
        if not piece:
            break
    if c1 > line / 1000:
        report.note(f"{name}: {encoded.name} has {c1:,} control characters here, where windows-1252 has signs")


def _replaced(stream: BinaryIO, pieces: Iterator[bytes]) -> BinaryIO:
    """A scratch file with these pieces, in place of the stream that they come from."""
    copy = scratch_file()
    try:
        copy.writelines(pieces)
    except BaseException:
        copy.close()
        raise
    stream.close()
    copy.seek(0)
    return copy


def _check_controls(name: str, census: Census, report: ReadingReport) -> None:
    """InputError where a file has NULs and control characters as no text has."""
    if census.has_controls and not (report.encoding is not None and not census.nuls):
        nuls = census.nuls > 0
        which = f"{census.nuls:,} NULs" if nuls else f"{census.controls:,} control characters"
        raise InputError(
            f"{name}:{census.control_at}: a binary file, not text: it has {which}; "
            f"--encoding {'utf-16' if nuls else 'utf-8'} reads it where it is text all the same"
        )
    if census.nuls + census.controls:
        report.note(f"{name}:{census.control_at}: control characters, {census.nuls + census.controls} in all, are kept")


def _with_line_feeds(
    stream: BinaryIO, name: str, census: Census, report: ReadingReport, mark: int, as_it_is: bool
) -> BinaryIO:
    lone = census.lone_returns - census.doubled > 0
    ends = lone and (not census.feeds or _returns_end_lines(stream))
    if ends:
        what = "CR" if not census.feeds else "CR and LF"
        report.decide(name, "line_ends", what, f"carriage returns end {'its' if what == 'CR' else 'some'} lines")
    if not ends and not census.doubled and (as_it_is or not (mark or census.pairs)):
        stream.seek(0)
        return stream
    return _replaced(stream, _line_fed(stream, mark, ends))


def _line_fed(stream: BinaryIO, mark: int, ends: bool) -> Iterator[bytes]:
    """The bytes with a line feed for every end of a line; with `ends`, for a lone carriage return too."""
    end = re.compile(rb"(?<!\r)\r+\n" + rb"|\r" * ends)  # a run of returns is gone through once, from its first
    stream.seek(mark)
    rest = b""
    while piece := stream.read(PIECE):
        piece = rest + piece
        rest = piece[len(piece.rstrip(b"\r")) :]  # a line feed may follow
        yield end.sub(b"\n", piece[: len(piece) - len(rest)])
    yield end.sub(b"\n", rest)


def _returns_end_lines(stream: BinaryIO) -> bool:
    """Whether carriage returns among line feeds end lines: then the rows that they make are like the others.

    A return within a quoted cell, or between the columns of a row, does not.
    """
    stream.seek(0)
    lines = stream.read(SAMPLE).replace(b"\r\n", b"\n").split(b"\n")
    widths = {line.count(b"\t") for line in lines if b"\r" not in line and line.strip()}
    parts = [part for line in lines if b"\r" in line for part in line.split(b"\r") if part.strip()]
    return all(part.count(b"\t") in (widths or {0}) and part.count(b'"') % 2 == 0 for part in parts)
