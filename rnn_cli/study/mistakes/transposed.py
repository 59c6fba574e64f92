"""transposed: a square matrix stands with its rows for columns."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """All square matrices of a kind transposed: of every gate, of one gate, and of the heads."""
    each = ", gate by gate" if len(one.gates()) > 1 else ""
    square = {
        f"W_{letter}": [name for name in one.matrices(letter) if one.a[name].shape[0] == one.a[name].shape[1]]
        for letter in "xh"
    }
    both = [name for names in square.values() for name in names]
    for said, names in {"W_x and W_h": both if all(square.values()) else [], **square}.items():
        if names:
            verb = "are" if names is both else "is"
            yield f"{said} {verb} transposed in b{each}", {name: one.a[name].T for name in names}
    for name, array in one.a.items():
        if array.ndim == 2 and array.shape[0] == array.shape[1]:
            yield f"{name} is transposed in b", {name: array.T}
