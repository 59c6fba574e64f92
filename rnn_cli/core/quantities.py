"""Numbers that remember how they came about: what `rnn trace` and `rnn bptt` write out.

A cell's step is written once and runs on two kinds of values. On arrays it computes. On quantities it computes the same
numbers and keeps every operand: `f * c_prev + i * g` is then a sum of two products that know their factors.

    Quantity    a vector as an equation writes it: f_t, h_{t-1}, (1 - z_t)
    Weights     a matrix: W @ v is Linear, W.T @ da the error that goes back through it
    Linear      W_xi x_t
    Product     f_t * c_{t-1}
    Sum         W_xi x_t + W_hi h_{t-1} + b_i

`Gate` and `Update` are quantities with a name of their own, and the record of what they were made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add, mul
from typing import Any, Self, TypeAlias

import numpy as np

from rnn_cli.core.arrays import Array

Value: TypeAlias = Any
"""An array, or an operand of this module: what the equations of a cell are written for."""


class Operand:
    """What can stand in an equation: it has a `symbol` and a `value`, (…, H)."""

    __array_ufunc__ = None  # NumPy leaves array * operand to the operand
    symbol: str
    value: Array

    @property
    def parts(self) -> "tuple[Operand, ...]":
        """The operand as factors of a product: itself."""
        return (self,)

    @property
    def addends(self) -> "tuple[Operand, ...]":
        """The operand as addends of a sum: itself."""
        return (self,)

    def __mul__(self, other: "Operand | float") -> "Operand":
        other = self.operand(other)
        return Product((*self.parts, *other.parts), self.value * other.value)

    def __rmul__(self, number: float) -> "Operand":
        return self.operand(number) * self

    def map(self, function: Callable[[Array], Array]) -> "Operand":
        """The operand with function(array) for its value and those of what it is made of; matrices stay."""
        return self.at(function(self.value))

    def at(self, value: Array) -> Self:
        """The operand with another value, and all else as it is: `copy` takes five times as long, and a trace asks often."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.value = value
        return other

    def operand(self, other: "Operand | float") -> "Operand":
        """The other side of an operation: a number becomes a vector of the same shape."""
        if isinstance(other, Operand):
            return other
        return Quantity(f"{other:g}", "", np.full_like(self.value, other))

    def __truediv__(self, other: "Quantity") -> "Operand":
        inverse = other.function("(1 / {})", 1 / other.value)
        return Product((*self.parts, inverse), self.value / other.value)

    def __add__(self, other: "Operand | float") -> "Operand":
        other = self.operand(other)
        return Sum((*self.addends, *other.addends), self.value + other.value)

    def __sub__(self, other: "Operand | float") -> "Operand":
        other = self.operand(other)
        first, *rest = factors_of(other)
        negative = first.function("-{}", -first.value)
        return self + (Product((negative, *rest), -other.value) if rest else negative)


class Quantity(Operand):
    """A vector of the network, or a function of one.

    source    where its numbers come from: the name of a gate or state, "x", "h_prev"; "" for a parameter
    template  for a function of the source, as "tanh({})"; "" for the source itself
    """

    def __init__(self, symbol: str, source: str, value: Array, template: str = "") -> None:
        self.symbol, self.source, self.value, self.template = symbol, source, value, template

    def map(self, function: Callable[[Array], Array]) -> "Quantity":
        """See Operand."""
        return self.at(function(self.value))

    def function(self, template: str, value: Array) -> "Quantity":
        """A function of this quantity; `template` writes it with {} for the quantity."""
        return Quantity(template.replace("{}", self.symbol), self.source, value, template)

    def __rsub__(self, number: float) -> "Quantity":
        return self.function(f"({number:g} - {{}})", number - self.value)


class Linear(Operand):
    """W v, or W^T v."""

    def __init__(self, W: Quantity, v: Operand, symbol: str, value: Array, transposed: bool = False) -> None:
        self.W, self.v, self.symbol, self.value, self.transposed = W, v, symbol, value, transposed

    def map(self, function: Callable[[Array], Array]) -> "Linear":
        """See Operand."""
        return Linear(self.W, self.v.map(function), self.symbol, function(self.value), self.transposed)


class Product(Operand):
    """Operands multiplied element by element: `value` as the equation computes it, or else from left to right."""

    def __init__(self, parts: tuple[Operand, ...], value: Array | None = None) -> None:
        self._parts = parts
        self.symbol = " * ".join(bracketed(one) for one in parts)
        self.value = reduce(mul, (one.value for one in parts)) if value is None else value

    @property
    def parts(self) -> tuple[Operand, ...]:
        """Its factors."""
        return self._parts

    def map(self, function: Callable[[Array], Array]) -> "Product":
        """See Operand."""
        mapped = self.at(function(self.value))
        mapped._parts = tuple(one.map(function) for one in self._parts)
        return mapped


