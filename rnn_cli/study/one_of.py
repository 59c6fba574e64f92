"""One sequence of a batch, for networks that write one at a time."""

from rnn_cli.core.forward import InitialStates


def one_of(state: InitialStates, b: int) -> InitialStates:
    """The states of sequence b of a batch, as a batch of one."""
    return {key: (h[b : b + 1], None if c is None else c[b : b + 1]) for key, (h, c) in state.items()}
