"""Is a gradient right? Three answers that do not trust the backward pass.

    sum of contributions   sum over the steps of what each gave, against the batch kernel's gradient
    central differences    (L(θ + e v) - L(θ - e v)) / 2e, against <dL/dθ, v>
    complex step           Im L(θ + i e v) / e, against <dL/dθ, v>; exact to rounding where L is analytic

Every quantity (each weight, bias, the inputs, the initial states) is checked on its own, in random directions v of
length 1. The complex step is that of Squire and Trapp, "Using complex variables to estimate derivatives of real
functions" (1998). The forward pass that is differentiated is the readable one, step by step, at all moved points at once; of
a long sequence the kernels', and all quantities move together first: one by one only where that does not hold.

A difference across a kink of relu says nothing: then both points are taken from the side where no unit switches. A
step that is too long for a loss that bends strongly (long sequences) is made shorter. An error that rounding alone makes
in a gradient says nothing either.

Where a gradient is wrong, every step is differentiated on its own, with the error that arrived there held fixed. The
first one that disagrees, in the order of the backward pass, is where it went wrong: the steps after it inherit the error.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import BackwardRun, readout_backward, run_backward
from rnn_cli.core.bptt import BackStep, Bptt
from rnn_cli.core.forward import ForwardRun, run_forward
from rnn_cli.core.moved_loss import Line, Move, Point, Quantity, Results, analytic, smooth
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.norms import norm
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.rounding import again
from rnn_cli.core.seq2seq import taken_back
from rnn_cli.core.state import InitialStates, State

SUM, DIFFERENCES, COMPLEX_STEP = "sum of contributions", "central differences", "complex step"
LIMITS = {SUM: 1e-12, DIFFERENCES: 1e-6, COMPLEX_STEP: 1e-12}
NOISE = {DIFFERENCES: 1e-3, COMPLEX_STEP: 1e-2, SUM: 1e-2}
"""Below this size of a gradient (times the loss where that is larger than 1) its error is taken absolutely.

A loss that is nearly certain, or parts that cancel, leave few digits in a small gradient, however it is computed.
"""
DIRECTIONS = 2
DIFFERENCE_STEPS = (1e-5, 1e-6, 1e-7)
COMPLEX_SIZE = 1e-30
FIRST_STEPS: Mapping[str, tuple[complex, ...]] = {
    DIFFERENCES: (DIFFERENCE_STEPS[0], -DIFFERENCE_STEPS[0]),
    COMPLEX_STEP: (1j * COMPLEX_SIZE,),
}
"""The steps that nearly every line needs: those of all lines are taken at once."""
OTHER_SIZES = (1e-10, 1e-60, 1e-150, 1e-200, 1e-250)
SETTLED = 0.1
"""Slopes by steps of different lengths may differ by this share of what they differ from the gradient by."""
MOVED = 0.01
"""A step that changes the loss by more than this share of it (or of 1) may be too long for its quotient to be a slope."""
MOST_RUNS = 60_000
"""So many steps are computed with one quantity moved at a time; where it would take more, all move at once. A step of a
large network counts as several."""
COUNTS_ONCE = 50_000
"""The parameters of the largest network whose step counts as one: each takes a product."""
MOST_BLAMED = 200
ROUNDINGS = 4
MOSTLY_ROUNDING = 10
"""A gradient that is off by so many times what rounding changes in it, or less, is not said to be wrong."""
EVERYTHING = "everything at once"


@dataclass(frozen=True)
class Residual:
    """How far one quantity's gradient is from what a method says, relative to the gradient's norm.

    error   NaN where the method has no answer there, and `why`
    """

    method: str
    quantity: str
    error: float
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether the error is within the method's limit; False where the error is NaN."""
        return self.error <= LIMITS[self.method]

    @property
    def unknown(self) -> bool:
        """Whether the method has no answer: the gradient is then neither right nor wrong by it."""
        return bool(np.isnan(self.error))


@dataclass(frozen=True)
class Blame:
    """The first step of the backward pass whose own gradient is wrong: of `quantity`, at time t of a layer and direction."""

    quantity: str
    t: int
    layer: int
    direction: str


