"""One way to load every model: a bundled name, a file of any known format, or a network built from options."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.initialize import initial_parameters
from rnn_cli.core.network import Architecture, Network
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.bundled import bundled_models
from rnn_cli.models.checks import MAX_BUILT, check_weights
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.formats import FORMATS, format_of
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_from_flags
from rnn_cli.reading import FILE, FOLDER, matched, parsing, shown, stands_at

RECURRENT = "rnn"
"""The cell whose state dict does not say its activation."""

INDEX = ".index.json"
"""How the name of an index ends: of a model in several files."""

CHECKPOINTS = "rnn_cli.training.checkpoint"
"""Where a checkpoint is looked over. It is found by its name: it knows tasks and runs, which are above models."""


def load_model(name: str, choices: Choices = NOTHING) -> Model:
    """The bundled model of that name, or the file at that path.

    InputError where neither exists, or a choice is for the models of other programs and this is none, or not what the model
    has, or must say which part of a file is meant; ModelFileError where the file is damaged or of another kind.
    """
    choices.check()
    if choices.activation is not None:  # said before the file is read, whatever it holds
        options_from_flags(RECURRENT, {"activation": choices.activation})
    model = _load_model(name, choices)
    cell = model.network.cell
    if choices.activation not in (None, getattr(cell, "activation", "tanh")):
        has = (
            f"has {cell.activation}" if hasattr(cell, "activation") else f"is made of {cell.title}, without this option"
        )
        raise InputError(f"--activation {choices.activation}: {shown(name)} {has}")
    if choices.given() and not model.foreign:
        raise InputError(f"{choices.given()[0]} is for models that another program saved, and {shown(name)} is not one")
    return model


def _load_model(name: str, choices: Choices) -> Model:
    bundled = bundled_models()
    path = Path(name)
    name = name if stands_at(name) else matched(name, bundled)
    if name in bundled:
        from rnn_cli.models.handwritten import load_handwritten

        return load_handwritten(bundled[name], name, "bundled")
    require_model(name, f"{shown(name)}: no such model file, and no bundled model (those are {', '.join(bundled)})")
    if (own := format_of(path.name)) is not None:
        from rnn_cli.models.foreign.units import named_units

        read = import_module(own.reader).read(path, choices)
        assert isinstance(read, Model)
        return named_units(read, choices)
    if path.name.endswith(INDEX):
        from rnn_cli.models.shards import read_shards

        return _state_dict(path, read_shards(path), choices, {})
    if path.suffix == ".json":
        from rnn_cli.models.handwritten import load_handwritten

        return load_handwritten(path, path.stem, "file")
    if path.suffix == ".safetensors":
        return _load_tensors(path, choices)
    if path.suffix in (".pt", ".pth", ".bin", ".pkl", ".ckpt"):
        from rnn_cli.models.pickled import how_to_save

        raise ModelFileError(f"{path}: {how_to_save(path)}")
    ends = dict.fromkeys(end for one in FORMATS.values() for end in one.suffixes)
    raise ModelFileError(f"{path}: not a model file: expected {', '.join(ends)}")


def require_model(name: str, missing: str) -> None:
    """InputError where a path holds no file, with `missing` where it holds nothing. A model is not read from a pipe."""
    found = stands_at(name)
    if found != FILE:
        raise InputError(
            missing if found is None else f"{name}: is {'a folder' if found == FOLDER else 'no file'}, not a model file"
        )


def _load_tensors(path: Path, choices: Choices) -> Model:
    from rnn_cli.models.shards import refuse_part
    from rnn_cli.models.tensors import read_tensors, tied_names
    from rnn_cli.models.trained import FORMAT as CHECKPOINT
    from rnn_cli.models.trained import model_of

    refuse_part(path)
    arrays, metadata = read_tensors(path)
    if isinstance(metadata, dict) and metadata.get("format") == CHECKPOINT:
        checkpoint = import_module(CHECKPOINTS).opened(str(path), arrays, metadata, np.float64)
        return model_of(path.stem, checkpoint.trained, str(next(iter(arrays.values())).dtype))
    if metadata is not None:
        raise ModelFileError(f"{path}: not a model of this program: its metadata do not say the format {CHECKPOINT}")
    return _state_dict(path, arrays, choices, tied_names(path))


def _state_dict(path: Path, arrays: Mapping[str, Array], choices: Choices, tied: Mapping[str, str]) -> Model:
    from rnn_cli.models.foreign.state_dict import looks_like_state_dict, model_from_state_dict
    from rnn_cli.models.foreign.units import named_units

    if not looks_like_state_dict(arrays):
        raise ModelFileError(
            f"{path}: neither a model of this program nor one with a torch.nn.RNN, LSTM or GRU: it holds {_few(arrays)}"
        )
    name = path.name.removesuffix(INDEX).removesuffix(".safetensors")
    with parsing(str(path), "not a state dict that can be read", ModelFileError):
        model = model_from_state_dict(str(path), name, arrays, choices, tied)
    return named_units(model, choices)


def _few(arrays: Mapping[str, Array]) -> str:
    return (
        ", ".join(list(arrays)[:4]) + (f" and {len(arrays) - 4} more" if len(arrays) > 4 else "")
        if arrays
        else "nothing"
    )


def random_model(architecture: Architecture, labels: tuple[str, ...], seed: int) -> Model:
    """A network with PyTorch's default initialisation, drawn from the seed and nothing else.

    InputError where the model would be too large to look at: --hidden-size 100000 must not fill the memory.
    """
    check_weights(architecture.parameter_count, MAX_BUILT)
    generator = np.random.default_rng([seed, crc32(b"weights")])
    network = Network(architecture, initial_parameters(architecture, generator))
    return Model(f"random {architecture.cell}, seed {seed}", network, "random", labels=labels)
