"""Tagged sentences in JSON: an object a line, or a list of objects, each with its words and as many tags.

The words are under "tokens" or "words". The tags are under "tags", or under the one other key that holds a list as
long; numbers are tags too, as in {"tokens": ["Go"], "ner_tags": [0]}.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tagged_parts import Lines, Tagged, ask_for_column, some
from rnn_cli.reading import reason

WORD_KEYS = ("tokens", "words")
TAGS = "tags"
SAMPLE = 100
Objects = Iterator[tuple[int, Any]]


def is_json(lines: Sequence[str]) -> bool:
    """Whether a file begins as JSON does, and not as a column of words that are signs."""
    first = lines[0].lstrip("\ufeff \t")
    if first[:1] == "[":
        return first.strip() == "[" or first[1:].lstrip()[:1] in ("{", "[", '"')
    return first.strip() == "{" or (first[:1] == "{" and first[1:].lstrip()[:1] in ('"', "'", "}"))


def read_json(name: str, lines: Lines, column: str | None, report: ReadingReport) -> Iterator[tuple[int, Tagged]]:
    """Each good sentence with the line on which its object begins."""
    objects: Objects = _objects(name, lines, report)
    sample = list(islice(objects, SAMPLE))
    key = column or _tags_key(name, sample)
    report.decide(name, "kind", "JSON", "JSON")
    report.decide(name, "column", key, f'tags under "{key}" (--column)')
    for number, data in chain(sample, objects):
        if isinstance(data, json.JSONDecodeError):
            report.refuse(name, number, f"not JSON: {data.msg}", data.colno)
            continue
        sentence = _sentence(data, key)
        if isinstance(sentence, str):
            report.refuse(name, number, sentence)
            continue
        if isinstance(data[key][0], int):
            report.decide(name, "numbers", True, "tags are numbers, whose names the file does not say")
        yield number, sentence


def _objects(name: str, lines: Lines, report: ReadingReport) -> Objects:
    """What stands on each line; where a line is not whole, what stands in the file as one list, or a list for a part."""
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        return
    alone = _parsed(first[1])[0]
    if isinstance(alone, dict) and not _lists(alone):
        yield from _each_line(chain([first], lines))
        return
    text = "\n" * (first[0] - 1) + "\n".join([first[1], *(line for _, line in lines)])
    data, why = _parsed(text)
    if why is not None:
        raise InputError(f"{name}:{why.lineno}:{why.colno}: not JSON: {why.msg}")
    if isinstance(data, dict):
        lists = _lists(data)
        if len(lists) != 1:
            raise InputError(f"{name}: one JSON object, expected a list of objects, or an object a line")
        key, data = next(iter(lists.items()))
        report.decide(name, "list", key, f'the sentences are the list "{key}"')
        yield from ((number, one) for number, one in enumerate(data, start=1))
        return
    decoder, at, line = json.JSONDecoder(), text.index("[") + 1, 1
    counted = 0
    for one in data:
        while text[at] in " \t\n\r,":
            at += 1
        line, counted = line + text.count("\n", counted, at), at
        _, at = decoder.raw_decode(text, at)
        yield line, one


def _lists(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values of an object that are lists of objects."""
    return {
        key: value for key, value in data.items() if isinstance(value, list) and value and isinstance(value[0], dict)
    }


def _each_line(lines: Lines) -> Objects:
    """The object of each line, or why it is none."""
    for number, line in lines:
        if line.strip():
            data, why = _parsed(line)
            yield number, data if why is None else why


def _parsed(text: str) -> tuple[Any, json.JSONDecodeError | None]:
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return None, error
    except (ValueError, RecursionError) as error:
        return None, json.JSONDecodeError(reason(error), text, 0)


def _tags_key(name: str, sample: Sequence[tuple[int, Any]]) -> str:
    """The key of the tags. InputError where several could be it, or none."""
    found: dict[str, list[str]] = {}
    for _, data in sample:
        if not isinstance(data, Mapping):
            continue
        words = next((data[key] for key in WORD_KEYS if key in data), None)
        for key, values in data.items():
            if (
                key not in WORD_KEYS
                and isinstance(words, list)
                and words
                and _texts(values)
                and len(values) == len(words)
            ):
                found.setdefault(key, []).extend(_texts(values))
    if TAGS in found or not found:
        return TAGS
    if len(found) > 1:
        said = [f'"{key}" ({len(set(values)):,}: {some(list(dict.fromkeys(values)))})' for key, values in found.items()]
        raise ask_for_column(name, "several keys hold as many values as there are words", said)
    return next(iter(found))


def _sentence(data: Any, key: str) -> Tagged | str:
    """The words and the tags of an object, or why there are none."""
    if not isinstance(data, Mapping):
        return "not a JSON object"
    words = next((_texts(data[one]) for one in WORD_KEYS if one in data), ())
    tags = _texts(data.get(key))
    if "text" in data and not words and any(isinstance(data.get(one), list) for one in ("entities", "spans", "label")):
        return "entities by their characters, not a tag for each word"
    if not words or not tags:
        return f'expected {{"tokens": [...], "{key}": [...]}}, two lists of texts'
    if len(words) != len(tags):
        return f"{len(words)} tokens, but {len(tags)} tags"
    return words, tags


def _texts(values: Any) -> tuple[str, ...]:
    """The texts of a list, whole numbers among them; () where it is not a list, or holds anything else."""
    good = isinstance(values, list) and all(
        (isinstance(one, str) and one) or (isinstance(one, int) and not isinstance(one, bool)) for one in values
    )
    return tuple(map(str, values)) if good else ()
