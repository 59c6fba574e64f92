"""A Keras 3 model: a .keras archive, a .weights.h5 of its weights alone, or an .h5 of the older kind.

    kernel (I, G*H)    recurrent_kernel (H, G*H)    bias (G*H,), of a GRU that resets after the product (2, G*H)

The matrices stand transposed, and the gates beside each other in Keras's order. Such a GRU has two biases: the first row holds
the whole bias, the second is 0 except in the candidate's gate, where it stands inside the reset.

The layers are a Sequential model: Embedding, the recurrent layers (in both directions, Bidirectional), a pooling layer where
the readout reads the mean or the largest of all outputs, Dense. A network without a readout gives the states of every step.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import LAST_OUTPUT, MAX, MEAN
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.models.writers import Written

CLASSES = {"rnn": ("SimpleRNN", "simple_rnn"), "lstm": ("LSTM", "lstm"), "gru": ("GRU", "gru")}
ORDER = {"rnn": "h", "lstm": "ifgo", "gru": "zrn"}
"""The cells that Keras has, each with its gates from left to right under the letters of this program."""

POOLS = {
    MEAN: ("GlobalAveragePooling1D", "global_average_pooling1d"),
    MAX: ("GlobalMaxPooling1D", "global_max_pooling1d"),
}
"""What makes one vector of all outputs, where the readout reads that."""

VERSION = "3.0.0"
"""The first version that reads such files."""

TOP = "model_weights"
ALONE, ARCHIVE = ".weights.h5", ".keras"
MODULES = {"Sequential": "keras"}

Settings = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """A layer of the file: its class, its settings, and its arrays, each by its role and its path within the layer."""

    kind: str
    settings: Settings
    arrays: list[tuple[str, str, Array, Written]] = field(default_factory=list)


def write(model: Model, path: Path) -> list[Written]:
    """See rnn_cli.models.writers."""
    a, cell = model.network.architecture, model.network.cell
    if a.cell not in CLASSES:
        raise InputError(f"Keras has no {cell.title}: it has {', '.join(kind for kind, _ in CLASSES.values())}")
    if a.output_size and a.task == MANY_TO_ONE and a.reads == LAST_OUTPUT and a.bidirectional:
        raise InputError(
            "Keras has no layer that reads output[-1] of both directions: a Bidirectional ends with their last states"
        )
    if a.backward_only and (not a.output_size or a.task == MANY_TO_MANY or a.reads == LAST_OUTPUT):
        raise InputError(
            "Keras gives the steps of a layer that goes backwards from the last to the first, and here they are read in their order"
        )
    try:
        import h5py
    except ImportError as error:
        raise InputError(f"{path.name}: a file of HDF5 needs h5py: pip install 'rnn-cli[keras]'") from error
    layers = list(_layers(model))
    if path.name.endswith(ARCHIVE):
        weights = BytesIO()
        with h5py.File(weights, "w") as file:
            _put_weights(file, layers)
        _archive(path, layers, weights.getvalue())
    else:
        with h5py.File(path, "w") as file:
            (_put_weights if path.name.endswith(ALONE) else _put_model)(file, layers)
    if path.name.endswith((ARCHIVE, ALONE)):
        return [written for layer in layers for _, _, _, written in layer.arrays]
    return [
        replace(written, name=f"{TOP}/{layer.settings['name']}/{_older(role, where)}")
        for layer in layers
        for role, where, _, written in layer.arrays
    ]


def _layers(model: Model) -> Iterator[Layer]:
    """The layers of the Sequential model."""
    a, parameters = model.network.architecture, model.network.parameters
    kept = "float64" if model.stored_dtype == "float64" else "float32"

    def array(role: str, where: str, values: Array, *of: str, transposed: bool = False, gates: str = "", notes: tuple[str, ...] = ()) -> tuple[str, str, Array, Written]:  # fmt: skip
        numbers = np.ascontiguousarray(values, dtype=kept)
        return role, where, numbers, Written(where, numbers.shape, of, transposed, tuple(gates), notes)

    shape = [None, None] if a.embedding_rows else [None, None, a.input_size]
    yield Layer(
        "InputLayer", {"batch_shape": shape, "dtype": "int32" if a.embedding_rows else kept, "name": "input_layer"}
    )
    if a.embedding_rows:
        table = array("embeddings", "layers/embedding/vars/0", parameters["embedding"], "embedding")
        settings = {"name": "embedding", "dtype": kept, "input_dim": a.embedding_rows, "output_dim": a.input_size}
        yield Layer("Embedding", settings, [table])
    kind, name = CLASSES[a.cell]
    gates = ORDER[a.cell] if len(ORDER[a.cell]) > 1 else ""
    for k in range(a.num_layers):
        number = f"_{k}" if k else ""
        every = k < a.num_layers - 1 or a.task == MANY_TO_MANY or not a.output_size or a.reads in POOLS
        # What a layer that goes backwards gives is turned round already for the one above it.
        own = _settings(model, k, f"{name}{number}", every, kept)
        arrays = []
        for direction in a.directions:
            packed = f"layers.{k}.{direction}"
            inside = f"layers/{name}{number}"
            if a.bidirectional:
                inside = f"layers/bidirectional{number}/{direction}_layer"
            for j, (role, values, of, notes) in enumerate(_arrays(model, k, direction)):
                names = tuple(f"{packed}.{one}" for one in of)
                turned = role != "bias"
                arrays.append(
                    array(role, f"{inside}/cell/vars/{j}", values, *names, transposed=turned, gates=gates, notes=notes)
                )
        if not a.bidirectional:
            yield Layer(kind, own, arrays)
            continue
        ways = {
            way: _entry(kind, {**own, "name": f"{way}_{own['name']}", "go_backwards": way == BACKWARD})
            for way in (FORWARD, BACKWARD)
        }
        both = {"name": f"bidirectional{number}", "dtype": kept, "merge_mode": "concat"}
        yield Layer("Bidirectional", {**both, "layer": ways[FORWARD], "backward_layer": ways[BACKWARD]}, arrays)
    if a.output_size and a.task == MANY_TO_ONE and a.reads in POOLS:
        pool, place = POOLS[a.reads]
        yield Layer(pool, {"name": place, "dtype": kept})
    if a.output_size:
        settings = {"name": "dense", "dtype": kept, "units": a.output_size, "activation": "linear", "use_bias": True}
        kernel = array("kernel", "layers/dense/vars/0", parameters["readout.W_hy"].T, "readout.W_hy", transposed=True)
        yield Layer(
            "Dense", settings, [kernel, array("bias", "layers/dense/vars/1", parameters["readout.b_y"], "readout.b_y")]
        )


def _settings(model: Model, layer: int, name: str, every: bool, kept: str) -> Settings:
    """What the layer is made with."""
    cell = model.network.cell
    settings: Settings = {
        "name": name,
        "trainable": True,
        "dtype": kept,
        "return_sequences": every,
        "return_state": False,
        "go_backwards": model.network.architecture.backward_only and layer == 0,
        "stateful": False,
        "unroll": False,
        "units": model.network.architecture.size_of(layer),
        "activation": getattr(cell, "activation", "tanh"),
        "use_bias": True,
    }
    settings |= {"recurrent_activation": "sigmoid"} if len(cell.gates) > 1 else {}
    reset = getattr(cell, "reset", None)
    return settings | ({} if reset is None else {"reset_after": reset == "after"})


def _arrays(model: Model, layer: int, direction: str) -> Iterator[tuple[str, Array, tuple[str, ...], tuple[str, ...]]]:
    """The arrays of one layer and direction: role, numbers, the packed parameters that they hold, and what was done."""
    named, order = model.network.named(layer, direction), ORDER[model.network.architecture.cell]
    for role, letter in (("kernel", "x"), ("recurrent_kernel", "h")):
        yield role, np.concatenate([named[f"W_{letter}{gate}"].T for gate in order], axis=1), (f"W_{letter}",), ()
    first = np.concatenate([named[f"b_{gate}"] for gate in order])
    apart = [gate for gate in order if f"b_h{gate}" in named]
    if not apart:
        yield "bias", first, ("b",), ()
        return
    zeros = np.zeros(model.network.architecture.size_of(layer))
    second = np.concatenate([named[f"b_h{gate}"] if gate in apart else zeros for gate in order])
    of = ("b", *(f"b_h{gate}" for gate in apart))
    yield "bias", np.stack([first, second]), of, (f"a second row: 0 but for gate {' and '.join(apart)}",)


def _entry(kind: str, settings: Settings) -> Settings:
    """A layer as a configuration has it."""
    return {
        "module": MODULES.get(kind, "keras.layers"),
        "class_name": kind,
        "config": settings,
        "registered_name": None,
    }


def _archive(path: Path, layers: list[Layer], weights: bytes) -> None:
    config = _entry("Sequential", {"name": "sequential", "layers": [_entry(one.kind, one.settings) for one in layers]})
    members = {
        "metadata.json": json.dumps({"keras_version": VERSION, "date_saved": "1980-01-01@00:00:00"}).encode(),
        "config.json": json.dumps(config).encode(),
        "model.weights.h5": weights,
    }
    with ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name), data)  # its date is 1980: two conversions are the same bytes


def _put_weights(file: Any, layers: list[Layer]) -> None:
    """The weights as Keras 3 has them: every layer has its place, and its arrays are numbered."""
    file.create_group("vars")
    for layer in layers:
        file.require_group(f"layers/{layer.settings['name']}/vars")
        for _, where, numbers, _ in layer.arrays:
            file[where] = numbers


def _put_model(file: Any, layers: list[Layer]) -> None:
    """The whole model as Keras wrote it before the archives: layers and weights are named in attributes."""
    entries = [{"class_name": one.kind, "config": one.settings} for one in layers]
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": entries}}
    file.attrs["model_config"] = json.dumps(config)
    group = file.create_group(TOP)
    for place in (file, group):
        place.attrs["keras_version"], place.attrs["backend"] = VERSION, "torch"
    named = [one for one in layers if one.kind != "InputLayer"]
    group.attrs["layer_names"] = [str(one.settings["name"]).encode() for one in named]
    for layer in named:
        own = group.create_group(layer.settings["name"])
        names = []
        for role, where, numbers, _ in layer.arrays:
            names.append(_older(role, where))
            own[names[-1]] = numbers
        own.attrs["weight_names"] = [name.encode() for name in names]


def _older(role: str, where: str) -> str:
    """An array's name within its layer before the archives: lstm/cell/kernel for layers/lstm/cell/vars/0."""
    return f"{where.removeprefix('layers/').rpartition('/vars/')[0]}/{role}"