class Sum(Operand):
    """Operands added up: `value` as the equation computes it, or else from left to right."""

    def __init__(self, addends: tuple[Operand, ...], value: Array | None = None) -> None:
        self._addends = addends
        self.symbol = addends[0].symbol
        for one in addends[1:]:
            self.symbol += f" - {one.symbol[1:]}" if one.symbol.startswith("-") else f" + {one.symbol}"
        self.value = reduce(add, (one.value for one in addends)) if value is None else value

    @property
    def addends(self) -> tuple[Operand, ...]:
        """What is added up."""
        return self._addends

    def map(self, function: Callable[[Array], Array]) -> "Sum":
        """See Operand."""
        mapped = self.at(function(self.value))
        mapped._addends = tuple(one.map(function) for one in self._addends)
        return mapped


class Bracket(Quantity):
    """An operand that stands as one factor of a product, in brackets; `template` for a function of it."""

    def __init__(self, inside: Operand, template: str = "", value: Array | None = None) -> None:
        symbol = template.replace("{}", bracketed(inside)) if template else bracketed(inside)
        super().__init__(symbol, "", inside.value if value is None else value, template)
        self.inside = inside

    def function(self, template: str, value: Array) -> "Bracket":
        """See Quantity."""
        return Bracket(self.inside, template, value)

    def map(self, function: Callable[[Array], Array]) -> "Bracket":
        """See Operand."""
        return Bracket(self.inside.map(function), self.template, function(self.value))


def bracketed(one: Operand) -> str:
    """How an operand stands among factors: a sum and a W v in brackets."""
    return f"({one.symbol})" if isinstance(one, Sum | Linear) else one.symbol


class Weights:
    """A matrix of a cell. W @ v is W v for every vector of v (…, n); W.T @ da is W^T da for every da (…, H)."""

    __array_ufunc__ = None

    def __init__(
        self,
        name: str,
        array: Array,
        transposed: bool = False,
        places: Mapping[str, Callable[..., Value]] | None = None,
    ) -> None:
        """`places` holds what stands in for the product, under the matrix's name or, transposed, under that and .T."""
        self.name, self.array, self.transposed, self.places = name, array, transposed, places or {}

    @cached_property
    def T(self) -> "Weights":
        """The transposed matrix."""
        return Weights(self.name, self.array, not self.transposed, self.places)

    def __matmul__(self, v: Value) -> Value:
        if not self.places:
            return self.product(v)
        place = self.places.get(self.name + ".T" * self.transposed)
        return self.product(v) if place is None else place(self, v)

    def product(self, v: Value) -> Value:
        """The product itself, whatever stands in for it."""
        if not isinstance(v, Operand):
            return self.times(v)
        inner = f"({v.symbol})" if isinstance(v, Product | Sum) else v.symbol
        symbol = f"{self.name}{'^T' if self.transposed else ''} {inner}"
        return Linear(Quantity(self.name, "", self.array), v, symbol, self.times(v.value), self.transposed)

    def times(self, v: Array) -> Array:
        """The product as an array."""
        if self.transposed:
            back: Array = v @ self.array
            return back
        product: Array = self.array @ v if v.ndim == 1 else v @ self.array.T
        return product


@dataclass(frozen=True, eq=False)
class Term:
    """One term of a pre-activation: value = scale * (W v + bias), with those parts that it has.

    name    "input", "recurrent", "bias", or what its parameter is called: "peephole"
    v       the factors of the vector that W is applied to; `scale` those before the bracket
    """

    name: str
    symbol: str
    value: Array
    W: Quantity | None = None
    v: tuple[Quantity, ...] = ()
    bias: Quantity | None = None
    scale: tuple[Quantity, ...] = ()


class Gate(Quantity):
    """One gate at one step: a = sum of the terms, value = activation(a). A vanilla RNN has one gate, named h."""

    def __init__(
        self, name: str, terms: tuple[Term, ...], pre_activation: Array, activation: str, value: Array
    ) -> None:
        super().__init__(f"{name}_t", name, value)
        self.name, self.terms, self.pre_activation, self.activation = name, terms, pre_activation, activation


