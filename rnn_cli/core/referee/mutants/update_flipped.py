"""update-flipped: the update gate takes the new state where it should keep the old one."""

from collections.abc import Iterator

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan

NAMES = ("W_xz", "W_hz", "b_z")


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """1 - sigmoid(a) = sigmoid(-a): the cell with the other sign in z, whose z is then called 1 - z."""
    cell = plan.network.cell
    if cell.keeps is None or not cell.keeps[0].endswith("z"):
        return

    def negate(arrays: dict[str, Array]) -> None:
        for name in NAMES:
            if name in arrays:
                arrays[name] *= -1

    def as_called(numbers: Numbers) -> Numbers:
        flipped = {key: 1 - array if key.name == "z" else array for key, array in numbers.items()}
        signs = {"da_z", *(f"d{name}" for name in NAMES)}
        return {key: -array if key.name in signs else array for key, array in flipped.items()}

    network = changed(plan.network, negate)
    yield Mutant(
        "exchanges z_t and 1 - z_t: it keeps what it should replace",
        line_of(cell, f"{cell.keeps[1]}_t"),
        Change(network=network, afterwards=as_called),
        "z",
    )
