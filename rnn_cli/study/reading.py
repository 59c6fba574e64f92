"""A text as a model reads it: cut, numbered and embedded as in training."""

from rnn_cli.errors import InputError
from rnn_cli.inputs.cut import cut, running
from rnn_cli.inputs.sequence import Sequence, encode_text, kept_whole, parts_of
from rnn_cli.inputs.text_stream import words_of
from rnn_cli.inputs.tokens import CHARACTER, tokenize
from rnn_cli.models.answers import LANGUAGE_MODEL
from rnn_cli.models.encoding import Encoding, GivenEncoding
from rnn_cli.models.model import UNKNOWN, Model


def tokens_of(text: str, task: str, encoding: Encoding) -> list[str]:
    """The tokens of a text. A language model of words reads the ends of lines too."""
    if isinstance(encoding, GivenEncoding):
        parts = running(iter([text]), encoding) if task == LANGUAGE_MODEL else [cut(text, encoding)]
        return [token for part in parts for token in part]
    if encoding.level == CHARACTER:
        return tokenize(text, CHARACTER, encoding.lowercase)
    known = kept_whole({token: k for k, token in enumerate(encoding.vocabulary)})
    if task == LANGUAGE_MODEL:
        return [word for words in words_of(iter([text]), encoding.lowercase, encoding.level, known) for word in words]
    return tokenize(text, encoding.level, encoding.lowercase, known)


def read_text(text: str, model: Model, seed: int) -> Sequence:
    """The sequence that the model's network reads. InputError where it holds nothing, or nothing that it can read."""
    if model.encoding is None or model.foreign:
        return encode_text(text, model, seed)
    encoding = model.encoding
    if encoding.level == "number":
        raise InputError("this model reads numbers, not text: give --input FILE")
    tokens = tokens_of(text, model.trained_for, encoding)
    if not tokens:
        raise InputError(f"the text holds no {'character' if encoding.level == CHARACTER else 'word'}")
    index = {token: k for k, token in enumerate(encoding.vocabulary)}
    unknown = index.get(UNKNOWN)
    strange = next((token for token in tokens if token not in index), None)
    if strange is not None and unknown is None:
        known = ", ".join(encoding.vocabulary[:20]) + (", …" if len(encoding.vocabulary) > 20 else "")
        raise InputError(f"{strange!r} is not in the vocabulary: {known}")
    ids = [index.get(token, unknown if unknown is not None else 0) for token in tokens]
    parts = parts_of(tokens, model)
    own = tuple(token in index for token in tokens)
    return Sequence(text, tuple(tokens), tuple(ids), own, tuple(ids), model.vectors(ids, parts), parts=parts)


def condition_of(text: str, encoding: Encoding) -> int:
    """The id of a condition. InputError where the model does not know it."""
    name = text.strip()
    if name not in encoding.vocabulary:
        from difflib import get_close_matches

        close = get_close_matches(name, encoding.vocabulary, n=1)
        known = ", ".join(encoding.vocabulary[:20]) + (", …" if len(encoding.vocabulary) > 20 else "")
        raise InputError(f"{name!r} is no condition of this model{f', did you mean {close[0]}?' if close else ';'} "
                         f"it knows {known}")  # fmt: skip
    return encoding.vocabulary.index(name)
