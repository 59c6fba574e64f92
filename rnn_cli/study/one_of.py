"""One sequence of a batch, for networks that write one at a time."""

from rnn_cli.core.state import InitialStates


def one_of(state: InitialStates, b: int) -> InitialStates:
    """The states of sequence b of a batch, as a batch of one."""
    return {where: one.rows(slice(b, b + 1)) for where, one in state.items()}
