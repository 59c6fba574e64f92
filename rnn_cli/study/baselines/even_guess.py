"""p(w) = 1 / V: every token is as likely as every other."""

from math import log

from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.scores import Baseline


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    return even_guess(len(parts.encoding.labels))


def even_guess(size: int) -> Baseline:
    """A guess among so many."""
    return Baseline(
        f"a guess among all {size:,} tokens",
        {"accuracy": 1 / size, "perplexity": float(size), "loss": log(size)},
        "even-guess",
    )
