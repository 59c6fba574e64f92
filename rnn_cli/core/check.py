"""Is a gradient right? Three answers that do not trust the backward pass.

    sum of contributions   sum over the steps of what each gave, against the batch kernel's gradient
    central differences    (L(θ + e v) - L(θ - e v)) / 2e, against <dL/dθ, v>
    complex step           Im L(θ + i e v) / e, against <dL/dθ, v>; exact to rounding where L is analytic

Every quantity (each weight, bias, the inputs, the initial states) is checked on its own, in random directions v of
length 1. The complex step is that of Squire and Trapp, "Using complex variables to estimate derivatives of real
functions" (1998). The forward pass that is differentiated is the readable one, step by step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.bptt import Bptt
from rnn_cli.core.clipping import norm
from rnn_cli.core.forward import run_forward
from rnn_cli.core.losses import total_loss
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.trace import Initial, trace

SUM, DIFFERENCES, COMPLEX_STEP = "sum of contributions", "central differences", "complex step"
LIMITS = {SUM: 1e-12, DIFFERENCES: 1e-6, COMPLEX_STEP: 1e-12}
DIRECTIONS = 2
DIFFERENCE_STEP, COMPLEX_SIZE = 1e-5, 1e-30
NOISE = {DIFFERENCES: 1e-3, COMPLEX_STEP: 1e-12, SUM: 1e-12}
"""Below this size of a gradient its error is taken absolutely: the method itself has no more digits."""


@dataclass(frozen=True)
class Residual:
    """How far one quantity's gradient is from what a method says, relative to the gradient's norm."""

    method: str
    quantity: str
    error: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the method's limit. False for an error that is not a number."""
        return self.error <= LIMITS[self.method]


@dataclass(frozen=True)
class Check:
    """All residuals, and the methods that could be used."""

    residuals: tuple[Residual, ...]

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
        """The first residual over its limit, in the order in which the error flows: readout, last layer … inputs."""
        return next((one for one in self.residuals if not one.passed), None)

    def worst(self, method: str) -> Residual:
        """The largest residual of a method."""
        return max((one for one in self.residuals if one.method == method), key=lambda one: one.error)


def check_gradient(result: Bptt, generator: np.random.Generator) -> Check:
    """Check an untruncated backward pass."""
    network = result.trace.network
    analytic = all(ACTIVATIONS[name].analytic for name in network.cell.activations)
    residuals = list(_sums(result))
    methods: list[tuple[str, Callable[[Bptt, _Quantity, Array], float]]] = [(DIFFERENCES, _by_differences)]
    if analytic:
        methods.append((COMPLEX_STEP, _by_complex_step))
    for method, numeric in methods:
        for quantity in _quantities(result):
            error = 0.0
            for _ in range(DIRECTIONS):
                v = generator.standard_normal(quantity.gradient.shape)
                v /= np.linalg.norm(v)
                difference = abs(float((quantity.gradient * v).sum()) - numeric(result, quantity, v))
                error = max(error, difference / max(norm(quantity.gradient), NOISE[method]))
            residuals.append(Residual(method, quantity.name, error))
    return Check(tuple(residuals))


@dataclass(frozen=True, eq=False)
class _Quantity:
    """Something that the loss depends on: its name, its gradient, and how a change reaches the network."""

    name: str
    gradient: Array
    apply: Callable[[Array], tuple[Parameters, Array, Initial]]


