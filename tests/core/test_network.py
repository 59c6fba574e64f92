"""The walk back through layers and directions."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, FORWARD, walk_back
from tests.support.networks import architecture_of


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
