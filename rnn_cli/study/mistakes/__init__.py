"""Conventions that networks are mixed up by: a mistake is one file and one line in MISTAKES.

A mistake is a module with

    def explanations(one: Pair) -> Iterator[tuple[str, Named]]

It looks at two sets of weights, a and b, and offers what b would be if somebody had made this mistake of a. It offers freely:
whoever asks takes an explanation only where every array that it changes comes out as b has it (study/explain.py).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell

Named = Mapping[str, Array]
"""Arrays by their names in the equations: of one layer and direction W_xi, W_hi, b_i, …; of the heads embedding, W_hy, b_y."""


@dataclass(frozen=True, eq=False)
class Pair:
    """The arrays of one place in two networks: of a layer and direction, or of what stands before and after the layers.

    cell    that of a; None for the heads
    close   whether two arrays are equal at the precision of the comparison
    """

    a: Named
    b: Named
    cell: Cell | None
    close: Callable[[Array, Array], bool]

    def gates(self) -> tuple[str, ...]:
        """The gates of the cell; () for the heads."""
        return () if self.cell is None else tuple(self.cell.gates)

    def matrices(self, letter: str = "xh") -> list[str]:
        """The names of the matrices that multiply x or h."""
        return [name for name in self.a if name[:2] == "W_" and name[2] in letter and len(name) > 3 and name != "W_hy"]

    def biases(self) -> list[str]:
        """The names of all biases."""
        return [name for name in self.a if name.startswith("b_")]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What b would be if the mistake had been made of a.

    mistake   its name in MISTAKES
    says      the same in words, of a and b: "b is a with i and f swapped"
    makes     the arrays that it changes, as it makes them
    """

    mistake: str
    says: str
    makes: Named


MISTAKES: dict[str, str] = {
    "gate-order": "rnn_cli.study.mistakes.gate_order",
    "transposed": "rnn_cli.study.mistakes.transposed",
    "axes-swapped": "rnn_cli.study.mistakes.axes_swapped",
    "swapped-weights": "rnn_cli.study.mistakes.swapped_weights",
    "forget-bias-added": "rnn_cli.study.mistakes.forget_bias_added",
    "no-bias": "rnn_cli.study.mistakes.no_bias",
    "double-bias": "rnn_cli.study.mistakes.double_bias",
    "update-flipped": "rnn_cli.study.mistakes.update_flipped",
    "wrong-gate": "rnn_cli.study.mistakes.wrong_gate",
    "off-by-one": "rnn_cli.study.mistakes.off_by_one",
    "rows-permuted": "rnn_cli.study.mistakes.rows_permuted",
    "negated": "rnn_cli.study.mistakes.negated",
    "scaled": "rnn_cli.study.mistakes.scaled",
    "float32": "rnn_cli.study.mistakes.float32",
}
"""By name, the likelier before the others: of several that explain the same, the first is named."""


def all_explanations(one: Pair, without: Collection[str] = ()) -> Iterator[Explanation]:
    """What every mistake offers, but for some, in the order of MISTAKES."""
    from importlib import import_module

    for name, module in MISTAKES.items():
        if name in without:
            continue
        found: Iterator[tuple[str, Named]] = import_module(module).explanations(one)
        for says, makes in found:
            yield Explanation(name, says, makes)


def permuted(rows: Array, of: Array) -> tuple[int, ...] | None:
    """Which row of `rows` stands at each place of `of`; None where the rows are not the same ones in another order.

    rows, of (N, …), no two rows equal
    """
    a, b = rows.reshape(len(rows), -1), of.reshape(len(of), -1)
    if a.shape != b.shape or not len(a):
        return None
    first, second = np.lexsort(a.T[::-1]), np.lexsort(b.T[::-1])
    order = np.empty(len(a), dtype=int)
    order[second] = first
    return tuple(int(k) for k in order)
