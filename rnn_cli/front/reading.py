"""What a person hands to a model in Python, as a sequence: a text, a list of tokens, or numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from rnn_cli.errors import InputError
from rnn_cli.inputs.numbers import checked_numbers
from rnn_cli.inputs.sequence import Sequence as Read
from rnn_cli.inputs.sequence import encode_text, encode_tokens, from_numbers
from rnn_cli.models.model import Model

if TYPE_CHECKING:
    from rnn_cli.core.arrays import Array

Input: TypeAlias = "str | Sequence[str] | Array | Sequence[Array] | Sequence[Sequence[float]]"
"""A text; the tokens of a text; or numbers (T, I), as an array or in nested lists."""

Inputs: TypeAlias = "Input | Sequence[Input]"
"""One of them, or a list of several: of lists of tokens, or of arrays (T, I), T as it comes."""

NOTHING = "give at least one sequence: a text, a list of tokens, or an array (T, I)"


def read_one(x: Any, model: Model, seed: int) -> Read:
    """One sequence. InputError where x is none, or the model cannot read it."""
    if isinstance(x, str):
        return encode_text(x, model, seed)
    if _is_tokens(x):
        tokens = [str(token) for token in x]
        if model.columns or model.kind == "one-to-many":
            return encode_text(" ".join(tokens), model, seed)
        _check_tokens(tokens, model)
        return encode_tokens(text_of(tokens, model), tokens, model, seed)
    return from_numbers(numbers_of(x), model, "x")


def starting_at(sequence: Read, model: Model, state: "Mapping[str, Any] | None") -> Read:
    """The sequence with the initial states that are given. InputError where the model has none such."""
    if state is None:
        return sequence
    from rnn_cli.study.initial_states import check_starts, given_initial

    check_starts(model, "state")
    return replace(sequence, initial=given_initial(state, model.network))


def read_all(xs: Iterable[Any], model: Model, seed: int) -> list[Read]:
    """A sequence for each x, and several for each list of sequences. InputError where there is none."""
    read: list[Read] = []
    for x in xs:
        read += [read_one(one, model, seed) for one in (_parts(x) if is_several(x) else [x])]
    if not read:
        raise InputError(NOTHING)
    return read


def read_to_predict(x: Any, model: Model, seed: int) -> Read:
    """One sequence, a text cut as in training: a language model of words reads the ends of lines too."""
    from rnn_cli.study.reading import read_text

    return read_text(x, model, seed) if isinstance(x, str) else read_one(x, model, seed)


def text_of(x: Any, model: Model) -> str:
    """A text, or the tokens of one put together. InputError where x is neither."""
    if isinstance(x, str):
        return x
    if not _is_tokens(x):
        raise InputError(f"{model.name} reads text: give a text, or a list of tokens")
    return ("" if model.by_character else " ").join(x)


def holds_text(x: Any) -> bool:
    """Whether x is a text or its tokens, and not numbers."""
    return isinstance(x, str) or _is_tokens(x)


def is_several(x: Any) -> bool:
    """Whether x holds sequences, and is not one: lists of tokens, or matrices."""
    if isinstance(x, str) or _is_tokens(x):
        return False
    if hasattr(x, "ndim"):
        return bool(x.ndim == 3)
    if not isinstance(x, Sequence) or not x:
        return False
    first = x[0]
    if isinstance(first, str) or _is_tokens(first):
        return True
    depth = getattr(first, "ndim", None)
    if depth is None:
        depth = 2 if isinstance(first, Sequence) and first and isinstance(first[0], Sequence) else 1
    return bool(depth == 2)


def numbers_of(x: Any) -> "Array":
    """x as finite numbers (T, I)."""
    if not hasattr(x, "__array__") and not isinstance(x, list | tuple):
        raise InputError(f"x is a {type(x).__name__}: give a text, a list of tokens, or an array (T, I)")
    return checked_numbers([_listed(row) for row in x] if isinstance(x, list | tuple) else x, "x")


def _listed(row: Any) -> Any:
    return row.tolist() if hasattr(row, "tolist") else list(row) if isinstance(row, tuple) else row


def _parts(x: Any) -> Any:
    """The sequences of several: of an array with three axes where only one reading of them can be meant."""
    if not hasattr(x, "ndim") or x.shape[0] == 1:
        return x
    if x.shape[1] == 1:
        return [x[:, 0]]
    raise InputError(
        f"an array {'×'.join(map(str, x.shape))} can be read in two ways: "
        "give list(x) where sequences come first (B, T, I), or list(x.swapaxes(0, 1)) where time does (T, B, I)"
    )


def _is_tokens(x: Any) -> bool:
    return isinstance(x, list | tuple) and bool(x) and all(isinstance(one, str) for one in x)


def _check_tokens(tokens: Sequence[str], model: Model) -> None:
    """InputError where a list of tokens looks like a list of texts."""
    for token in tokens:
        known = token in (model.vocabulary or {})
        if not known and not model.by_character and token.split() != [token]:
            raise InputError(
                f"{token!r} is no token: a list of texts would be read as the tokens of one; "
                "give several texts as several arguments"
            )
