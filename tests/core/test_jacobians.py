"""Every cell's Jacobian against its step: by the complex step where it is analytic, and by central differences."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import FORWARD, Network
from tests.support.networks import KINDS, architecture_of, random_network, random_sequence


def state_after(network: Network, x: Array, state: Array) -> Array:
    """One step from a state: h, or h and c one behind the other."""
    H = network.architecture.hidden_size
    joint = network.cell.has_cell_state
    step = network.cell.step(network.packed(0, FORWARD), x, state[:H], state[H:] if joint else None)
    return np.concatenate([step.h, step.c]) if step.c is not None else step.h


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("seed", range(5))
def test_a_jacobian_is_the_derivative_of_the_step(kind: str, seed: int) -> None:
    network = random_network(architecture_of(kind, 3, 4), seed)
    x = random_sequence(1, 3, seed)[0]
    size = 8 if network.cell.has_cell_state else 4
    state = 0.5 * np.random.default_rng([seed, 9]).standard_normal(size)
    step = network.cell.step(
        network.packed(0, FORWARD), x, state[:4], state[4:] if network.cell.has_cell_state else None
    )
    J = network.cell.jacobian(network.packed(0, FORWARD), step)
    assert J.shape == (size, size)
    differences = np.stack(
        [(state_after(network, x, state + d) - state_after(network, x, state - d)) / 2e-6 for d in 1e-6 * np.eye(size)],
        axis=1,
    )
    assert np.allclose(J, differences, atol=1e-8)
    if "relu" not in kind:
        exact = np.stack([state_after(network, x, state + d).imag / 1e-30 for d in 1e-30j * np.eye(size)], axis=1)
        assert np.allclose(J, exact, rtol=1e-13, atol=1e-14)
