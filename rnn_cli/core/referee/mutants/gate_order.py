"""gate-order: the packed gates are taken in another order, or two gates change places in the equations."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations, permutations

from rnn_cli.core.referee.mutants import Arrays, Mutant, changed, line_of, renamed, rewired
from rnn_cli.core.referee.plan import Change, Numbers, Plan

KINDS = ("W_x", "W_h", "b_")


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Every order of the gates, those with the fewest in another place first; and every two that are used for one another."""
    yield from _exchanged(plan)
    gates = tuple(plan.network.cell.gates)
    orders = sorted(permutations(gates), key=lambda order: sum(a != b for a, b in zip(gates, order, strict=True)))
    for order in orders[1:]:
        source = dict(zip(gates, order, strict=True))
        yield rewired(
            f"takes the gates in the order {' '.join(order)}, where the weights have {' '.join(gates)}",
            f"each gate has the weights of its own name: packed weights are split as {' '.join(gates)}",
            partial(_permute, source=source),
            "",
            partial(_returned, source=source),
        )


def _exchanged(plan: Plan) -> Iterator[Mutant]:
    """Each gate has its own weights, and is used in the place of the other: their weights and their names change places."""
    cell = plan.network.cell
    for one, other in combinations(cell.gates, 2):
        if cell.gates[one] != cell.gates[other]:
            continue
        both = {one: other, other: one}
        ahead = {f"{a}{gate}": f"{a}{both[gate]}" for gate in both for a in ("", "a_")}
        back = {f"d{kind}{gate}": f"d{kind}{both[gate]}" for gate in both for kind in (*KINDS, "a_")}
        user = next((name for name in cell.numbers if f"{one}_t" in line_of(cell, f"{name}_t").partition("=")[2]), one)
        yield Mutant(
            f"uses {other}_t where {one}_t belongs, and {one}_t where {other}_t belongs",
            line_of(cell, f"{user}_t"),
            Change(
                network=partial(changed, change=partial(_permute, source=both)),
                afterwards=partial(renamed, names=ahead),
            ),
            "",
            (
                Change(afterwards=partial(renamed, names=back)),
                Change(back={"right_weights": True, "reads": dict(both)}),
            ),
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
