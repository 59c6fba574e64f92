"""transposed: a square matrix is multiplied from the wrong side."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All W_h, each one, and W_x where it is square; the gradient of the matrix as it stands, or of its transpose."""
    a, cell = plan.network.architecture, plan.network.cell
    inputs = [name for name in cell.parameters if name.startswith("W_x")] if a.input_size == a.size_of(0) else []
    for names in (list(cell.recurrent), inputs):
        for some in ([names] if len(names) > 1 else []) + [[name] for name in names]:
            network = changed(plan.network, partial(_turn, names=some))
            W = some[0][:3] if len(some) > 1 else some[0]
            said, where = (f"{W} in every gate", "") if len(some) > 1 else (W, W[3:])
            vector = "h_{t-1}" if some[0].startswith("W_h") else "x_t"
            back = partial(_turned_back, names={f"d{name}" for name in some})
            says, fix = (
                f"multiplies with the transpose of {said}",
                f"unit k of {W} {vector} is row k of {W} times {vector}",
            )
            yield Mutant(says, fix, Change(network=network, afterwards=back), where)
            yield Mutant(says, fix, Change(network=network), where)


def _turned_back(numbers: Numbers, names: set[str]) -> Numbers:
    return {key: array.T if key.name in names else array for key, array in numbers.items()}


def _turn(arrays: dict[str, Array], names: list[str]) -> None:
    for name in names:
        if arrays[name].shape[0] == arrays[name].shape[1]:
            arrays[name][...] = arrays[name].T.copy()
