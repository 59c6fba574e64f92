"""What cells hand out: a step, its gradient, the tape of a whole batch, and that batch's gradient.

Shapes: I inputs, H hidden units, G gates, B sequences in a batch, T steps. (…, H) has any leading axes, or none: (H,) for
one step of one sequence, (B, H) for a batch of them, (K, H) for the errors of K losses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.quantities import Gate, Operand, Update
from rnn_cli.core.state import State


@dataclass(frozen=True, eq=False)
class Step:
    """Everything that a cell computes in one step.

    x, before   what is read: (…, I), and the state before, (…, H)
    numbers     gates and states by name, in the order of computation: records of a traced step, else arrays
    state       the state after it
    """

    x: Array
    before: State
    numbers: Mapping[str, Any]
    state: State

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of a traced step, in the order of computation."""
        return tuple(one for one in self.numbers.values() if isinstance(one, Gate))

    @property
    def updates(self) -> tuple[Update, ...]:
        """What a traced step makes of the gates, in the order of computation."""
        return tuple(one for one in self.numbers.values() if isinstance(one, Update))

    def gate(self, name: str) -> Gate:
        """The gate of that name; KeyError where the cell has none."""
        gate = self.numbers[name]
        if not isinstance(gate, Gate):
            raise KeyError(name)
        return gate

    def value(self, name: str) -> Array:
        """The numbers of a gate or state by name, (…, H)."""
        found = self.numbers[name]
        value: Array = found if isinstance(found, np.ndarray) else found.value
        return value


class Remark(NamedTuple):
    """What a cell has to say of a run beside its numbers: a headline, a sentence, and the unit that the sentence names."""

    about: str
    says: str
    unit: int | None = None


@dataclass(frozen=True, eq=False)
class Contribution:
    """What one step adds to the gradient of one parameter: left ⊗ right for a matrix, left alone for a vector.

    left ⊗ right is left right^T, the matrix of all left_i right_j. `symbol` writes the contribution in the letters of the
    equation, as in da_t ⊗ h_{t-1}; `made_of` are the operands left and right of a traced step.
    """

    name: str
    symbol: str
    left: Array
    right: Array | None = None
    made_of: tuple[Operand, ...] = ()

    @property
    def value(self) -> Array:
        """The contribution as an array of the parameter's shape."""
        return self.left if self.right is None else np.outer(self.left, self.right)


@dataclass(frozen=True, eq=False)
class StepGradient:
    """The backward pass of one step: from dL/dh_t, dL/dc_t, … to everything before it.

    What the states before the step, x_t and the parameters get here is what this step gives them. bptt.py adds to the error
    of h_{t-1} that of its own output, and to the gradient of a parameter what all other steps give: all use the same one.

    All arrays that depend on the error have its leading axes (one loss after the other, say); h_{t-1}, x_t and the gates'
    values have none of them.

    error          the whole error that arrives at each state, (…, H); dc already counts what came through h
    updates        how dL/dc_t and each dL/da_t come about, as products
    da             dL/da of each gate, (…, H); a is the pre-activation, which the gate's activation is applied to
    contributions  to each parameter, named as in the equations
    passed         for each state the parts of its error one step before, and for x those of dx; of a traced step alone
    dx             dL/dx_t, (…, I)
    before         the errors of the state before, (…, H), without that of its own output
    """

    error: State
    updates: tuple[Update, ...]
    da: Mapping[str, Array]
    contributions: tuple[Contribution, ...]
    passed: Mapping[str, tuple[Operand, ...]]
    dx: Array
    before: State

    @property
    def back(self) -> Mapping[str, tuple[tuple[str, Array], ...]]:
        """For each state the parts of its error one step before: (symbol, value)."""
        return {name: tuple((one.symbol, one.value) for one in self.passed[name]) for name in self.before}

    def summed(self) -> "StepGradient":
        """The same step for the sum of all errors: the backward pass is linear in them. (K, H) -> (H,)"""

        def total(array: Array) -> Array:
            summed: Array = array.sum(axis=0)
            return summed

        def of_errors(array: Array) -> Array:
            """What does not depend on an error has no axis of them."""
            return total(array) if array.ndim > 1 else array

        return StepGradient(
            self.error.map(total),
            tuple(one.whole(of_errors) for one in self.updates),
            {gate: total(da) for gate, da in self.da.items()},
            tuple(
                Contribution(one.name, one.symbol, total(one.left), one.right, _mapped(one.made_of, of_errors))
                for one in self.contributions
            ),
            {name: _mapped(parts, of_errors) for name, parts in self.passed.items()},
            total(self.dx),
            self.before.map(total),
        )


def _mapped(operands: tuple[Operand, ...], function: Callable[[Array], Array]) -> tuple[Operand, ...]:
    return tuple(one.map(function) for one in operands)


class Read(Protocol):
    """What a layer reads over all steps: vectors, or rows of an embedding."""

    @property
    def x(self) -> Array:
        """The vectors, (T, B, I)."""


@dataclass(frozen=True, eq=False)
class Tape:
    """What the forward pass leaves for the backward pass.

    inputs   what was read; states by name, (T+1, B, H), the initial ones first; gates (T, G, B, H)
    extra    whatever else the backward pass of this cell needs
    dropped  (B, H): what h_{t-1} was multiplied by where a recurrent matrix read it, at every step; None without dropout
    """

    inputs: Any  # a Read: kernels know more of what they have read
    states: Mapping[str, Array]
    gates: Array
    extra: Any = None
    dropped: Array | None = None

    @property
    def x(self) -> Array:
        """The inputs, (T, B, I)."""
        x: Array = self.inputs.x
        return x

    @property
    def h(self) -> Array:
        """The hidden states, (T+1, B, H)."""
        return self.states["h"]

    def state(self, t: int) -> State:
        """The state after t steps, (B, H)."""
        return State(**{name: array[t] for name, array in self.states.items()})


@dataclass(frozen=True, eq=False)
class CellGradient:
    """The backward pass of a whole batch.

    packed    gradients of the packed parameters
    dx        of what was read: (T, B, I), or the embedding's (V, I) where its rows were
    initial   the errors of the initial state, (B, H)
    errors    of each state, (T, B, H): the whole error that arrived at each h_t, c_t, …, where it was asked for
    """

    packed: dict[str, Array]
    dx: Array
    initial: State
    errors: State | None