@dataclass(frozen=True)
class Check:
    """All residuals, the methods that could be used, and where a wrong gradient goes wrong first.

    finite is False where the loss or the gradient left the finite range: nothing can be said then.
    """

    residuals: tuple[Residual, ...]
    finite: bool = True
    blame: Blame | None = None

    @property
    def methods(self) -> list[str]:
        """The methods, in the order of use."""
        return list(dict.fromkeys(one.method for one in self.residuals))

    @property
    def passed(self) -> bool:
        """Whether every residual is within its limit."""
        return all(one.passed for one in self.residuals)

    @property
    def first_wrong(self) -> Residual | None:
        """The first residual over its limit, in the order in which the error flows: readout, last layer … inputs.

        What the numeric methods say comes first: where only the sum does not hold, it is the kernel that is wrong.
        """
        wrong = [one for one in self.residuals if not (one.passed or one.unknown)]
        return next((one for one in wrong if one.method != SUM), wrong[0] if wrong else None)

    @property
    def unknown(self) -> list[Residual]:
        """The residuals that could not be computed."""
        return [one for one in self.residuals if one.unknown]

    @property
    def wrong_quantity(self) -> str | None:
        """The quantity to name: where the first step goes wrong, else the first whose gradient is wrong."""
        if self.blame is not None:
            return self.blame.quantity
        return None if self.first_wrong is None else self.first_wrong.quantity

    def worst(self, method: str) -> Residual:
        """The largest residual of a method; NaN counts as the largest."""
        return max(
            (one for one in self.residuals if one.method == method),
            key=lambda one: np.inf if np.isnan(one.error) else one.error,
        )


def check_gradient(result: Bptt, generator: np.random.Generator, encoder: Bptt | None = None) -> Check:
    """Check an untruncated backward pass; that of a decoder together with its encoder's."""
    results = (result,) if encoder is None else (result, encoder)
    quantities = [one for k in range(len(results)) for one in _quantities(results, k)]
    finite = bool(np.isfinite(result.loss.total)) and all(np.isfinite(one.gradient).all() for one in quantities)
    residuals = list(_sums(results, quantities))
    if not finite:
        return Check(tuple(residuals), finite=False)
    methods: list[tuple[str, _Numeric]] = [(DIFFERENCES, _by_differences)]
    if analytic(results):
        methods.append((COMPLEX_STEP, _by_complex_step))
    steps = sum(len(one.steps) * max(1.0, one.gradients.flat.size / COUNTS_ONCE) for one in results)
    for method, numeric in methods:
        if steps * len(quantities) * DIRECTIONS * 3 > MOST_RUNS:
            at_once = list(_numeric_residuals(results, method, numeric, [_together(quantities)], generator))
            residuals += [one for one in at_once if not one.unknown]
            if all(one.passed for one in at_once):
                continue
        residuals += _numeric_residuals(results, method, numeric, quantities, generator)
    check = Check(tuple(_arbitrated(residuals)))
    if check.first_wrong is not None:
        check = Check(tuple(_above_rounding(results, check.residuals, generator)))
    wrong = check.first_wrong
    if wrong is None or wrong.method == SUM:
        return check
    return Check(check.residuals, blame=_blame(results, generator))


@dataclass(frozen=True)
class _Slope:
    """What a method says of the loss's slope in one direction; `unknown` says why its number is none."""

    value: float = 0.0
    unknown: str = ""


_Numeric = Callable[[Line], _Slope | None]
"""The slope of the loss along a direction; None where a method says nothing, and nothing follows from that."""

OUT = "the loss left the finite range there"
UNSETTLED = "its numbers change with the length of the step more than they differ from the gradient"
TOO_LONG = "the shortest step already changes the loss by far"
SUM_OUT = "the batch kernel's gradient left the finite range"
ROUNDED = "rounding alone changes that gradient by as much"
CONFIRMED = "they disagree with it, and the complex step, which is more exact, does not"


