"""Call a program again and again on the same arguments, and see whether it always computes the same.

    again       at once
    after       after a call on other numbers of the same shapes
    drawn       with other random numbers
    unfilled    with other numbers where np.empty left what the memory held
    anew        by a module that was loaded anew

What differs in one of them alone tells where it comes from.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_cli.study.check.child.flat import NotNumbers, buffers, flat

if TYPE_CHECKING:
    from rnn_cli.study.check.child.run import Runner

Found = dict[tuple[str, str], Any]
"""(function, name) -> array"""

FIRST, OTHER = 0, 1
"""The networks that are tried: two of the same shapes."""


def tried(runner: "Runner", load: Callable[[], ModuleType], anew: bool) -> None:
    """Write down what differs."""
    module = load()

    def call(k: int = FIRST, seed: int = 1, unfilled: float = 0.0) -> tuple[Found, list[Any]]:
        found: Found = {}
        live = []
        for function in runner.functions(module):
            given = runner.arguments(module, function, k)
            value = runner.called(module, function, k, given, seed, unfilled, False)
            live += buffers(value)
            try:
                with runner.watched(function, k, NotNumbers):
                    arrays, _ = flat(value, runner.job["functions"][function])
            except NotNumbers:
                continue
            found |= {(function, name): array for name, array in arrays.items()}
        return found, live

    def said(what: str, names: set[tuple[str, str]], **more: Any) -> None:
        runner.write({"kind": "differs", "what": what, "arrays": sorted(names), **more})

    first, live = call()
    kept = [array.copy() for array in live]
    if anew:
        module, old = load(), module
        if names := different(first, call()[0]):
            said("anew", names)
            return
        module = old
    again, _ = call()
    if names := different(first, again):
        added = all(alike(again[name], 2 * first[name]) for name in names if name in again)
        said("again", names, added=added)
        return
    call(OTHER)
    if any(not alike(now, then) for now, then in zip(live, kept, strict=True)):
        said("shared", set())
        return
    after, _ = call()
    if names := different(first, after):
        said("after", names)
        return
    drawn, _ = call(seed=2)
    if names := different(after, drawn):
        one, other = (call(OTHER, seed)[0] for seed in (1, 2))
        same = all(alike(drawn[name] - after[name], other[name] - one[name]) for name in names)
        said("drawn", names, added=same)
    unfilled, _ = call(unfilled=1e3)
    if names := different(after, unfilled):
        said("unfilled", names)


def different(a: Found, b: Found) -> set[tuple[str, str]]:
    """The names of what differs."""
    return {name for name in {*a, *b} if name not in a or name not in b or not alike(a[name], b[name])}


def alike(a: Any, b: Any) -> bool:
    """Whether two arrays agree up to round-off."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    with np.errstate(all="ignore"):
        size = np.abs(a[np.isfinite(a)]).max(initial=0)
        return bool(np.allclose(a, b, rtol=1e-7, atol=1e-7 * size, equal_nan=True))
