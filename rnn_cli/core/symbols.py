"""The steps of a cell as lines of Python: a third kind of values that the equations of a cell run on.

On arrays a step computes, on quantities it keeps its operands, and on symbols it writes itself down, so that a program
which is printed for a reader has the equations of the cell and no second copy of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.cells.base import Cell

COMPARISON, SUM, PRODUCT, SIGN, ALONE = range(5)
"""How tightly an expression holds together."""


class Symbol:
    """An expression of Python, as text."""

    def __init__(self, text: str, binding: int = ALONE) -> None:
        self.text, self.binding = text, binding

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> "Symbol":
        return called(f"np.{ufunc.__name__}", inputs)

    def __array_function__(self, function: Any, types: Any, inputs: Any, _: Any) -> "Symbol":
        return called(f"np.{function.__name__}", inputs)

    @property
    def real(self) -> "Symbol":
        """Itself: a program has real numbers."""
        return self

    @property
    def T(self) -> "Symbol":
        """A matrix transposed."""
        return Symbol(f"{self.text}.T")

    @property
    def dtype(self) -> None:
        """None: a program has one type of numbers."""

    def astype(self, _: Any) -> "Symbol":
        """Itself: NumPy takes True and False for 1 and 0."""
        return self

    def __neg__(self) -> "Symbol":
        return Symbol(f"-{_held(self, SIGN)}", SIGN)

    def __gt__(self, other: Any) -> "Symbol":
        return _joined(self, ">", other, COMPARISON)

    def __ge__(self, other: Any) -> "Symbol":
        return _joined(self, ">=", other, COMPARISON)

    def __add__(self, other: Any) -> "Symbol":
        return _joined(self, "+", other, SUM)

    def __radd__(self, other: Any) -> "Symbol":
        return _joined(other, "+", self, SUM)

    def __sub__(self, other: Any) -> "Symbol":
        return _joined(self, "-", other, SUM)

    def __rsub__(self, other: Any) -> "Symbol":
        return _joined(other, "-", self, SUM)

    def __mul__(self, other: Any) -> "Symbol":
        return _joined(self, "*", other, PRODUCT)

    def __rmul__(self, other: Any) -> "Symbol":
        return _joined(other, "*", self, PRODUCT)

    def __truediv__(self, other: Any) -> "Symbol":
        return _joined(self, "/", other, PRODUCT)

    def __rtruediv__(self, other: Any) -> "Symbol":
        return _joined(other, "/", self, PRODUCT)

    def __matmul__(self, other: Any) -> "Symbol":
        return _joined(self, "@", other, PRODUCT)


def called(function: str, inputs: Any) -> Symbol:
    """function(inputs)."""
    return Symbol(f"{function}({', '.join(_held(one, COMPARISON) for one in inputs)})")


def _joined(left: Any, sign: str, right: Any, binding: int) -> Symbol:
    """left sign right; Python computes from the left, so the right side needs brackets where it holds no tighter."""
    return Symbol(f"{_held(left, binding)} {sign} {_held(right, binding + 1)}", binding)


def _held(one: Any, binding: int) -> str:
    if not isinstance(one, Symbol):
        return repr(one)
    return one.text if one.binding >= binding else f"({one.text})"


@dataclass(frozen=True)
class WrittenStep:
    """A step in Python.

    lines       one for each gate and state, in the order of computation: they read w.W_xi, …, x, h_prev, …
    state       what the state after the step is, by the names of the states
    functions   the activations that are more than a function of NumPy: name -> what it makes of a
    """

    lines: tuple[str, ...]
    state: Mapping[str, str]
    functions: Mapping[str, str]


@dataclass(frozen=True)
class WrittenStepBackward:
    """A step backwards in Python. It reads w, x, h_prev, … and the step's numbers, and dh, dc, …, the errors of the states.

    lines      one for each error that has a name, in the order of computation
    before     what the errors of the states before are, by the names of the states
    dx         what the error of x is
    given      what each parameter gets: (left, right) of an outer product, or (vector, "")
    """

    lines: tuple[str, ...]
    before: Mapping[str, str]
    dx: str
    given: Mapping[str, tuple[str, str]]


class _Parameters:
    def __getattr__(self, name: str) -> Symbol:
        return Symbol(f"w.{name}")


def written_step(cell: Cell) -> WrittenStep:
    """The step of a cell, written by the step itself."""
    lines: list[str] = []
    functions: dict[str, str] = {}

    def named(name: str) -> Callable[[Symbol], Symbol]:
        def write(value: Symbol) -> Symbol:
            if name in cell.gates and name not in cell.places:
                value = _activated(cell.gates[name], value, functions)
            lines.append(f"{name} = {value.text}")
            return Symbol(name)

        return write

    writing = cell.replaced({name: named(name) for name in cell.numbers})
    before = SimpleNamespace(**{name: Symbol(f"{name}_prev") for name in cell.states})
    state: Mapping[str, Any] = writing.step(_Parameters(), Symbol("x"), before).state
    return WrittenStep(tuple(lines), {name: state[name].text for name in cell.states}, functions)


def written_step_backward(cell: Cell) -> WrittenStepBackward:
    """The step backwards of a cell, written by the step itself."""
    lines: list[str] = []

    def named(name: str) -> Callable[[Symbol], Symbol]:
        def write(value: Symbol) -> Symbol:
            lines.append(f"{name} = {value.text}")
            return Symbol(name)

        return write

    errors = [f"d{name}" for name in (*cell.numbers, *(f"a_{gate}" for gate in cell.gates))]
    writing = cell.replaced({name: named(name) for name in errors})
    before = {f"{name}_prev": Symbol(f"{name}_prev") for name in cell.states}
    step = SimpleNamespace(x=Symbol("x"), **before, **{name: Symbol(name) for name in cell.numbers})
    arriving = SimpleNamespace(**{name: Symbol(f"d{name}") for name in cell.states})
    back: Any = writing.step_backward(_Parameters(), step, arriving)
    given = {one.name: (one.left.text, "" if one.right is None else one.right.text) for one in back.contributions}
    return WrittenStepBackward(tuple(lines), {k: v.text for k, v in back.before.items()}, back.dx.text, given)


def written_activation(activation: str, a: Symbol) -> Symbol:
    """The activation of a, written out."""
    function: Callable[[Any], Any] = ACTIVATIONS[activation].function
    written: Symbol = function(a)
    return written


def _activated(activation: str, a: Symbol, functions: dict[str, str]) -> Symbol:
    """The activation of a: written out where it is one call or nothing, else by its name, which is then defined."""
    inside = written_activation(activation, Symbol("a")).text
    if re.fullmatch(r"a|np\.\w+\(a\)", inside):
        return written_activation(activation, a)
    functions[activation] = inside
    return called(activation, (a,))
