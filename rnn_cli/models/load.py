"""One way to load every model: a bundled name, a file of any known format, or a network built from options."""

from importlib import import_module
from pathlib import Path
from zlib import crc32

import numpy as np

from rnn_cli.core.learning.initialize import initial_parameters
from rnn_cli.core.network import Architecture, Network
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.bundled import bundled_models
from rnn_cli.models.checks import MAX_BUILT, check_weights
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_from_flags
from rnn_cli.reading import FILE, FOLDER, matched, parsing, shown, stands_at

RECURRENT = "rnn"
"""The cell whose state dict does not say its activation."""

CHECKPOINTS = "rnn_cli.training.checkpoint"
"""Where a checkpoint is looked over. It is found by its name: it knows tasks and runs, which are above models."""


def load_model(name: str, activation: str | None = None) -> Model:
    """The bundled model of that name, or the file at that path.

    InputError where neither exists; ModelFileError where the file is damaged or of another kind. `activation` is
    for state dicts of torch.nn.RNN, which do not say theirs.
    """
    if activation is not None:  # said before the file is read, whatever it holds
        options_from_flags(RECURRENT, {"activation": activation})
    bundled = bundled_models()
    path = Path(name)
    name = name if stands_at(name) else matched(name, bundled)
    if name in bundled:
        from rnn_cli.models.handwritten import load_handwritten

        return load_handwritten(bundled[name], name, "bundled")
    require_model(name, f"{shown(name)}: no such model file, and no bundled model (those are {', '.join(bundled)})")
    if path.suffix == ".json":
        from rnn_cli.models.handwritten import load_handwritten

        return load_handwritten(path, path.stem, "file")
    if path.suffix == ".safetensors":
        return _load_tensors(path, activation or "tanh")
    if path.suffix in (".pt", ".pth", ".bin", ".pkl", ".ckpt"):
        raise ModelFileError(
            f"{path}: pickled files can run code when they are read, so they are refused;\n"
            "save the state dict with safetensors.torch.save_file(module.state_dict(), 'model.safetensors')"
        )
    raise ModelFileError(f"{path}: not a model file: expected .json or .safetensors")


def require_model(name: str, missing: str) -> None:
    """InputError where a path holds no file, with `missing` where it holds nothing. A model is not read from a pipe."""
    found = stands_at(name)
    if found != FILE:
        raise InputError(
            missing if found is None else f"{name}: is {'a folder' if found == FOLDER else 'no file'}, not a model file"
        )


def _load_tensors(path: Path, activation: str) -> Model:
    from rnn_cli.models.pytorch import looks_like_state_dict, model_from_state_dict
    from rnn_cli.models.tensors import read_tensors
    from rnn_cli.models.trained import FORMAT as CHECKPOINT
    from rnn_cli.models.trained import model_of

    arrays, metadata = read_tensors(path)
    if isinstance(metadata, dict) and metadata.get("format") == CHECKPOINT:
        checkpoint = import_module(CHECKPOINTS).opened(str(path), arrays, metadata, np.float64)
        return model_of(path.stem, checkpoint.trained, str(next(iter(arrays.values())).dtype))
    if metadata is not None:
        raise ModelFileError(f"{path}: not a model of this program: its metadata do not say the format {CHECKPOINT}")
    if looks_like_state_dict(arrays):
        with parsing(str(path), "not a state dict that can be read", ModelFileError):
            return model_from_state_dict(str(path), path.stem, arrays, activation)
    if {"weight_ih", "weight_hh"} <= set(arrays):
        raise ModelFileError(
            f"{path}: a state dict of torch.nn.RNNCell, LSTMCell or GRUCell (weight_ih, weight_hh), which are not read;\n"
            "save it under the names of the one-layer module: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0"
        )
    raise ModelFileError(f"{path}: neither a model of this program nor a state dict of torch.nn.RNN, LSTM or GRU")


def random_model(architecture: Architecture, labels: tuple[str, ...], seed: int) -> Model:
    """A network with PyTorch's default initialisation, drawn from the seed and nothing else.

    InputError where the model would be too large to look at: --hidden-size 100000 must not fill the memory.
    """
    check_weights(architecture.parameter_count, MAX_BUILT)
    generator = np.random.default_rng([seed, crc32(b"weights")])
    network = Network(architecture, initial_parameters(architecture, generator))
    return Model(f"random {architecture.cell}, seed {seed}", network, "random", labels=labels)
