"""The arrays of a document as a .npz file: `numpy.load` gives them back by their names, and needs no pickle."""

import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from rnn_cli.documents.arrays import arrays_of
from rnn_cli.output.jsonable import to_json

REST = "document"
"""The name of the text that holds all that is no array, as JSON."""


def write_npz(document: Mapping[str, Any], file: BinaryIO) -> None:
    """Write the arrays as they come, and the rest of the document at the end."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in _with_rest(document):
            # Of a name alone the archive takes a date that is always the same, and so do the bytes.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _with_rest(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    rest = yield from arrays_of(document)
    yield REST, np.array(to_json(rest))
