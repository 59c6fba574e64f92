"""The backward pass as rows: the loss, the errors at every step, and the gradient they sum to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import Protocol

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import BackStep, Target
from rnn_cli.core.learning.losses import CROSS_ENTROPY, Loss
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.quantities import Applied, Bracket, Linear, Operand, Update, factors_of
from rnn_cli.core.quantities import Quantity as Vector
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Product
from rnn_cli.study.rows import BACK_KEY, Row, step_before, timed


class Passed(Protocol):
    """What rows need of a backward pass."""

    @property
    def trace(self) -> Trace:
        """The forward pass."""

    @property
    def target(self) -> Target:
        """What the network should have said."""

    @property
    def loss(self) -> Loss:
        """The loss, with its slopes."""

    @property
    def loss_steps(self) -> tuple[int, ...]:
        """The time of each loss."""

    @property
    def gradients(self) -> Parameters:
        """Of all parameters but the embedding."""

    @property
    def inputs(self) -> Array:
        """dL/dx_t of what the network reads, (T, I)."""

    def at(self, layer: int, direction: str, t: int) -> BackStep:
        """The back step of a place."""


class BackRows:
    """Knows a backward pass, and writes each of its numbers as what it is made of.

    A key names a number: dh[2][1] and da_i[2][1] the error at a state or a pre-activation, dh.future[2][1] what came back
    from the next step of the run, dx[2][1] an error of the input, dlogits[2][1] of the readout. Those of the forward pass,
    which are given, are named as --why names them.
    """

    def __init__(self, result: Passed, given_end: bool) -> None:
        self.result, self.given_end = result, given_end
        self.network, self.T = result.trace.network, len(result.trace.inputs)
        self.architecture = result.trace.network.architecture
        self.one = self.architecture.task == MANY_TO_ONE
        self.many = self.architecture.num_layers > 1 or self.architecture.bidirectional

    def loss_rows(self, label: Callable[[int], str]) -> Iterator[Row]:
        """The loss of each step and its derivative by what the readout says; their sum where there are several."""
        loss, target, trace = self.result.loss, self.result.target, self.result.trace
        assert trace.logits is not None
        assert trace.probabilities is not None
        total: list[Product] = []
        for k, t in enumerate(self.result.loss_steps):
            if not target.weights[k]:
                continue
            p = [float(one) for one in (trace.probabilities if self.one else trace.probabilities[k])]
            each, key = float(loss.each[k]), f"L[{t}]"
            total.append(_product(Factor(key, each, key)))
            lead = f"step {t}" if not self.one else ""
            if loss.kind == CROSS_ENTROPY:
                right = int(target.targets[k])
                made_of = _product(Factor("p", p[right], function="-log({})", inner=p[right]))
            else:
                squares = tuple(_product(Factor("gap", 0.0, function="{}^2", inside=gap)) for gap in self._gaps(k))
                C = float(len(p))
                made_of = _product(
                    Factor("sum", 0.0, inside=squares), Factor("1/C", 1 / C, function="(1 / {})", inner=C)
                )
            yield Row(lead, f"L_{t}", (), (made_of,), each, key)
            yield from (self._slope_row(k, c, label(c)) for c in range(len(p)))
        if len(total) > 1:
            yield Row("", "L", (), tuple(total), float(loss.total), "L")

    def _gaps(self, k: int) -> list[tuple[Product, ...]]:
        """What each output of a loss that compares numbers is off by."""
        trace = self.result.trace
        assert trace.logits is not None
        said = trace.logits if self.one else trace.logits[k]
        return [_less_target("y", float(y), float(v)) for y, v in zip(said, self.result.target.targets[k], strict=True)]

    def _slope_row(self, k: int, c: int, label: str) -> Row:
        """The derivative of the k-th loss by output c."""
        loss, trace, t = self.result.loss, self.result.trace, self.result.loss_steps[k]
        assert trace.probabilities is not None
        slope, key = float(loss.dlogits[k, c]), self._logit(t, c)
        if loss.kind == CROSS_ENTROPY:
            p = float((trace.probabilities if self.one else trace.probabilities[k])[c])
            wanted = float(c == int(self.result.target.targets[k]))
            return Row(label, f"dL/dlogit {c + 1}", (), _less_target("p", p, wanted), slope, key)
        gaps = self._gaps(k)
        C = float(len(gaps))
        factors = (
            Factor("2", 2.0),
            Factor("gap", 0.0, inside=gaps[c]),
            Factor("1/C", 1 / C, function="(1 / {})", inner=C),
        )
        return Row(label, f"dL/dy {c + 1}", (), (_product(*factors),), slope, key)

    def row(self, key: str) -> Row | None:
        """The number of a key; None where there is no such error, or nothing gives it, as after the last step."""
        found = BACK_KEY.fullmatch(key)
        if found is None:
            return None
        name, future, first, second = found[1], found[2], int(found[3]), found[4]
        if name == "dlogits":
            k = 0 if second is None else self.result.loss_steps.index(first)
            return self._slope_row(k, int(second or first) - 1, "")
        layer, direction = int(found[5] or 0), found[6] or self.architecture.directions[0]
        t, unit = first, int(second or 1)
        if future:
            after = self._after(t, direction)
            return None if after is None else self._passed_row(self.result.at(layer, direction, after), name[1:], unit)
        step = self.result.at(layer, direction, t)
        if name == "dh":
            return self._state_row(step, unit)
        if name == "dx":
            return self._passed_row(step, "x", unit)
        source = f"da_{next(iter(self.network.cell.gates))}" if name == "da" else name
        update = next((one for one in step.gradient.updates if one.source == source), None)
        return None if update is None else self._update_row(step, update, unit)

    def step_rows(self, layer: int, direction: str, t: int, units: Sequence[int]) -> Iterator[tuple[str, list[Row]]]:
        """The numbers of one step, each kind with its equation: dh_t, what the cell makes of it, what goes on."""
        step = self.result.at(layer, direction, t)
        gradient, before = step.gradient, step_before(t, direction, self.T)
        if self._has_output(step):
            yield f"dh_{t} = from the output + from the future", [self._state_row(step, unit) for unit in units]
        else:
            yield f"dh_{t} = dh_{t} from the future: nothing else arrives", []
        for update in gradient.updates:
            symbol = timed(update.symbol, t, direction, self.T)
            yield (
                f"{symbol} = {timed(update.equation, t, direction, self.T)}",
                [self._update_row(step, update, unit) for unit in units],
            )
        for name, parts in gradient.passed.items():
            if name == "x" and not layer:
                continue
            if name != "x" and not before:
                continue  # nobody reads the error of the initial state
            asked = range(1, len(gradient.dx) + 1) if name == "x" else units
            said = f"dx_{t}" if name == "x" else f"d{name}_{before} from the future"
            equation = " + ".join(timed(one.symbol, t, direction, self.T) for one in parts).replace("+ -", "- ")
            yield f"{said} = {equation}", [self._passed_row(step, name, unit) for unit in asked]

    def _state_row(self, step: BackStep, unit: int) -> Row:
        """The whole error at h."""
        products = (*self._from_output(step, unit), *self._from_future(step, "h", unit))
        key = f"dh[{step.t}][{unit}]{self._where(step.layer, step.direction)}"
        return Row("", f"unit {unit}", (), products, float(step.gradient.error.h[unit - 1]), key)

    def _update_row(self, step: BackStep, update: Update, unit: int) -> Row:
        """What the cell makes of it."""
        key = f"{self._named(update.source)}[{step.t}][{unit}]{self._where(step.layer, step.direction)}"
        products = self._products(step, update.products, unit - 1)
        return Row("", f"unit {unit}", (), products, float(update.value[unit - 1]), key)

    def _passed_row(self, step: BackStep, name: str, unit: int) -> Row:
        """What goes on to a state before, or to what the step read."""
        before, gradient = step_before(step.t, step.direction, self.T), step.gradient
        value = gradient.dx if name == "x" else gradient.before[name]
        key = f"dx[{step.t}]" if name == "x" else f"d{name}.future[{before}]"
        products = self._sum(step, gradient.passed[name], unit - 1)
        where = self._where(step.layer, step.direction)
        return Row("", f"unit {unit}", (), products, float(value[unit - 1]), f"{key}[{unit}]{where}")

    def input_row(self, t: int, unit: int) -> Row:
        """The error of what the network reads at step t: through every direction of the lowest layer."""
        products: list[Product] = []
        for direction in self.architecture.directions:
            step = self.result.at(0, direction, t)
            products += self._sum(step, step.gradient.passed["x"], unit - 1)
        return Row("", f"dx_{t}", (), tuple(products), float(self.result.inputs[t - 1, unit - 1]), f"dx[{t}][{unit}]")

    def start_row(self, layer: int, direction: str, name: str, unit: int) -> Row:
        """The error of a state before the first step of the run."""
        t = self.T if direction == BACKWARD else 1
        step = self.result.at(layer, direction, t)
        products = tuple(self._sum(step, step.gradient.passed[name], unit - 1))
        value = float(step.gradient.before[name][unit - 1])
        return Row("", f"d{name}_0", (), products, value, f"d{name}_0[{unit}]{self._where(layer, direction)}")

    def gradient_rows(self, layer: int, direction: str, units: Sequence[int]) -> Iterator[Row]:
        """Each element of each gradient of a layer: the sum over the steps of what they give."""
        steps = self._steps(layer, direction)
        for one in steps[0].gradient.contributions:
            for unit in units:
                lead = f"unit {unit}"
                places = [(unit - 1,)] if one.right is None else [(unit - 1, j) for j in range(len(one.right))]
                for place in places:
                    yield replace(self._gradient_row(steps, one.name, place), lead=lead)
                    lead = ""

    def gradient_row(self, layer: int, direction: str, name: str, place: tuple[int, ...]) -> Row:
        """One element of a gradient of a layer: its row and column count from 0."""
        return self._gradient_row(self._steps(layer, direction), name, place)

    def _steps(self, layer: int, direction: str) -> list[BackStep]:
        return [self.result.at(layer, direction, t) for t in range(1, self.T + 1)]

    def _gradient_row(self, steps: Sequence[BackStep], name: str, place: tuple[int, ...]) -> Row:
        products: list[Product] = []
        for step in steps:
            made_of = next(c.made_of for c in step.gradient.contributions if c.name == name)
            if len(place) == 1:
                products += self._sum(step, made_of[0].addends, place[0])
                continue
            sides = zip(made_of, place, strict=True)
            products.append(_product(*(self._factor(step, one, k) for side, k in sides for one in factors_of(side))))
        layer, direction = steps[0].layer, steps[0].direction
        named = self.network.gradients_by_name(self.result.gradients, layer, direction)
        said = f"d{name}{''.join(f'[{k + 1}]' for k in place)}"
        return Row("", said, (), tuple(products), float(named[name][place]), f"{said}{self._where(layer, direction)}")

    def readout_rows(self) -> Iterator[Row]:
        """The gradient of the readout: the sum over the losses of dL/dlogits times what was read."""
        for c, row in enumerate(self.network.parameters["readout.W_hy"]):
            yield from (self.readout_row("W_hy", (c, j)) for j in range(len(row)))
            yield self.readout_row("b_y", (c,))

    def readout_row(self, name: str, place: tuple[int, ...]) -> Row:
        """One element of it: its row and column count from 0."""
        read = np.atleast_2d(self.result.trace.readout_inputs)
        products = []
        for k in (k for k in range(len(read)) if self.result.target.weights[k]):
            factors = [self._slope(k, place[0])]
            factors += [Factor(self._read(k, j), float(read[k, j])) for j in place[1:]]
            products.append(_product(*factors))
        said = f"d{name}{''.join(f'[{k + 1}]' for k in place)}"
        return Row("", said, (), tuple(products), float(self.result.gradients[f"readout.{name}"][place]), said)

    def _read(self, k: int, j: int) -> str:
        """What the readout reads for the k-th loss, by the name of the state that it is; a mean of steps has no step."""
        a = self.architecture
        if self.result.trace.shares is not None:
            return f"h[{j + 1}]"
        direction, unit = a.directions[j // a.size_of(a.num_layers - 1)], j % a.size_of(a.num_layers - 1) + 1
        t = 1 if self.one and direction == BACKWARD else self.result.loss_steps[k]
        return f"h[{t}][{unit}]{self._where(a.num_layers - 1, direction)}"

    def _where(self, layer: int, direction: str) -> str:
        return f"@{layer}.{direction}" if self.many else ""

    def _named(self, error: str) -> str:
        """An error as a page calls it: the one pre-activation of a cell without gates has no index."""
        return "da" if error == "da_h" and len(self.network.cell.gates) == 1 else error

    def _has_output(self, step: BackStep) -> bool:
        """Whether an error arrives at h from above, too; else dh is what comes from the future, and nothing is asked."""
        units = range(1, self.architecture.size_of(step.layer) + 1)
        return any(True for unit in units for _ in self._from_output(step, unit))

    def _logit(self, t: int, c: int) -> str:
        return f"dlogits[{c + 1}]" if self.one else f"dlogits[{t}][{c + 1}]"

    def _slope(self, k: int, c: int) -> Factor:
        key = self._logit(self.result.loss_steps[k], c)
        return Factor(key, float(self.result.loss.dlogits[k, c]), key)

    def _from_output(self, step: BackStep, unit: int) -> Iterator[Product]:
        """What arrives at h from above: through W_hy from the losses, or as the input of the layer above."""
        a, j = self.architecture, self.architecture.directions.index(step.direction)
        column = j * a.size_of(step.layer) + unit - 1
        if step.layer < a.num_layers - 1:
            for direction in a.directions:
                key = f"dx[{step.t}][{column + 1}]{self._where(step.layer + 1, direction)}"
                value = float(self.result.at(step.layer + 1, direction, step.t).gradient.dx[column])
                yield _product(Factor(key, value, key))
            return
        if self.given_end:
            return
        W = self.network.parameters["readout.W_hy"]
        shares = self.result.trace.shares
        for k, t in enumerate(self.result.loss_steps):
            share = float(t == step.t if shares is None else shares[step.t - 1, column])
            if share and self.result.target.weights[k]:
                scale = [] if share == 1 else [Factor("1/T", share)]
                for c in range(len(W)):
                    weight = Factor(f"W_hy[{c + 1}][{column + 1}]", float(W[c, column]))
                    yield _product(*scale, weight, self._slope(k, c))

    def _from_future(self, step: BackStep, name: str, unit: int) -> Iterator[Product]:
        yield _product(self._future(step, name, unit - 1))

    def _future(self, step: BackStep, name: str, j: int) -> Factor:
        """What the next step of the run passed back: a number of the sheet, or given where there is no such step."""
        value = float(step.from_future[name].sum(axis=0)[j])
        key = f"d{name}.future[{step.t}][{j + 1}]{self._where(step.layer, step.direction)}"
        return Factor(key, value, None if self._after(step.t, step.direction) is None else key)

    def _after(self, t: int, direction: str) -> int | None:
        """The step that read the state of a step; None after the last one of the run."""
        after = t - 1 if direction == BACKWARD else t + 1
        return after if 1 <= after <= self.T else None

    def _products(self, step: BackStep, products: Sequence[Sequence[Vector]], j: int) -> tuple[Product, ...]:
        return tuple(_product(*(self._factor(step, one, j) for one in factors)) for factors in products)

    def _sum(self, step: BackStep, addends: Sequence[Operand], j: int) -> tuple[Product, ...]:
        """Element j of a sum of operands, products of matrices written out."""
        products: list[Product] = []
        for one in addends:
            if not isinstance(one, Linear):
                products.append(_product(*(self._factor(step, factor, j) for factor in factors_of(one))))
                continue
            W = one.W.value.T if one.transposed else one.W.value
            for i, weight in enumerate(W[j]):
                vector = [self._factor(step, factor, i) for factor in factors_of(one.v)]
                row, column = (i, j) if one.transposed else (j, i)
                products.append(_product(Factor(f"{one.W.symbol}[{row + 1}][{column + 1}]", float(weight)), *vector))
        return tuple(products)

    def _factor(self, step: BackStep, one: Vector, j: int) -> Factor:
        """Element j of a factor: an error, which the sheet asks for, or a number of the forward pass, which is given."""
        value = float(one.value[j])
        if isinstance(one, Bracket):
            name = f"{timed(one.symbol, step.t, step.direction, self.T)}[{j + 1}]"
            if isinstance(one.inside, Applied):
                return Factor(name, value)
            inside = self._sum(step, one.inside.addends, j)
            return Factor(name, value, function=one.template, inner=float(one.inside.value[j]), inside=inside)
        given = self._source(step, one, j)
        if "{}" not in one.template:  # the number itself, or a slope that is 0 or 1
            return Factor(one.symbol if one.template else given.name, value, None if one.template else given.source)
        return Factor(one.template.replace("{}", given.name), value, given.source, one.template, given.value)

    def _source(self, step: BackStep, one: Vector, j: int) -> Factor:
        """The number that a factor is, or is a function of."""
        at = self._where(step.layer, step.direction)
        where = f"[{step.t}][{j + 1}]{at}"
        error = one.source.removeprefix("d")
        if one.source == "dh":
            if not self._has_output(step):
                return self._future(step, "h", j)
            return Factor(f"dh{where}", float(step.gradient.error.h[j]), f"dh{where}")
        if error != one.source and FUTURE in one.symbol:
            return self._future(step, error, j)
        update = next((u for u in step.gradient.updates if u.source == one.source), None)
        if update is not None:
            key = f"{self._named(one.source)}{where}"
            return Factor(key, float(update.value[j]), key)
        traced = self.result.trace.at(step.layer, step.direction, step.t)
        if one.source in traced.numbers:
            return Factor(f"{one.source}{where}", float(traced.value(one.source)[j]))
        state = one.source.removesuffix("_prev")
        if state not in traced.before:
            return Factor(f"{one.symbol}[{j + 1}]", float(one.value[j]))
        before = step_before(step.t, step.direction, self.T)
        name = f"{state}[{before}][{j + 1}]{at}" if before else f"{state}_0[{j + 1}]"
        return Factor(name, float(traced.before[state][j]))


FUTURE = "from the future"
"""What the symbol of a state's error says that came from the next step alone."""


def _less_target(name: str, said: float, wanted: float) -> tuple[Product, ...]:
    """What was said less what was wanted."""
    return _product(Factor(name, said)), _product(Factor("-target", -wanted, function="-{}", inner=wanted))


def _product(*factors: Factor) -> Product:
    return Product(tuple(factors), prod(factor.value for factor in factors))
