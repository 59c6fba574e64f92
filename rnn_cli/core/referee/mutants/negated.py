"""negated: every gradient has the wrong sign."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.softmax_derivative import negated
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """From dL/dlogits on, or of the gradients that are handed out."""
    says = "has the other sign in dL/dlogits: onehot - softmax(logits)"
    yield Mutant(says, "dL/dlogits = softmax(logits) - onehot", Change(loop={"dlogits": negated}), "dlogits")
    says = "hands out the gradients with the other sign"
    yield Mutant(says, "dW is dL/dW; the minus belongs into the step, W -= rate * dW", Change(back={"scale": -1.0}))
