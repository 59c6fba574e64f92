"""Files of Keras for tests: written by the program, and changed where a test needs another one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from rnn_cli.core.network import Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.models.model import Model
from rnn_cli.models.writers.keras import CLASSES
from tests.support.networks import KINDS

KERAS_HAS = [kind for kind, (cell, _) in KINDS.items() if cell in CLASSES]
"""The kinds of cells that Keras has."""


def drawn(architecture: Architecture, seed: int = 0, dtype: str = "float32") -> Model:
    """A model with numbers that the type can hold."""
    parameters = Parameters(architecture.shapes())
    parameters.flat[:] = np.random.default_rng(seed).normal(size=parameters.flat.size).astype(dtype)
    return Model("drawn", Network(architecture, parameters), "random", stored_dtype=dtype)


def changed_archive(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A .keras archive with other members."""
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def changed_layers(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """A .keras archive whose configuration has other layers."""

    def configured(members: dict[str, bytes]) -> None:
        config = json.loads(members["config.json"])
        change(config["config"]["layers"])
        members["config.json"] = json.dumps(config).encode()

    return changed_archive(path, configured)
