"""The hidden size with which a cell's whole network has about as many parameters as asked for.

Embedding, layers and readout count, as training builds them: what is compared is what is trained. The count grows with the
hidden size, so that the two sizes around it are found by doubling and halving, and the nearer one is taken.
"""

from dataclasses import dataclass, replace

from rnn_cli.errors import InputError
from rnn_cli.models.checks import SIZES
from rnn_cli.tasks.base import Needs
from rnn_cli.training.build import blueprint_of
from rnn_cli.training.config import RunConfig


@dataclass(frozen=True)
class Size:
    """A cell's network: its hidden units, and its parameters."""

    cell: str
    hidden_size: int
    parameter_count: int

    def deviation(self, wanted: int) -> float:
        """How far its parameters are from those wanted, as a share of these."""
        return self.parameter_count / wanted - 1


def size_for(cell: str, parameters: int, config: RunConfig, needs: Needs) -> Size:
    """The size nearest to so many parameters, of equals the smaller. InputError where a single unit has twice as many,
    or no size so few or many."""

    def of(hidden: int) -> Size:
        one = replace(config, cell=cell, hidden_size=hidden)
        return Size(cell, hidden, blueprint_of(one, needs).parameter_count)

    low, high = of(1), of(2)
    most = SIZES["hidden_size"][1]
    while high.parameter_count < parameters and high.hidden_size < most:
        low, high = high, of(min(2 * high.hidden_size, most))
    while high.hidden_size - low.hidden_size > 1:
        middle = of((low.hidden_size + high.hidden_size) // 2)
        low, high = (middle, high) if middle.parameter_count < parameters else (low, middle)
    found = min(low, high, key=lambda one: abs(one.parameter_count - parameters))
    if abs(found.deviation(parameters)) > WIDEST:
        more = "more" if found.parameter_count > parameters else "fewer"
        raise InputError(
            f"--parameters {parameters}: of {cell} the nearest network has {found.parameter_count:,} "
            f"({found.hidden_size:,} hidden); ask for {more}, or leave the option out"
        )
    return found


WIDEST = 0.25
"""Sizes that differ by more are no match."""
