"""The usual mistakes as changes of a plan: a mistake is one file and one line in MUTANTS.

A file has

    def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]

and offers every form of the mistake that this plan can have: of each gate, each layer, with and without a way back that
fits. `seen` are the numbers that were found: a limit of clipping is read off them.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from re import split

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import Network
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan

FORWARD, LOSS, BACK = "forward", "loss", "back"


@dataclass(frozen=True, eq=False)
class Mutant:
    """One form of a mistake.

    says    what the program did, in a sentence without a subject: "leaves out the bias b_f"
    fix     the line as it should be, in the letters of the equations
    change  what the mistake changes in a plan
    where   the gate, weight or state that it concerns, for the first two hints; "" where it concerns several
    ways    the ways back that people write for it, each a change of the way back alone; () where `change` says all
    """

    says: str
    fix: str
    change: Change
    where: str = ""
    ways: tuple[Change, ...] = ()

    def apply(self, plan: Plan) -> Plan:
        """The plan with the mistake, and with the first of the ways back."""
        changed = plan.changed(self.change)
        return changed.changed(self.ways[0]) if self.ways else changed

    def forms(self) -> "tuple[Mutant, ...]":
        """The mistake with each of the ways back."""
        return tuple(replace(self, ways=(way,)) for way in self.ways) or (self,)


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
        "gate-unused": FORWARD,
        "no-recurrence": FORWARD,
        "no-initial-state": FORWARD,
        "swapped-states": FORWARD,
        "transposed": FORWARD,
        "swapped-weights": FORWARD,
        "state-kept": FORWARD,
        "axes-swapped": FORWARD,
        "direction-not-reversed": FORWARD,
        "padding-read": FORWARD,
        "off-by-one-shown": FORWARD,
        "pre-activation-shown": FORWARD,
        "wrong-layer": FORWARD,
        "wrong-axis": FORWARD,
        "unstable-softmax": FORWARD,
        "float32": FORWARD,
        "wrong-gate": FORWARD,
        "coupled-gates": FORWARD,
        "softmax-twice": LOSS,
        "mean-for-sum": LOSS,
        "sum-for-mean": LOSS,
        "not-shifted": LOSS,
        "softmax-derivative": LOSS,
        "negated": LOSS,
        "last-step-only": LOSS,
        "step-left-out": LOSS,
        "wrong-logarithm": LOSS,
        "scaled": LOSS,
        "future-dropped": BACK,
        "above-dropped": BACK,
        "last-step-only-back": BACK,
        "onward": BACK,
        "dc-dropped": BACK,
        "derivative-missing": BACK,
        "derivative-of-value": BACK,
        "derivative-of-wrong-step": BACK,
        "pre-activation": BACK,
        "wrong-activation-back": BACK,
        "wrong-derivative": BACK,
        "transposed-back": BACK,
        "transposed-given": BACK,
        "no-tanh-of-c-back": BACK,
        "off-by-one": BACK,
        "wrong-gate-back": BACK,
        "misplaced-gradient": BACK,
        "reset-side-back": BACK,
        "clipped-inside": BACK,
        "gate-unused-back": BACK,
        "not-filled": BACK,
        "overwritten": BACK,
        "overwritten-words": BACK,
        "step-left-out-back": BACK,
        "gate-order-back": BACK,
        "not-zeroed": BACK,
        "clipped": BACK,
    }.items()
}
"""By name, the likelier of one stage before the others; with the stage in which it shows first."""

CONVENTIONS: dict[str, str] = {
    "mean-loss": "mean-for-sum",
    "guarded-log": "guarded-log",
    "logarithm": "wrong-logarithm",
    "scaled-loss": "scaled",
    "flipped-name": "update-flipped",
    "truncated": "truncated",
}
"""What is computed otherwise and right all the same, each a file as a mistake is; with the mistake's name where it is one."""

ALIASES = {
    "transposed-back": "transposed",
    "transposed-given": "transposed",
    "off-by-one-shown": "off-by-one",
    "pre-activation-shown": "pre-activation",
    "no-tanh-of-c-back": "no-tanh-of-c",
    "wrong-gate-back": "wrong-gate",
    "coupled-gates": "wrong-gate",
    "misplaced-gradient": "wrong-gate",
    "reset-side-back": "reset-side",
    "wrong-activation-back": "wrong-activation",
    "gate-order-back": "gate-order",
    "gate-unused-back": "gate-unused",
    "above-dropped": "future-dropped",
    "last-step-only-back": "last-step-only",
    "step-left-out-back": "step-left-out",
    "onward": "direction-not-reversed",
    "overwritten-words": "overwritten",
}
"""Mistakes that have one name in both passes."""


ALSO = {"softmax-twice": FORWARD}
"""Mistakes that may show in an earlier stage than their own."""


