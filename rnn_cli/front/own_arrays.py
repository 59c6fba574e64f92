"""The arrays of a document that rnn wrote, .json or .npz, as rnn check compares them: what a network computes, and no more.

A document has much beside, as the parts of a sum and what each step gave; its names for the rest are those of rnn check.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.core.cells.base import Cell
from rnn_cli.documents.arrays import arrays_of
from rnn_cli.reading import open_file, read_json
from rnn_cli.study.check.files import MOST_BYTES, read_arrays

REST = "document"
"""The member of a .npz that holds all of the document that is no array."""

PLACE = re.compile(r"^(?:sequence\d+\.)?(.*?)(?:\.layer\d+(?:\.\w+)?)?$")


def file_arrays(name: str, cell: Cell) -> dict[str, Array]:
    """The arrays of a file: all of them, or of a document of ours those that are compared. InputError as of read_arrays."""
    document = _document_of_json(name) if name.endswith(".json") else None
    if document is not None:
        return _chosen(dict(arrays_of(_with_arrays(document))), document, cell)
    arrays = read_arrays(name)
    rest = arrays.get(REST)
    if rest is None or rest.dtype.kind != "U" or rest.ndim:
        return arrays
    document = _ours(name, str(rest))
    return arrays if document is None else _chosen(arrays, document, cell)


def _chosen(arrays: Mapping[str, Array], document: Mapping[str, Any], cell: Cell) -> dict[str, Array]:
    known = set(_computed(cell))
    found = {one: array for one, array in arrays.items() if (PLACE.match(one) or [""] * 2)[1] in known}
    loss = document.get("loss")
    if isinstance(loss, dict) and isinstance(loss.get("total"), float):
        found["loss"] = np.array(loss["total"])
    return found


def _computed(cell: Cell) -> Iterator[str]:
    """What is compared, as documents call it."""
    yield from ("logits", "probabilities", "dinputs", "dW_hy", "db_y", *cell.states)
    yield from (f"gates.{gate}" for gate in cell.gates if gate not in cell.states)
    yield from (f"dL_d{state}" for state in cell.states)
    yield from (f"dL_da.{gate}" for gate in cell.gates)
    yield from (f"d{parameter}" for parameter in cell.parameters)


def _document_of_json(name: str) -> dict[str, Any] | None:
    """The document that a file is; None where it is none of ours, or too large to be one of a check."""
    with open_file(name) as file:
        text = file.read(MOST_BYTES + 1)
    return None if len(text) > MOST_BYTES else _ours(name, text)


def _ours(name: str, text: str | bytes) -> dict[str, Any] | None:
    data = read_json(name, text)
    return data if isinstance(data, dict) and str(data.get("schema", "")).startswith("rnn.") else None


def _with_arrays(value: Any) -> Any:
    """A document whose lists of numbers are arrays again."""
    if isinstance(value, dict):
        return {key: _with_arrays(one) for key, one in value.items()}
    if not isinstance(value, list) or not value:
        return value
    try:
        return from_lists(value)
    except (ValueError, TypeError):
        return [_with_arrays(one) for one in value]
