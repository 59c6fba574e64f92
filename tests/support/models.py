"""Model files for tests, good ones and the parts to make bad ones of."""

import copy
from typing import Any

import numpy as np

from rnn_cli.core.cells import make_cell
from rnn_cli.core.network import Architecture
from rnn_cli.models.model import Model
from rnn_cli.models.options import chosen_options
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
    *way, last = path.split(".")
    for key in way:
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


def random_model_of(architecture: Architecture | None = None, **more: Any) -> Model:
    """A model in memory with vocabulary, embedding rows and labels, ready to be saved."""
    architecture = architecture or architecture_of("gru reset before", 2, 3, 2, True, output_size=2, embedding_rows=3)
    fields: dict[str, Any] = {
        "vocabulary": {"<unk>": 0, "été": 1, "\u202e[/x]": 2},
        "rows": {"<unk>": 0, "été": 1, "\u202e[/x]": 2},
        "labels": ("no", "yes"),
    }
    return Model("m", random_network(architecture, 4), "file", **{**fields, **more})
