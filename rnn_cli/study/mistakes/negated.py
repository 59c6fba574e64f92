"""negated: an array has the other sign."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """Each array alone."""
    for name, array in one.a.items():
        yield f"{name} has the other sign in b", {name: -array}
