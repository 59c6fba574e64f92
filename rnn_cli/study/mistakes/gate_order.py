"""gate-order: the gates stand one below the other in another order, as i f g o for i f o g, or r z n for z r h."""

from collections.abc import Iterator
from itertools import permutations

from rnn_cli.core.arrays import Array
from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """Every order of the gates, in all arrays, then in the matrices or the biases alone. Swaps come first."""
    gates = one.gates()
    orders = [order for order in permutations(gates) if order != gates]
    orders.sort(key=lambda order: sum(a != b for a, b in zip(gates, order, strict=True)))
    for kinds, where in (
        (("W_x", "W_h", "b_"), ""),
        (("W_x",), " in W_x alone"),
        (("W_h",), " in W_h alone"),
        (("b_",), " in the biases alone"),
    ):
        for order in orders:
            makes = {
                kind + gate: array
                for kind in kinds
                for gate, source in zip(gates, order, strict=True)
                if (array := _block(one, kind, gate, source)) is not None and gate != source
            }
            moved = {gate for gate, source in zip(gates, order, strict=True) if gate != source and "b_" in kinds}
            apart = {f"b_h{gate}": one.b[f"b_h{gate}"] for gate in gates if gate in moved and f"b_h{gate}" in one.b}
            yield f"b is a with {_words(gates, order)}{where}", makes | apart


def _block(one: Pair, kind: str, gate: str, source: str) -> Array | None:
    """What stands at a gate's place. A bias that is split in two, as the GRU's for n, is compared by its sum."""
    if kind + gate not in one.a or kind + source not in one.a:
        return None
    block = one.a[kind + source]
    if kind == "b_":
        block = block + one.a.get(f"b_h{source}", 0)
        block = block - one.b.get(f"b_h{gate}", 0)
    return block


def _words(gates: tuple[str, ...], order: tuple[str, ...]) -> str:
    moved = [gate for gate, source in zip(gates, order, strict=True) if gate != source]
    if len(moved) == 2:
        return f"{moved[0]} and {moved[1]} swapped"
    return f"gates in the order {' '.join(order)} for {' '.join(gates)}"
