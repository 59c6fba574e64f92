"""no-bias: one of the two has biases, the other has none."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """All biases 0 in b, or in a; then those of single gates."""
    names = one.biases()
    zero = {name: 0 * one.a[name] for name in names}
    if names:
        yield "b has no bias", zero
        if not any(one.a[name].any() for name in names):
            yield "a has no bias", {name: one.b[name] for name in names if name in one.b}
    for name in names:
        yield f"{name} is 0 in b", {name: zero[name]}
        if not one.a[name].any() and name in one.b:
            yield f"{name} is 0 in a", {name: one.b[name]}
