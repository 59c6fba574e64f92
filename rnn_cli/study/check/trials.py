"""The random networks on which a program is tried: sizes that differ wherever a transposition could hide, and numbers that hurt.

A trial is a network with inputs, targets and initial states. Most are judged; those with large numbers in a place where a
formula may overflow are looked at for that alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import cell_class, make_cell
from rnn_cli.core.network import FORWARD, MANY_TO_MANY, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_from_flags

JUDGED, BETWEEN, LOGITS, GATES = "judged", "between", "logits", "gates"
"""What a trial is for: its numbers; a call between two on the first; whether softmax overflows; whether the exp in an
activation does."""

LARGE = 1000.0
"""e^1000 is beyond a double, and a sum with it loses no digit that a softmax needs."""


@dataclass(frozen=True)
class Sizes:
    """How large a trial is.

    spread   what the readout is multiplied by, so that gradients are large enough to be clipped
    """

    inputs: int
    hidden: int
    classes: int
    steps: int
    batch: int = 2
    starts: bool = True
    spread: float = 1.0
    purpose: str = JUDGED


TRIALS = (
    Sizes(3, 4, 6, 5),
    Sizes(3, 4, 6, 5, purpose=BETWEEN),
    Sizes(5, 3, 4, 1, starts=False),
    Sizes(3, 3, 3, 4),
    Sizes(2, 5, 3, 7, spread=10.0),
    Sizes(3, 4, 6, 5, purpose=LOGITS),
    Sizes(3, 4, 6, 5, purpose=GATES),
)
"""The first is shown where it shows the mistake."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One of them: x (T, B, I), targets (T, B), initial (B, H) each; a program of single sequences sees the first."""

    sizes: Sizes
    model: Model
    x: Array
    targets: Array
    initial: State

    @property
    def parameters(self) -> dict[str, Array]:
        """All parameters under the names of the equations."""
        network = self.model.network
        return {**network.named(0, FORWARD), **network.parameters.group("readout")}

    @cached_property
    def of_other_forms(self) -> dict[str, Array]:
        """Zeros for the parameters that the cell has with other options alone: a program may be of such a form."""
        a = self.model.network.architecture
        found: dict[str, Array] = {}
        for values in product(*cell_class(a.cell).options.values()):
            other = make_cell(a.cell, dict(zip(cell_class(a.cell).options, values, strict=True)))
            zeros = Parameters(other.shapes(a.input_size, a.hidden_size))
            found |= {name: array for name, array in other.named(dict(zeros)).items() if name not in self.parameters}
        return found

    @property
    def title(self) -> str:
        """Its sizes in words."""
        s = self.sizes
        return f"{s.inputs} inputs, {s.hidden} hidden units, {s.classes} classes, {s.steps} step{'s' * (s.steps > 1)}"


def trials(cell: str, options: Mapping[str, str], seed: int) -> list[Trial]:
    """All trials of a cell, drawn from the seed. InputError where there is no such cell, or it has no such option."""
    chosen = options_from_flags(cell, options)
    return [_drawn(cell, chosen, sizes, np.random.default_rng([seed, k])) for k, sizes in enumerate(TRIALS)]


def _drawn(cell: str, options: tuple[tuple[str, str], ...], sizes: Sizes, rng: np.random.Generator) -> Trial:
    a = Architecture(cell, sizes.inputs, sizes.hidden, task=MANY_TO_MANY, output_size=sizes.classes, options=options)
    network = Network(a, Parameters(a.shapes()))
    network.parameters.flat[:] = rng.normal(0, 0.6, network.parameters.flat.size)
    readout = network.parameters.group("readout")
    readout["W_hy"] *= sizes.spread
    if sizes.purpose == LOGITS:
        readout["b_y"] += LARGE
    if sizes.purpose == GATES:
        for name, array in network.named(0, FORWARD).items():
            if name.startswith("b_"):
                array += LARGE * np.where(np.arange(len(array)) % 2, -1, 1)
    x = rng.normal(0, 1, (sizes.steps, sizes.batch, sizes.inputs))
    states = network.cell.states
    shape = sizes.batch, sizes.hidden
    initial = State(**{name: rng.uniform(0.2, 0.9, shape) for name in states})
    model = Model(f"random {cell}", network, "random", labels=tuple(f"class {k}" for k in range(sizes.classes)))
    targets = rng.integers(0, sizes.classes, (sizes.steps, sizes.batch))
    return Trial(sizes, model, x, targets, initial if sizes.starts else initial.zeros_like())
