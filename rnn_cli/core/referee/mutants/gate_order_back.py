"""gate-order, on the way back: the gradients are packed in another order than the weights."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations, permutations

from rnn_cli.core.referee.mutants import Mutant, renamed
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Every order of the gates, those with the fewest in another place first; and the errors of two gates exchanged."""
    cell = plan.network.cell
    gates = tuple(cell.gates)
    orders = sorted(permutations(gates), key=lambda order: sum(a != b for a, b in zip(gates, order, strict=True)))
    for order in orders[1:]:
        names = {
            f"d{kind}{gate}": f"d{kind}{other}"
            for gate, other in zip(gates, order, strict=True)
            for kind in ("W_x", "W_h", "b_")
            if {kind + gate, kind + other} <= set(cell.parameters)
        }
        yield Mutant(
            f"packs the gradients in the order {' '.join(order)}, where the weights have {' '.join(gates)}",
            f"pack the gradients as {' '.join(gates)}",
            Change(afterwards=partial(renamed, names=names)),
        )
    for one, other in combinations(gates, 2):
        yield Mutant(
            f"takes da_{other} for da_{one} and da_{one} for da_{other}, as where they are put together in another order",
            f"put the errors together as the weights are: {', '.join(f'da_{gate}' for gate in gates)}",
            Change(back={"da_of": {one: other, other: one}}),
        )
