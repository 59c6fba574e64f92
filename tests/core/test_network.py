"""The walk back through layers and directions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture, walk_back
from tests.support.networks import architecture_of, architectures


@pytest.mark.parametrize("bidirectional", [False, True])
def test_an_error_goes_back_last_layer_first_and_directions_add_up(bidirectional: bool) -> None:
    """Each layer and direction a matrix here: the walk back is then a product of sums of their transposes."""
    architecture = architecture_of("rnn tanh", 3, 4, 3, bidirectional)
    generator = np.random.default_rng(0)
    places = [(layer, direction) for layer in range(3) for direction in architecture.directions]
    matrices = {
        (layer, direction): generator.standard_normal((4, architecture.layer_input_size(layer)))
        for layer, direction in places
    }
    seen: list[tuple[int, str]] = []

    def through(layer: int, direction: str, error: Array) -> Array:
        assert error.shape == (2, 5, 4)
        seen.append((layer, direction))
        return np.asarray(error @ matrices[layer, direction])

    error = generator.standard_normal((2, 5, architecture.output_width))
    found = walk_back(architecture, error, through)
    both = (FORWARD, BACKWARD) if bidirectional else (FORWARD,)
    assert seen == [(layer, direction) for layer in (2, 1, 0) for direction in both]
    expected = error
    for layer in (2, 1, 0):
        expected = expected @ np.vstack([matrices[layer, direction] for direction in both])
    assert found.shape == (2, 5, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(architecture=architectures(), rows=st.integers(0, 3))
def test_parameters_are_counted_without_being_laid_out(architecture: Architecture, rows: int) -> None:
    counted = replace(architecture, embedding_rows=rows)
    assert counted.parameter_count == sum(int(np.prod(shape)) for shape in counted.shapes().values())


def test_a_count_costs_nothing_at_any_size() -> None:
    """Layers and units that no memory holds: a vanilla cell of H units has H (H + H + 1) weights in each layer but the first."""
    layers, units = 10**30, 10**40
    count = architecture_of("rnn tanh", 1, units, layers).parameter_count
    assert count == units * (1 + units + 1) + (layers - 1) * units * (2 * units + 1)
