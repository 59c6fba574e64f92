"""gate-order: the packed gates are taken in another order."""

from collections.abc import Iterator
from functools import partial
from itertools import permutations

from rnn_cli.core.referee.mutants import Arrays, Mutant, rewired
from rnn_cli.core.referee.plan import Numbers, Plan

KINDS = ("W_x", "W_h", "b_")


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Every order of the gates, those with the fewest in another place first."""
    gates = tuple(plan.network.cell.gates)
    orders = sorted(permutations(gates), key=lambda order: sum(a != b for a, b in zip(gates, order, strict=True)))
    for order in orders[1:]:
        source = dict(zip(gates, order, strict=True))
        yield rewired(
            f"takes the gates in the order {' '.join(order)}, where the weights have {' '.join(gates)}",
            f"split the packed weights as {' '.join(gates)}",
            partial(_permute, source=source),
            "",
            partial(_returned, source=source),
        )


def _permute(arrays: Arrays, source: dict[str, str]) -> None:
    kept = {name: array.copy() for name, array in arrays.items()}
    for gate, other in source.items():
        for kind in KINDS:
            if kind + gate in arrays and kind + other in arrays:
                arrays[kind + gate][...] = kept[kind + other]


def _returned(gradients: Arrays, source: dict[str, str]) -> Arrays:
    pairs = [(kind + gate, kind + other) for gate, other in source.items() for kind in KINDS]
    return {other: gradients[own] for own, other in pairs if own in gradients and other in gradients}
