"""Writers of model files in the conventions of other programs: one file for each format.

A writer is a module with

    write(model: Model, path: Path) -> list[Written]

It writes the whole file at `path`, which is a place of its own: whoever calls it moves the file to its name when the file
was proved. InputError, before anything is written, where the format has no equal of what the model is.

A writer shares no code with the reader of its format: the reader proves what was written, and a convention that both took
from one place would prove nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnn_cli.models.model import Model


@dataclass(frozen=True)
class Written:
    """One array of the file that was written.

    name         its name in the file
    shape        its shape in the file
    of           the packed parameters of the network that it holds (layers.0.forward.W_x, …); () where it holds zeros alone
    transposed   whether it stands transposed in the file
    gates        the gates in the order in which they stand in the file, under our letters; () where it has none
    notes        what else was done, in a few words each
    """

    name: str
    shape: tuple[int, ...]
    of: tuple[str, ...]
    transposed: bool = False
    gates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def number_type(model: Model) -> Any:
    """The type of the numbers that are written: the file's own; float32, which holds all of its numbers, for a half."""
    return np.float64 if model.stored_dtype == "float64" else np.float32
