"""A schema as nested functions, which say soon whether a document is valid.

jsonschema makes a validator for each part of a document, of which most are lists of numbers. Here a keyword becomes a
function once. Where one says no, jsonschema is asked: it says why, and it has the last word.
"""

from collections.abc import Callable, Mapping
from typing import Any

Holds = Callable[[Any], bool]

WORDS = {"$defs", "$schema", "description", "examples", "title"}
"""Keys of a schema that refuse nothing."""

TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (float, int),
    "object": (dict,),
    "string": (str,),
}


def quick(schema: Mapping[str, Any]) -> Holds:
    """The function of a schema: whether a document is valid under it. KeyError for a keyword that it does not know."""
    return _Compiled(schema).node(schema)


class _Compiled:
    """The functions of the parts of one schema."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self.whole = whole
        self.named: dict[str, Holds] = {}

    def node(self, schema: Any) -> Holds:
        """Whether all keywords of a part hold."""
        if isinstance(schema, bool):
            return lambda value: schema
        tests = [self.beside(key, schema) for key in schema if key not in WORDS]
        if len(tests) == 1:
            return tests[0]
        return lambda value: all(holds(value) for holds in tests)

    def beside(self, key: str, schema: Mapping[str, Any]) -> Holds:
        """Whether a keyword holds, with those beside it that change what it means."""
        said = schema[key]
        if key == "$ref":
            return self.reference(said)
        if key == "type":
            kinds = {kind for name in ([said] if isinstance(said, str) else said) for kind in TYPES[name]}
            return lambda value: type(value) in kinds
        if key in ("properties", "additionalProperties"):
            if key == "additionalProperties" and "properties" in schema:
                return lambda value: True
            return self.properties(schema.get("properties", {}), schema.get("additionalProperties", True))
        if key == "items":
            return self.items(said)
        if key in ("anyOf", "oneOf"):
            parts = [self.node(part) for part in said]
            if key == "anyOf":
                return lambda value: any(part(value) for part in parts)
            return lambda value: sum(part(value) for part in parts) == 1
        if key == "propertyNames":
            name = self.node(said)
            return lambda value: not isinstance(value, dict) or all(map(name, value))
        return SIMPLE[key](said)

    def reference(self, name: str) -> Holds:
        """The function of a part that is referred to, which may be within itself."""
        if name not in self.named:
            self.named[name] = lambda value: self.named[name](value)
            self.named[name] = self.node(self.part(name))
        return lambda value: self.named[name](value)

    def part(self, name: str) -> Any:
        """The part that a reference names: keys from the root."""
        part: Any = self.whole
        for key in name.split("/")[1:]:
            part = part[key]
        return part

    def properties(self, named: Mapping[str, Any], others: Any) -> Holds:
        """Each value of an object, by its name or as one of the others."""
        tests, other = {name: self.node(part) for name, part in named.items()}, self.node(others)
        return lambda value: (
            not isinstance(value, dict) or all(tests.get(name, other)(one) for name, one in value.items())
        )

    def items(self, schema: Any) -> Holds:
        """Each value of a list; where a type alone is asked for, all types at once."""
        if set(schema) - WORDS == {"$ref"}:
            schema = self.part(schema["$ref"])
        holds = self.node(schema)
        if set(schema) - WORDS == {"type"}:
            asked = schema["type"]
            kinds = {kind for name in ([asked] if isinstance(asked, str) else asked) for kind in TYPES[name]}
            return lambda value: not isinstance(value, list) or kinds.issuperset(map(type, value))
        return lambda value: not isinstance(value, list) or all(map(holds, value))


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one in JSON, where true is not 1."""
    return type(one) is type(other) and bool(one == other) and not isinstance(one, list | dict)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


SIMPLE: dict[str, Callable[[Any], Holds]] = {
    "const": lambda said: lambda value: _same(said, value),
    "enum": lambda said: lambda value: any(_same(one, value) for one in said),
    "required": lambda said: lambda value: not isinstance(value, dict) or all(name in value for name in said),
    "dependentRequired": lambda said: (
        lambda value: (
            not isinstance(value, dict) or all(name in value for key in said if key in value for name in said[key])
        )
    ),
    "minItems": lambda said: lambda value: not isinstance(value, list) or len(value) >= said,
    "maxItems": lambda said: lambda value: not isinstance(value, list) or len(value) <= said,
    "minProperties": lambda said: lambda value: not isinstance(value, dict) or len(value) >= said,
    "minLength": lambda said: lambda value: not isinstance(value, str) or len(value) >= said,
    "minimum": lambda said: lambda value: not _number(value) or value >= said,
    "maximum": lambda said: lambda value: not _number(value) or value <= said,
    "exclusiveMinimum": lambda said: lambda value: not _number(value) or value > said,
}
"""Keywords that need nothing but what they say."""
