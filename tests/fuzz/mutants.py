"""Files that were damaged: a few changes each, in what the file is made of (JSON, tables, arrays, archives) or in its bytes.

What a file is made of is seen from its content, so that a new form of file needs nothing here: at worst it is bytes. All is
drawn from one generator. Another program's file that is only cut or has a bit turned mostly fails at its checksum or its
length; what a reader makes of it is seen by files that are whole and say something else.
"""

import gzip
import json
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from typing import Any

Change = Callable[[random.Random, Any], Any]

NUMBERS = (0, -1, 1, 2, 3, 0.5, -0.0, 1e-320, 1e308, -1e308, 1e400, float("nan"), float("-inf"), 2**31, 2**63, 10**30)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    " ",
    "a",
    "h",
    "\x1b[31m",
    "\ud800",
    "\u202e",
    "é" * 400,
    [],
    {},
    [[]],
    [None],
    ["a", "a"],
    *NUMBERS,
)
"""What stands in the place of a value of JSON."""

CELLS = (
    "", " ", "a", '"', '""', '"a', "0", "-1", "1e999", "nan", "inf", "1,5", "1.5.5", "0x10", "²", "٣", "\ufeff", "\u2028", "\x00", "\x1b[2J",
    "\r", "\t", ",", ";", "|", "#", "_", "-", "2020-13-45", "9" * 400, "a" * 5000, "\u202e", "é", "🎉", "<unk>", "[", "{", "null",
)  # fmt: skip
"""What stands in the place of a cell of a table or of a word."""

RUNS = '[("{,;|\t\r\n 0a-.'
"""Signs that stand many times in a row: a reader that goes back for each of them takes minutes."""

BYTES = (
    b"\x00",
    b"\xff",
    b"\x80",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\r",
    b"\n",
    b"\r\n",
    b"\x1a",
    b"\x0c",
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\x93NUMPY",
)
SEPARATORS = ("\t", ",", ";", "|", " ")
HEADER = 8
"""The bytes of a safetensors file that say how long its header is."""


def mutant(draw: random.Random, content: bytes) -> bytes:
    """A file with one to three changes. Nearly always it differs from the file that was given."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        forms = [form for form in FORMS if draw.random() < 0.85] if draw.random() < 0.8 else []
        content = next((new for form in forms if (new := form(draw, content)) is not None), None) or _bytes(
            draw, content
        )
    return content


def _bytes(draw: random.Random, content: bytes) -> bytes:
    """Bytes that are changed, dropped, doubled or moved, whatever they mean."""
    at, size = draw.randrange(len(content) + 1), draw.choice((1, 1, 2, 4, 8, 64))
    before, struck, after = content[:at], content[at : at + size], content[at + size :]
    turned = bytes(byte ^ 1 << draw.randrange(8) for byte in struck)
    extreme = struct.pack("<q", draw.choice((0, -1, 1, 2**31 - 1, 2**31, 2**62, -(2**63))))[:size]
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: before + turned + after,
        lambda: before + turned + after,
        lambda: before,
        lambda: before + after,
        lambda: before + extreme + after,
        lambda: before + draw.choice(BYTES) + struck + after,
        lambda: before + struck * draw.choice((2, 3, 50)) + after,
        lambda: before + bytes(len(struck)) + after,
        lambda: content + content,
        lambda: b"",
        lambda: after + before,
        lambda: content.decode("latin-1").encode(draw.choice(("utf-16", "utf-16-be", "utf-32", "utf-7"))),
    )
    return draw.choice(ways)()


def _json(draw: random.Random, content: bytes) -> bytes | None:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict | list):
        return None
    if draw.random() < 0.03:
        return b"[" * 100_000
    return json.dumps(changed(draw, data)).encode()


def changed(draw: random.Random, data: Any) -> Any:
    """JSON with one change, at a place of any depth."""
    if isinstance(data, dict | list) and data and draw.random() < 0.8:
        keys = list(data) if isinstance(data, dict) else range(len(data))
        key = draw.choice(keys)
        way = draw.randrange(12)
        if way == 0:
            del data[key]
        elif way == 1 and isinstance(data, dict):
            data[draw.choice([*map(str, keys), str(key) + "x", "", "\x1b", "h"])] = data.pop(key)
        elif way == 2:
            other = draw.choice(keys)
            data[key], data[other] = data[other], data[key]
        elif way == 3 and isinstance(data, list):
            data.insert(draw.randrange(len(data) + 1), data[key])
        elif way == 4 and isinstance(data, list):
            data *= 2
        else:
            data[key] = changed(draw, data[key])
        return data
    if isinstance(data, int | float) and draw.random() < 0.6:
        return draw.choice((*NUMBERS, data + 1, -data, str(data)))
    if isinstance(data, str) and draw.random() < 0.5:
        return draw.choice((data + "x", data[:-1], data.upper(), data * 2, draw.choice(CELLS)))
    return draw.choice((*VALUES, [data], {"a": data}, [data, data]))


def _safetensors(draw: random.Random, content: bytes) -> bytes | None:
    """The header, its length right or not; or the metadata, which are JSON in a text of the header."""
    if len(content) < HEADER:
        return None
    (length,) = struct.unpack("<Q", content[:HEADER])
    try:
        header = json.loads(content[HEADER : HEADER + length])
        arrays = content[HEADER + length :]
        said = header.get("__metadata__")
        if said and draw.random() < 0.7:
            key = draw.choice(list(said))
            new = _json(draw, said[key].encode())
            said[key] = draw.choice(CELLS) if new is None else new.decode()
            text = json.dumps(header)
        else:
            text = json.dumps(changed(draw, header))
    except (ValueError, AttributeError, TypeError, OverflowError, MemoryError, RecursionError):
        return None
    data = text.encode()
    return struct.pack("<Q", len(data) + draw.choice((0,) * 12 + (1, -1, 2**40))) + data + arrays


def _zip(draw: random.Random, content: bytes) -> bytes | None:
    """An archive with a member that is changed, dropped, renamed or doubled; it is whole itself."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    except Exception:  # what is damaged already is bytes: a library's errors are no list that one could keep
        return None
    if not members:
        return None
    at, way = draw.randrange(len(members)), draw.randrange(10)
    name, data = members[at]
    if way == 0:
        del members[at]
    elif way == 1:
        members[at] = draw.choice(("../" + name, name + "x", "", name.upper(), members[0][0])), data
    elif way == 2:
        members.append((name, data))
    else:
        members[at] = name, mutant(draw, data)
    packed, kind = BytesIO(), draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", kind) as archive:
        warnings.simplefilter("ignore")  # that a name stands twice is meant
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name or "x"), data, kind)
    return packed.getvalue()


