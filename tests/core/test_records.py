"""The records of core: one that holds arrays is equal to itself alone, since arrays give no one answer to `==`."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

import rnn_cli.core
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State


def records() -> Iterator[type]:
    for found in pkgutil.walk_packages(rnn_cli.core.__path__, "rnn_cli.core."):
        for one in vars(importlib.import_module(found.name)).values():
            if inspect.isclass(one) and is_dataclass(one) and one.__module__ == found.name:
                yield one


def holds_arrays(kind: Any, outside: tuple[Any, ...] = ()) -> bool:
    """Whether a value of this type has arrays in it; what a function takes and gives is not in it."""
    if get_origin(kind) is Callable or kind in outside:
        return False
    inside = get_args(kind) or (get_type_hints(kind).values() if is_dataclass(kind) else ())
    if inside:
        return any(holds_arrays(one, (*outside, kind)) for one in inside)
    return inspect.isclass(kind) and issubclass(kind, (np.ndarray, Parameters, State))


def test_no_record_compares_its_arrays() -> None:
    with_arrays = [one for one in records() if holds_arrays(one)]
    assert len(with_arrays) > 50
    assert [one.__qualname__ for one in with_arrays if "__eq__" in vars(one)] == []
