"""update-flipped: the update gate takes the new state where it should keep the old one."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Arrays, Mutant, changed, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan

NAMES = ("W_xz", "W_hz", "b_z")
SIGNS = {"da_z", *(f"d{name}" for name in NAMES)}


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """1 - sigmoid(a) = sigmoid(-a): the cell with the other sign in z, whose z is then called 1 - z."""
    cell = plan.network.cell
    if cell.keeps is None or not cell.keeps[0].endswith("z"):
        return
    yield Mutant(
        "exchanges z_t and 1 - z_t: it keeps what it should replace",
        line_of(cell, f"{cell.keeps[1]}_t"),
        Change(network=partial(changed, change=_negate), afterwards=_as_called),
        "z",
        (
            Change(afterwards=back_as_called),
            Change(back={"right_weights": True, "reads": {"z": lambda numbers: 1 - numbers["z"]}}),
        ),
    )


def as_called(numbers: Numbers) -> Numbers:
    """The numbers of a gate z that stands for 1 - z."""
    return back_as_called(_as_called(numbers))


def back_as_called(numbers: Numbers) -> Numbers:
    """The same of the gradients alone."""
    return {key: -array if key.name in SIGNS else array for key, array in numbers.items()}


def _negate(arrays: Arrays) -> None:
    for name in NAMES:
        if name in arrays:
            arrays[name] *= -1


def _as_called(numbers: Numbers) -> Numbers:
    """1 - z where a step was taken: what stands behind the end of a sequence stays 0."""
    return {
        key: (array != 0) - array if key.name == "z" else -array if key.name == "a_z" else array
        for key, array in numbers.items()
    }
