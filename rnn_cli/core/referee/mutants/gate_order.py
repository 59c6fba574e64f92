"""gate-order: the packed gates are taken in another order."""

from collections.abc import Iterator
from functools import partial
from itertools import permutations

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, renamed
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Every order of the gates whose weights are all of one form; the gradients by the blocks, then by the gates."""
    cell = plan.network.cell
    gates = tuple(cell.gates)
    if len(gates) < 2:
        return
    orders = sorted(permutations(gates), key=lambda order: sum(a != b for a, b in zip(gates, order, strict=True)))
    for order in orders[1:]:
        source = dict(zip(gates, order, strict=True))
        network = changed(plan.network, partial(_permute, source=source))
        says = f"takes the gates in the order {' '.join(order)}, where the weights have {' '.join(gates)}"
        fix = f"split the packed weights as {' '.join(gates)}"
        back = {
            f"d{kind}{source[gate]}": f"d{kind}{gate}"
            for gate in gates
            for kind in ("W_x", "W_h", "b_")
            if f"{kind}{gate}" in cell.parameters and f"{kind}{source[gate]}" in cell.parameters
        }
        by_block = partial(renamed, names=back)
        yield Mutant(says, fix, Change(network=network, afterwards=by_block))
        yield Mutant(says, fix, Change(network=network))


def _permute(arrays: dict[str, Array], source: dict[str, str]) -> None:
    kept = {name: array.copy() for name, array in arrays.items()}
    for gate, other in source.items():
        for kind in ("W_x", "W_h", "b_"):
            if kind + gate in arrays and kind + other in arrays:
                arrays[kind + gate][...] = kept[kind + other]
