"""One flat buffer and its named views."""

import numpy as np
import pytest

from rnn_cli.core.learning.initialize import initial_parameters
from rnn_cli.core.parameters import Parameters
from tests.support.networks import KINDS, architecture_of, cell_of, random_network

SHAPES: dict[str, tuple[int, ...]] = {"layers.0.forward.W": (2, 3), "layers.0.forward.b": (2,), "readout.W": (1, 2)}


def test_views_and_buffer_are_the_same_numbers() -> None:
    parameters = Parameters(SHAPES)
    assert parameters.flat.size == 10
    parameters["layers.0.forward.b"][...] = [7, 8]
    assert parameters.flat.tolist() == [0] * 6 + [7, 8, 0, 0]
    parameters.flat[:] = np.arange(10)
    assert parameters["layers.0.forward.W"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert parameters["readout.W"].tolist() == [[8, 9]]


def test_a_buffer_that_is_given_is_used_and_not_copied() -> None:
    flat = np.arange(10.0)
    parameters = Parameters(SHAPES, flat)
    parameters["readout.W"][...] = -1
    assert flat[8:].tolist() == [-1, -1]


def test_a_buffer_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="need 10 numbers"):
        Parameters(SHAPES, np.zeros(9))


def test_groups_and_mapping() -> None:
    parameters = Parameters(SHAPES)
    assert list(parameters) == list(SHAPES)
    assert len(parameters) == 3
    group = parameters.group("layers.0.forward")
    assert list(group) == ["W", "b"]
    assert np.shares_memory(group["W"], parameters.flat)
    assert parameters.group("layers.0") != {}
    assert parameters.group("layers.0.forw") == {}


def test_copies_share_nothing() -> None:
    parameters = Parameters(SHAPES, np.arange(10.0))
    for other in (parameters.copy(), parameters.zeros(), parameters.astype(np.float32)):
        assert not np.shares_memory(other.flat, parameters.flat)
        assert other.shapes == parameters.shapes
    assert parameters.zeros().flat.tolist() == [0] * 10
    assert parameters.astype(np.float32)["readout.W"].dtype == np.float32


def test_layer_1_and_layer_10_are_different_groups() -> None:
    network = random_network(architecture_of("rnn tanh", num_layers=11))
    assert np.shares_memory(network.packed(1, "forward")["W_x"], network.parameters["layers.1.forward.W_x"])
    assert set(network.packed(1, "forward")) == {"W_x", "W_h", "b"}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("bidirectional", [False, True])
def test_parameter_count_by_the_letters_of_the_equations(kind: str, bidirectional: bool) -> None:
    """2 layers, I = 3, H = 4, a readout of 2 and an embedding of 5 words: W_x is (H, I), W_h (H, H), all others (H,)."""
    starts = [name[:3] for name in cell_of(kind).parameters]
    inputs, recurrent = starts.count("W_x"), starts.count("W_h")
    rest = len(starts) - inputs - recurrent
    directions = 2 if bidirectional else 1
    first = inputs * 4 * 3 + recurrent * 4 * 4 + rest * 4
    second = inputs * 4 * 4 * directions + recurrent * 4 * 4 + rest * 4
    expected = directions * (first + second) + 2 * 4 * directions + 2 + 5 * 3
    architecture = architecture_of(kind, 3, 4, 2, bidirectional, output_size=2, embedding_rows=5)
    assert random_network(architecture).parameter_count == expected


@pytest.mark.parametrize(
    ("kind", "count"),
    [("rnn tanh", 32), ("rnn relu", 32), ("lstm", 128), ("gru reset after", 100), ("gru reset before", 96)],
)
def test_parameter_count_by_hand(kind: str, count: int) -> None:
    """One layer, I = 3, H = 4: gates * (4 * 3 + 4 * 4 + 4), and the second bias of the GRU."""
    assert random_network(architecture_of(kind, 3, 4)).parameter_count == count


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_initial_parameters_have_pytorchs_bounds_and_depend_on_the_generator_alone(kind: str) -> None:
    architecture = architecture_of(kind, 6, 16, 2, True, output_size=3, embedding_rows=50)
    first = initial_parameters(architecture, np.random.default_rng(5))
    again = initial_parameters(architecture, np.random.default_rng(5))
    other = initial_parameters(architecture, np.random.default_rng(6))
    assert np.array_equal(first.flat, again.flat)
    assert not np.array_equal(first.flat, other.flat)
    for name, array in first.items():
        if name == "embedding":
            assert 0.8 < array.std() < 1.2
            continue
        bound = 1 / np.sqrt(32 if name.startswith("readout.") else 16)
        assert np.abs(array).max() <= bound
        if array.size > 100:
            assert np.abs(array).max() > 0.9 * bound
            assert abs(array.mean()) < 0.2 * bound
