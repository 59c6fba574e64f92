"""The names in a state dict, without what wrappers add to them.

module. _orig_mod.            DataParallel, torch.compile
X_g, X_v                      weight_norm: X = g v / ‖v‖, row by row
parametrizations.X.original0  the same in later versions of PyTorch, and original1
X_raw                         AWD-LSTM's weight before its dropout
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError, Undecided

WRAPPERS = ("module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module")
RAW = "_raw"


@dataclass(frozen=True, eq=False)
class Tensors:
    """A file's arrays by their plain names; `in_file` is the name that a person finds there, `done` what was done to them."""

    source: str
    arrays: dict[str, Array] = field(default_factory=dict)
    in_file: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def fail(self, message: str) -> ModelFileError:
        """What to raise where something in the file does not fit."""
        return ModelFileError(f"{self.source}: {message}")

    def ask(self, message: str) -> Undecided:
        """What to raise where an option must say how the file is read, or says what it does not hold."""
        return Undecided(f"{self.source}: {message}")

    def name(self, plain: str) -> str:
        """An array's name in the file."""
        return self.in_file.get(plain, plain)

    def sized(self, plain: str) -> str:
        """An array's name in the file with its shape, as a person compares them."""
        return f"{self.name(plain)} ({shape_of(self.arrays[plain])})"


def shape_of(array: Array) -> str:
    """A shape in words: 16×4."""
    return "×".join(map(str, array.shape)) or "one number"


def plain_names(source: str, arrays: Mapping[str, Array], tied: Mapping[str, str]) -> Tensors:
    """The arrays under the names of their modules. ModelFileError where two would have the same name.

    `tied` maps the name of an array that was not stored to that of the one it is equal to.
    """
    found = Tensors(source)
    stored = dict(arrays)
    for name, same in tied.items():
        if same in stored and name not in stored:
            stored[name] = stored[same]
            found.done.append(f"{name} is tied to {same}")
    raw = {_unwrapped(name[: -len(RAW)]) for name in stored if name.endswith(RAW)}
    for name, array in stored.items():
        plain = _unwrapped(name)
        if plain in raw:
            continue  # AWD-LSTM keeps beside the raw weight what the last dropout left of it
        plain = plain.removesuffix(RAW)
        if plain in found.arrays:
            raise found.fail(f"{name} and {found.in_file[plain]} are the same parameter once wrappers are dropped")
        found.arrays[plain], found.in_file[plain] = array, name
    _normalised(found)
    return found


def _unwrapped(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def _normalised(found: Tensors) -> None:
    """Put the weights of weight_norm together."""
    for g in [name for name in found.arrays if name.endswith(("_g", ".original0"))]:
        head, _, last = g.rpartition(".")
        if last == "original0":
            path, _, own = head.rpartition(".")
            v, name = f"{head}.original1", path.removesuffix("parametrizations") + own
        else:
            name = g.removesuffix("_g")
            v = f"{name}_v"
        if v not in found.arrays:
            continue
        direction, size = found.arrays[v].astype(np.float64), found.arrays[g].astype(np.float64)
        axes = tuple(k for k in range(direction.ndim) if size.ndim != direction.ndim or size.shape[k] == 1)
        length = np.sqrt((direction * direction).sum(axis=axes, keepdims=True))
        if (size.size > 1 and size.shape != length.shape) or not length.all():
            raise found.fail(f"{found.sized(g)} is no length for the rows of {found.sized(v)}")
        found.in_file[name] = f"{found.name(g)} and {found.name(v)}"
        found.arrays[name] = direction * (size.reshape(length.shape) / length)
        found.done.append(f"{name} is weight_norm's g v / ‖v‖")
        for part in (g, v):
            del found.arrays[part], found.in_file[part]
    for name in found.arrays:
        if name.endswith(("_orig", ".original")):
            raise found.fail(
                f"{found.name(name)} is a weight before a parametrization (spectral_norm, pruning …) that the file does not "
                "hold whole: remove it (torch.nn.utils.…remove) before saving"
            )


def check_numbers(tensors: Tensors, names: Iterable[str]) -> None:
    """ModelFileError where an array holds no numbers that a network computes with."""
    for name in names:
        array = tensors.arrays[name]
        if array.dtype.kind != "f":
            raise tensors.fail(
                f"{tensors.name(name)} holds {array.dtype} values: quantized weights need their scale, which is not applied "
                "here; save the model in float32"
            )
        if not np.isfinite(array).all():
            raise tensors.fail(f"{tensors.name(name)} holds a number that is not finite")
