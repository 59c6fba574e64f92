"""Files of every format that a model is read from, for the programs of rnn inspect --code."""

import json
import struct
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.models.foreign.choices import EVERY_STEP, Choices
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.model import Model
from rnn_cli.models.writers.onnx import OPERATORS
from tests.support.keras_files import KERAS_HAS, drawn
from tests.support.networks import architecture_of
from tests.support.npz_files import equations, keras_list
from tests.support.starts import started

SHAPES: tuple[dict[str, Any], ...] = (
    {"hidden_size": 4, "num_layers": 2},
    {"hidden_size": 4, "num_layers": 2, "bidirectional": True, "output_size": 2, "embedding_rows": 7},
    {"hidden_size": (4, 3), "bidirectional": True, "task": MANY_TO_MANY, "output_size": 3},
    {"hidden_size": (2, 3, 4), "output_size": 2, "embedding_rows": 5, "backward_only": True},
)
"""Layers of one size and of several, forward, backward and both; with an embedding and a readout, and without."""


def files_of(kind: str, folder: Path, every: bool = True) -> Iterator[tuple[Path, Choices]]:
    """Networks of a cell in each format with a reader of its own that has it, and what its file does not say.

    Without `every` a file has every other one of the shapes, and the next file the others.
    """
    for k, shape in enumerate(SHAPES):
        model = drawn(architecture_of(kind, 3, **shape), k)
        reads = EVERY_STEP if shape.get("task", MANY_TO_ONE) == MANY_TO_MANY else FINAL_STATE
        activation = dict(model.network.architecture.options).get("activation")
        unsaid = Choices(activation=activation, reads=reads if "output_size" in shape else None)
        for place, (ending, write) in enumerate(_writers(model, kind in KERAS_HAS)):
            silent = any(ending in one.unsaid for one in FORMATS.values())
            backwards = shape.get("backward_only") and silent and write != _equations
            if backwards or not (every or (k + place) % 2):
                continue  # weights alone do not say their direction
            write(model, folder / f"m{ending}")
            yield folder / f"m{ending}", unsaid if silent else Choices()


def _writers(model: Model, listed: bool) -> Iterator[tuple[str, Callable[[Model, Path], object]]]:
    """How files end, and what writes them."""
    for form in FORMATS.values():
        for ending in form.suffixes if form.reader else ():
            if not form.writer:
                yield ending, _equations
                if listed:
                    yield ending, _in_order
                continue
            module = import_module(form.writer)
            has = {"keras": listed, "onnx": model.network.architecture.cell in OPERATORS}
            if has[form.name]:
                yield ending, module.write


def _equations(model: Model, path: Path) -> None:
    np.savez(path, **equations(model, True))  # type: ignore[arg-type]  # names of arrays, not of arguments


def _in_order(model: Model, path: Path) -> None:
    np.savez(path, *keras_list(model))


def started_files(kind: str, folder: Path) -> Iterator[Path]:
    """Graphs of a cell that begin with states of their own."""
    for k, shape in enumerate(SHAPES):
        path = folder / f"{k}.onnx"
        import_module(FORMATS["onnx"].writer).write(
            Model("m", started(architecture_of(kind, 3, **shape), k), "file"), path
        )
        yield path


def half(array: Array) -> tuple[bytes, Array]:
    """An array as bfloat16, and the numbers that this holds."""
    upper = array.astype("<f4").view("<u4") >> 16
    return upper.astype("<u2").tobytes(), (upper << 16).astype("<u4").view("<f4")


def save_some_as_halves(path: Path, arrays: dict[str, Array], start: str) -> None:
    """A .safetensors file in which the arrays whose names begin so are bfloat16."""
    header, body = {}, b""
    types = {"float32": "F32", "int64": "I64"}
    for name, array in arrays.items():
        kind, data = types[str(array.dtype)], array.tobytes()
        if name.startswith(start):
            kind, data = "BF16", half(array)[0]
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
