"""update-flipped: the update gate takes the new state where it should keep the old one."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.referee.mutants import Arrays, Mutant, changed, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """1 - sigmoid(a) = sigmoid(-a): the cell with the other sign in z, whose z is then called 1 - z."""
    cell = plan.network.cell
    gate = update_gate(cell)
    if gate is None or cell.keeps is None:
        return
    yield Mutant(
        f"exchanges {gate}_t and 1 - {gate}_t: it keeps what it should replace",
        line_of(cell, f"{cell.keeps[1]}_t"),
        Change(network=partial(changed, change=partial(_negate, gate=gate)), afterwards=partial(_as_called, gate=gate)),
        gate,
        (
            Change(afterwards=partial(_back_as_called, gate=gate)),
            Change(back={"right_weights": True, "reads": {gate: partial(_other, gate=gate)}}),
        ),
    )


def update_gate(cell: Cell) -> str | None:
    """The gate that weighs the old state against the new one: the equations have it, and 1 minus it; None where there is none."""
    gate = cell.keeps[0].removeprefix("1 - ") if cell.keeps is not None else ""
    weighs = cell.gates.get(gate) == "sigmoid" and any(f"(1 - {gate}_t)" in line for line in cell.equations)
    return gate if weighs else None


def as_called(numbers: Numbers, gate: str) -> Numbers:
    """The numbers of an update gate that stands for 1 minus itself."""
    return _back_as_called(_as_called(numbers, gate), gate)


def gradients_of(gate: str) -> set[str]:
    """The errors and gradients that are a gate's own."""
    return {f"da_{gate}", *(f"d{name}" for name in _parameters(gate))}


def _parameters(gate: str) -> tuple[str, ...]:
    return f"W_x{gate}", f"W_h{gate}", f"b_{gate}"


def _back_as_called(numbers: Numbers, gate: str) -> Numbers:
    """The same of the gradients alone."""
    signs = gradients_of(gate)
    return {key: -array if key.name in signs else array for key, array in numbers.items()}


def _negate(arrays: Arrays, gate: str) -> None:
    for name in _parameters(gate):
        if name in arrays:
            arrays[name] *= -1


def _other(numbers: dict[str, Array], gate: str) -> Array:
    return 1 - numbers[gate]


def _as_called(numbers: Numbers, gate: str) -> Numbers:
    """1 - z where a step was taken: what stands behind the end of a sequence stays 0."""
    return {
        key: (array != 0) - array if key.name == gate else -array if key.name == f"a_{gate}" else array
        for key, array in numbers.items()
    }
