"""One number unfolded: the products that it is a sum of, the numbers those come from, and so on down to x and h_0.

A number is f(sum of products). Every factor is a weight, an input, a starting state, a constant, or another number of
the network, which is unfolded in turn; each is unfolded once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from rnn_cli.core.cells.records import Step
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.quantities import Gate, Term
from rnn_cli.core.quantities import Quantity as Vector
from rnn_cli.core.trace import Trace


@dataclass(frozen=True, order=True)
class Quantity:
    """Where a number stands: a state (h, c, …), a gate's name, a_ and a gate's name, or logits. t and unit count from 1.

    logits have no layer and no direction, and t is None for many-to-one.
    """

    kind: str
    layer: int
    direction: str
    t: int | None
    unit: int


@dataclass(frozen=True)
class Factor:
    """One factor of a product: its name, its value, and the number that it is, where that can be unfolded.

    Where it is a function of that number, as tanh(c) or (1 - z), `function` has {} for the number, `inner` its value. A
    bracket has the products `inside` it.
    """

    name: str
    value: float
    source: str | None = None
    function: str = ""
    inner: float = 0.0
    inside: "tuple[Product, ...]" = ()


@dataclass(frozen=True)
class Product:
    """One product of a sum. `term` names the term of the equation that it belongs to, where there are several."""

    factors: tuple[Factor, ...]
    value: float
    term: str = ""


@dataclass(frozen=True)
class Number:
    """name = formula(sum of terms). `formula` is "" where the number is the sum itself; a max is of the terms, not the sum."""

    name: str
    value: float
    formula: str
    terms: tuple[Product, ...]


@dataclass(frozen=True)
class Reason:
    """The number asked for and all that it comes from, each before those it needs."""

    root: str
    numbers: dict[str, Number]


def unfold(trace: Trace, quantity: Quantity) -> Reason:
    """Unfold one number of a trace down to weights, inputs and initial states."""
    numbers: dict[str, Number] = {}
    waiting = [quantity]
    unfolding = Unfolder(trace)
    while waiting:
        here = waiting.pop(0)
        name = unfolding.name(here)
        if name in numbers:
            continue
        numbers[name], sources = unfolding.number(here)
        waiting += sources
    return Reason(unfolding.name(quantity), numbers)


class Unfolder:
    """Knows a trace, and for each of its numbers the products behind it."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.architecture = trace.network.architecture
        self.many = self.architecture.num_layers > 1 or self.architecture.bidirectional
        self.kinds = set(trace.network.cell.states) | set(trace.steps[0].step.numbers)
        self.sources: list[Quantity] = []

    def name(self, q: Quantity) -> str:
        """h[2][1]; with several layers or directions h[2][1]@0.forward."""
        own = self._step_of(q) is not None  # what the attention and the readout make stands in no layer
        where = f"@{q.layer}.{q.direction}" if self.many and own else ""
        kind = "a" if q.kind == "a_h" else q.kind
        return f"{kind}{'' if q.t is None else f'[{q.t}]'}[{q.unit}]{where}"

    def number(self, q: Quantity) -> tuple[Number, list[Quantity]]:
        """One number and the numbers that it needs."""
        self.sources = []
        step = self._step_of(q)
        if q.kind == "logits":
            number = self._logit(q)
        elif step is None:
            from rnn_cli.core.why_looked import looked_number

            assert self.trace.look is not None
            number = looked_number(self, self.trace.look, q)
        else:
            update = next((u for u in step.updates if u.name == q.kind), None)
            if q.kind.startswith("a_"):
                gate = step.gate(q.kind[2:])
                terms = tuple(product for term in gate.terms for product in self._term(q, step, term))
                number = Number(self.name(q), float(gate.pre_activation[q.unit - 1]), "", terms)
            elif update is not None:
                terms = tuple(
                    product_of(*(self._element(q, step, one, q.unit - 1) for one in factors))
                    for factors in update.products
                )
                number = Number(self.name(q), float(update.value[q.unit - 1]), update.of, terms)
            else:
                number = self._gate(q, step.gate(q.kind))
        return number, self.sources

    def _step_of(self, q: Quantity) -> Step | None:
        """The step of the cell that has the number; None where it is one of the attention or of the readout."""
        cell = self.trace.network.cell
        if q.t is None or not (q.kind in self.kinds or q.kind.removeprefix("a_") in cell.gates):
            return None
        return self.trace.at(q.layer, q.direction, q.t)

    def _logit(self, q: Quantity) -> Number:
        k = q.unit - 1
        W, b = self.trace.network.parameters["readout.W_hy"], self.trace.network.parameters["readout.b_y"]
        assert self.trace.logits is not None
        logits = self.trace.logits if q.t is None else self.trace.logits[q.t - 1]
        last = self.architecture.num_layers - 1
        terms = []
        for j, (direction, unit) in enumerate(self._read_units()):
            weight = Factor(f"W_hy[{q.unit}][{j + 1}]", float(W[k, j]))
            if self.trace.look is not None and q.t is not None:
                read = self.factor(
                    Quantity("s~", last, direction, q.t, unit), float(self.trace.readout_inputs[q.t - 1, j])
                )
                terms.append(product_of(weight, read))
                continue
            for t, share in self._steps_read(q, j):
                h = self.factor(
                    Quantity("h", last, direction, t, unit), float(self.trace.at(last, direction, t).state.h[unit - 1])
                )
                terms.append(product_of(weight, *([] if share == 1 else [Factor("1/T", share)]), h))
        terms.append(product_of(Factor(f"b_y[{q.unit}]", float(b[k]))))
        return Number(self.name(q), float(logits[k]), "", tuple(terms))

    def _steps_read(self, q: Quantity, j: int) -> Iterator[tuple[int, float]]:
        """The steps whose h a logit reads in column j, with their shares."""
        shares = self.trace.shares
        if q.t is not None or shares is None:
            yield q.t or len(self.trace.inputs), 1.0
            return
        for t, share in enumerate(shares[:, j].tolist(), start=1):
            if share:
                yield t, share

    def _read_units(self) -> Iterator[tuple[str, int]]:
        for direction in self.architecture.directions:
            for unit in range(1, self.architecture.hidden_size + 1):
                yield direction, unit

    def _gate(self, q: Quantity, gate: Gate) -> Number:
        before = Quantity(f"a_{gate.name}", q.layer, q.direction, q.t, q.unit)
        value = float(gate.pre_activation[q.unit - 1])
        return Number(
            self.name(q), float(gate.value[q.unit - 1]), gate.activation, (product_of(self.factor(before, value)),)
        )

    def _term(self, q: Quantity, step: Step, term: Term) -> Iterator[Product]:
        """The products of one term of a pre-activation."""
        k = q.unit - 1
        scale = [self._element(q, step, one, k) for one in term.scale]
        if term.W is not None:
            for j, weight in enumerate(term.W.value[k]):
                vector = [self._element(q, step, one, j) for one in term.v]
                W = Factor(f"{term.W.symbol}[{q.unit}][{j + 1}]", float(weight))
                yield product_of(*scale, W, *vector, term=term.name)
        if term.bias is not None:
            yield product_of(*scale, self._element(q, step, term.bias, k), term=term.name)
        elif term.W is None:
            yield product_of(*scale, term=term.name)

    def _element(self, q: Quantity, step: Step, vector: Vector, j: int) -> Factor:
        """Element j of a vector of the step: a parameter, an input, a state before, or a number of this step."""
        value, source = float(vector.value[j]), vector.source
        if not source:
            return Factor(f"{vector.symbol}[{j + 1}]", value)
        if source == "x":
            return self._input(q, j, value)
        if source.endswith("_prev"):
            inner = self._before(
                q, source.removesuffix("_prev"), j, float(step.before[source.removesuffix("_prev")][j])
            )
        else:
            number = Quantity(source, q.layer, q.direction, q.t, j + 1)
            inner = self.factor(number, float(step.value(source)[j]))
        if not vector.template:
            return inner
        name = vector.template.replace("{}", inner.name)
        return Factor(name, value, inner.source, vector.template, inner.value)

    def _input(self, q: Quantity, j: int, value: float) -> Factor:
        assert q.t is not None
        if q.layer == 0:
            return Factor(f"x[{q.t}][{j + 1}]", value)
        size = self.architecture.size_of(q.layer - 1)
        direction = self.architecture.directions[j // size]
        return self.factor(Quantity("h", q.layer - 1, direction, q.t, j % size + 1), value)

    def _before(self, q: Quantity, kind: str, j: int, value: float) -> Factor:
        """The state one step earlier in the cell's own order, or the initial state, which is a leaf."""
        assert q.t is not None
        t = q.t + 1 if q.direction == BACKWARD else q.t - 1
        if not 1 <= t <= len(self.trace.inputs):
            return Factor(f"{kind}_0[{j + 1}]", value)
        return self.factor(Quantity(kind, q.layer, q.direction, t, j + 1), value)

    def factor(self, source: Quantity, value: float) -> Factor:
        """A number that is unfolded in its turn."""
        self.sources.append(source)
        name = self.name(source)
        return Factor(name, value, name)


def quantity_bounds(trace: Trace, kind: str, layer: int) -> tuple[bool, int]:
    """Whether a quantity has a step, and how many units it has in a layer. KeyError where the network has no such quantity."""
    architecture, cell = trace.network.architecture, trace.network.cell
    if kind == "logits":
        if not architecture.output_size:
            raise KeyError(kind)
        return architecture.task != MANY_TO_ONE, architecture.output_size
    if trace.look is not None:
        from rnn_cli.core.why_looked import kinds_of

        looked = kinds_of(trace.look)
        if kind in looked:
            return True, looked[kind]
    step = trace.steps[0].step
    kinds = {*step.numbers, *(f"a_{gate}" for gate in cell.gates)}
    if kind not in kinds:
        raise KeyError(kind)
    return True, architecture.size_of(layer)


def product_of(*factors: Factor, term: str = "") -> Product:
    """The product of some factors."""
    return Product(tuple(factors), prod(factor.value for factor in factors), term)
