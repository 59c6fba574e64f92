"""The check says yes to right gradients and names what is wrong with wrong ones."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core import moved_loss
from rnn_cli.core import verification as module
from rnn_cli.core.bptt import Target, bptt
from rnn_cli.core.cells.records import CellGradient, Contribution, StepGradient
from rnn_cli.core.fast import kernel_of
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.core.trace import trace
from rnn_cli.core.verification import COMPLEX_STEP, DIFFERENCES, LIMITS, ROUNDED, SUM, Check, Residual, check_gradient
from tests.support.backward import traced
from tests.support.networks import (
    KINDS,
    architecture_of,
    cell_of,
    networks,
    random_network,
    seeds,
    slow_but,
    slow_if,
    slow_where_derived,
    tuned,
)

Wrong = Callable[[StepGradient, Any], StepGradient]

TASKS = (MANY_TO_ONE, MANY_TO_MANY)
TUNED = [kind for kind in sorted(KINDS) if tuned(kind)]
KERNEL_GIVES = {kind: ("dx", "initial", *cell_of(kind).packing) for kind in sorted(KINDS)}
"""What the kernel of each kind hands back."""


@pytest.fixture(autouse=True)
def one_direction(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each quantity is moved in one random direction, not in two: where a gradient is wrong, one tells. Two with --run-slow."""
    if not request.config.getoption("--run-slow"):
        monkeypatch.setattr(module, "DIRECTIONS", 1)


def checked(network: Network, T: int = 2, kind: str = CROSS_ENTROPY, seed: int = 0) -> Check:
    return check_gradient(bptt(*traced(network, T, kind, seed)), np.random.default_rng(seed))


@settings(max_examples=4)
@given(network=networks(readout=True), T=st.integers(1, 5), seed=seeds, kind=st.sampled_from((CROSS_ENTROPY, MSE)))
def test_right_gradients_pass(network: Network, T: int, seed: int, kind: str) -> None:
    found = checked(network, T, kind, seed)
    assert found.passed, [one for one in found.residuals if not one.passed]
    assert (found.first_wrong, found.blame, found.wrong_quantity) == (None, None, None)
    assert found.methods == [SUM, DIFFERENCES] + [COMPLEX_STEP] * network.cell.analytic


@pytest.mark.parametrize("kind", slow_where_derived())
def test_every_quantity_is_checked_on_its_own(kind: str) -> None:
    network = random_network(architecture_of(kind, 2, 2, num_layers=2, bidirectional=True, output_size=2))
    found = checked(network)
    names = [one.quantity for one in found.residuals if one.method == SUM]
    cell = network.cell
    per_cell = len(cell.parameters) + len(cell.states)
    assert len(names) == len(set(names)) == 2 + 4 * per_cell + 1
    assert names[:3] == ["W_hy", "b_y", f"{cell.parameters[0]}, layer 1, forward"]
    assert names[-1] == "x"
    assert {f"{state}_0, layer 0, backward" for state in cell.states} <= set(names)


def wrong_part(name: str, change: Callable[[Contribution], Contribution]) -> Wrong:
    """One contribution, wrongly given."""

    def wrong(back: StepGradient, step: Any) -> StepGradient:
        parts = tuple(change(one) if one.name == name else one for one in back.contributions)
        return replace(back, contributions=parts)

    return wrong


def doubled(one: Contribution) -> Contribution:
    return replace(one, left=2 * one.left)


def off_by_one(name: str) -> Wrong:
    """h_t in the place of h_{t-1}."""

    def wrong(back: StepGradient, step: Any) -> StepGradient:
        return wrong_part(name, lambda one: replace(one, right=step.state.h))(back, step)

    return wrong