class Update(Quantity):
    """A named number made of others: a sum of products, or a function of such a sum.

    equation    the right side, in the letters of the equations
    products    the addends, each as its factors
    of          "" for the sum itself, else the function: "exp"; "max" is the largest addend
    """

    def __init__(self, name: str, symbol: str, made_of: Operand) -> None:
        super().__init__(symbol, name, made_of.value)
        self.name, self.equation = name, made_of.symbol
        self.of = made_of.of if isinstance(made_of, Applied) else ""
        addends = made_of.made_of if isinstance(made_of, Applied) else made_of.addends
        self.products = tuple(tuple(factors_of(one)) for one in addends)

    def whole(self, function: Callable[[Array], Array]) -> "Update":
        """The update with function(array) for the values of it and its factors; `map` leaves those out."""
        mapped = self.map(function)
        mapped.products = tuple(tuple(one.map(function) for one in factors) for factors in self.products)
        return mapped

    def map(self, function: Callable[[Array], Array]) -> "Update":
        """As a factor of another number: its own value."""
        mapped = self.at(function(self.value))
        mapped.products = ()
        return mapped


class Applied(Operand):
    """A function of several operands that is no sum: exp(s - m), max(s, i)."""

    def __init__(self, of: str, made_of: tuple[Operand, ...], separator: str, value: Array) -> None:
        self.of, self.made_of, self.value = of, made_of, value
        inner = Sum(made_of).symbol if separator == "+" else separator.join(one.symbol for one in made_of)
        self.symbol = f"{of}({inner})"


def factors_of(one: Operand) -> list[Quantity]:
    """The factors of a product; a bracket counts as one."""
    return [part if isinstance(part, Quantity) else Bracket(part) for part in one.parts]


ROLES = {"W_x": "input", "W_h": "recurrent", "b_": "bias", "p_": "peephole"}
"""What a term is called after the first letters of its parameter's name."""


def role(parameter: str) -> str:
    """The name of the term that a parameter stands in."""
    return next((name for start, name in ROLES.items() if parameter.startswith(start)), "other")


def term(one: Operand) -> Term:
    """An addend of a pre-activation as a record. ValueError where it is none of the forms that Term can hold."""
    scale = tuple(part for part in one.parts if isinstance(part, Quantity))
    rest = [part for part in one.parts if not isinstance(part, Quantity)]
    if not rest:
        parameter = next((part.symbol for part in scale if not part.source), scale[0].symbol)
        if len(scale) == 1:
            return Term(role(parameter), one.symbol, one.value, bias=scale[0])
        return Term(role(parameter), one.symbol, one.value, scale=scale)
    addends = rest[0].addends
    linear = next((part for part in addends if isinstance(part, Linear)), None)
    biases = [part for part in addends if isinstance(part, Quantity)]
    if len(rest) > 1 or linear is None or len(addends) != 1 + len(biases) or len(biases) > 1:
        raise ValueError(f"{one.symbol} is no term of a pre-activation")
    bias = biases[0] if biases else None
    v = tuple(factors_of(linear.v))
    return Term(role(linear.W.symbol), one.symbol, one.value, linear.W, v, bias, scale)


def tanh(v: Value) -> Value:
    """tanh of an array or a quantity."""
    return v.function("tanh({})", np.tanh(v.value)) if isinstance(v, Quantity) else np.tanh(v)


def exp(v: Value) -> Value:
    """e^v of an array or an operand."""
    return Applied("exp", v.addends, "+", np.exp(v.value)) if isinstance(v, Operand) else np.exp(v)


def tanh_slope(v: Value) -> Value:
    """1 - tanh(v)^2."""
    array = v.value if isinstance(v, Quantity) else v
    squashed = np.tanh(array)
    slope = 1 - squashed * squashed
    return v.function("(1 - tanh({})^2)", slope) if isinstance(v, Quantity) else slope


def maximum(u: Value, v: Value) -> Value:
    """The larger of two arrays or operands, by their real parts."""
    if isinstance(u, Operand):
        return Applied("max", (u, v), ", ", larger(u.value, v.value))
    return larger(u, v)


def larger_of(u: Value, v: Value) -> tuple[Value, Value]:
    """1 where u is the larger of the two and 0 elsewhere, and the same for v: which of them a maximum passes its error to."""
    if not isinstance(u, Quantity):
        first = (u.real >= v.real).astype(u.dtype)
        return first, 1 - first
    first, second = larger_of(u.value, v.value)
    return Quantity(f"[{u.symbol} larger]", "", first), Quantity(f"[{v.symbol} larger]", "", second)


def larger(u: Array, v: Array) -> Array:
    """The larger one at each place, by the real parts."""
    chosen: Array = np.where(u.real >= v.real, u, v)
    return chosen
