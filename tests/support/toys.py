"""Trained models small enough for a page that is kept: sizes of two or three, weights of one decimal."""

from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.systems import make_system
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.trained import Trained, save_trained

WRITTEN = ("<unk>", "<bos>", "<eos>", "x", "y")
READ = ("<unk>", "a", "b", " ")


def translator(folder: Path, cell: str = "rnn", bidirectional: bool = False) -> Path:
    """Reads a, b and spaces, writes x and y, character by character."""
    width = 4 if bidirectional else 2
    reader = Architecture(cell, 2, 2, bidirectional=bidirectional, embedding_rows=len(READ))
    writer = Architecture(cell, 2, width, task=MANY_TO_MANY, output_size=len(WRITTEN), embedding_rows=len(WRITTEN))
    blueprint = Blueprint("encoder-decoder", CROSS_ENTROPY, reader, writer)
    return _saved(folder / "toy.safetensors", "translate", blueprint, Encoding("char", vocabulary=READ, labels=WRITTEN))


def describer(folder: Path) -> Path:
    """Writes x and y for one of two conditions."""
    writer = Architecture("gru", 2, 2, task=MANY_TO_MANY, output_size=len(WRITTEN), embedding_rows=len(WRITTEN))
    blueprint = Blueprint("one-to-many", CROSS_ENTROPY, None, writer, 2)
    encoding = Encoding("char", vocabulary=("cat", "dog"), labels=WRITTEN)
    return _saved(folder / "toy.safetensors", "describe", blueprint, encoding)


def forecaster(folder: Path, task: str = MANY_TO_ONE, activation: str = "tanh") -> Path:
    """Reads temperature and wind, predicts wind of the next two steps."""
    own = () if activation == "tanh" else (("activation", activation),)
    reader = Architecture("rnn", 2, 2, task=task, output_size=2, options=own)
    encoding = Encoding(
        "number",
        columns=("temperature", "wind"),
        target_columns=("wind",),
        means=(10.0, 4.0),
        scales=(5.0, 2.0),
        target_means=(4.0,),
        target_scales=(2.0,),
    )
    path = folder / "toy.safetensors"
    options = {"window": 3, "horizon": 2, "every_step": task == MANY_TO_MANY}
    return _saved(path, "forecast", Blueprint("single", MSE, reader), encoding, options)


def _saved(
    path: Path, task: str, blueprint: Blueprint, encoding: Encoding, options: dict[str, Any] | None = None
) -> Path:
    system = make_system(blueprint)
    generator = np.random.default_rng(7)
    for array in system.parameters.values():
        array[...] = np.round(generator.uniform(-1.5, 1.5, array.shape), 1)
    save_trained(path, Trained(task, system, encoding, options or {"level": encoding.level}))
    return path