def _numeric_residuals(
    results: Results, method: str, numeric: _Numeric, quantities: Sequence[Quantity], generator: np.random.Generator
) -> Iterator[Residual]:
    floor = NOISE[method] * max(1.0, abs(results[0].loss.total))
    lines = [[_line(results, quantity, generator) for _ in range(DIRECTIONS)] for quantity in quantities]
    first = FIRST_STEPS[method] if smooth(results) else (*FIRST_STEPS[method], 0)
    Line.learn([one for some in lines for one in some], first)
    for quantity, some in zip(quantities, lines, strict=True):
        errors: list[float] = []
        why = ""
        for line in some:
            slope = numeric(line)
            if slope is not None:
                error = _relative(quantity.gradient, line.v, slope.value, floor)
                errors.append(np.nan if slope.unknown else error)
                why = slope.unknown or why
        if errors:
            known = max((error for error in errors if not np.isnan(error)), default=0.0)
            error = known if known > LIMITS[method] or not why else np.nan
            yield Residual(method, quantity.name, error, why * bool(np.isnan(error)))


def _line(results: Results, quantity: Quantity, generator: np.random.Generator) -> Line:
    """A random direction of length 1."""
    v = generator.standard_normal(quantity.gradient.shape)
    return Line(results, quantity, v / np.linalg.norm(v))


def _arbitrated(residuals: Sequence[Residual]) -> Iterator[Residual]:
    """Central differences that disagree are what is inexact where the complex step does not disagree as well."""
    confirmed = {one.quantity for one in residuals if one.method == COMPLEX_STEP and (one.passed or one.unknown)}
    for one in residuals:
        doubtful = one.method == DIFFERENCES and not one.passed and one.quantity in confirmed
        yield replace(one, error=np.nan, why=one.why or CONFIRMED) if doubtful else one


def _above_rounding(
    results: Results, residuals: Sequence[Residual], generator: np.random.Generator
) -> Iterator[Residual]:
    """A residual over its limit is no answer where rounding changes the gradient by about as much."""
    here, *moved = [again(results, None if k == 0 else generator) for k in range(1 + ROUNDINGS)]
    changes = {
        name: np.nan_to_num([_distance(gradient, by_name[name]) for gradient in gradients], nan=np.inf).max()
        for by_name in [_gradients(here)]
        for name, *gradients in zip(by_name, *(_gradients(one).values() for one in moved), strict=True)
    }
    for one in residuals:
        rounded = not one.passed and one.error <= MOSTLY_ROUNDING * changes.get(one.quantity, 0.0)
        yield replace(one, error=np.nan, why=ROUNDED) if rounded else one


def _gradients(results: Results) -> dict[str, Array]:
    return {one.name: one.gradient for k in range(len(results)) for one in _quantities(results, k)}


def _relative(gradient: Array, v: Array, slope: float, floor: float) -> float:
    """|<gradient, v> - slope| / max(‖gradient‖, floor), with all of it made smaller where it could overflow."""
    largest = max(float(np.abs(gradient).max()), abs(slope), floor)
    scale = 2.0 ** -max(np.frexp(largest)[1] - 500, 0) if np.isfinite(largest) else 1.0
    expected = float((gradient * scale * v).sum())
    error = abs(expected - slope * scale) / max(norm(gradient * scale), floor * scale)
    return min(error, float(np.finfo(np.float64).max)) if error == error else np.nan


def _distance(one: Array, other: Array) -> float:
    """‖one - other‖ / ‖other‖, likewise; NaN where a number is not finite."""
    largest = max(float(np.abs(array).max()) for array in (one, other))
    scale = 2.0 ** -max(np.frexp(largest)[1] - 500, 0) if np.isfinite(largest) else np.nan
    return norm(one * scale - other * scale) / max(norm(other * scale), NOISE[SUM] * scale)


def _together(quantities: Sequence[Quantity]) -> Quantity:
    """All quantities as one."""
    ends = np.cumsum([one.gradient.size for one in quantities])

    def move(points: Sequence[Point], change: Array) -> None:
        for one, part in zip(quantities, np.split(change, ends[:-1]), strict=True):
            one.move(points, part.reshape(one.gradient.shape))

    return Quantity(EVERYTHING, np.concatenate([one.gradient.ravel() for one in quantities]), move)


