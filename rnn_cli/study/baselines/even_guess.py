"""p(w) = 1 / V: every token is as likely as every other."""

from dataclasses import replace
from math import log

from rnn_cli.study.baselines.parts import Parts, scores_of_tokens
from rnn_cli.study.scores import Baseline


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    size = len(parts.encoding.labels)
    return replace(even_guess(size), scores=scores_of_tokens(parts, log(size), 1 / size))


def even_guess(size: int) -> Baseline:
    """A guess among so many."""
    return Baseline(
        f"a guess among all {size:,} tokens",
        {"accuracy": 1 / size, "perplexity": float(size), "loss": log(size)},
        "even-guess",
    )
