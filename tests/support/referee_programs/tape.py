"""Reverse-mode differentiation: every value remembers what it came from, and how an error goes back to it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

Number = np.ndarray
_clock = count()


class V:
    """A value with the error that arrives at it."""

    def __init__(self, value: Number, *sources: tuple[V, Callable[[Number], Number]]) -> None:
        self.value = np.asarray(value, float)
        self.grad = np.zeros_like(self.value)
        self.sources, self.born = sources, next(_clock)
        self.parts: list[V] = []

    def __add__(self, other: V) -> V:
        return V(self.value + other.value, (self, lambda g: _to(self, g)), (other, lambda g: _to(other, g)))

    def __mul__(self, other: V) -> V:
        a, b = self.value, other.value
        return V(a * b, (self, lambda g: _to(self, g * b)), (other, lambda g: _to(other, g * a)))

    def __sub__(self, other: V) -> V:
        return self + other * V(np.array(-1.0))

    def __truediv__(self, other: V) -> V:
        return self * apply(other, lambda b: 1 / b, lambda b, y: -y * y)

    def __getitem__(self, at: Any) -> V:
        def back(g: Number) -> Number:
            whole = np.zeros_like(self.value)
            np.add.at(whole, at, g)
            return whole

        return V(self.value[at], (self, back))


def _to(one: V, g: Number) -> Number:
    """An error in the shape of what was broadcast."""
    while g.ndim > one.value.ndim:
        g = g.sum(axis=0)
    for axis, size in enumerate(one.value.shape):
        if size == 1 and g.shape[axis] != 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def linear(W: V, x: V) -> V:
    """W x of every row of x."""
    return V(x.value @ W.value.T, (W, lambda g: g.reshape(-1, g.shape[-1]).T @ x.value.reshape(-1, x.value.shape[-1])),
             (x, lambda g: g @ W.value))  # fmt: skip


def apply(a: V, f: Callable[[Number], Number], slope: Callable[[Number, Number], Number]) -> V:
    """f(a), with slope(a, y)."""
    y = f(a.value)
    return V(y, (a, lambda g: g * slope(a.value, y)))


def stack(values: list[V]) -> V:
    """Steps as one array (T, …)."""
    return V(np.stack([v.value for v in values]), *[(v, lambda g, t=t: g[t]) for t, v in enumerate(values)])


def beside(values: list[V]) -> V:
    """Arrays one beside the other, along the last axis."""
    ends = np.cumsum([0, *(v.value.shape[-1] for v in values)])
    return V(
        np.concatenate([v.value for v in values], -1),
        *[(v, lambda g, k=k: g[..., ends[k] : ends[k + 1]]) for k, v in enumerate(values)],
    )


def maximum(a: V, b: V) -> V:
    """The larger, which takes the whole error."""
    left = a.value > b.value
    return V(np.maximum(a.value, b.value), (a, lambda g: g * left), (b, lambda g: g * ~left))


def where(mask: Number, a: V) -> V:
    """a where the mask holds, else 0."""
    return V(np.where(mask, a.value, 0), (a, lambda g: np.where(mask, g, 0)))


def backward(end: V, error: Number) -> None:
    """Send an error back from a value to all that it came from."""
    order: list[V] = []
    seen: set[int] = set()
    todo = [end]
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            order.append(one)
            todo += [source for source, _ in one.sources]
    end.grad = end.grad + error
    for one in sorted(order, key=lambda v: -v.born):
        for source, back in one.sources:
            source.grad = source.grad + back(one.grad)