def _quantities(results: Results, k: int) -> Iterator[Quantity]:
    """Everything of network k that has a gradient, in the order in which the error flows back."""
    role = _role(results, k)
    for name, gradient, move in _moves(results[k]):
        yield Quantity(role + name, gradient, lambda points, change, move=move: move(points[k], change))  # type: ignore[misc]


def _role(results: Results, k: int) -> str:
    """What stands before the name of a quantity."""
    return "" if len(results) == 1 else ("decoder ", "encoder ")[k]


def _moves(result: Bptt) -> Iterator[tuple[str, Array, Move]]:
    """The name of each quantity of one network, its gradient, and how to move it."""
    network = result.trace.network

    def readout(name: str) -> Move:
        def move(point: Point, change: Array) -> None:
            point.parameters[f"readout.{name}"][...] += change

        return move

    def parameter(layer: int, direction: str, name: str) -> Move:
        def move(point: Point, change: Array) -> None:
            network.gradients_by_name(point.parameters, layer, direction)[name][...] += change

        return move

    def initial(where: tuple[int, str], name: str) -> Move:
        def move(point: Point, change: Array) -> None:
            point.initial.setdefault(where, {})[name] = change

        return move

    def inputs(point: Point, change: Array) -> None:
        point.x[...] += change

    def attention(name: str) -> Move:
        def move(point: Point, change: Array) -> None:
            assert point.attention is not None
            point.attention[name][...] += change

        return move

    for name, gradient in result.gradients.group("readout").items():
        yield name, gradient, readout(name)
    if result.looked is not None:
        for name, gradient in result.looked.gradients.items():
            yield name, gradient, attention(name)
    for (layer, direction), errors in _last_first(result):
        for name, part in network.gradients_by_name(result.gradients, layer, direction).items():
            yield _named(result, name, layer, direction), part, parameter(layer, direction, name)
        for name, error in errors.items():
            yield _named(result, f"{name}_0", layer, direction), error, initial((layer, direction), name)
    yield "x", result.inputs, inputs


def _last_first(result: Bptt) -> list[tuple[tuple[int, str], State]]:
    """The initial states' gradients, from the last layer to the first, forward before backward."""
    return sorted(result.initial.items(), key=lambda item: (-item[0][0], item[0][1] == BACKWARD))


def _named(result: Bptt, name: str, layer: int, direction: str) -> str:
    a = result.trace.network.architecture
    return f"{name}, layer {layer}, {direction}" if a.num_layers > 1 or not a.forward_only else name


def _by_differences(line: Line) -> _Slope | None:
    """The slope along v, by the longest of three steps that agrees with the gradient, else by the one that is nearest.

    None where a kink lies on both sides. Unknown where the quotient is no derivative: the loss leaves the finite range,
    changes by far, or the quotients of different steps differ from each other as they do from the gradient.
    """
    gradient, v, here = line.quantity.gradient, line.v, line.results[0].loss.total
    floor = NOISE[DIFFERENCES] * max(1.0, abs(here))
    slopes: list[float] = []
    unknown = ""
    for e in DIFFERENCE_STEPS:
        slope = _difference(line, e, here)
        if slope is None:
            continue
        if slope.unknown != OUT and _relative(gradient, v, slope.value, floor) <= LIMITS[DIFFERENCES]:
            return _Slope(slope.value)
        if slope.unknown or _far(line, e):
            unknown = slope.unknown or TOO_LONG
        else:
            slopes.append(slope.value)
    return _nearest(gradient, v, slopes, floor, unknown)


def _nearest(gradient: Array, v: Array, slopes: Sequence[float], floor: float, unknown: str) -> _Slope | None:
    """Of slopes that all disagree with the gradient the nearest, if two of them agree with each other far better."""
    if not slopes:
        return _Slope(unknown=unknown) if unknown else None
    scale = 2.0**-20  # slopes up to the end of the range have a difference within it
    expected = float((gradient * scale * v).sum())
    scaled = [slope * scale for slope in slopes]
    nearest = min(range(len(slopes)), key=lambda k: abs(scaled[k] - expected))
    spread = min((abs(a - b) for a, b in combinations(scaled, 2)), default=np.inf if unknown else 0.0)
    if spread > SETTLED * abs(scaled[nearest] - expected):
        return _Slope(unknown=UNSETTLED)
    return _Slope(slopes[nearest])


