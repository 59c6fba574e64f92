"""What every cell offers: its equations one step at a time, and its kernels over a whole sequence.

A cell says its mathematics twice. `step` reads like the equations, keeps every term and works on one sequence: it is
the specification, and what `rnn trace` shows. `forward` runs a whole batch fast. A test ties the two together.

Shapes: I inputs, H hidden units, G gates, B sequences in a batch, T steps.

    x, h, c of one step       (I,), (H,), (H,)
    X, H, C of a batch        (T, B, I), (T, B, H), (T, B, H)
    packed parameters         W_x (G*H, I), W_h (G*H, H), b (G*H,), gates one below the other
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.fast.inputs import Inputs


@dataclass(frozen=True, eq=False)
class Term:
    """One term of a pre-activation: value = scale * (W v + bias), with those parts that it has.

    `symbol` is the term in the letters of the equation, `v_name` names the vector that W is applied to, and
    `v_parts` its factors where the vector is itself a product (GRU: r_t * h_{t-1}).
    """

    name: str
    symbol: str
    value: Array
    W: Array | None = None
    v: Array | None = None
    v_name: str = ""
    bias: Array | None = None
    bias_name: str = ""
    scale: Array | None = None
    scale_name: str = ""


@dataclass(frozen=True, eq=False)
class Gate:
    """One gate at one step: a = sum of the terms, value = activation(a). A vanilla RNN has one gate, named h."""

    name: str
    terms: tuple[Term, ...]
    pre_activation: Array
    activation: str
    value: Array


@dataclass(frozen=True, eq=False)
class Update:
    """A state made of products: value = sum over `products` of the product of its factors.

    Each factor is (how the equation writes it, the quantity it comes from, its value).
    """

    name: str
    symbol: str
    value: Array
    products: tuple[tuple[tuple[str, str, Array], ...], ...]


@dataclass(frozen=True, eq=False)
class Step:
    """Everything that a cell computes in one step of one sequence."""

    x: Array
    h_prev: Array
    c_prev: Array | None
    gates: tuple[Gate, ...]
    updates: tuple[Update, ...]
    h: Array
    c: Array | None

    def gate(self, name: str) -> Gate:
        """The gate of that name; KeyError where the cell has none."""
        for gate in self.gates:
            if gate.name == name:
                return gate
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class Tape:
    """What a forward kernel leaves for the backward kernel. h[0] and c[0] are the initial states.

    inputs is what was read; h and c (T+1, B, H), gates (T, G, B, H); `extra` is whatever else the cell's own backward
    needs.
    """

    inputs: Inputs
    h: Array
    c: Array | None
    gates: Array
    extra: Array | None = None

    @property
    def x(self) -> Array:
        """The inputs, (T, B, I)."""
        return self.inputs.x


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one step adds to the gradient of one parameter: left ⊗ right for a matrix, left alone for a bias.

    `symbol` writes it in the letters of the equation, as in da_t ⊗ h_{t-1}.
    """

    name: str
    symbol: str
    left: Array
    right: Array | None = None

    @property
    def value(self) -> Array:
        """The contribution as an array of the parameter's shape."""
        return self.left if self.right is None else np.outer(self.left, self.right)


@dataclass(frozen=True, eq=False)
class StepGradient:
    """The backward pass of one step: from dL/dh_t and dL/dc_t to everything before it.

    Leading axes of dh and dc (one loss after the other, say) go through to all arrays but the products' fixed factors.

    dh, dc         the whole error that arrives at h_t and c_t, (…, H); dc already counts what came through h_t
    updates        how dL/dc_t and each dL/da_t come about, as products
    da             dL/da_t of each gate, (…, H)
    contributions  to each parameter, named as in the equations
    back           the parts of dL/dh_{t-1}: (symbol, value)
    dx, dh_prev, dc_prev   what goes on to the input and to the step before
    """

    dh: Array
    dc: Array | None
    updates: tuple[Update, ...]
    da: dict[str, Array]
    contributions: tuple[Contribution, ...]
    back: tuple[tuple[str, Array], ...]
    dx: Array
    dh_prev: Array
    dc_prev: Array | None


