"""Dataclasses read from JSON: a field takes a file's value only if the value has the field's type."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from reprlib import repr as shortened
from sys import float_info
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

WORDS = {int: "a whole number", float: "a finite number", str: "text", bool: "true or false", dict: "an object"}


def typed(kind: type[T], data: Any, where: str = "") -> T:
    """The dataclass with the values of `data`; keys that it does not have are left out, lists become tuples.

    A field whose type is a dataclass is read in the same way. TypeError where a value is not of its field's type, or one
    without a default is missing: it names the field, with `where` before it. Numbers must be finite.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"{where.rstrip('.') or kind.__name__} is {shortened(data)}, not an object")
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes no class for hashable
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]  # mypy has no type for "a dataclass"
        name, hint = f"{where}{one.name}", hints[one.name]
        if one.name not in data:
            if one.default is MISSING and one.default_factory is MISSING:
                raise TypeError(f"{name} is missing")
            continue
        value = data[one.name]
        if is_dataclass(hint):
            value = value if isinstance(value, hint) else typed(hint, value, f"{name}.")  # type: ignore[arg-type]  # a class
        elif not _fits(value := tuple(value) if isinstance(value, list) else value, hint):
            raise TypeError(f"{name} is {shortened(data[one.name])}, not {_words(hint)}")
        values[one.name] = value
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of the fields: they stand in the code as text, which takes long to read."""
    return get_type_hints(kind)


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint is NoneType:
        return value is None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= float_info.max
    return type(value) is (get_origin(hint) or hint)


def _words(hint: Any) -> str:
    if isinstance(hint, UnionType):
        return " or ".join(_words(one) for one in get_args(hint) if one is not NoneType)
    return f"a list of {_words(get_args(hint)[0])}" if get_origin(hint) is tuple else WORDS[get_origin(hint) or hint]