STENCILS = (((1, 0.5), (-1, -0.5)), ((0, 1.5), (-1, -2.0), (-2, 0.5)), ((0, -1.5), (1, 2.0), (2, -0.5)))
"""Differences of the second order as (place, weight): central, to the left, to the right."""


def _difference(line: Line, e: float, here: float) -> _Slope | None:
    """The first difference all of whose points lie on one side of every kink; `here` is the loss between the points."""
    (up, over_up), (down, over_down) = line.at(e), line.at(-e)
    if over_up is None or over_down is None:
        return _quotient([(0.5, up.real), (-0.5, down.real)], e, here)
    _, active_here = line.at(0)
    assert active_here is not None
    for stencil in STENCILS:
        points = [(weight, *line.at(place * e)) for place, weight in stencil]
        if all(active is not None and np.array_equal(active, active_here) for _, _, active in points):
            return _quotient([(weight, value.real) for weight, value, _ in points], e, here)
    return None


def _quotient(points: Sequence[tuple[float, float]], e: float, here: float) -> _Slope:
    """The difference of losses with these weights, and whether the step was so long that it need not be a derivative."""
    slope = sum(weight * loss for weight, loss in points) / e
    if not np.isfinite(slope):
        return _Slope(unknown=OUT)
    moved = max(abs(loss - here) for _, loss in points)
    return _Slope(slope, TOO_LONG if moved > MOVED * max(1.0, abs(here)) else "")


def _by_complex_step(line: Line) -> _Slope:
    """The slope along v; where it disagrees with the gradient, by other steps too: numbers can be too large for one."""
    gradient, v = line.quantity.gradient, line.v
    floor = NOISE[COMPLEX_STEP] * max(1.0, abs(line.results[0].loss.total))
    slopes: list[float] = []
    unknown = OUT
    for e in (COMPLEX_SIZE, *OTHER_SIZES):
        slope = line.at(1j * e)[0].imag / e
        if np.isfinite(slope) and _relative(gradient, v, slope, floor) <= LIMITS[COMPLEX_STEP]:
            return _Slope(slope)
        if _far(line, e):
            unknown = TOO_LONG
        elif np.isfinite(slope):
            slopes.append(slope)
    return _nearest(gradient, v, slopes, floor, unknown) or _Slope(unknown=unknown)


def _far(line: Line, e: float) -> bool:
    """Whether a step of e would change the loss by far if the gradient were right: it cannot say that it is not."""
    change = float((line.quantity.gradient * (e * line.v)).sum())
    return abs(change) > MOVED * max(1.0, abs(line.results[0].loss.total))


def _sums(results: Results, quantities: Sequence[Quantity]) -> Iterator[Residual]:
    """The sums of the steps' contributions against the gradients of the batch kernels."""
    kernel: dict[str, Array] = {}
    arriving: InitialStates | None = None
    outputs: Array | None = None
    runs = [_run_of(result) for result in results]
    for k, result in enumerate(results):
        if result.trace.look is None:
            total = _by_kernels(result, runs[k], arriving, outputs)
        else:
            total, gradients, outputs = _looked_by_kernels(result, *runs)
            kernel |= {_role(results, k) + name: array for name, array in gradients.items()}
        kernel |= {_role(results, k) + name: array for name, array in _by_name(result, total).items()}
        if k + 1 < len(results):
            arriving = taken_back(total.initial, results[k + 1].trace.network.architecture)
    for quantity in quantities:
        theirs = kernel[quantity.name]
        error = _distance(quantity.gradient, theirs)
        yield Residual(SUM, quantity.name, error, SUM_OUT * bool(np.isnan(error)))


def _run_of(result: Bptt) -> ForwardRun:
    """The forward pass of one network by its kernels."""
    initial = {where: state.batched() for where, state in result.trace.initial.items()}
    return run_forward(result.trace.network, result.trace.inputs[:, None], initial=initial)


