"""What a readout reads, in the symbols of its equation."""

from rnn_cli.core.network import MANY_TO_ONE, Architecture
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT


def symbol_read(a: Architecture, T: str | int = "T") -> str:
    """h_T, [forward h_T; backward h_1], mean_t(h_t), …; h_t where each step has an answer."""
    if a.task != MANY_TO_ONE:
        return "h_t"
    if a.reads not in (FINAL_STATE, LAST_OUTPUT):
        return f"{a.reads}_t(h_t)"
    if not a.bidirectional:
        return "h_1" if a.backward_only and a.reads == FINAL_STATE else f"h_{T}"
    return f"[forward h_{T}; backward h_{1 if a.reads == FINAL_STATE else T}]"


def equation_read(a: Architecture) -> str:
    """What W_hy multiplies in the equation of a page: h, where it is the usual one."""
    return "h" if a.task != MANY_TO_ONE or a.reads == FINAL_STATE else symbol_read(a)


def words_read(a: Architecture) -> str:
    """The same in words."""
    if a.task != MANY_TO_ONE:
        return "h_t at every step"
    if a.reads == FINAL_STATE:
        return f"the end: {symbol_read(a)}"
    if a.reads == LAST_OUTPUT:
        return f"output[-1]: {symbol_read(a)}"
    over = "over t, element by element" + "; of equals the first" * (a.reads == "max")
    return f"{symbol_read(a)}, the {a.reads} {over}"
