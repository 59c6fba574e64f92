"""A fingerprint of data and options: a run is resumed only on the same data and options."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from rnn_cli.tasks.options import DataOptions, validation_fraction

CHUNK = 1 << 20


def fingerprint(data: Sequence[str], options: DataOptions) -> str:
    """SHA-256 over the files' contents, whatever they are called and wherever they lie, and the options.

    A validation file counts too. A folder counts with the names and contents of its files. Stdin has been read and cannot be read again; it counts
    with its name alone.
    """
    digest = hashlib.sha256(json.dumps(options.as_json(), sort_keys=True).encode())
    held_out = [options.validation] if options.validation and validation_fraction(options) is None else []
    for name in [*data, *held_out]:
        path = Path(name)
        if name == "-":
            digest.update(b"stdin")
            continue
        for one in sorted(path.iterdir()) if path.is_dir() else [path]:
            if not one.is_file():
                continue
            if path.is_dir():
                digest.update(one.name.encode("utf-8", "surrogatepass"))
            with one.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()
