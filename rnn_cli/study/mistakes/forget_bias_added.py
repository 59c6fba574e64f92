"""forget-bias-added: 1 is added to the forget gate's bias in code, and not in the file, or the other way round."""

from collections.abc import Iterator

from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """The bias of a gate f plus 1, and minus 1."""
    if "b_f" in one.a:
        yield "the forget bias is larger by exactly 1 in b", {"b_f": one.a["b_f"] + 1}
        yield "the forget bias is smaller by exactly 1 in b", {"b_f": one.a["b_f"] - 1}
