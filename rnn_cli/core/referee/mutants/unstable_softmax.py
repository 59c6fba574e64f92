"""unstable-softmax: e^y overflows, because the largest logit is not subtracted."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Where something that was found is not finite: e^y / sum e^y in double and in single precision."""
    if all(np.isfinite(seen[key]).all() for key in (Key("probabilities"), Key("loss"), Key("dlogits")) if key in seen):
        return
    for kind in (np.float64, np.float32):

        def naive(logits: Array, kind: type[np.floating] = kind) -> Array:
            powers = np.exp(logits.astype(kind))
            shares: Array = (powers / powers.sum(axis=-1, keepdims=True)).astype(logits.dtype)
            return shares

        yield Mutant(
            "computes e^y / sum e^y as it stands, which overflows for large logits",
            "e^(y - max y) / sum e^(y - max y)",
            Change(loop={"softmax": naive}),
            "probabilities",
        )