@dataclass(frozen=True, eq=False)
class CellGradient:
    """The backward pass of a whole batch.

    packed   gradients of the packed parameters
    dx       of what was read: (T, B, I), or the embedding's (V, I) where its rows were
    dh0, dc0 (B, H)
    dh       (T, B, H), the whole error that arrived at each h_t, where it was asked for
    """

    packed: dict[str, Array]
    dx: Array
    dh0: Array
    dc0: Array | None
    dh: Array | None


class Cell(Protocol):
    """The interface of a cell. A cell holds no numbers: parameters come in from outside."""

    @property
    def name(self) -> str:
        """The cell's short name, as on the command line."""

    @property
    def title(self) -> str:
        """The cell's name in words."""

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates, in the order in which the packed parameters hold them (PyTorch's)."""

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each gate."""

    @property
    def equations(self) -> tuple[str, ...]:
        """The equations, one a line, in the letters of the code."""

    @property
    def backward_equations(self) -> tuple[str, ...]:
        """The equations of the way back, one a line; dh_t stands for dL/dh_t."""

    @property
    def has_cell_state(self) -> bool:
        """Whether the cell carries c beside h."""

    def shapes(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """The packed parameters' names and shapes."""

    def step(self, p: Packed, x: Array, h_prev: Array, c_prev: Array | None = None) -> Step:
        """One step of one sequence, every term kept."""

    def forward(self, p: Packed, x: Inputs, h0: Array, c0: Array | None = None, mask: Array | None = None) -> Tape:
        """All steps of a batch. Where mask (T, B, 1) is 0, a sequence has ended and its state is 0."""

    def step_backward(self, p: Packed, step: Step, dh: Array, dc: Array | None = None) -> StepGradient:
        """The backward pass of one step, every term kept."""

    def jacobian(self, p: Packed, step: Step) -> Array:
        """The derivative of the state after the step by the state before: h, or [h; c] where there is c."""

    def backward(
        self, p: Packed, tape: Tape, dh: Array, dc: Array | None = None, keep_dh: bool = False
    ) -> CellGradient:
        """All steps of a batch, backwards. dh and dc (T, B, H) are the errors that arrive from the outputs."""


def packed_shapes(gates: int, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
    """The packed shapes that all cells share."""
    return {
        "W_x": (gates * hidden_size, input_size),
        "W_h": (gates * hidden_size, hidden_size),
        "b": (gates * hidden_size,),
    }


def by_gate(gates: tuple[str, ...], p: Packed) -> dict[str, Array]:
    """The packed parameters under the names of the equations (W_xi, W_hi, b_i, …), as views."""
    named: dict[str, Array] = {}
    size = p["W_h"].shape[1]
    for kind, prefix in (("W_x", "W_x"), ("W_h", "W_h"), ("b", "b_")):
        for k, gate in enumerate(gates):
            named[prefix + gate] = p[kind][k * size : (k + 1) * size]
    for name in p:
        if name not in ("W_x", "W_h", "b"):
            named[name] = p[name]
    return named


def linear(name: str, symbol: str, W: Array, v: Array, v_name: str) -> Term:
    """The term W v."""
    return Term(name, symbol, value=W @ v, W=W, v=v, v_name=v_name)


def constant(symbol: str, b: Array) -> Term:
    """The bias as a term."""
    return Term("bias", symbol, value=b, bias=b, bias_name=symbol)


def gate(name: str, terms: tuple[Term, ...], activation: str) -> Gate:
    """Add the terms up, from left to right as the equation does, and apply the activation."""
    a = terms[0].value
    for term in terms[1:]:
        a = a + term.value
    return Gate(name, terms, a, activation, ACTIVATIONS[activation].function(a))


def product(name: str, symbol: str, *products: tuple[tuple[str, str, Array], ...]) -> Update:
    """A sum of products as a record that knows its parts."""
    value: Array | None = None
    for factors in products:
        one = factors[0][2]
        for _, _, factor in factors[1:]:
            one = one * factor
        value = one if value is None else value + one
    assert value is not None
    return Update(name, symbol, value, products)
