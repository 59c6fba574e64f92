"""swapped-weights: W_x stands for W_h and W_h for W_x, which fit where a network reads as many numbers as it has units."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """The matrices of every gate exchanged."""
    names = [name for name in one.matrices("x") if one.a.get(f"W_h{name[3:]}", one.a[name]).shape == one.a[name].shape]
    if names and all(f"W_h{name[3:]}" in one.a for name in names):
        other = {name: f"W_h{name[3:]}" for name in names}
        yield (
            "W_x and W_h are exchanged in b",
            {name: one.a[other[name]] for name in names} | {other[name]: one.a[name] for name in names},
        )
