"""What gzip packed, unpacked into a scratch file."""

from typing import BinaryIO

from rnn_cli.errors import InputError
from rnn_cli.inputs.scratch import scratch_file

MAGIC = b"\x1f\x8b"
PIECE = 1 << 18

MOST = 1 << 30
MOST_TIMES = 200
"""A file may unpack to MOST bytes, or to MOST_TIMES its own size where that is more. Text packs 3 to 20 times smaller."""


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The content of a gzip file. InputError where it is damaged, or unpacks to more than text does."""
    import gzip  # few files are packed, and every start would wait for it
    import zlib

    size = stream.seek(0, 2)
    stream.seek(0)
    most = max(MOST, MOST_TIMES * size)
    content = scratch_file()
    total = 0
    try:
        with gzip.GzipFile(fileobj=stream) as source:
            while piece := source.read(PIECE):
                total += len(piece)
                if total > most:
                    raise InputError(
                        f"{name}: {size:,} bytes of gzip unpack to more than {most:,}: text does not pack like that; "
                        f"unpack it with gunzip, and look at what it is"
                    )
                content.write(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        content.close()
        raise InputError(f"{name}: a gzip file that is damaged or cut off: fetch it again") from error
    except InputError:
        content.close()
        raise
    content.seek(0)
    return content