def wrong_gate(gate: str) -> Wrong:
    """The derivative of a gate's activation forgotten, in all that follows from it at this step but the error of h_{t-1}."""

    def wrong(back: StepGradient, step: Any) -> StepGradient:
        y = step.gate(gate).value
        slope = 1 - y * y if gate in ("h", "g", "n") else y * (1 - y)
        parts = tuple(
            replace(one, left=one.left / slope) if one.name in (f"W_x{gate}", f"W_h{gate}", f"b_{gate}") else one
            for one in back.contributions
        )
        return replace(back, contributions=parts)

    return wrong


def wrong_field(name: str, factor: float = 1.001) -> Wrong:
    def wrong(back: StepGradient, step: Any) -> StepGradient:
        return replace(back, **{name: factor * getattr(back, name)})

    return wrong


def wrong_before(name: str) -> Wrong:
    """The error of one state before the step."""

    def wrong(back: StepGradient, step: Any) -> StepGradient:
        return replace(back, before=State(**{**back.before, name: 1.001 * back.before[name]}))

    return wrong


MISTAKES: dict[str, tuple[str, Wrong, str]] = {
    "rnn W_hh": ("rnn tanh", wrong_part("W_hh", doubled), "W_hh"),
    "rnn W_xh": ("rnn tanh", wrong_part("W_xh", doubled), "W_xh"),
    "rnn b": ("rnn tanh", wrong_part("b_h", doubled), "b_h"),
    "rnn h_t for h_t-1": ("rnn tanh", off_by_one("W_hh"), "W_hh"),
    "rnn slope": ("rnn tanh", wrong_gate("h"), "W_xh"),
    "rnn inputs": ("rnn tanh", wrong_field("dx"), "x"),
    "rnn previous state": ("rnn tanh", wrong_before("h"), "h_{t-1}"),
    "relu W_hh": ("rnn relu", wrong_part("W_hh", doubled), "W_hh"),
    "relu previous state": ("rnn relu", wrong_before("h"), "h_{t-1}"),
    "lstm W_hf": ("lstm", off_by_one("W_hf"), "W_hf"),
    "lstm gate o": ("lstm", wrong_gate("o"), "W_xo"),
    "lstm gate i": ("lstm", wrong_gate("i"), "W_xi"),
    "lstm candidate": ("lstm", wrong_gate("g"), "W_xg"),
    "lstm b_f": ("lstm", wrong_part("b_f", doubled), "b_f"),
    "lstm highway": ("lstm", wrong_before("c"), "c_{t-1}"),
    "lstm previous state": ("lstm", wrong_before("h"), "h_{t-1}"),
    "lstm inputs": ("lstm", wrong_field("dx"), "x"),
    "gru gate z": ("gru reset after", wrong_gate("z"), "W_xz"),
    "gru W_hn": ("gru reset after", off_by_one("W_hn"), "W_hn"),
    "gru b_hn": ("gru reset after", wrong_part("b_hn", doubled), "b_hn"),
    "gru inputs": ("gru reset after", wrong_field("dx"), "x"),
    "gru before W_hn": ("gru reset before", wrong_part("W_hn", doubled), "W_hn"),
    "gru before gate r": ("gru reset before", wrong_gate("r"), "W_xr"),
    "gru before previous state": ("gru reset before", wrong_before("h"), "h_{t-1}"),
}


def spoil(monkeypatch: pytest.MonkeyPatch, kind: str, wrong: Wrong) -> None:
    cell = type(cell_of(kind))
    right = cell.trace_step_backward

    def spoilt(self: Any, p: Any, step: Any, error: State) -> StepGradient:
        return wrong(right(self, p, step, error), step)

    monkeypatch.setattr(cell, "trace_step_backward", spoilt)


AT_EVERY_STEP = {kind: (mistake, MANY_TO_MANY) for mistake, (kind, _, _) in MISTAKES.items()}.values()
"""One mistake of each kind."""


