"""Losses in words: their equations, what they are taken of, and where their error enters."""

from rnn_cli.core.bptt import Target
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE, SUM, UPSTREAM
from rnn_cli.core.network import Architecture
from rnn_cli.core.reads import MAX, MEAN
from rnn_cli.views.reads import symbol_read

EQUATIONS = {
    CROSS_ENTROPY: "L = -log p(target)     dL/d{} = p - onehot(target)",
    MSE: "L = mean of ({} - target)^2     dL/d{} = 2 ({} - target) / outputs",
    SUM: "L = sum of {} over the units     dL/d{} = 1",
    UPSTREAM: "L = sum of {} times the error that is given, which is dL/d{}",
}
KINDS = {
    CROSS_ENTROPY: "cross-entropy of softmax(h)",
    MSE: "mse of h",
    SUM: "the sum of h",
    UPSTREAM: "an error that is given, dL/dh",
}


def loss_words(a: Architecture, target: Target) -> str:
    """The kind of a loss, and what it is of where there is no readout."""
    kind = target.kind if a.output_size else f"{KINDS[target.kind]}: the network has no readout"
    return kind + "; the mean of the steps" * target.mean


def where_it_enters(a: Architecture, T: int, cross: bool) -> str:
    """Where the error of one loss enters."""
    read, slope = symbol_read(a, T), "(p - onehot)" if cross else "dL/dy"
    if a.reads == MEAN:
        return f"There is one loss. The readout reads {read}: the error enters at every step, through (1/{T}) W_hy^T {slope}."
    if a.reads == MAX:
        return (
            f"There is one loss. The readout reads {read}: in each unit the error enters at the step that is largest, of equals "
            f"at the first, through W_hy^T {slope}."
        )
    through = " through W_hy^T (p - onehot)" * (a.output_size > 0)
    return (
        f"There is one loss, at the end: the error enters at {read}{through}."
        if cross
        else f"The error enters at {read}."
    )
