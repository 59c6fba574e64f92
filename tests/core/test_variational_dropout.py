"""Dropout of an embedding and of the state: one mask a sequence, exact gradients, kernels as the readable step, none without."""

from typing import Any

import numpy as np
import pytest

from rnn_cli.core.fast import Derived, kernel_of
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.forward import Dropout
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.core.systems.base import System, run_network
from tests.support.networks import KINDS, RECURRENT, architecture_of, random_network
from tests.support.systems import ATTENTIVE, SYSTEM_KINDS, blueprint_of, random_examples, random_system

LENGTHS = (5, 2, 6)
CASES = [(kind, "many-to-one", 1, True) for kind in sorted(KINDS)]
CASES += [("gru reset after", kind, 2, kind != "one-to-many") for kind in (*SYSTEM_KINDS, ATTENTIVE[0])]


def drops(seed: int = 0, rate: float = 0.3) -> Dropout:
    """The same masks whenever it is asked for."""
    return Dropout(rate, np.random.default_rng(seed), embedding=0.4, state=0.5)


@pytest.mark.parametrize(("cell", "kind", "layers", "both"), CASES)
def test_gradients_are_those_of_differences_with_the_masks_fixed(cell: str, kind: str, layers: int, both: bool) -> None:
    system = random_system(blueprint_of(kind, cell, 3, layers, both), 1)
    batch = random_examples(system.blueprint, LENGTHS, 2)
    gradients = system.parameters.zeros()
    system.backward(system.forward(batch, dropout=drops()), gradients)
    flat = system.parameters.flat
    assert system.forward(batch).loss.total != system.forward(batch, dropout=drops()).loss.total
    for seed in range(3):
        direction = np.random.default_rng(seed).standard_normal(flat.size)
        slope = central(system, batch, direction)
        assert slope == pytest.approx(float(gradients.flat @ direction), rel=2e-6, abs=1e-8)


def central(system: System, batch: Any, direction: Any, step: float = 1e-5) -> float:
    """(L(w + e) - L(w - e)) / 2e along a direction, under the same masks."""
    flat = system.parameters.flat
    whole, losses = flat.copy(), []
    for sign in (1, -1):
        flat[...] = whole + sign * step * direction
        losses.append(system.forward(batch, dropout=drops()).loss.total)
    flat[...] = whole
    return (losses[0] - losses[1]) / (2 * step)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("kind", RECURRENT)
def test_the_kernel_computes_what_the_readable_step_says(kind: str, batch: int) -> None:
    """Where the step reads W_h diag(m) in place of W_h."""
    network = random_network(architecture_of(kind, 3, 5))
    cell, p = network.cell, network.packed(0, "forward")
    draw = np.random.default_rng(3)
    x, mask = (
        draw.standard_normal((6, batch, 3)),
        (np.arange(6)[:, None] < [6, 3, 5, 1][:batch]).astype(float)[..., None],
    )
    initial = State(**{name: draw.uniform(0.1, 1, (batch, 5)) for name in cell.states})
    dropped = (draw.random((batch, 5)) > 0.4) / 0.6
    errors = {name: draw.standard_normal((6, batch, 5)) for name in ("h", *cell.states[1:2])}
    found = []
    for kernel in (kernel_of(cell), Derived(cell)):
        tape = kernel.forward(p, Vectors(x), initial, mask, dropped)
        assert tape.dropped is dropped
        back = kernel.backward(p, tape, {name: error * mask for name, error in errors.items()}, True)
        found.append(
            [
                *tape.states.values(),
                *(back.packed[name] for name in sorted(back.packed)),
                back.dx,
                *back.initial.values(),
            ]
        )
    for fast, readable in zip(*found, strict=True):
        np.testing.assert_allclose(fast, readable, rtol=1e-11, atol=1e-12)
    whole = kernel_of(cell).forward(p, Vectors(x), initial, mask)
    assert not np.allclose(whole.h, found[0][0])


def by_hand(w: Any, x: Any, h: Any, m: Any) -> Any:
    """The hidden states of a vanilla RNN that reads m h_{t-1}, of one sequence."""
    states = []
    for x_t in x:
        h = np.tanh(w["W_xh"] @ x_t + w["W_hh"] @ (m * h) + w["b_h"])
        states.append(h)
    return np.stack(states)


def test_one_mask_for_all_steps_of_a_sequence() -> None:
    network = random_network(architecture_of("rnn tanh", 3, 5, num_layers=2, bidirectional=True, embedding_rows=7))
    ids = np.array([[0, 1], [2, 2], [2, 2], [6, 0]])
    run = run_network(network, ids, np.array([4, 4]), None, drops(rate=0.0))
    masks = [one.tape.dropped for one in run.runs]
    assert len({mask.tobytes() for mask in masks if mask is not None}) == len(masks) == 4
    assert run.read is not None
    assert set(np.unique(run.read)) <= {0.0, 1 / np.float64(0.6)}
    first = run.tape(0, "forward")
    x = network.parameters["embedding"][ids]
    np.testing.assert_array_equal(first.x, x * run.read)
    assert not np.array_equal(first.x[1, 0], first.x[1, 1]), "the same word in two sequences has lost other numbers"
    named = network.cell.named(network.packed(0, "forward"))
    for b in range(2):
        expected = by_hand(named, first.x[:, b], np.zeros(5), masks[0][b])  # type: ignore[index]  # it is there
        np.testing.assert_allclose(first.h[1:, b], expected, rtol=1e-13)


def test_the_rates_are_those_that_are_asked_for_and_the_mean_is_kept() -> None:
    dropout = Dropout(0.0, np.random.default_rng(0), embedding=0.2, state=0.75)
    for rate, factors in (
        (0.2, dropout.of_embedding(300, np.zeros((7, 100), np.float32))), (0.75, dropout.of_state(np.zeros((300, 100), np.float32)))
    ):  # fmt: skip
        assert factors is not None
        assert factors.dtype == np.float32
        assert set(np.unique(factors)) == {0, np.float32(1) / np.float32(1 - rate)}
        assert np.mean(factors == 0) == pytest.approx(rate, abs=0.01)
        assert factors.mean() == pytest.approx(1, abs=0.02)
    nothing = Dropout(0.5, np.random.default_rng(0))
    assert nothing.of_embedding(3, np.zeros((2, 4))) is None
    assert nothing.of_state(np.zeros((3, 4))) is None


def test_a_batch_is_its_sequences_one_by_one() -> None:
    """Padding neither reads a mask nor changes a gradient."""
    system = random_system(blueprint_of("many-to-many", "lstm", 3, 1), 4)
    batch, other = (random_examples(system.blueprint, LENGTHS, 5, padding=padding) for padding in (0, 3))
    found: list[Parameters] = []
    for one in (batch, other):
        gradients = system.parameters.zeros()
        system.backward(system.forward(one, dropout=drops()), gradients)
        found.append(gradients)
    np.testing.assert_array_equal(found[0].flat, found[1].flat)