def _quantities(result: Bptt) -> Iterator[_Quantity]:
    """Everything that has a gradient, in the order in which the error flows back."""
    network, x = result.trace.network, result.trace.inputs
    zeros: Initial = {}

    def parameter(name: str, rows: slice) -> Callable[[Array], tuple[Parameters, Array, Initial]]:
        def apply(change: Array) -> tuple[Parameters, Array, Initial]:
            parameters = network.parameters.astype(change.dtype)
            parameters[name][rows] += change
            return parameters, x.astype(change.dtype), zeros

        return apply

    everything = slice(None)
    for name in ("readout.W_hy", "readout.b_y"):
        yield _Quantity(name.removeprefix("readout."), result.gradients[name], parameter(name, everything))
    for (layer, direction), (dh0, dc0) in reversed(list(result.initial.items())):
        where = f"layers.{layer}.{direction}"
        gates, size = network.cell.gates, network.architecture.hidden_size
        for kind, array in result.gradients.group(where).items():
            if kind in ("W_x", "W_h", "b"):
                for k, gate in enumerate(gates):
                    rows = slice(k * size, (k + 1) * size)
                    label = f"{kind}{'_' if kind == 'b' else ''}{gate}"
                    yield _Quantity(
                        _named(result, label, layer, direction), array[rows], parameter(f"{where}.{kind}", rows)
                    )
            else:
                yield _Quantity(_named(result, kind, layer, direction), array, parameter(f"{where}.{kind}", everything))
        yield _Quantity(
            _named(result, "h_0", layer, direction), dh0, _initial(result, (layer, direction), cell_state=False)
        )
        if dc0 is not None:
            yield _Quantity(
                _named(result, "c_0", layer, direction), dc0, _initial(result, (layer, direction), cell_state=True)
            )
    yield _Quantity("x", result.inputs, lambda change: (network.parameters.astype(change.dtype), x + change, zeros))


def _named(result: Bptt, name: str, layer: int, direction: str) -> str:
    a = result.trace.network.architecture
    return f"{name}, layer {layer}, {direction}" if a.num_layers > 1 or a.bidirectional else name


def _initial(
    result: Bptt, where: tuple[int, str], cell_state: bool
) -> Callable[[Array], tuple[Parameters, Array, Initial]]:
    network, x = result.trace.network, result.trace.inputs
    has_c = network.cell.has_cell_state

    def apply(change: Array) -> tuple[Parameters, Array, Initial]:
        zero = np.zeros_like(change)
        h, c = (zero, change) if cell_state else (change, zero if has_c else None)
        return network.parameters.astype(change.dtype), x.astype(change.dtype), {where: (h, c)}

    return apply


def _loss(result: Bptt, parameters: Parameters, x: Array, initial: Initial) -> complex:
    network = result.trace.network.with_parameters(parameters)
    logits = trace(network, x, initial).logits
    assert logits is not None
    logits = logits[None] if network.architecture.task == MANY_TO_ONE else logits
    return total_loss(result.target.kind, logits, result.target.targets, result.target.weights)


def _by_differences(result: Bptt, quantity: _Quantity, v: Array) -> float:
    e = DIFFERENCE_STEP
    up, down = (_loss(result, *quantity.apply(sign * e * v)).real for sign in (1, -1))
    return (up - down) / (2 * e)


def _by_complex_step(result: Bptt, quantity: _Quantity, v: Array) -> float:
    return _loss(result, *quantity.apply(1j * COMPLEX_SIZE * v)).imag / COMPLEX_SIZE


def _sums(result: Bptt) -> Iterator[Residual]:
    """The sums of the steps' contributions against the gradients of the batch kernels."""
    network, T = result.trace.network, len(result.trace.inputs)
    run = run_forward(network, result.trace.inputs[:, None])
    one = network.architecture.task == MANY_TO_ONE
    dlogits = result.loss.dlogits if one else result.loss.dlogits.reshape(T, 1, -1)
    total = run_backward(network, run, dlogits)
    for name, gradient in total.parameters.items():
        if name == "embedding":
            continue
        prefix, _, short = name.rpartition(".")
        layer, _, direction = prefix.removeprefix("layers.").partition(".")
        parts = {short: gradient}
        summed = {short: result.gradients[name]}
        if direction:
            parts, summed = (_split(network.cell.gates, short, array) for array in (gradient, result.gradients[name]))
        for key, part in parts.items():
            error = norm(part - summed[key]) / max(norm(part), NOISE[SUM])
            yield Residual(SUM, _named(result, key, int(layer), direction) if direction else key, error)


def _split(gates: tuple[str, ...], kind: str, array: Array) -> dict[str, Array]:
    if kind not in ("W_x", "W_h", "b"):
        return {kind: array}
    parts = np.split(array, len(gates))
    return {f"{kind}{'_' if kind == 'b' else ''}{gate}": part for gate, part in zip(gates, parts, strict=True)}
