"""wrong-gate: a gate has the weights or the bias of another one, by copy and paste."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """Each array of each gate as that of another gate of a."""
    gates = one.gates()
    for gate in gates:
        for source in gates:
            makes = {
                kind + gate: one.a[kind + source]
                for kind in ("W_x", "W_h", "b_")
                if gate != source and {kind + gate, kind + source} <= one.a.keys()
            }
            if makes:
                yield f"gate {gate} of b has all weights of gate {source}", makes
            for name, array in makes.items():
                yield f"{name} of b is {name[: -len(gate)]}{source} of a", {name: array}