def _gzip(draw: random.Random, content: bytes) -> bytes | None:
    try:
        return gzip.compress(mutant(draw, gzip.decompress(content)), mtime=0)
    except (OSError, EOFError, ValueError, zlib.error):
        return None


def _npy(draw: random.Random, content: bytes) -> bytes | None:
    """The header of an array: its text, filled up to the length that it had."""
    if content[:6] != b"\x93NUMPY" or len(content) < 12:
        return None
    end = content.find(b"\n")
    words = (
        b"<f8", b"<f4", b"<i8", b"|O", b"<U5", b">f8", b"<c16", b"|b1", b"|V8", b"<M8[s]", b"True", b"False", b"(3,", b"(2, 2", b"(0,", b"(-1,",
        b"(99999999999,", b"()", b"'shape'", b"'descr'", b"__import__('os')",
    )  # fmt: skip
    text, old = content[10:end], draw.choice(words)
    places = [word for word in words if word in text] or [text[:4]]
    new = text.replace(draw.choice(places), old, 1)
    return content[:10] + new.ljust(len(text))[: len(text)] + content[end:]


def _hdf5(draw: random.Random, content: bytes) -> bytes | None:
    """A group, an array or an attribute that is changed, dropped or moved, by the library itself."""
    if content[:4] != b"\x89HDF" or not find_spec("h5py"):
        return None
    import h5py
    import numpy as np

    held = BytesIO(content)
    try:
        with h5py.File(held, "r+") as file, np.errstate(all="ignore"):
            names: list[str] = []
            file.visit(names.append)
            place = file[draw.choice(["/", *names])]
            attributes = list(place.attrs)
            if attributes and draw.random() < 0.6:
                key = draw.choice(attributes)
                text = place.attrs[key]
                new = _json(draw, text.encode()) if isinstance(text, str) else None
                place.attrs[key] = draw.choice(CELLS).replace("\x00", "") if new is None else new.decode()
            elif place.name == "/" or draw.random() < 0.2:
                place.attrs[draw.choice(("x", "keras_version", "layer_names"))] = draw.choice((0, "x", [1.0, 2.0]))
            elif isinstance(place, h5py.Dataset) and draw.random() < 0.8:
                name, array = place.name, place[()]
                del file[name]
                shapes = (array.T, np.ravel(array), array[..., None], array[:0] if array.ndim else array, np.float64(1))
                kinds = (
                    array.astype("i4"),
                    array.astype("f2"),
                    array.astype("S4"),
                    array * np.nan,
                    array.astype("c16"),
                )
                file[name] = draw.choice((*shapes, *kinds))
            else:
                name = place.name
                file.move(name, name + "x") if draw.random() < 0.5 else file.pop(name)
    except Exception:  # what is damaged already is bytes: a library's errors are no list that one could keep
        return None
    return held.getvalue()


def _text(draw: random.Random, content: bytes) -> bytes | None:
    """Lines and cells that are changed, dropped, doubled or moved."""
    try:
        text = content.decode()
    except ValueError:
        return None
    lines = text.splitlines(keepends=True)
    if not lines:
        return None
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    line, way = lines[at], draw.randrange(10)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(other, line)
    elif way == 2:
        lines[at], lines[other] = lines[other], line
    elif way == 3:
        lines[at] = line.rstrip("\n") + (draw.choice(CELLS) if draw.random() < 0.9 else draw.choice(RUNS) * 40_000)
    elif way == 4:
        sign = draw.choice(SEPARATORS)
        return text.replace(draw.choice(SEPARATORS), sign).encode()
    else:
        sign = next((one for one in SEPARATORS if one in line), " ")
        cells = line.rstrip("\n").split(sign)
        k = draw.randrange(len(cells))
        cells[k : k + 1] = draw.choice(([], [draw.choice(CELLS)], [draw.choice(CELLS)], [cells[k]] * 2, [cells[-1]]))
        lines[at] = sign.join(cells) + "\n"
    return "".join(lines).encode()


FORMS: tuple[Change, ...] = (_json, _safetensors, _zip, _gzip, _npy, _hdf5, _text)
"""Each gives None where a file is not made of that."""