@pytest.mark.parametrize(
    ("mistake", "task"),
    [*product(MISTAKES, [MANY_TO_ONE]), *slow_but(AT_EVERY_STEP, product(MISTAKES, [MANY_TO_MANY]))],
)
def test_a_wrong_step_is_named(mistake: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, wrong, quantity = MISTAKES[mistake]
    spoil(monkeypatch, kind, wrong)
    found = checked(random_network(architecture_of(kind, task=task, output_size=2), seed=1))
    assert not found.passed
    assert found.wrong_quantity == quantity
    assert found.blame is not None
    assert (found.blame.t, found.blame.layer, found.blame.direction) == (2, 0, "forward")


@pytest.mark.parametrize("kind", slow_if(sorted(KINDS), *(kind for kind in KINDS if kind not in ("lstm", "rnn relu"))))
def test_in_a_stack_the_first_wrong_layer_on_the_way_back_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, kind, wrong_field("dx", 2.0))
    network = random_network(architecture_of(kind, 2, 2, num_layers=2, bidirectional=True, output_size=2), seed=1)
    assert checked(network).wrong_quantity == "x, layer 1, forward"


def test_a_mistake_at_one_step_alone_is_found_there(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(architecture_of("lstm", output_size=2), seed=1)
    result, target = traced(network, 5)
    third = result.at(0, "forward", 3)

    def wrong(back: StepGradient, step: Any) -> StepGradient:
        return wrong_part("W_hi", doubled)(back, step) if step is third else back

    spoil(monkeypatch, "lstm", wrong)
    found = check_gradient(bptt(result, target), np.random.default_rng(0))
    assert found.blame is not None
    assert (found.blame.quantity, found.blame.t) == ("W_hi", 3)


@pytest.mark.parametrize(
    ("kind", "name"),
    slow_but(
        [
            (kind, name)
            for k, (kind, names) in enumerate(KERNEL_GIVES.items())
            for i, name in enumerate(names)
            if i % 2 == k % 2
        ],
        [(kind, name) for kind, names in KERNEL_GIVES.items() for name in names],
    ),
)
def test_a_wrong_kernel_is_distinguished_from_a_wrong_step(
    kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = cell_of(kind)
    kernel = type(kernel_of(cell))
    right: Any = kernel.backward

    def spoilt(self: Any, *arguments: Any) -> CellGradient:
        found: CellGradient = right(self, *arguments)
        if name in found.packed:
            return replace(found, packed={**found.packed, name: 1.001 * found.packed[name]})
        if name == "initial":
            return replace(found, initial=found.initial.map(lambda array: 1.001 * array))
        return replace(found, dx=1.001 * found.dx)

    monkeypatch.setattr(kernel, "backward", spoilt)
    network = random_network(architecture_of(kind, output_size=2), seed=1)
    found = checked(network)
    # The first of those that are packed together, but for a gradient that is 0 in exact numbers.
    gradients = network.gradients_by_name(bptt(*traced(network, 2)).gradients, 0, "forward")
    first = {key: next(n for n in names if np.abs(gradients[n]).max() > 1e-12) for key, names in cell.packing.items()}
    named = {"dx": "x", "initial": "h_0", **first}
    assert found.first_wrong is not None
    assert (found.first_wrong.method, found.wrong_quantity, found.blame) == (SUM, named[name], None)


def test_a_wrong_readout_is_named_first(monkeypatch: pytest.MonkeyPatch) -> None:
    result = bptt(*traced(random_network(architecture_of("lstm", output_size=3)), 4))
    flat = result.gradients.copy()
    flat["readout.b_y"][0] += 0.01
    found = check_gradient(replace(result, gradients=flat), np.random.default_rng(0))
    assert found.first_wrong is not None
    assert (found.first_wrong.quantity, found.blame) == ("b_y", None)
    assert found.wrong_quantity == "b_y"


@pytest.mark.parametrize("b", [19.0, 25.0])
def test_a_slope_that_rounding_has_taken_is_unknown(b: float) -> None:
    """1 - tanh(25)^2 is 8e-22 and 0 in doubles: weights of 1e30 make a gradient of the difference."""
    network = random_network(architecture_of("rnn tanh", 1, 1, output_size=2), seed=1)
    network.parameters["layers.0.forward.W_x"][...] = 1e30
    network.parameters["layers.0.forward.b"][...] = b
    found = check_gradient(
        bptt(trace(network, np.zeros((2, 1))), Target(CROSS_ENTROPY, np.array([1]), np.ones(1))),
        np.random.default_rng(0),
    )
    assert found.first_wrong is None
    assert "x" in {one.quantity for one in found.unknown if one.why == ROUNDED}


def test_a_wrong_step_is_wrong_where_other_gradients_are_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, "lstm", wrong_part("W_xo", doubled))
    network = random_network(architecture_of("lstm", 2, 1, output_size=2), seed=1)
    cell = network.cell.named(network.packed(0, "forward"))
    cell["W_xg"][...], cell["b_g"][...] = 1e30, 25.0
    result = trace(network, np.array([[0.0, 0.0], [1e-40, 1.0]]))
    found = check_gradient(bptt(result, Target(CROSS_ENTROPY, np.array([1]), np.ones(1))), np.random.default_rng(0))
    assert found.wrong_quantity == "W_xo"


def dead_relu(b: float) -> tuple[Any, Target]:
    """Every pre-activation of relu exactly at its kink, or b above it."""
    architecture = architecture_of("rnn relu", 2, 3, output_size=2)
    parameters = Parameters(architecture.shapes())
    parameters.flat[...] = np.random.default_rng(0).standard_normal(parameters.flat.shape)
    parameters["layers.0.forward.b"][...] = b
    result = trace(Network(architecture, parameters), np.zeros((3, 2)))
    return result, Target(CROSS_ENTROPY, np.array([1]), np.ones(1))


@pytest.mark.parametrize("b", [0.0, 1e-9, -1e-9, 1e-6, -1e-6, 3e-5])
def test_relus_kink_is_no_wrong_gradient(b: float) -> None:
    """Differences to both sides of a kink give half a slope; a true gradient must not fail for it."""
    found = check_gradient(bptt(*dead_relu(b)), np.random.default_rng(0))
    assert found.passed, found.first_wrong


@pytest.mark.parametrize("kind", slow_where_derived())
def test_a_long_sequence_and_a_large_network_are_checked_with_everything_moved_at_once(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = random_network(architecture_of(kind, 2, 3, num_layers=2, task=MANY_TO_MANY, output_size=2), scale=0.7)
    monkeypatch.setattr(module, "COUNTS_ONCE", 0.1)
    found = checked(network, 3)
    assert found.passed
    names = {one.quantity for one in found.residuals if one.method != SUM}
    assert names == {module.EVERYTHING}
    spoil(monkeypatch, kind, wrong_field("dx"))
    assert checked(network, 3).wrong_quantity == "x, layer 1, forward"


@pytest.mark.parametrize(
    ("kind", "task"),
    slow_but(list(zip(TUNED, cycle(TASKS[::-1]), strict=False)), product(sorted(KINDS), TASKS)),
)
def test_sequences_of_many_steps_pass(kind: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels are differentiated: of an LSTM beyond the steps from which on they are, of the others sooner."""
    if kind != "lstm":
        monkeypatch.setattr(moved_loss, "SHORT", 20)
    both = task == MANY_TO_ONE  # the last states of one direction are at step 1
    network = random_network(architecture_of(kind, 2, 3, bidirectional=both, task=task, output_size=2), scale=0.9)
    assert checked(network, moved_loss.SHORT + 1).passed


def test_numbers_out_of_range_are_no_gradient() -> None:
    network = random_network(architecture_of("rnn relu", output_size=2, task=MANY_TO_MANY))
    network.parameters["layers.0.forward.W_h"][...] = 1e30
    network.parameters["layers.0.forward.b"][...] = 1
    with np.errstate(all="ignore"):
        found = checked(network, 20)
    assert (found.finite, found.passed) == (False, False)


def test_a_residual_that_is_no_number_does_not_pass_and_is_the_worst() -> None:
    found = Check((Residual(SUM, "a", float("nan")), Residual(SUM, "b", 1.0), Residual(SUM, "c", 0.0)))
    assert found.worst(SUM).quantity == "a"
    assert [one.passed for one in found.residuals] == [False, False, True]
    assert ([one.quantity for one in found.unknown], found.passed) == (["a"], False)
    assert found.first_wrong is found.residuals[1]
    assert set(LIMITS) == {SUM, DIFFERENCES, COMPLEX_STEP}


GAPS = (5.0, 20.0, 34.0, 50.0)
CERTAIN = [*product(["lstm"], GAPS), *product(KINDS, [34.0])]


@pytest.mark.parametrize(("kind", "gap"), slow_but(CERTAIN, product(sorted(KINDS), GAPS)))
def test_a_network_that_is_nearly_certain_has_a_right_gradient(kind: str, gap: float) -> None:
    """p = 1 - e^-gap: softmax(y) - onehot has few digits left, and none of them is wrong."""
    network = random_network(architecture_of(kind, output_size=2))
    network.parameters["readout.b_y"][...] = [gap, -gap]
    for label in (0, 1):
        result, target = traced(network, 4)
        found = check_gradient(bptt(result, replace(target, targets=np.array([label]))), np.random.default_rng(0))
        assert found.passed, found.first_wrong


def unchecked(network: Network, inputs: list[list[float]]) -> Check:
    result = trace(network, np.array(inputs))
    with np.errstate(all="ignore"):
        return check_gradient(bptt(result, Target(CROSS_ENTROPY, np.array([0]), np.ones(1))), np.random.default_rng(0))


@pytest.mark.parametrize("kind", ["rnn tanh", "rnn relu"])
def test_a_quotient_that_is_no_derivative_says_nothing_about_a_gradient(kind: str) -> None:
    """A weight of 1e-20 on an input of 1e20: no step that a difference takes is short enough."""
    network = random_network(architecture_of(kind, 1, 2, output_size=2), 3)
    network.parameters["layers.0.forward.W_x"][...] = np.array([[0.3e-20], [0.2e-20]])
    found = unchecked(network, [[1e20]])
    assert found.finite
    assert found.first_wrong is None
    assert {one.method for one in found.unknown} == {DIFFERENCES}
    assert all(one.why for one in found.unknown)


def test_a_loss_that_overflows_beside_the_network_says_nothing_about_a_gradient() -> None:
    network = random_network(architecture_of("rnn relu", 1, 1, output_size=2), 3)
    for name, value in (("W_x", 1.0), ("W_h", 1.0), ("b", 1.0)):
        network.parameters[f"layers.0.forward.{name}"][...] = value
    network.parameters["readout.W_hy"][...] = [[np.finfo(float).max], [0.0]]
    network.parameters["readout.b_y"][...] = 0.0
    found = unchecked(network, [[0.0]])
    assert found.first_wrong is None
    assert found.unknown


@pytest.mark.parametrize("exponent", [0, 510, 1023])
def test_an_error_is_relative_however_large_the_gradient_is(exponent: int) -> None:
    """At 2^1023 neither the sum of two nor the length of three is a number of float64."""
    size, gradient = 2.0**exponent, np.array([1.0, 1.0, -1.0])
    found = module._relative(size * gradient, np.ones(3), size * 0.75, size * 0.5)
    assert found == pytest.approx(0.25 / np.sqrt(3))
    assert module._relative(size * gradient / 8, np.ones(3), size * 0.25, size * 0.5) == pytest.approx(0.125 / 0.5)
    assert module._distance(size * gradient, -size * gradient) == pytest.approx(2)
