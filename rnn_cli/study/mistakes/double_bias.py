"""double-bias: a bias is counted twice, as where PyTorch's two biases are both given the whole."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """All biases twice as large in b, or half as large; where a second bias stands apart, the first of that gate stays or
    goes along."""
    names = one.biases()
    apart = [name for name in names if name.startswith("b_h") and len(name) > 3]
    for some in (names, [name for name in names if name not in apart and f"b_h{name[2:]}" not in apart]):
        if some:
            yield "the biases are twice as large in b", {name: 2 * one.a[name] for name in some}
            yield "the biases are half as large in b", {name: one.a[name] / 2 for name in some}
