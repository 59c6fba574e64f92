"""Words that the vocabulary of a model lacks, as every page says it."""

from collections.abc import Iterable

from rnn_cli.models.model import Model
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import some

MOST_NAMED = 6


def said_unknown(model: Model, words: Iterable[str], most: int = MOST_NAMED) -> str:
    """Which they are, and what the network reads for them; "" where there is none, or no vocabulary."""
    named = list(dict.fromkeys(map(clean, words)))
    if not named or not model.vocabulary:
        return ""
    return f"not in the vocabulary: {some(named, most)}; each has {model.unknown_words}"
