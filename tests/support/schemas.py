"""Documents held against the schemas that the program prints.

Documents are long and mostly numbers, and jsonschema looks at each alone and follows a reference for it anew. So a schema
is read once, its references are replaced by what they stand for, and a list is looked at as a whole where that suffices.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from rnn_cli.core.cells import CELLS
from rnn_cli.documents.schema import read_schema


def validate(document: Any) -> Any:
    """The document, valid under the schema that its first key names."""
    first, name = next(iter(document.items()))
    assert first == "schema"
    _validator(str(name).removeprefix("rnn.").removesuffix("/1"), tuple(CELLS)).validate(document)
    return document


@cache
def _validator(command: str, cells: tuple[str, ...]) -> Any:
    """The validator of a command's documents, while these cells are in the registry: a schema lists them."""
    schema = read_schema(command)
    return _Validator(_inlined(schema, schema.get("$defs", {})))


WORDS = {"description", "title"}
"""Keys of a schema that refuse nothing."""


def _inlined(node: Any, definitions: Mapping[str, Any], within: tuple[str, ...] = ()) -> Any:
    """A part of a schema without references, but for one to what it stands in, or beside keys that refuse more."""
    if isinstance(node, list):
        return [_inlined(one, definitions, within) for one in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in within and set(node) <= {"$ref", *WORDS}:
        return _inlined(definitions[name], definitions, (*within, name))
    return {key: _inlined(value, definitions, within) for key, value in node.items()}


TYPES: dict[str, tuple[type, ...]] = {
    "number": (float, int),
    "integer": (int,),
    "string": (str,),
    "null": (type(None),),
}


def _items(validator: Any, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """The keyword `items`; where it asks for a type alone and all have it, nothing more is to be seen."""
    if isinstance(instance, list) and isinstance(items, dict) and "type" in items and set(items) <= {"type", *WORDS}:
        asked = items["type"] if isinstance(items["type"], list) else [items["type"]]
        right = {kind for name in asked for kind in TYPES.get(name, ())}
        if all(type(one) in right for one in instance):
            return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, instance, schema)


_Validator = extend(Draft202012Validator, {"items": _items})
