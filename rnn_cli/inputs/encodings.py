"""The encoding of a file of text: said by the person, marked in the file, or found out."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rnn_cli.errors import InputError
from rnn_cli.inputs.census import PIECE, Census, pieces_of_lines

MARKS = (
    (codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF32_LE, "UTF-32-LE"), (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"), (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)  # fmt: skip
"""Byte order marks. That of UTF-16-LE is the beginning of that of UTF-32-LE."""

NOT_FOR_FILES = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")
"""What Python calls text encodings, and no file is written in."""

GOOD = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
BAD = re.compile(rb"[\x80-\xff]+")
STRIDE = 1000
"""A damaged byte in so many may be; more is another encoding."""

SEVEN_BIT = ((b"\x1b$B", "iso2022_jp"), (b"\x1b$@", "iso2022_jp"), (b"\x1b$)C", "iso2022_kr"))


@dataclass(frozen=True)
class Encoded:
    """An encoding, as --encoding takes it, and how it came to be known, in words; "" where nothing need be said."""

    name: str
    words: str = ""
    mark: int = 0

    @property
    def is_utf8(self) -> bool:
        """Whether the file's bytes are those of UTF-8."""
        return self.name == "UTF-8"


def check_encoding(name: str) -> str:
    """The name of an encoding of text files. InputError where Python has none of this name."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise InputError(
            f"--encoding {name}: there is no such encoding; some are utf-8, latin-1, windows-1252, utf-16, shift_jis"
        ) from error
    if not found._is_text_encoding or found.name.replace("-", "_") in NOT_FOR_FILES:
        raise InputError(f"--encoding {name}: that is no encoding of text files")
    return "UTF-8" if found.name in ("utf-8", "utf-8-sig") else name


def marked(head: bytes, size: int) -> Encoded | None:
    """The encoding that a byte order mark names; None without one."""
    for mark, name in MARKS:
        if head.startswith(mark) and not (name.startswith("UTF-32") and size % 4):
            return Encoded(name, "" if name == "UTF-8" else f"{name} text, by its byte order mark", len(mark))
    return None


def found_out(stream: BinaryIO, name: str, census: Census) -> Encoded:
    """The encoding of a file without a mark. InputError where it cannot be known."""
    if 4 * census.nuls >= census.size or (census.nuls and (census.bad_at is not None or census.has_controls)):
        wide = _wide(stream, census)
        if wide is not None:
            return wide
    if census.bad_at is None:
        stream.seek(0)
        head = stream.read(PIECE)
        seven = next((encoding for escape, encoding in SEVEN_BIT if escape in head), None)
        if seven is not None:
            raise InputError(f"{name}: looks like {seven}: if it is, say so with --encoding {seven}")
        return Encoded("UTF-8")
    if census.has_controls:
        return Encoded("UTF-8")  # not text at all, as the caller will say
    good, bad, longest = _sequences(stream, census)
    if good >= 4 * bad:
        return _damaged(bad)
    from rnn_cli.inputs.alphabets import old_encoding

    found = old_encoding(pieces_of_lines(stream, census.bad_piece))
    if found.encoding is not None:
        latin = not _decodes(stream, found.encoding)
        called = "Latin-1" if latin else "Windows-1252"
        return Encoded(called, f'{called} text, as in "{found.example}"; --encoding says otherwise')
    if longest < 3 and bad <= max(3, census.size // STRIDE):
        return _damaged(bad)
    places = " or ".join(f'{encoding} ("{word}")' for encoding, word in found.candidates)
    raise InputError(
        f"{name}:{census.bad_at}: not UTF-8, and not sure to be anything else;\n"
        f"say what it is with --encoding, as --encoding {places or 'windows-1252, or gb18030, or shift_jis'}"
    )


def _damaged(bad: int) -> Encoded:
    return Encoded("UTF-8", f"UTF-8 text in which {bad:,} byte{'' if bad == 1 else 's'} cannot be read")


def _sequences(stream: BinaryIO, census: Census) -> tuple[int, int, int]:
    """The characters of a file that are UTF-8 beyond ASCII, the bytes that are not, and how many of these come together."""
    good = bad = longest = 0
    for piece in pieces_of_lines(stream, census.bad_piece):
        rest, count = GOOD.subn(b" ", piece)
        runs = [len(run) for run in BAD.findall(rest)]
        good, bad, longest = good + count, bad + sum(runs), max(longest, *runs, 0)
    return good, bad, longest


def _wide(stream: BinaryIO, census: Census) -> Encoded | None:
    """UTF-16 or UTF-32 without a mark: the bytes of its ASCII characters that are 0 all stand in the same places."""
    stream.seek(0)
    sample = stream.read(PIECE)
    little = census.nuls_at_odd > census.nuls - census.nuls_at_odd
    for width in (4, 2):
        encoding = f"UTF-{8 * width}-{'LE' if little else 'BE'}"
        if census.size % width == 0 and _is_text(sample, encoding):
            return Encoded(encoding, f"{encoding} text without a byte order mark; --encoding says otherwise")
    return None


def _is_text(sample: bytes, encoding: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    odd = sum(unicodedata.category(c) in ("Cn", "Co", "Cs") or (c < " " and c not in "\t\n\r\f") for c in text)
    return bool(text) and odd * STRIDE <= len(text)


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    try:
        return all(isinstance(piece.decode(encoding), str) for piece in _pieces(stream))
    except UnicodeDecodeError:
        return False


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
