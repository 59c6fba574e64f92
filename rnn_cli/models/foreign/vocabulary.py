"""A vocabulary or labels in a file of their own: a token a line, a JSON list, a JSON object of ids, or a tokenizer.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.reading import open_file, parsing, read_json, whole_number

UNKNOWN_NAMES = ("<unk>", "<UNK>", "[UNK]", "UNK", "<unknown>")
"""How files name the token that stands for every word that they lack."""


def vocabulary_of(given: str | Mapping[str, int]) -> tuple[dict[str, int], str]:
    """Token -> id, and what to call where it comes from. InputError where it is no vocabulary."""
    found, where = (_read(given), given) if isinstance(given, str) else (dict(given), "vocab")
    if not found:
        raise InputError(f"{where}: holds no token")
    if not all(isinstance(token, str) and type(k) is int and k >= 0 for token, k in found.items()):
        raise InputError(f"{where}: the tokens must be texts, and their ids whole numbers from 0")
    if len(set(found.values())) != len(found):
        raise InputError(f"{where}: two tokens have the same id")
    return found, where


def _read(path: str) -> dict[str, int]:
    with open_file(path) as file:
        data = file.read()
    if Path(path).suffix == ".json":
        return _from_json(path, read_json(path, data, InputError))
    with parsing(path, "not a list of tokens in UTF-8", InputError):
        text = data.decode("utf-8-sig")
    lines = text.replace("\r\n", "\n").removesuffix("\n")
    return _numbered(path, lines.split("\n")) if lines else {}


def _from_json(path: str, data: Any) -> dict[str, int]:
    if isinstance(data, list) and all(isinstance(token, str) for token in data):
        return _numbered(path, data)
    if isinstance(data, dict) and isinstance(data.get("model"), dict):
        return _of_tokenizer(path, data)
    if isinstance(data, dict) and data and all(type(i) is int and i >= 0 for i in data.values()):
        return dict(data)
    if isinstance(data, dict) and data and all(whole_number(key) is not None for key in data):
        return {str(token): int(key) for key, token in data.items()}
    raise InputError(f"{path}: not a vocabulary: a JSON list of tokens, or an object of token and id")


def _numbered(path: str, tokens: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for k, token in enumerate(tokens):
        if token in found:
            raise InputError(f"{path}:{k + 1}: {token!r} stands twice, first on line {found[token] + 1}")
        found[token] = k
    return found


def _of_tokenizer(path: str, data: dict[str, Any]) -> dict[str, int]:
    """The vocabulary of a tokenizer.json whose tokens are words; the others cut words into pieces by rules of their own."""
    kind, vocabulary = data["model"].get("type"), data["model"].get("vocab")
    if kind != "WordLevel" or not isinstance(vocabulary, dict):
        raise InputError(
            f"{path}: a tokenizer of the kind {kind}, which cuts words into pieces: give the ids that it makes with --ids"
        )
    found = {str(token): int(index) for token, index in vocabulary.items()}
    for one in data.get("added_tokens") or []:
        found.setdefault(str(one["content"]), int(one["id"]))
    return found


def of_characters(vocabulary: Mapping[str, int]) -> bool:
    """Whether the tokens are characters, but for those that are names for something else, as <unk> and [PAD] are."""
    marks = (("<", ">"), ("[", "]"))
    words = [token for token in vocabulary if len(token) < 3 or (token[0], token[-1]) not in marks]
    return bool(words) and all(len(token) == 1 for token in words)


def labels_of(given: str | tuple[str, ...], size: int) -> tuple[str, ...]:
    """The names of a readout's units: with commas between them, in a file, or one by one."""
    names = given
    if isinstance(given, str):
        if Path(given).is_file():
            by_id = _read(given)
            names = tuple(sorted(by_id, key=lambda name: by_id[name]))
        else:
            names = tuple(part.strip() for part in given.split(","))
    if len(names) != size or len(set(names)) != size or not all(names):
        raise InputError(f"labels: {len(names)} names, and the readout has {size} units: each needs one of its own")
    return tuple(names)
