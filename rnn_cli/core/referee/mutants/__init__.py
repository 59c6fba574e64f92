"""The usual mistakes as changes of a plan: a mistake is one file and one line in MUTANTS.

A file has

    def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]

and offers every form of the mistake that this plan can have: of each gate, each layer, with and without a way back that
fits. `seen` are the numbers that were found: a limit of clipping is read off them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from re import split

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import Network
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan

FORWARD, LOSS, BACK = "forward", "loss", "back"


@dataclass(frozen=True)
class Mutant:
    """One form of a mistake.

    says    what the program did, in a sentence without a subject: "leaves out the bias b_f"
    fix     the line as it should be, in the letters of the equations
    change  what the mistake changes in a plan
    where   the gate, weight or state that it concerns, for the first two hints; "" where it concerns several
    """

    says: str
    fix: str
    change: Change
    where: str = ""

    def apply(self, plan: Plan) -> Plan:
        """The plan with the mistake."""
        return plan.changed(self.change)


MUTANTS: dict[str, tuple[str, str]] = {
    name: (f"rnn_cli.core.referee.mutants.{name.replace('-', '_')}", stage)
    for name, stage in {
        "gate-order": FORWARD,
        "reset-side": FORWARD,
        "update-flipped": FORWARD,
        "no-bias": FORWARD,
        "double-bias": FORWARD,
        "forget-bias-added": FORWARD,
        "no-tanh-of-c": FORWARD,
        "tanh-twice": FORWARD,
        "hard-sigmoid": FORWARD,
        "wrong-activation": FORWARD,
        "no-recurrence": FORWARD,
        "transposed": FORWARD,
        "swapped-weights": FORWARD,
        "state-kept": FORWARD,
        "axes-swapped": FORWARD,
        "direction-not-reversed": FORWARD,
        "padding-read": FORWARD,
        "wrong-gate": FORWARD,
        "softmax-twice": LOSS,
        "mean-for-sum": LOSS,
        "sum-for-mean": LOSS,
        "future-dropped": BACK,
        "dc-dropped": BACK,
        "derivative-missing": BACK,
        "derivative-of-value": BACK,
        "derivative-of-wrong-step": BACK,
        "transposed-back": BACK,
        "overwritten": BACK,
        "off-by-one": BACK,
        "clipped": BACK,
        "clipped-inside": BACK,
    }.items()
}
"""By name, the likelier of one stage before the others; with the stage in which it shows first."""

ALIASES = {"transposed-back": "transposed"}
"""Mistakes that have one name in both passes."""


def all_mutants(plan: Plan, seen: Numbers, stage: str) -> Iterator[tuple[str, Mutant]]:
    """Every form of every mistake of a stage, each with the mistake's name."""
    for name, (module, its) in MUTANTS.items():
        if its == stage:
            for one in import_module(module).mutants(plan, seen):
                yield ALIASES.get(name, name), one


def changed(network: Network, change: Callable[[dict[str, Array]], None]) -> Network:
    """The network with every layer's and direction's parameters, under the names of the equations, after a change in place."""
    other = network.with_parameters(network.parameters.copy())
    a = other.architecture
    for layer in range(a.num_layers):
        for direction in a.directions:
            change(other.named(layer, direction))
    return other


OF_EVERY_CELL = {
    "dW_h": "dW_h = sum over t of da ⊗ h_{t-1}",
    "dx_t": "dx_t = the sum of W_x^T da over the gates",
    "dh_{t-1}": "dh_{t-1} = the sum of W_h^T da over the gates + what comes straight + the error of its own output",
    "da_": "da = the error of the gate * f'(a)",
}
"""What holds for a cell whose equations do not say it."""


def line_of(cell: Cell, *numbers: str) -> str:
    """The equation of the first of these numbers that the cell has one of, forward or backward: f_t, da_f, dh_{t-1}, dW_h."""
    blocks = (*cell.equations, *cell.backward_equations)
    lines = [part.strip() for line in blocks for part in split(r"(?<![= ]) {3,}|: ", line)]
    found = [line for number in numbers for line in lines if line.startswith(f"{number} = ")]
    if not found:
        return next((line for name, line in OF_EVERY_CELL.items() if any(one.startswith(name) for one in numbers)), "")
    return "= ".join(split(r"= +", found[0], maxsplit=1))


def gate_of(cell: Cell, name: str) -> str:
    """The gate to which a weight or bias belongs, by its name, or the gate of that name."""
    return next(gate for gate in sorted(cell.gates, key=len, reverse=True) if name.endswith(gate))


def gate_line(cell: Cell, names: Sequence[str], back: bool = False) -> str:
    """The equation of a gate, or of its error; of several, or of all, that of the first as an example.

    A name is a gate's, or that of a weight or bias of it.
    """
    gate = gate_of(cell, names[0])
    line = line_of(cell, *((f"da_{gate}", "da_t") if back else (f"{gate}_t",)))
    return f"in every gate, as in {line}" if len(names) > 1 else line


def renamed(numbers: Numbers, names: dict[str, str]) -> Numbers:
    """The numbers with some exchanged: each name takes those of the other that `names` gives."""
    return {
        key: numbers.get(Key(names.get(key.name, key.name), key.layer, key.direction), array)
        for key, array in numbers.items()
    }
