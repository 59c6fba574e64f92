"""A vocabulary or labels in a file of their own: a token a line, a JSON list, a JSON object of ids, or a tokenizer.json."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.models.encoding import TEXT_LEVELS, UNKNOWN_NAMES, Tokenizer, usual_name
from rnn_cli.models.foreign.tokenizer import LibraryTokenizer
from rnn_cli.reading import FILE, open_file, parsing, read_json, stands_at, whole_number

WORD, CHARACTER, WHITESPACE = TEXT_LEVELS

CLAUSE_ENDS = (",", ";", ":", "?", "!")
"""Signs that stand on a word only where nothing cut them off; a point is not one, because of "U.S."."""
ENDS_BY_CHANCE = 0.01
"""The share of tokens that end in one and were cut into words all the same, as "Yahoo!"."""


@dataclass(frozen=True)
class Vocabulary:
    """Tokens with their ids, the smallest id first.

    where       what to call the place it comes from
    tokenizer   what cuts a text, where the file says it
    level       how a text is cut otherwise; None where nothing says it
    unknown     the token that stands for words that it lacks; None where there is none
    as_it_stands   whether a text keeps its capitals, whatever the tokens look like
    """

    ids: Mapping[str, int]
    where: str
    tokenizer: Tokenizer | None = None
    level: str | None = None
    unknown: str | None = None
    as_it_stands: bool = False


def vocabulary_of(given: str | Mapping[str, int]) -> Vocabulary:
    """The tokens that a person gives, by a file or as they are. InputError where it is no vocabulary."""
    found = _read(given) if isinstance(given, str) else Vocabulary(dict(given), "vocab")
    ids, where = found.ids, found.where
    if not ids:
        raise InputError(f"{where}: holds no token")
    if not all(isinstance(token, str) and type(k) is int and k >= 0 for token, k in ids.items()):
        raise InputError(f"{where}: the tokens must be texts, and their ids whole numbers from 0")
    if len(set(ids.values())) != len(ids):
        raise InputError(f"{where}: two tokens have the same id")
    level = found.level or (_level_of(ids) if found.tokenizer is None else None)
    unknown = found.unknown or (usual_name(ids, UNKNOWN_NAMES) if found.tokenizer is None else None)
    ordered = dict(sorted(ids.items(), key=lambda one: one[1]))
    return replace(found, ids=ordered, level=level, unknown=unknown)


def _read(path: str) -> Vocabulary:
    with open_file(path) as file:
        data = file.read()
    if Path(path).suffix == ".json":
        parsed = read_json(path, data, InputError)
        if isinstance(parsed, dict) and isinstance(parsed.get("model"), dict):
            with parsing(path, "not a tokenizer.json as the library tokenizers writes it", why=False):
                return _of_tokenizer(path, data, parsed)
        return Vocabulary(_from_json(path, parsed), path)
    with parsing(path, "not a list of tokens in UTF-8", InputError):
        text = data.decode("utf-8-sig")
    lines = text.replace("\r\n", "\n").removesuffix("\n")
    return Vocabulary(_numbered(path, lines.split("\n")) if lines else {}, path)


def _from_json(path: str, data: Any) -> dict[str, int]:
    if isinstance(data, list) and all(isinstance(token, str) for token in data):
        return _numbered(path, data)
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


def _of_tokenizer(path: str, data: bytes, parsed: dict[str, Any]) -> Vocabulary:
    """A tokenizer.json. Words between white space are read here; whatever has rules of its own is left to its library."""
    model, unknown = parsed["model"], parsed["model"].get("unk_token")
    kind, vocabulary = str(model.get("type")), model.get("vocab")
    cuts = parsed.get("pre_tokenizer")
    by_spaces = cuts is None or (isinstance(cuts, dict) and cuts.get("type") == "WhitespaceSplit")
    plain = not any(parsed.get(rule) for rule in ("normalizer", "post_processor")) and by_spaces
    if kind == "WordLevel" and isinstance(vocabulary, dict) and plain:
        found = dict(vocabulary)  # whose ids are looked at where those of every vocabulary are
        for one in parsed.get("added_tokens") or []:
            found.setdefault(str(one["content"]), one["id"])
        return Vocabulary(
            found, path, None, WHITESPACE if cuts else None, unknown if unknown in found else None, bool(cuts)
        )
    if kind == "Unigram" and isinstance(vocabulary, list) and isinstance(model.get("unk_id"), int):
        with parsing(path, "not a tokenizer.json: its unk_id is the place of no token"):
            unknown = vocabulary[model["unk_id"]][0]
    library = LibraryTokenizer(path, data, kind, unknown)
    return Vocabulary(library.ids, path, library, None, library.unknown)


def _level_of(vocabulary: Mapping[str, int]) -> str | None:
    """How texts were cut into these tokens, where the tokens show it."""
    if of_characters(vocabulary):
        return CHARACTER
    ends = sum(token[-1:] in CLAUSE_ENDS and token[-2:-1].isalpha() for token in vocabulary)
    return WHITESPACE if ends > len(vocabulary) * ENDS_BY_CHANCE else None


def of_characters(vocabulary: Mapping[str, int]) -> bool:
    """Whether the tokens are characters, but for those that are names for something else, as <unk> and [PAD] are."""
    marks = (("<", ">"), ("[", "]"))
    words = [token for token in vocabulary if len(token) < 3 or (token[0], token[-1]) not in marks]
    return bool(words) and all(len(token) == 1 for token in words)


def names_of(given: str | tuple[str, ...]) -> tuple[str, ...]:
    """Labels with commas between them, in a file, or one by one."""
    if not isinstance(given, str):
        return given
    if stands_at(given) == FILE:  # a list of many labels is longer than any name of a file
        by_id = _read(given).ids
        return tuple(sorted(by_id, key=lambda name: by_id[name]))
    return tuple(part.strip() for part in given.split(","))


def checked_labels(names: tuple[str, ...], size: int) -> tuple[str, ...]:
    """The names. InputError where they are not one for each of `size` units."""
    if len(names) != size or len(set(names)) != size or not all(names):
        units = "1 unit" if size == 1 else f"{size} units"
        raise InputError(f"labels: {len(names)} names, and the readout has {units}: each needs one of its own")
    return names