def conventions(plan: Plan, seen: Numbers, names: Iterable[str]) -> Iterator[tuple[str, Mutant]]:
    """Every form of these conventions, each with the name that it has where it is a mistake."""
    for name in names:
        mistake = CONVENTIONS[name]
        module = import_module(f"rnn_cli.core.referee.mutants.{name.replace('-', '_')}")
        for one in module.mutants(plan, seen):
            yield mistake, one


def all_mutants(
    plan: Plan, seen: Numbers, stage: str, names: Container[str] | None = None
) -> Iterator[tuple[str, Mutant]]:
    """Every form of every mistake of a stage, or of those of these names, each with the mistake's name."""
    for name, (module, its) in MUTANTS.items():
        called = ALIASES.get(name, name)
        if stage in (its, ALSO.get(name)) and (names is None or called in names):
            for one in import_module(module).mutants(plan, seen):
                yield called, one


Arrays = dict[str, Array]
"""The parameters of a layer and direction by the names of the equations, or their gradients."""


def changed(network: Network, change: Callable[[Arrays], None]) -> Network:
    """The network with every layer's and direction's parameters, under the names of the equations, after a change in place."""
    other = network.with_parameters(network.parameters.copy())
    a = other.architecture
    for layer in range(a.num_layers):
        for direction in a.directions:
            change(other.named(layer, direction))
    return other


def rewired(
    says: str, fix: str, change: Callable[[Arrays], None], where: str, back: Callable[[Arrays], Arrays]
) -> Mutant:
    """A mistake that takes other weights than the right ones, with its three ways back.

    The way back fits: `back` makes the gradients of the weights as they are stored of those of the weights as they were used
    (a layer's and direction's, by name). Or they are handed out under the names of the places where the weights were
    used. Or the way back is that of the right weights.
    """
    fits = Change(afterwards=partial(_by_layer, change=back))
    right = Change(back={"right_weights": True})
    return Mutant(says, fix, Change(network=partial(changed, change=change)), where, (fits, Change(), right))


def _by_layer(numbers: Numbers, change: Callable[[Arrays], Arrays]) -> Numbers:
    """The numbers after a change of the gradients of each layer and direction."""
    made = dict(numbers)
    for layer, direction in {
        (key.layer, key.direction) for key in numbers if key.name.startswith("db_") and key.direction
    }:
        own = {
            key.name[1:]: array
            for key, array in numbers.items()
            if (key.layer, key.direction) == (layer, direction) and key.name.startswith(("dW_", "db_", "dp_"))
        }
        made |= {Key(f"d{name}", layer, direction): array for name, array in change(own).items()}
    return made


OF_READOUT = {"dW_hy": "dW_hy = sum over t of dlogits_t ⊗ h_t", "db_y": "db_y = sum over t of dlogits_t"}
"""The gradients of the readout, which no cell's equations have."""

OF_EVERY_CELL = {
    "dW_h": "dW_h = sum over t of da ⊗ h_{t-1}",
    "dW_x": "dW_x = sum over t of da ⊗ x_t",
    "db_": "db = sum over t of da",
    "dx_t": "dx_t = the sum of W_x^T da over the gates",
    "dh_{t-1}": "dh_{t-1} = the sum of W_h^T da over the gates + what comes straight + the error of its own output",
    "da_": "da = the error of the gate * f'(a)",
}
"""What holds for a cell whose equations do not say it."""


def line_of(cell: Cell, *numbers: str) -> str:
    """The equation of the first of these numbers that the cell has one of, forward or backward: f_t, da_f, dh_{t-1}, dW_h."""
    if numbers[0] in OF_READOUT:
        return OF_READOUT[numbers[0]]
    lines = _apart((*cell.equations, *cell.backward_equations))
    found = [line for number in numbers for line in lines if line.startswith(f"{number} = ")]
    if not found:
        return next((line for name, line in OF_EVERY_CELL.items() if any(one.startswith(name) for one in numbers)), "")
    return "= ".join(split(r"= +", found[0], maxsplit=1))


@cache
def _apart(block: tuple[str, ...]) -> tuple[str, ...]:
    """The equations of a block, where several stand in a line."""
    return tuple(part.strip() for line in block for part in split(r"(?<![= ]) {3,}|: ", line))


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


def all_and_each(names: Sequence[str]) -> list[list[str]]:
    """All names together, then each alone: a mistake is made in all gates by one line, or in one by its own."""
    return ([list(names)] if len(names) > 1 else []) + [[name] for name in names]


def said_of_gates(gates: Sequence[str]) -> str:
    """Some gates of a step in words: i_t, or every gate."""
    return "every gate" if len(gates) > 1 else f"{gates[0]}_t"


def squashes_c(cell: Cell) -> bool:
    """Whether h_t has the tanh of c_t."""
    return any("tanh(c_t)" in line for line in cell.equations)
