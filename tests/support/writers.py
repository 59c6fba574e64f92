"""Random models that write a text, in files: as rnn train saves them, and as a state dict."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import WRITTEN
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.trained import Trained, save_trained
from tests.support.systems import ATTENTIVE, CONDITIONS, LABELS, ROWS, blueprint_of, random_system

WRITER_KINDS = ("encoder-decoder", *ATTENTIVE, "one-to-many")

PAIRS = {"rnn": 1, "gru": 3, "lstm": 4}
"""Modules of PyTorch, and how many gates each has."""

BOTH_VOCABULARIES = Choices(
    vocab={token: k for k, token in enumerate(("the", "cat", "sat", "dog", "<unk>", "."))},
    target_vocab={token: k for k, token in enumerate(("<unk>", "SOS", "le", "EOS", "chat"))},
)
"""What names the tokens of `saved_pair`."""


def saved_writer(
    path: Path, kind: str, cell: str, layers: int = 1, both: bool = False, seed: int = 0, backward_only: bool = False
) -> Path:
    """A model of one of WRITER_KINDS in a file; `cell` is a key of KINDS."""
    blueprint = blueprint_of(kind, cell, 3, layers, both)
    if backward_only:
        assert blueprint.reader is not None
        blueprint = replace(blueprint, reader=replace(blueprint.reader, backward_only=True))
    names = [f"w{k}" for k in range(CONDITIONS if blueprint.conditions else ROWS)]
    vocabulary = (*names,) if blueprint.conditions else ("<unk>", *names[1:])
    labels = (*WRITTEN, *(f"y{k}" for k in range(len(WRITTEN), LABELS)))
    encoding = Encoding("word", vocabulary=vocabulary, labels=labels)
    task = "describe" if blueprint.conditions else "translate"
    options = {"level": "word", "lowercase": False, "min_count": 1}
    save_trained(path, Trained(task, random_system(blueprint, seed, 2.0), encoding, options))
    return path


def saved_pair(folder: Path, cell: str, layers: int = 1, both: bool = False) -> Path:
    """A state dict of an encoder and a decoder under usual names."""
    gates, width, draw = PAIRS[cell], 8 if both else 4, np.random.default_rng(layers)
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.embedding.weight": (6, 2),
        "decoder.embedding.weight": (5, 3),
        "decoder.out.weight": (5, width),
        "decoder.out.bias": (5,),
    }
    for side, inputs, size, ends in (
        ("encoder", 2, 4, ("", "_reverse")[: 1 + both]),
        ("decoder", 3, width, ("",)),
    ):
        for place, below in ((f"l{k}{end}", width if k else inputs) for k in range(layers) for end in ends):
            shapes |= {
                f"{side}.{cell}.weight_ih_{place}": (gates * size, below),
                f"{side}.{cell}.weight_hh_{place}": (gates * size, size),
                f"{side}.{cell}.bias_ih_{place}": (gates * size,),
                f"{side}.{cell}.bias_hh_{place}": (gates * size,),
            }
    save_file({name: draw.normal(size=shape) for name, shape in shapes.items()}, folder / "m.safetensors")
    return folder / "m.safetensors"
