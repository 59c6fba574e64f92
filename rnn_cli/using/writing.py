"""What networks that write have in common: how long, and one sequence of a batch."""

from rnn_cli.core.forward import InitialStates


def at_most(read: int) -> int:
    """So many tokens are written at most for `read` that were read: a network that never says <eos> must end too."""
    return 2 * read + 50


def one_of(state: InitialStates, b: int) -> InitialStates:
    """The states of sequence b of a batch, as a batch of one."""
    return {key: (h[b : b + 1], None if c is None else c[b : b + 1]) for key, (h, c) in state.items()}
