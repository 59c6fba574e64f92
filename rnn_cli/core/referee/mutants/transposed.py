"""transposed: a square matrix is multiplied from the wrong side."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Arrays, Mutant, all_and_each, rewired
from rnn_cli.core.referee.plan import Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All W_h, each one, and W_x where it is square."""
    a, cell = plan.network.architecture, plan.network.cell
    inputs = [name for name in cell.parameters if name.startswith("W_x")] if a.input_size == a.size_of(0) else []
    for names in (list(cell.recurrent), inputs):
        for some in all_and_each(names):
            W = some[0][:3] if len(some) > 1 else some[0]
            said, where = (f"{W} in every gate", "") if len(some) > 1 else (W, W[3:])
            vector = "h_{t-1}" if some[0].startswith("W_h") else "x_t"
            yield rewired(
                f"multiplies with the transpose of {said}",
                f"unit k of {W} {vector} is row k of {W} times {vector}",
                partial(_turn, names=some),
                where,
                partial(_turned, names=some),
            )


def _turn(arrays: Arrays, names: list[str]) -> None:
    for name in names:
        if arrays[name].shape[0] == arrays[name].shape[1]:
            arrays[name][...] = arrays[name].T.copy()


def _turned(gradients: Arrays, names: list[str]) -> Arrays:
    return {name: gradients[name].T for name in names if gradients[name].shape[0] == gradients[name].shape[1]}
