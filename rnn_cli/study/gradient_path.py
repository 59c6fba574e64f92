"""A gradient's path back through time with what its numbers stand for: which model, which words, which loss."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Target
from rnn_cli.core.departure import first_departure
from rnn_cli.core.gradients.flow import Flow
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.norms import norms
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.part import WHOLE, Part
from rnn_cli.study.range import said

MATRIX, MODEL = "matrix", "model"
ROUNDING = 1e-12
"""Logarithms that differ by no more are of equal numbers, which were added up in another order."""


@dataclass(frozen=True)
class Drawn:
    """How a random matrix was drawn and driven, by the options of the command that draws it.

    cell_options     those of the cell itself, as {"activation": "relu"}
    input_size       None where it is the hidden size
    """

    radius: float
    init: str
    drive: str
    keep_bias: float
    steps: int
    hidden_size: int
    input_size: int | None
    cell_options: Mapping[str, str]
    seed: int

    @property
    def options(self) -> list[str]:
        """The words of these options on the command line, where they are no defaults."""
        said = {
            "--spectral-radius": (f"{self.radius:.12g}", ""),
            "--init": (self.init, "gaussian"),
            "--drive": (self.drive, "noise"),
            "--keep-bias": (f"{self.keep_bias:.12g}", "0"),
            "--steps": (str(self.steps), "100"),
            "--hidden-size": (str(self.hidden_size), "32"),
            "--input-size": (str(self.input_size or self.hidden_size), str(self.hidden_size)),
            "--seed": (str(self.seed), "0"),
        }
        options = [word for name, (value, default) in said.items() if value != default for word in (name, value)]
        return options + [word for one in self.cell_options.items() for word in ("--cell-option", "=".join(one))]


@dataclass(frozen=True, eq=False)
class GradientPath:
    """A gradient's path back through one layer in one direction.

    setting   how a matrix was drawn and driven, "" for a model
    drawn     the same as options, None for a model
    target    the label that the loss is measured against, None without a loss; `predicted` where it is the model's own,
              `wanted` as numbers, with the kind of the loss
    part      what a person chose of the steps and units, for the page and the document
    inputs    (T, I), ∂L/∂x_t of what the network reads, through all its layers and directions; None without a loss, and for a
              long run that keeps its states alone
    """

    mode: str
    model: Model
    sequence: Sequence
    layer: int
    direction: str
    flow: Flow
    setting: str = ""
    drawn: Drawn | None = None
    target: str | None = None
    predicted: bool = False
    loss: float | None = None
    inputs: Array | None = None
    wanted: Target | None = None
    part: Part = WHOLE

    @property
    def left_range(self) -> str | None:
        """Which number of a recurrent matrix alone no float holds; None where all are finite."""
        numbers = (
            ((f"the {what} of {one.symbol}", None, self.layer, self.direction), value)
            for one in self.flow.spectra
            for what, value in (("spectral radius", one.radius), ("norm", one.norm))
        )
        return said(first_departure(numbers), self.model.network.architecture)

    @cached_property
    def log_inputs(self) -> Array | None:
        """ln ‖∂L/∂x_t‖, (T,); -inf where it is 0."""
        if self.inputs is None:
            return None
        with np.errstate(divide="ignore"):
            logs: Array = np.log(norms(self.inputs))
        return logs

    @property
    def largest_input(self) -> int | None:
        """The t at which ‖∂L/∂x_t‖ is largest, the first of equals; None where all are 0 or unknown."""
        logs = self.log_inputs
        return None if logs is None or np.isneginf(logs).all() else int(logs.argmax()) + 1

    @property
    def as_large_inputs(self) -> int:
        """How many other ‖∂L/∂x_t‖ are as large as the largest, but for rounding."""
        logs = self.log_inputs
        return 0 if logs is None else int(np.count_nonzero(logs >= logs.max() - ROUNDING)) - 1

    def inputs_under(self, share: float) -> list[int]:
        """The t at which ‖∂L/∂x_t‖ is under a share of the largest."""
        logs = self.log_inputs
        return [] if logs is None else [int(t) + 1 for t in np.flatnonzero(logs < logs.max() + np.log(share))]

    @property
    def run_name(self) -> str:
        """Which of several runs this is: "layer 1, backward run"; "" where the network has one."""
        a = self.model.network.architecture
        layer = [f"layer {self.layer}"] if a.num_layers > 1 else []
        return ", ".join([*layer, *([] if a.forward_only else [f"{self.direction} run"])])

    @property
    def cell(self) -> str:
        """The short name of the cell."""
        return self.model.network.architecture.cell

    def time(self, m: int) -> int:
        """The t of state m of the run: 0 is the initial state, and a backward run begins at T."""
        return self.flow.length + 1 - m if m and self.direction == BACKWARD else m

    @property
    def from_t(self) -> int:
        """Where the run ends and the gradient starts."""
        return self.time(self.flow.length)

    def to_t(self, k: int) -> int:
        """Where k factors lead."""
        return self.time(self.flow.length - k)

    def has(self, t: int) -> bool:
        """Whether the step t is shown."""
        return self.part.steps is None or t in self.part.steps

    def word(self, k: int) -> str:
        """What stands k steps back."""
        t = self.to_t(k)
        return "start" if t == 0 else self.sequence.tokens[t - 1] if self.sequence.tokens is not None else ""


@dataclass(frozen=True, eq=False)
class GradientComparison:
    """The gradient paths through several cells on the same input."""

    paths: tuple[GradientPath, ...]

    @property
    def left_range(self) -> str | None:
        """That of the first path that has one."""
        return next((one.left_range for one in self.paths if one.left_range is not None), None)
