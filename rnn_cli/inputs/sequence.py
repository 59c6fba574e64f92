"""A sequence ready for a network: its words, their ids and their vectors."""

from collections.abc import Container, Mapping
from collections.abc import Sequence as Series
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import InputError
from rnn_cli.inputs.tokens import WORD, tokenize
from rnn_cli.models.model import UNKNOWN, Model
from rnn_cli.reading import whole_number


@dataclass(frozen=True, eq=False)
class Sequence:
    """One input sequence.

    tokens, ids, known and rows are None for numeric input. A single id is None where the vocabulary gives
    none; `known` says whether the vocabulary has the word; `rows` name the embedding's row that a step reads, None
    where its vector was drawn. inputs (T, I). `typed` is False where the model reads no text that would give it again. `raw` (T, I) are the numbers as they came, where the network reads them
    scaled. `initial` is where the memory starts; {}: as the network does. `parts` are the rows of each word's parts, whose
    vectors are in its input too; None of a model whose words have none.
    """

    text: str | None
    tokens: tuple[str, ...] | None
    ids: tuple[int | None, ...] | None
    known: tuple[bool, ...] | None
    rows: tuple[int | None, ...] | None
    inputs: Array
    raw: Array | None = None
    typed: bool = True
    initial: InitialStates = field(default_factory=dict)
    parts: tuple[tuple[int, ...], ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What to call each step: its word, or x_t."""
        return self.tokens or tuple(f"x_{t + 1}" for t in range(len(self.inputs)))


class NoWord(InputError):
    """A text that holds no word."""


def encode_text(text: str, model: Model, seed: int) -> Sequence:
    """Tokens, ids and vectors of a text, as the model reads them. InputError where the text holds no word."""
    if model.columns:
        raise InputError(
            f"{model.name} reads numbers, not words: --input FILE, a row a step, with {', '.join(model.columns)}"
        )
    if model.kind == "one-to-many":
        return _condition(text, model)
    if model.tokenizer is not None:
        tokens = model.tokenizer.cut(text)
    else:
        tokens = tokenize(text, model.level, model.lowercase, kept_whole(model.vocabulary or {}))
    if not tokens:
        raise NoWord('the text holds no word: give at least one, as in: rnn trace "I love NLP"')
    return encode_tokens(text, tokens, model, seed)


def kept_whole(vocabulary: Mapping[str, int]) -> Container[str]:
    """The tokens of a vocabulary that are not to be cut when a text is read with it.

    Not <unk>, where its parts were learnt as words: the text of the training held it, and was cut so.
    """
    learnt_in_parts = UNKNOWN in vocabulary and all(part in vocabulary for part in tokenize(UNKNOWN, WORD))
    return vocabulary.keys() - {UNKNOWN} if learnt_in_parts else vocabulary


def _condition(text: str, model: Model) -> Sequence:
    """What a one-to-many network is asked for, as a sequence of one id; its vector is where the memory starts."""
    conditions = () if model.encoding is None else model.encoding.vocabulary
    if text.strip() not in conditions:
        names = ", ".join(conditions[:12]) + (", …" if len(conditions) > 12 else "")
        raise InputError(f"{model.name} writes for a condition, and {text.strip()!r} is none of them: {names}")
    index = conditions.index(text.strip())
    row = model.system.parameters["condition"][index : index + 1] if model.system is not None else np.zeros((1, 0))
    return Sequence(text.strip(), (text.strip(),), (index,), (True,), (None,), row)


def encode_tokens(text: str, tokens: Series[str], model: Model, seed: int) -> Sequence:
    """Ids and vectors of a text that is already cut into tokens.

    InputError where the model comes from another program and has no vector for one of them: none is invented for it.
    """
    if model.foreign:
        _require_vectors(tokens, model)
    vocabulary = model.vocabulary or {}
    known = [token in vocabulary for token in tokens]
    unknown = model.unknown or ""
    ids = [vocabulary.get(token, vocabulary.get(unknown)) for token in tokens]
    rows = [model.rows.get(token, model.rows.get(unknown)) for token in tokens]
    size = model.network.architecture.input_size
    inputs, parts = np.zeros((len(tokens), size)), parts_of(tokens, model)
    looked_up = [t for t, row in enumerate(rows) if row is not None]
    if looked_up:
        own = None if parts is None else [parts[t] for t in looked_up]
        inputs[looked_up] = model.vectors([row for row in rows if row is not None], own)
    for t, token in enumerate(tokens):
        index = ids[t]
        if rows[t] is None and model.one_hot and index is not None:
            inputs[t, index] = 1
        elif rows[t] is None:
            inputs[t] = drawn_vector(token, size, seed)
    return Sequence(text, tuple(tokens), tuple(ids), tuple(known), tuple(rows), inputs, parts=parts)


def parts_of(tokens: Series[str], model: Model) -> tuple[tuple[int, ...], ...] | None:
    """The rows of the parts of each word; None of a model whose words have none."""
    if model.encoding is None or not model.network.architecture.part_rows:
        return None
    return tuple(model.encoding.parts_of(token) for token in tokens)


def _require_vectors(tokens: Series[str], model: Model) -> None:
    """InputError where a token has no vector in the file."""
    if model.vocabulary is None:
        given = "--vocab FILE gives it one (a token a line), --ids 3,1,7 takes ids"
        if not model.network.architecture.embedding_rows:
            size = model.network.architecture.input_size
            given = (
                f"--vectors FILE gives words their {size} numbers, --vocab FILE of {size} tokens has them read one-hot"
            )
        raise InputError(
            f"{model.name} comes without a vocabulary, so it reads no text: {given}, --input FILE takes vectors"
        )
    strange = [token for token in tokens if token not in model.vocabulary]
    if strange and model.unknown is None:
        raise InputError(
            f"{model.name}: its vocabulary lacks {strange[0]!r}, and has no token that stands for unknown words"
        )


def encode_ids(text: str, model: Model, seed: int) -> Sequence:
    """The sequence of ids with commas between them, as in "3,1,7". InputError where the model has none of them."""
    if model.columns or not (model.rows or model.one_hot or model.network.architecture.embedding_rows):
        raise InputError(f"--ids: {model.name} reads numbers at each step, not ids: --input FILE")
    if model.kind == "one-to-many":
        raise InputError(f"--ids: {model.name} writes for a condition: give its name as TEXT")
    tokens = {index: token for token, index in (model.vocabulary or {}).items()}
    tokens = tokens or {k: str(k) for k in range(model.network.architecture.embedding_rows)}
    asked = [part.strip() for part in text.split(",")]
    for part in asked:
        if whole_number(part) is None:
            raise InputError(f"--ids {text}: {part!r} is no id: whole numbers from 0, with commas between them")
        if int(part) not in tokens:
            several = f"{min(tokens)} to {max(tokens)}" + ("" if max(tokens) < len(tokens) else ", not all of them")
            raise InputError(f"--ids {text}: {model.name} has no id {part}: its ids are {several}")
    words = tuple(tokens[int(part)] for part in asked)
    whole = ("" if model.by_character else " ").join(words)
    if model.vocabulary is not None:
        return encode_tokens(whole, words, model, seed)
    ids = tuple(int(part) for part in asked)
    vectors = model.network.parameters["embedding"][np.array(ids)]
    return Sequence(whole, words, ids, (True,) * len(ids), ids, vectors, typed=False)


@lru_cache(maxsize=1024)
def drawn_vector(token: str, size: int, seed: int) -> Array:
    """A vector for a word that has none: a function of the seed and the word alone, so it is the same in every sentence.

    Uniform in ±1, to two digits, so that arithmetic with it can be followed by hand. -> (size,), not to be written to: a
    text has the same words again and again, and each is drawn once
    """
    import hashlib

    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    generator = np.random.default_rng([seed, *np.frombuffer(digest, dtype=np.uint32).tolist()])
    vector: Array = np.round(generator.uniform(-1, 1, size), 2) + 0.0
    vector.flags.writeable = False
    return vector


def from_numbers(inputs: Array, model: Model, where: str) -> Sequence:
    """A sequence of given vectors, scaled where the model was trained on scaled ones.

    InputError where their size is not the network's.
    """
    expected = model.network.architecture.input_size
    if inputs.shape[1] != expected:
        named = f" ({', '.join(model.columns)})" if model.columns else ""
        turned = f": it looks transposed, {expected} rows of {inputs.shape[1]}; save it with .T"
        raise InputError(
            f"{where}: vectors of {inputs.shape[1]} numbers, but {model.name} reads {expected} at each step{named}"
            + turned * (len(inputs) == expected)
        )
    if model.encoding is not None and model.columns and model.encoding.rescales:
        return Sequence(None, None, None, None, None, model.encoding.scaled(inputs), inputs)
    return Sequence(None, None, None, None, None, inputs)