def _looked_by_kernels(result: Bptt, run: ForwardRun, read: ForwardRun) -> tuple[BackwardRun, Parameters, Array]:
    """The backward pass of a decoder with attention, the gradients of that, and the errors of the encoder's outputs."""
    assert result.trace.look is not None
    network, attention = result.trace.network, result.trace.look.memory.attention
    into, gradients = network.parameters.zeros(), attention.parameters.zeros()
    look = attention.remember(read.output).look(run.output)
    dread = readout_backward(network, look.read, result.loss.dlogits[:, None], into)
    errors = look.backward(dread, gradients)
    return run_backward(network.without_readout(), run, errors.ds, gradients=into), gradients, errors.dh


def _by_kernels(result: Bptt, run: ForwardRun, arriving: InitialStates | None, outputs: Array | None) -> BackwardRun:
    """The backward pass of one network by its kernels: from its own loss, or from what arrives at its states."""
    network, T = result.trace.network, len(result.trace.inputs)
    if arriving is not None:
        return run_backward(network, run, final=arriving, outputs=outputs)
    one = network.architecture.task == MANY_TO_ONE
    return run_backward(network, run, result.loss.dlogits if one else result.loss.dlogits.reshape(T, 1, -1))


def _by_name(result: Bptt, total: BackwardRun) -> dict[str, Array]:
    """The gradients of the kernels under the names of the quantities."""
    named: dict[str, Array] = {"x": total.inputs[:, 0], **total.parameters.group("readout")}
    for (layer, direction), errors in total.initial.items():
        for name, part in result.trace.network.gradients_by_name(total.parameters, layer, direction).items():
            named[_named(result, name, layer, direction)] = part
        for name, error in errors.items():
            named[_named(result, f"{name}_0", layer, direction)] = error[0]
    return named


def _blame(results: Results, generator: np.random.Generator) -> Blame | None:
    """The first step of the backward pass whose own gradient is wrong; None where every step is right on its own."""
    for k, result in enumerate(results):
        for (layer, direction), _ in _last_first(result):
            own = [step for step in result.steps if (step.layer, step.direction) == (layer, direction)]
            for step in (own if direction == BACKWARD else own[::-1])[:MOST_BLAMED]:
                quantity = _wrong_in_step(result, step, generator)
                if quantity is not None:
                    name = _role(results, k) + _named(result, quantity, layer, direction)
                    return Blame(name, step.t, layer, direction)
    return None


def _wrong_in_step(result: Bptt, back: BackStep, generator: np.random.Generator) -> str | None:
    """The first quantity of one step whose gradient is not that of <dh, h_t> + <dc, c_t> + …"""
    cell = result.trace.network.cell
    p = result.trace.network.packed(back.layer, back.direction)
    step, gradient = result.trace.at(back.layer, back.direction, back.t), back.gradient
    arriving = State(**{**back.from_future, "h": back.from_output + back.from_future.h}).map(lambda a: a.sum(axis=0))
    by_complex_step = analytic((result,))

    def value(name: str, change: Array) -> complex:
        packed = {key: array.astype(change.dtype) for key, array in p.items()}
        before = step.before.map(lambda array: array.astype(change.dtype))
        x = step.x.astype(change.dtype)
        moved = {"x": x, **{f"{state}_{{t-1}}": array for state, array in before.items()}, **cell.named(packed)}[name]
        moved[...] += change
        after = cell.step(cell.weights(packed), x, before).state
        return complex(sum((arriving[state] * after[state]).sum() for state in after))

    given: list[tuple[str, Array]] = [(one.name, one.value) for one in gradient.contributions]
    given += [(f"{state}_{{t-1}}", array) for state, array in gradient.before.items()]
    given.append(("x", gradient.dx))
    for name, found in given:
        v = generator.standard_normal(found.shape)
        e = DIFFERENCE_STEPS[0]
        expected = (
            value(name, 1j * COMPLEX_SIZE * v).imag / COMPLEX_SIZE
            if by_complex_step
            else (value(name, e * v) - value(name, -e * v)).real / (2 * e)
        )
        limit = 1e-9 if by_complex_step else 1e-5
        if not abs(float((found * v).sum()) - expected) <= limit * (norm(found) * norm(v) + abs(expected) + 1e-12):
            return name
    return None
