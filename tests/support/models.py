"""Model files for tests, good ones and the parts to make bad ones of."""

import copy
from typing import Any

import numpy as np

from rnn_cli.core.cells import make_cell
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.core.systems import make_system
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.options import chosen_options
from rnn_cli.models.trained import Trained
from tests.support.networks import architecture_of, random_network

VANILLA: dict[str, Any] = {
    "format": "rnn.model/1",
    "cell": "rnn",
    "activation": "tanh",
    "task": "many-to-one",
    "labels": ["no", "yes"],
    "embedding": {"a": [1, 2], "b": [3, 4], "<unk>": [0, 0]},
    "parameters": {
        "layers": [{"W_xh": [[1, 2], [3, 4], [5, 6]], "W_hh": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "b_h": [0, 0, 0]}],
        "readout": {"W_hy": [[1, 2, 3], [4, 5, 6]], "b_y": [0, 1]},
    },
}
"""A hand-written model with everything in it: 2 inputs, 3 hidden units, 2 classes."""


def changed(path: str, value: Any) -> dict[str, Any]:
    """VANILLA with one place changed: changed("parameters.layers.0.W_xh", [[1]]). `...` takes the place out."""
    data = copy.deepcopy(VANILLA)
    here: Any = data
    *keys, last = path.split(".")
    for key in keys:
        here = here[int(key) if isinstance(here, list) else key]
    if value is ...:
        del here[last]
    else:
        here[int(last) if isinstance(here, list) else last] = value
    return data


def gated(cell: str, hidden: int = 1, inputs: int = 1, **more: Any) -> dict[str, Any]:
    """A hand-written model of one layer of any cell, without a readout, its weights 0.1."""
    made = make_cell(cell, dict(chosen_options(cell, more)))
    packed = {name: np.full(shape, 0.1) for name, shape in made.shapes(inputs, hidden).items()}
    layer = {name: array.tolist() for name, array in made.named(packed).items()}
    return {"format": "rnn.model/1", "cell": cell, "parameters": {"layers": [layer]}, **more}


def random_trained(architecture: Architecture | None = None, dtype: Any = None) -> Trained:
    """A trained system with random weights, as rnn train would save it: a classifier of words; without an embedding, a forecast."""
    a = architecture or architecture_of("gru reset before", 2, 3, 2, True, output_size=2, embedding_rows=3)
    words = ("<unk>", "été", "\u202e[/x]", *(f"w{k}" for k in range(3, a.embedding_rows)))
    labels = tuple(f"label {k}" for k in range(a.output_size))
    encoding = Encoding("word", vocabulary=words[: a.embedding_rows], labels=labels)
    options: dict[str, Any] = {"level": "word", "lowercase": False, "min_count": 1}
    if not a.embedding_rows:
        columns = tuple(f"column {k}" for k in range(a.input_size))
        moments: dict[str, Any] = {"means": (0.0,) * len(columns), "scales": (1.0,) * len(columns)}
        moments |= {"target_means": (0.0,) * len(labels), "target_scales": (1.0,) * len(labels)}
        encoding = Encoding("number", columns=columns, target_columns=labels, **moments)
        options = {"every_step": a.task == MANY_TO_MANY}
    task, loss = ("classify", CROSS_ENTROPY) if a.embedding_rows else ("forecast", MSE)
    flat = random_network(a, 4).parameters.flat
    system = make_system(
        Blueprint("single", loss, a), flat if dtype is None else flat.astype(dtype), dtype or flat.dtype
    )
    return Trained(task, system, encoding, options)
