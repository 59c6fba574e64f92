"""update-flipped: the update gate keeps the old state in one of the two and takes the new one in the other."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """1 - sigmoid(a) = sigmoid(-a): all weights of the gate z have the other sign."""
    names = [name for name in ("W_xz", "W_hz", "b_z") if name in one.a]
    if names and one.cell is not None and one.cell.gates.get("z") == "sigmoid":  # the sLSTM's z is its candidate
        yield "the update gate is flipped: z stands for 1 - z", {name: -one.a[name] for name in names}
