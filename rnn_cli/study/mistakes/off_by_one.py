"""off-by-one: the rows of the embedding or of the readout stand one place on, as where ids are counted from 1."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """Row k is row k + 1, or k - 1, round the end."""
    for shift, words in ((1, "one place later"), (-1, "one place earlier")):
        if "embedding" in one.a:
            yield f"the rows of the embedding stand {words} in b", {"embedding": np.roll(one.a["embedding"], shift, 0)}
        if "W_hy" in one.a:
            yield (
                f"the units of the readout stand {words} in b",
                {name: np.roll(one.a[name], shift, 0) for name in ("W_hy", "b_y")},
            )
