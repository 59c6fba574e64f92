"""Opens what Keras saved: a .keras archive, an HDF5 file of a whole model, or an HDF5 file of weights alone."""

import json
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from rnn_cli.errors import ModelFileError
from rnn_cli.models.foreign.archives import member, opened_archive
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.keras.config import Graph, Layer, graph_of
from rnn_cli.models.foreign.keras.hdf5 import SIGNATURE, Store, read_hdf5
from rnn_cli.models.foreign.keras.model import model_of
from rnn_cli.models.foreign.keras.unsaid import graph_of_weights
from rnn_cli.models.foreign.keras.weights import Weights
from rnn_cli.models.model import Model
from rnn_cli.reading import open_file, parsing, read_json

ZIP = b"PK\x03\x04"
CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
ENDINGS = (".weights.h5", ".keras", ".hdf5", ".h5")


def read(path: Path, choices: Choices) -> Model:
    """The model in a file. ModelFileError where it is damaged, or holds what no network here computes."""
    source = str(path)
    with open_file(source) as file:
        start = file.read(len(SIGNATURE))
    config: Any = None
    if start == SIGNATURE:
        store = read_hdf5(source, source)
        if (text := store.text("model_config")) is not None:
            config = read_json(f"{source}, its model_config", text, ModelFileError)
    elif start.startswith(ZIP):
        config, store = _archive(path)
    else:
        hint = ": a pointer of Git LFS, not the file itself: git lfs pull brings it" if start == b"version " else ""
        raise ModelFileError(f"{source}: neither a .keras archive nor a file of HDF5{hint}")
    name = next((path.name.removesuffix(end) for end in ENDINGS if path.name.endswith(end)), path.name)
    with parsing(source, "not a Keras model that can be read", ModelFileError):
        weights = Weights(source, store)
        graph = None if config is None else graph_of(source, config)
        if graph is not None:
            return model_of(name, graph, weights, choices)
        graph, said = graph_of_weights(weights, choices)
        return model_of(name, graph, weights, choices, said)


def built_by_keras(path: Path) -> Graph | None:
    """The layers of a file from which Keras 3 builds the same network; None where it does not.

    That is an archive whose classes are all Keras's own, of which none runs code, computes in another type than its weights
    have, or keeps its state from one text to the next.
    """
    if path.suffix != ENDINGS[1] or not is_zipfile(path):
        return None
    source, (config, _) = str(path), _archive(path)
    made: Any = {}
    with opened_archive(path, "a .keras archive") as archive:
        if METADATA in archive.namelist():
            made = read_json(f"{source}, its {METADATA}", member(source, archive, METADATA), ModelFileError)
    graph = graph_of(source, config)
    if graph is None or not isinstance(made, dict) or not str(made.get("keras_version")).startswith("3."):
        return None
    return graph if all(map(_plain, graph.layers.values())) else None


def _plain(layer: Layer) -> bool:
    said = json.dumps(layer.config)
    kept = '"stateful": true' in said or '"mixed_' in said or '"float16"' in said
    return ">" not in layer.kind and layer.kind != "Lambda" and not kept


def _archive(path: Path) -> tuple[Any, Store]:
    source = str(path)
    with opened_archive(path, "a .keras archive") as archive:
        names = archive.namelist()
        for wanted in (CONFIG, WEIGHTS):
            if wanted not in names:
                raise ModelFileError(f"{source}: {wanted} is missing in it: not a model that Keras saved whole")
        config = read_json(f"{source}, its {CONFIG}", member(source, archive, CONFIG), ModelFileError)
        weights = member(source, archive, WEIGHTS)
    return config, read_hdf5(source, weights)
