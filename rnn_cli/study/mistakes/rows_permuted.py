"""rows-permuted: the words of the embedding or the units of the readout stand in another order."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.study.mistakes import Named, Pair, permuted


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """The order that makes the rows of a those of b."""
    if "embedding" in one.a and "embedding" in one.b:
        order = permuted(one.a["embedding"], one.b["embedding"])
        if order is not None:
            yield (
                "the rows of the embedding stand in another order in b",
                {"embedding": one.a["embedding"][list(order)]},
            )
    if "W_hy" in one.a and "W_hy" in one.b:
        both = [np.column_stack([one.a["W_hy"], one.a["b_y"]]), np.column_stack([one.b["W_hy"], one.b["b_y"]])]
        order = permuted(*both)
        if order is not None:
            yield (
                "the units of the readout stand in another order in b",
                {name: one.a[name][list(order)] for name in ("W_hy", "b_y")},
            )
