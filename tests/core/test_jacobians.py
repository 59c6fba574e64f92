"""Every cell's Jacobian against its step: by the complex step where it is analytic, and by central differences."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast import Derived, kernel_of
from rnn_cli.core.network import FORWARD, Network
from rnn_cli.core.state import split
from tests.support.networks import KINDS, architecture_of, random_network, random_sequence, random_states


def state_after(network: Network, x: Array, state: Array) -> Array:
    """One step from a state, both with all states one behind the other."""
    before = split(network.cell.states, state)
    return network.cell.trace_step(network.packed(0, FORWARD), x, before).state.joint()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("seed", range(5))
def test_a_jacobian_is_the_derivative_of_the_step(kind: str, seed: int) -> None:
    network = random_network(architecture_of(kind, 3, 4), seed)
    cell, p = network.cell, network.packed(0, FORWARD)
    x = random_sequence(1, 3, seed)[0]
    before = random_states(network, 1, seed)[0, FORWARD].sequence(0).map(lambda array: 0.5 * array)
    state, size = before.joint(), 4 * len(cell.states)
    differences = np.stack(
        [(state_after(network, x, state + d) - state_after(network, x, state - d)) / 2e-6 for d in 1e-6 * np.eye(size)],
        axis=1,
    )
    for kernel in (kernel_of(cell), Derived(cell)):
        J = kernel.jacobian(p, cell.trace_step(p, x, before))
        assert J.shape == (size, size)
        assert np.allclose(J, differences, atol=1e-8)
        if cell.analytic:
            exact = np.stack([state_after(network, x, state + d).imag / 1e-30 for d in 1e-30j * np.eye(size)], axis=1)
            assert np.allclose(J, exact, rtol=1e-13, atol=1e-14)
