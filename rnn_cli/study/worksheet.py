"""What a worksheet asks: every number of a pass, forward or backward, in the order in which it can be worked out."""

from collections.abc import Iterator
from dataclasses import dataclass

from rnn_cli.core.bptt import Bptt
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.quantities import Update
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Number, Product, Quantity, Unfolder
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model
from rnn_cli.study.back_rows import BackRows
from rnn_cli.study.rows import Row, gate_rows, step_before, timed, update_rows
from rnn_cli.study.shown import Choice
from rnn_cli.study.trace import units_of

MOST_STEPS = 3
"""How many steps are asked where nobody chose: the first ones, and the last."""


@dataclass(frozen=True)
class Part:
    """Rows that stand together.

    about     "step", "back", "loss", "readout" or "gradient"; the first two are of step t of a layer and direction
    equation  what they work out, where that is one equation; `gate`: the gate, where there are several
    """

    about: str
    rows: tuple[Row, ...]
    layer: int = 0
    direction: str = ""
    t: int = 0
    gate: str = ""
    equation: str = ""


@dataclass(frozen=True)
class Sheet:
    """All parts in order. `steps` are those that are asked; what the others give stands on the sheet as a number."""

    parts: tuple[Part, ...]
    steps: tuple[int, ...]

    @property
    def rows(self) -> Iterator[Row]:
        """Every number that is asked."""
        return (row for part in self.parts for row in part.rows)


def forward_sheet(model: Model, trace: Trace, choice: Choice) -> Sheet:
    """The forward pass: gates and states step by step, then the readout."""
    steps = _steps(choice, len(trace.inputs))
    parts = [
        part
        for layer in choice.layers
        for direction in choice.directions
        for t in _in_order(steps, direction, len(trace.inputs))
        for part in _forward_step(model, trace, choice, layer, direction, t)
    ]
    rows = tuple(_readout_rows(model, trace))
    return Sheet((*parts, *([Part("readout", rows)] if rows else [])), steps)


def backward_sheet(model: Model, result: Bptt, choice: Choice, given_end: bool = False) -> Sheet:
    """The backward pass: the loss, the errors step by step, and the gradient. The numbers of the forward pass are given.

    `given_end`: the error at the end comes from another network, which is not asked.
    """
    trace, T = result.trace, len(result.trace.inputs)
    steps, back = _steps(choice, T), BackRows(result, given_end)
    rows = () if given_end else tuple(back.loss_rows(model.label))
    parts = [Part("loss", rows)] if rows else []
    for layer in reversed(choice.layers):
        for direction in choice.directions:
            for t in reversed(_in_order(steps, direction, T)):
                units = _units(trace, choice, layer, direction)
                for equation, asked in back.step_rows(layer, direction, t, units):
                    parts.append(Part("back", tuple(asked), layer, direction, t, equation=equation))
    for layer in choice.layers:
        for direction in choice.directions:
            gradient = tuple(back.gradient_rows(layer, direction, _units(trace, choice, layer, direction)))
            parts.append(Part("gradient", gradient, layer, direction))
    if not given_end:
        parts.append(Part("readout", tuple(back.readout_rows())))
    return Sheet(tuple(parts), steps)


def _units(trace: Trace, choice: Choice, layer: int, direction: str) -> tuple[int, ...]:
    """The units that were chosen, by number or by a rule; all where nobody chose."""
    if choice.rule is not None:
        return tuple(sorted(units_of(trace, choice, layer, direction).numbers))
    return choice.units_in(trace.network.architecture.size_of(layer))


def _steps(choice: Choice, length: int) -> tuple[int, ...]:
    """The steps that are asked. A gap of one step would take as much room as the step."""
    if choice.steps is not None:
        return tuple(sorted(choice.steps))
    every = tuple(range(1, length + 1))
    return every if length <= MOST_STEPS + 1 else (*every[: MOST_STEPS - 1], length)


def _in_order(steps: tuple[int, ...], direction: str, length: int) -> list[int]:
    """The steps in the order of the run."""
    return sorted(steps, reverse=length > 1 and step_before(1, direction, length) == 2)


def _forward_step(model: Model, trace: Trace, choice: Choice, layer: int, direction: str, t: int) -> Iterator[Part]:
    units, alone = _units(trace, choice, layer, direction), len(model.network.cell.gates) == 1
    for one in trace.at(layer, direction, t).numbers.values():
        if isinstance(one, Update):
            rows = tuple(update_rows(trace, layer, direction, t, one, units))
            equation = timed(f"{one.symbol} = {one.equation}", t, direction, len(trace.inputs))
            yield Part("step", rows, layer, direction, t, equation=equation)
        else:
            rows = tuple(gate_rows(trace, layer, direction, t, one.name, units))
            yield Part("step", rows, layer, direction, t, gate="" if alone else one.name)


def _readout_rows(model: Model, trace: Trace) -> Iterator[Row]:
    if trace.logits is None or trace.probabilities is None or model.network.architecture.task != MANY_TO_ONE:
        return
    unfolder, a = Unfolder(trace), model.network.architecture
    numbers = [
        unfolder.number(Quantity("logits", a.num_layers - 1, a.directions[0], None, k + 1))[0]
        for k in range(a.output_size)
    ]
    if model.numeric and model.encoding is not None:
        yield from _number_rows(model.encoding, numbers)
        return
    for k, number in enumerate(numbers):
        yield _row(model.label(k), f"logit {k + 1}", number)
    exponents = tuple(Product((_exp(number),), 0.0) for number in numbers)
    for k, number in enumerate(numbers):
        total = Factor("sum", 0.0, function="(1 / {})", inside=exponents)
        share = Product((_exp(number), total), 0.0)
        yield Row(model.label(k), f"p {k + 1}", (), (share,), float(trace.probabilities[k]), f"p[{k + 1}]")


def _exp(number: Number) -> Factor:
    return Factor(f"exp({number.name})", 0.0, number.name, "exp({})", number.value)


def _row(lead: str, name: str, number: Number) -> Row:
    terms = (*number.terms[:-1], Product(number.terms[-1].factors, number.terms[-1].value, "bias"))
    return Row(lead, name, (), terms, number.value, number.name)


def _number_rows(encoding: Encoding, numbers: list[Number]) -> Iterator[Row]:
    """Each number that is predicted, as the network says it and in the units of the data."""
    names = encoding.outputs(len(numbers))
    for k, (name, number) in enumerate(zip(names, numbers, strict=True)):
        yield _row(name, f"y {k + 1}", number)
    if not encoding.rescales_outputs:
        return
    means, scales = encoding.output_moments(len(numbers))
    for k, (name, number) in enumerate(zip(names, numbers, strict=True)):
        mean, scale = float(means[k]), float(scales[k])
        scaled = Product((Factor(number.name, number.value, number.name), Factor("scale", scale)), number.value * scale)
        shift = Product((Factor("mean", mean),), mean)
        yield Row(name, "", (), (scaled, shift), number.value * scale + mean, f"prediction[{k + 1}]")
