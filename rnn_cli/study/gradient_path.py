"""A gradient's path back through time with what its numbers stand for: which model, which words, which loss."""

from dataclasses import dataclass

from rnn_cli.core.departure import first_departure
from rnn_cli.core.gradients.flow import Flow
from rnn_cli.core.network import BACKWARD
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.range import said

MATRIX, MODEL = "matrix", "model"


@dataclass(frozen=True, eq=False)
class GradientPath:
    """A gradient's path back through one layer in one direction.

    setting   how a matrix was drawn and driven, "" for a model
    target    the label that the loss is measured against, None without a loss; `predicted` where it is the model's own
    """

    mode: str
    model: Model
    sequence: Sequence
    layer: int
    direction: str
    flow: Flow
    setting: str = ""
    target: str | None = None
    predicted: bool = False
    loss: float | None = None

    @property
    def left_range(self) -> str | None:
        """Which number of a recurrent matrix alone no float holds; None where all are finite."""
        numbers = (
            ((f"the {what} of {one.symbol}", None, self.layer, self.direction), value)
            for one in self.flow.spectra
            for what, value in (("spectral radius", one.radius), ("norm", one.norm))
        )
        return said(first_departure(numbers), self.model.network.architecture)

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
