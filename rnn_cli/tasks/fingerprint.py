"""A fingerprint of data and options: a run is resumed only on the same data and options."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from rnn_cli.inputs.class_folder import files_of
from rnn_cli.reading import FOLDER, open_file, stands_at
from rnn_cli.tasks.options import DataOptions, validation_files

CHUNK = 1 << 20


def fingerprint(data: Sequence[str], options: DataOptions) -> str:
    """SHA-256 over the files' contents, whatever they are called and wherever they lie, and the options.

    A validation file counts too. A folder counts with the names and contents of its files. Stdin has been read and cannot be read again; it counts
    with its name alone.
    """
    digest = hashlib.sha256(json.dumps(options.as_json(), sort_keys=True).encode())
    for name in [*data, *validation_files(options)]:
        path = Path(name)
        if name == "-":
            digest.update(b"stdin")
            continue
        folder = stands_at(name) == FOLDER
        for one in files_of(path) if folder else [path]:
            if folder:
                digest.update(str(one.relative_to(path)).encode("utf-8", "surrogatepass"))
            with open_file(str(one)) as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()
