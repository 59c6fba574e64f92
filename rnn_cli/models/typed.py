"""Dataclasses read from JSON: a field takes a file's value only if the value has the field's type."""

from collections.abc import Mapping
from dataclasses import fields
from sys import float_info
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def typed(kind: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass with the values of `data`; keys that it does not have are left out, lists become tuples.

    TypeError where a value is not of its field's type, or one without a default is missing; numbers must be finite.
    """
    hints = get_type_hints(kind)
    values = {}
    for one in fields(kind):  # type: ignore[arg-type]  # mypy has no type for "a dataclass"
        if one.name in data:
            value = data[one.name]
            values[one.name] = tuple(value) if isinstance(value, list) else value
            if not _fits(values[one.name], hints[one.name]):
                raise TypeError(f"{one.name} is a {type(value).__name__}, or holds one, that it cannot be")
    return kind(**values)


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint is NoneType:
        return value is None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= float_info.max
    return type(value) is hint
