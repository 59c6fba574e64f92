"""What every cell is: two steps and its facts. Everything else is derived from them here.

A cell is a class. Its docstring holds the equations, forward and backward, and the pages print them from there. `step` and
`step_backward` say the same equations in code:

    def step(self, w, x, state):
        f = self.gate("f", w.W_xf @ x + w.W_hf @ state.h + w.b_f)
        ...
        return self.done(x, state, f=f, h=h)

They run on arrays, to compute, and on quantities (see quantities.py), to show every product. w holds the parameters under
their names in the equations, whose first letters say their shapes:

    W_xf  (H, I), applied to x      W_hf  (H, H), applied to h      b_f, p_f, …  (H,)

The gates' matrices and biases are packed one below the other, gate by gate: W_x (G*H, I), W_h (G*H, H), b (G*H,). A cell
without recurrent matrices has no W_h.

Shapes: I inputs, H hidden units, G gates, B sequences in a batch, T steps.

    x, state of one step     (I,), (H,) each
    X, states of a batch     (T, B, I), (T, B, H) each
    (…, H)                   H numbers after any leading axes, such as (B, H), or none: (H,)

Every product, bias, activation and update is a place that can be replaced: `cell.replaced({"b_f": lambda b: 0 * b})` is the
cell that forgot a bias. A product's place has the name of its matrix (W_hf; W_hf.T in the backward pass), a bias's as the bias, an
activation's as its gate, an update's as its state, the tanh of a state as tanh_c; in the backward pass dc, da_f, dh_prev, the
slope of a gate as slope_f, and that of the tanh of a state as slope_tanh_c.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import cleandoc
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.records import CellGradient, Contribution, Read, Remark, Step, StepGradient, Tape
from rnn_cli.core.quantities import Gate, Operand, Quantity, Update, Value, Weights, tanh, tanh_slope, term
from rnn_cli.core.state import State, split

Place = Callable[..., Value]
"""What stands in for a place of a step: (the matrix, the vector) for a product, else (the value that belongs there)."""


@dataclass(frozen=True)
class Module:
    """A cell as a framework has it.

    name       the module's name
    gates      in the framework's order
    apart      the gates whose second bias cannot be summed with the first
    argument   what the module's constructor needs to hear of an option: option -> argument
    settings   what it needs to hear in any case: argument -> value
    """

    name: str
    gates: tuple[str, ...]
    apart: tuple[str, ...] = ()
    argument: Mapping[str, str] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)


class Cell:
    """The facts of a cell, and what follows from its two steps. A cell holds no numbers: they come in from outside.

    name        short, as on the command line; `title` in words
    gates       each gate's activation, in the order in which the packed parameters hold them
    states      what is carried from step to step, h first
    keeps       (gate, state): the gate that multiplies the old state; its product over the steps is the direct path through
                time. "1 - z" where 1 - z multiplies the old state; None where there is no such gate
    candidate   the gate that brings what is new: its recurrent matrix stands for W_hh
    frameworks  "PyTorch" -> how it has this cell, if it does
    options     name -> the values that it can have, the default first
    drops       whether its recurrent matrices read a part of h_{t-1} alone (see `without`)
    """

    name: ClassVar[str]
    title: str
    gates: Mapping[str, str]
    states: ClassVar[tuple[str, ...]] = ("h",)
    keeps: ClassVar[tuple[str, str] | None] = None
    candidate: ClassVar[str] = ""
    frameworks: ClassVar[Mapping[str, Module]] = {}
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    places: Mapping[str, Place] = {}
    drops: bool = False

    def __init__(self, **chosen: str) -> None:
        """The cell with these options. ValueError where it has no such option, or the option no such value."""
        for name, value in chosen.items():
            if value not in self.options.get(name, ()):
                raise ValueError(f"{self.name} has no {name} {value}")
        for name, values in self.options.items():
            setattr(self, name, chosen.get(name, values[0]))

    @classmethod
    def make(cls, chosen: Mapping[str, str]) -> "Cell":
        """The cell with these options: where one changes the equations, a cell of another class."""
        return cls(**chosen)

    # The two steps, which a cell writes down.

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """One step as the equations say it: x (…, I), the state before (…, H) -> everything computed, by name."""
        raise NotImplementedError

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """One step backwards: the errors of the states after it -> those before it, of x and of every parameter.

        `step` has the step's numbers as attributes, and x, h_prev, c_prev, …
        """
        raise NotImplementedError

    # What a step is made of.

    def gate(self, name: str, a: Value) -> Value:
        """activation(a), the activation being the gate's."""
        place = self.places.get(name)
        function = ACTIVATIONS[self.gates[name]].function if place is None else place
        if not isinstance(a, Operand):
            return function(a)
        terms = tuple(term(one) for one in a.addends)
        return Gate(name, terms, a.value, self.gates[name], function(a.value))

    def update(self, name: str, value: Value) -> Value:
        """A state, or a number on the way to one, by its name."""
        value = self.places[name](value) if name in self.places else value
        return Update(name, f"{name}_t", value) if isinstance(value, Operand) else value

    def done(self, x: Value, state: Value, **numbers: Value) -> Step:
        """The step with all its numbers, in the order of computation; numbers named h, c, … as the states are the state after it."""
        before = State(**{name: plain(getattr(state, name)) for name in self.states})
        return Step(plain(x), before, numbers, State(**{name: plain(numbers[name]) for name in self.states}))

    # What the backward pass is made of.

    def squashed(self, name: str, v: Value) -> Value:
        """tanh(v) of a state by its name."""
        place = self.places.get(f"tanh_{name}")
        return tanh(v) if place is None else place(plain(v))

    def squashed_slope(self, name: str, v: Value) -> Value:
        """1 - tanh(v)^2 of a state by its name."""
        place = self.places.get(f"slope_tanh_{name}")
        return tanh_slope(v) if place is None else place(plain(v))

    def slope(self, gate: str, y: Value) -> Value:
        """f'(a) of a gate's activation, by its value y = f(a)."""
        if f"slope_{gate}" in self.places:
            return self.places[f"slope_{gate}"](plain(y))
        activation = ACTIVATIONS[self.gates[gate]]
        if not isinstance(y, Quantity):
            return activation.derivative(y)
        return y.function(activation.slope.replace("{y}", "{}"), activation.derivative(y.value))

    def error(self, name: str, value: Value) -> Value:
        """Give a computed error its name: a_i for dL/da_i of a gate, c for dL/dc of a state."""
        value = self.places[f"d{name}"](value) if f"d{name}" in self.places else value
        if not isinstance(value, Operand):
            return value
        symbol = "da_t" if len(self.gates) == 1 and name.startswith("a_") else f"d{name}"
        update = Update(name, symbol if name.startswith("a_") else f"d{name}_t", value)
        update.source = f"d{name}"
        return update

    def passed_back(
        self,
        w: Value,
        step: Value,
        error: Mapping[str, Value],
        da: Mapping[str, Value],
        gives: Mapping[str, Value] | None = None,
        updates: tuple[Value, ...] = (),
        **before: Value,
    ) -> StepGradient:
        """The gradient of a step. u ⊗ v is the outer product u v^T.

        error    the whole error of each state after it; `before` the errors that this step gives the states before it:
                 bptt.py adds to that of h_{t-1} the error of its own output
        da       of each gate, dL/da by its pre-activation a. W_x and b of a gate get da ⊗ x and da; W_h, where it multiplies
                 h_{t-1}, da ⊗ h_{t-1}. x gets the sum over the gates of W_x^T da
        gives    what parameters get that is not of this form: (left, right) for left ⊗ right, or a vector
        updates  the numbers on the way in the order of computation, where that is not the errors and then the gates
        """
        # Symbols that stand for the weights have every attribute: True alone means that no parameter gets anything.
        to_x = [getattr(w, f"W_x{gate}").T @ one for gate, one in da.items() if f"W_x{gate}" in self.parameters]
        for name, value in before.items():
            before[name] = self.places[f"d{name}_prev"](value) if f"d{name}_prev" in self.places else value
        shown = tuple(one for one in updates or (*error.values(), *da.values()) if isinstance(one, Update))
        return StepGradient(
            State(**{name: plain(value) for name, value in error.items()}),
            shown,
            {gate: plain(da[gate]) for gate in self.gates},
            () if getattr(w, "errors_alone", False) is True else self._contributions(step, da, gives or {}),
            {name: _parts(value) for name, value in before.items()}
            | {"x": tuple(one for one in to_x if isinstance(one, Operand))},
            _sum(map(plain, to_x)),
            State(**{name: plain(before[name]) for name in self.states}),
        )

    def _contributions(
        self, step: Value, da: Mapping[str, Value], gives: Mapping[str, Value]
    ) -> tuple[Contribution, ...]:
        """What each parameter gets: those of a gate in the usual form, unless `gives` has another."""
        given: dict[str, Value] = {}
        for gate, one in da.items():
            given |= {f"W_x{gate}": (one, step.x), f"W_h{gate}": (one, step.h_prev), f"b_{gate}": one}
        given = {name: value for name, value in given.items() if name in self.parameters} | dict(gives)
        names = [kind + gate for gate in self.gates for kind in ("W_x", "W_h", "p_", "b_") if kind + gate in given]
        names += [name for name in self.parameters if name not in names]
        return tuple(_contribution(name, given[name]) for name in names if name in given)

    # Facts that follow.

    @cached_property
    def _blocks(self) -> list[tuple[str, ...]]:
        return list(indented_blocks(self.__doc__ or ""))

    @property
    def equations(self) -> tuple[str, ...]:
        """The equations of a step, one a line: the first indented block of the docstring."""
        return self._blocks[0]

    @property
    def backward_equations(self) -> tuple[str, ...]:
        """The equations of the backward pass, one a line: the second block. dh_t stands for dL/dh_t."""
        return self._blocks[1]

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters: what `step` reads from w."""
        return self._probe[0]

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The names of all that a step computes, in the order of computation."""
        return self._probe[1]

    @cached_property
    def _probe(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The parameters that a step reads, and the numbers that it computes: found by taking one."""
        asked: dict[str, None] = {}
        one = np.ones(1)

        class Recorder:
            def __getattr__(self, name: str) -> Value:
                asked[name] = None
                return Weights(name, np.ones((1, 1))) if name.startswith("W_") else one

        itself = copy(self)
        itself.places = {}
        step = itself.step(Recorder(), one, State(**dict.fromkeys(self.states, one)))
        kinds = {kind: [kind + gate for gate in self.gates if kind + gate in asked] for kind in ("W_x", "W_h", "b_")}
        stacked = [name for names in kinds.values() for name in names]
        return (*stacked, *(name for name in asked if name not in stacked)), tuple(step.numbers)

    @cached_property
    def packing(self) -> dict[str, tuple[str, ...]]:
        """Each packed array with the parameters that lie one below the other in it."""
        packs = {key: tuple(f"{kind}{gate}" for gate in self.gates if f"{kind}{gate}" in self.parameters)
                 for key, kind in (("W_x", "W_x"), ("W_h", "W_h"), ("b", "b_"))}  # fmt: skip
        packs = {key: names for key, names in packs.items() if names}
        stacked = {name for names in packs.values() for name in names}
        return packs | {name: (name,) for name in self.parameters if name not in stacked}

    def shapes(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """The packed parameters' names and shapes."""
        shapes: dict[str, tuple[int, ...]] = {}
        for key, names in self.packing.items():
            rows = len(names) * hidden_size
            width = {"W_x": (input_size,), "W_h": (hidden_size,)}.get(names[0][:3], ())
            shapes[key] = (rows, *width)
        return shapes

    def named(self, p: Packed) -> dict[str, Array]:
        """The packed parameters under the names of the equations (W_xi, W_hi, b_i, …), as views."""
        named: dict[str, Array] = {}
        for key, names in self.packing.items():
            size = len(p[key]) // len(names)
            named |= {name: p[key][k * size : (k + 1) * size] for k, name in enumerate(names)}
        return named

    @property
    def recurrent(self) -> tuple[str, ...]:
        """The names of the recurrent matrices; () where h_{t-1} is not multiplied with any."""
        return self.packing.get("W_h", ())

    @property
    def recurrent_words(self) -> str:
        """The recurrent matrices in words: "W_hh", "the recurrent matrices"; "" where there are none."""
        return "" if not self.recurrent else self.recurrent[0] if len(self.recurrent) == 1 else "the recurrent matrices"

    @property
    def weights_of_memory(self) -> str:
        """Whose gradient tells what came through memory: the recurrent weights, or all where there are none."""
        return "recurrent weights" if self.recurrent else "weights of the layers"

    @property
    def analytic(self) -> bool:
        """Whether every activation is, so that the complex step applies."""
        return all(ACTIVATIONS[name].analytic for name in self.gates.values())

    @property
    def keeping_gate(self) -> tuple[str, float] | None:
        """The gate of the direct path, and the sign of a bias that opens the path; None where there is none."""
        if self.keeps is None:
            return None
        gate = self.keeps[0].removeprefix("1 - ")
        return gate, 1.0 if gate == self.keeps[0] else -1.0

    @property
    def jacobian_symbol(self) -> str:
        """What the Jacobian's state is: h, or all states that are carried."""
        names = self.coordinate_names
        return names[0] if len(names) == 1 else f"[{'; '.join(names)}]"

    @property
    def jacobian_equation(self) -> str:
        """What the Jacobian is: the third block of the docstring, or else of what it is the derivative."""
        if len(self._blocks) > 2:
            return self._blocks[2][0]
        names = self.coordinate_names
        if len(names) == 1:
            return f"J_t = ∂{names[0]}_t/∂{names[0]}_{{t-1}}"
        return f"J_t = ∂s_t/∂s_{{t-1}}, s_t = {self.jacobian_symbol} at step t"

    def gate_title(self, gate: str) -> str:
        """What the equations call a gate, as "forget gate"; its letter where they do not say."""
        line = next((one for one in self.equations if one.startswith(f"{gate}_t ")), "")
        return line.rpartition("   ")[2].strip() or gate

    @property
    def path_symbol(self) -> str:
        """A factor of the direct path, as the equations write it: f_t, or (1 - z_t)."""
        assert self.keeps is not None
        return f"({self.keeps[0]}_t)" if " " in self.keeps[0] else f"{self.keeps[0]}_t"

    @property
    def coordinate_names(self) -> tuple[str, ...]:
        """What the Jacobian is of: the states, where no others are better."""
        return self.states

    def coordinates(self, state: State) -> tuple[Array, Array] | None:
        """For states whose numbers depend on an arbitrary scale: ∂y/∂s and ∂s/∂y of coordinates y that do not.

        None where the states themselves are fit for norms, as most are.
        """
        return None

    def in_coordinates(self, state: State, error: State) -> tuple[Array, ...]:
        """The whole errors of the states, (…, H) each, as those of the coordinates: in the order of `coordinate_names`."""
        return tuple(error[name] for name in self.states)

    def keep_share(self, gates: Mapping[str, Array], states: Mapping[str, Array]) -> Array | None:
        """The factors of the direct path over a run: what each step keeps of the state that Cell.keeps names.

        gates (T, H) each, states (T+1, H) each, in the order of the run -> (T, H); None where no gate keeps a state.
        """
        if self.keeping_gate is None:
            return None
        gate, sign = self.keeping_gate
        return gates[gate] if sign > 0 else 1 - gates[gate]

    def kept(self, step: Step) -> Array | None:
        """The factors of the direct path in one step, (H,); None where there is none."""
        states = {name: np.stack([step.before[name], step.state[name]]) for name in self.states}
        share = self.keep_share({gate: step.value(gate)[None] for gate in self.gates}, states)
        return None if share is None else share[0]

    def remarks(
        self, gates: Mapping[str, Array], states: Mapping[str, Array], units: Sequence[int]
    ) -> tuple[Remark, ...]:
        """What pages say of a run of this cell beside its numbers.

        gates (T, H) each, states (T+1, H) each, in the order of the run; `units` are the numbers of the columns.
        """
        return ()

    # What is derived from the steps.

    def replaced(self, places: Mapping[str, Place]) -> "Cell":
        """The same cell with other places in its steps."""
        changed = copy(self)
        changed.places = {**self.places, **places}
        return changed

    def weights(self, p: Packed, traced: bool = False, errors_alone: bool = False) -> Value:
        """The parameters for the steps: w.W_xi, w.b_i, …; with `errors_alone` no step back says what parameters get."""
        w = SimpleNamespace(errors_alone=errors_alone)
        for name, array in self.named(p).items():
            if name.startswith("W_"):
                setattr(w, name, Weights(name, array, places=self.places))
            else:
                vector = self.places[name](array) if name in self.places else array
                setattr(w, name, Quantity(name, "", vector) if traced else vector)
        return w

    def trace_step(self, p: Packed, x: Array, before: State) -> Step:
        """One step of one sequence with every term kept. x (I,), before (H,) each."""
        quantities = {name: Quantity(f"{name}_{{t-1}}", f"{name}_prev", array) for name, array in before.items()}
        return self.step(self.weights(p, traced=True), Quantity("x_t", "x", x), SimpleNamespace(**quantities))

    def trace_step_backward(self, p: Packed, step: Step, error: State) -> StepGradient:
        """The backward pass through a traced step with every product kept. error (…, H) each."""
        quantities = {
            f"{name}_prev": Quantity(f"{name}_{{t-1}}", f"{name}_prev", array) for name, array in step.before.items()
        }
        numbers = SimpleNamespace(x=Quantity("x_t", "x", step.x), **quantities, **step.numbers)
        # dh_t is whole when it comes in. A cell adds more to the others: dc_t = (dc_t from the future) + …
        symbols = {name: f"d{name}_t" if name == "h" else f"(d{name}_t from the future)" for name in error}
        errors = {name: Quantity(symbols[name], f"d{name}", array) for name, array in error.items()}
        return self.step_backward(self.weights(p, traced=True), numbers, SimpleNamespace(**errors))

    def jacobian(self, p: Packed, step: Step) -> Array:
        """The derivative of the states after a step (rows) by those before (columns), each [h; c; …]. (S*H, S*H)

        Row i is the error of the states before when the error after is 1 at number i and 0 elsewhere.
        """
        size = len(step.state.h)
        units = np.eye(len(self.states) * size, dtype=step.state.h.dtype)
        back = self.step_backward(self.weights(p), self._numbers(step), split(self.states, units))
        return back.before.joint()

    def whole_error(self, p: Packed, step: Step, error: State) -> State:
        """The whole error of each state after a step: `error`, with what reaches c through h of the same step, and so on."""
        return self.step_backward(self.weights(p), self._numbers(step), error).error

    def _numbers(self, step: Step) -> SimpleNamespace:
        """A step's numbers as arrays, for the backward pass."""
        before = {f"{name}_prev": array for name, array in step.before.items()}
        return SimpleNamespace(x=step.x, **before, **{name: step.value(name) for name in step.numbers})

    def without(self, dropped: Array) -> "Cell":
        """The cell whose recurrent matrices read what is left of h_{t-1}: W_h diag(m) stands for each W_h.

        dropped (B, H), m of each sequence. What the cell carries past its matrices it carries whole.
        Source: Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks" (2016).
        """
        places: dict[str, Place] = {name: lambda W, v: W.product(v * dropped) for name in self.recurrent}
        places |= {f"{name}.T": lambda W, da: W.product(da) * dropped for name in self.recurrent}
        changed = self.replaced(places)
        changed.drops = True
        return changed

    def forward(
        self, p: Packed, inputs: Read, initial: State, mask: Array | None = None, dropped: Array | None = None
    ) -> Tape:
        """All steps of a batch. Where mask (T, B, 1) is 0, a sequence has ended and its state is 0. `dropped`: see Tape.

        inputs: T steps of B sequences, initial (B, H) each -> states (T+1, B, H), gates (T, G, B, H)
        """
        if dropped is not None:
            return replace(self.without(dropped).forward(p, inputs, initial, mask), dropped=dropped)
        w, x, state = self.weights(p), inputs.x, initial
        states = {name: np.empty((len(x) + 1, *array.shape), array.dtype) for name, array in initial.items()}
        gates = np.empty((len(x), len(self.gates), *initial.h.shape), initial.h.dtype)
        steps: list[Step] = []
        for name, array in initial.items():
            states[name][0] = array
        for t, x_t in enumerate(x):
            steps.append(self.step(w, x_t, state))
            state = steps[-1].state if mask is None else steps[-1].state.map(lambda array, t=t: array * mask[t])  # type: ignore[misc]
            for name, array in state.items():
                states[name][t + 1] = array
            for k, gate in enumerate(self.gates):
                gates[t, k] = steps[-1].numbers[gate]
        return Tape(inputs, states, gates, steps)

    def backward(self, p: Packed, tape: Tape, errors: Mapping[str, Array], keep_dh: bool = False) -> CellGradient:
        """All steps of a batch backwards.

        errors (T, B, H) are those that arrive from the outputs at h, and at other states where they have any.
        """
        if tape.dropped is not None and not self.drops:
            return self.without(tape.dropped).backward(p, tape, errors, keep_dh)
        w, T = self.weights(p), len(tape.gates)
        future = tape.state(0).zeros_like()
        kept = {name: np.empty_like(errors["h"]) for name in self.states} if keep_dh else {}
        dx = np.empty_like(tape.x)
        sums: dict[str, tuple[list[Array], list[Array]]] = {name: ([], []) for name in self.parameters}
        for t in reversed(range(T)):
            arriving = State(
                **{name: array + errors[name][t] if name in errors else array for name, array in future.items()}
            )
            back = self.step_backward(w, self._numbers(tape.extra[t]), arriving)
            for name, array in kept.items():
                array[t] = back.error[name]
            for one in back.contributions:
                sums[one.name][0].append(one.left)
                if one.right is not None:
                    read = (
                        one.right
                        if tape.dropped is None or one.name not in self.recurrent
                        else one.right * tape.dropped
                    )
                    sums[one.name][1].append(read)
            dx[t], future = back.dx, back.before
        named = {name: summed(lefts, rights) for name, (lefts, rights) in sums.items()}
        packed = {key: np.concatenate([named[name] for name in names]) for key, names in self.packing.items()}
        return CellGradient(packed, dx, future, State(**kept) if kept else None)


def plain(value: Value) -> Array:
    """The numbers of a value."""
    array: Array = value.value if isinstance(value, Operand) else value
    return array


def _contribution(name: str, value: Value) -> Contribution:
    left, right = value if isinstance(value, tuple) else (value, None)
    symbol = ""
    if isinstance(left, np.ndarray) and not isinstance(right, Operand):
        return Contribution(name, symbol, left, right)
    if isinstance(left, Operand):
        symbol = f"({left.symbol})" if right is not None and " " in left.symbol else left.symbol
        if right is not None:
            symbol += f" ⊗ ({right.symbol})" if " " in right.symbol else f" ⊗ {right.symbol}"
    made_of = tuple(one for one in (left, right) if isinstance(one, Operand))
    return Contribution(name, symbol, plain(left), None if right is None else plain(right), made_of)


def _parts(value: Value) -> tuple[Operand, ...]:
    """What an error before the step is the sum of."""
    return value.addends if isinstance(value, Operand) else ()


def _sum(arrays: Iterator[Array]) -> Array:
    total = next(arrays)
    for array in arrays:
        total = total + array
    return total


def summed(lefts: list[Array], rights: list[Array]) -> Array:
    """The sum over steps and sequences of left ⊗ right, or of left alone. (B, H), (B, n) each -> (H, n) or (H,)"""
    left = np.concatenate(lefts)
    total: Array = left.T @ np.concatenate(rights) if rights else left.sum(axis=0)
    return total


def indented_blocks(doc: str) -> Iterator[tuple[str, ...]]:
    """The blocks of lines that a docstring indents, without the indentation."""
    block: list[str] = []
    for line in [*cleandoc(doc).splitlines(), ""]:
        if line.startswith("    "):
            block.append(line[4:])
        elif block:
            yield tuple(block)
            block = []
