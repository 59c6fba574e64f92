"""A short text for the commands that a page suggests: one that the model at hand can read."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.inputs.detokenize import detokenize
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.bundled import samples_directory
from rnn_cli.models.decoder import conditions_of
from rnn_cli.models.model import Model

FIRST = "I love NLP"
LONGEST = 60
SOME_WORDS = 4
MOST_TRIED = 64


def example_of(rows: Iterable[Any], level: str | None) -> str | None:
    """The shortest text of some rows of data that stands on one line; None where there is none that is short enough."""
    texts = (row[0] if isinstance(row[0], str) else detokenize(tuple(row[0]), level or "") for row in rows)
    fitting = [text for text in texts if 0 < len(text) <= LONGEST and text.isprintable() and text != "-"]
    return min(fitting, key=len, default=None)


def example_for(model: Model) -> str | None:
    """A text of words that the model knows: a sentence of the samples, or else words of its vocabulary.

    None where the model reads numbers, comes without its vocabulary, or no such text is found.
    """
    conditions = conditions_of(model)
    if model.columns or conditions:
        return next(iter(conditions), None)
    if not model.vocabulary:
        return None if model.foreign else FIRST
    printable = [token for token in model.vocabulary if token.isprintable() and token.strip()]
    likely = ([token for token in printable if token.isalnum()] or printable)[:MOST_TRIED]
    words = [*islice((token for token in likely if _is_known(token, model)), SOME_WORDS)]
    sentences = (samples_directory() / "sentences.txt").read_text(encoding="utf-8").splitlines()
    texts = [FIRST, *sentences, ("" if model.by_character else " ").join(words)]
    return next((text for text in texts if text and text != "-" and _is_known(text, model)), None)


def _is_known(text: str, model: Model) -> bool:
    try:
        return all(encode_text(text, model, 0).known or (False,))
    except InputError:
        return False
