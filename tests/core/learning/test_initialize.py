"""Initial weights: their distributions, the rotations, the identity, and the gates that keep the state."""

import numpy as np
import pytest

from rnn_cli.core.learning.initialize import SCHEMES, initialize, orthogonal
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.core.systems import initialize_system, make_system
from tests.support.networks import KINDS, RECURRENT, architecture_of
from tests.support.systems import SYSTEM_KINDS, blueprint_of

H = 64


def wide(kind: str, bidirectional: bool = False, num_layers: int = 1) -> Architecture:
    """A network large enough to count in."""
    return architecture_of(kind, 40, H, num_layers, bidirectional, MANY_TO_MANY, 30, 50)


def drawn(
    architecture: Architecture, scheme: str = "pytorch", forget_bias: float | None = None, seed: int = 0
) -> Parameters:
    """Its parameters."""
    parameters = Parameters(architecture.shapes())
    initialize(parameters, architecture, np.random.default_rng(seed), scheme, forget_bias)
    return parameters


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_pytorchs_distributions(kind: str) -> None:
    architecture = wide(kind, bidirectional=True, num_layers=2)
    for name, array in drawn(architecture).items():
        if name == "embedding":
            assert abs(array.mean()) < 0.1
            assert abs(array.std() - 1) < 0.1
            assert np.abs(array).max() > 2
            continue
        bound = 1 / np.sqrt(2 * H if name.startswith("readout") else H)
        assert np.abs(array).max() <= bound, name
        if array.size > 500:
            assert np.abs(array).max() > 0.97 * bound
            assert abs(array.mean()) < 0.1 * bound
            assert abs(array.std() - bound / np.sqrt(3)) < 0.06 * bound


@pytest.mark.parametrize("kind", RECURRENT)
def test_an_orthogonal_matrix_for_every_gate(kind: str) -> None:
    parameters = drawn(wide(kind), "orthogonal")
    blocks = np.split(parameters["layers.0.forward.W_h"], len(parameters["layers.0.forward.W_h"]) // H)
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, np.eye(H), atol=1e-12)
    assert len({block.tobytes() for block in blocks}) == len(blocks)
    same = drawn(wide(kind))
    for name in ("embedding", "layers.0.forward.W_x"):
        np.testing.assert_array_equal(parameters[name], same[name])


def test_rotations_are_uniform() -> None:
    """Without the signs of R's diagonal, QR gives rotations that lean to one side: the mean diagonal is not 0."""
    generator = np.random.default_rng(0)
    block = np.zeros((3, 3))
    total = np.zeros((3, 3))
    squares = np.zeros((3, 3))
    for _ in range(4000):
        orthogonal(block, generator)
        total += block
        squares += block * block
    np.testing.assert_allclose(total / 4000, 0, atol=0.05)
    np.testing.assert_allclose(squares / 4000, 1 / 3, atol=0.03)


@pytest.mark.parametrize("kind", RECURRENT)
def test_the_identity_with_biases_0(kind: str) -> None:
    parameters = drawn(wide(kind, bidirectional=True), "identity")
    for direction in ("forward", "backward"):
        W = parameters[f"layers.0.{direction}.W_h"]
        np.testing.assert_array_equal(W, np.tile(np.eye(H), (len(W) // H, 1)))
        biases = {name: a for name, a in parameters.group(f"layers.0.{direction}").items() if name.startswith("b")}
        assert set(biases) >= {"b"} | ({"b_hn"} if kind == "gru reset after" else set())
        assert not any(bias.any() for bias in biases.values())
    assert parameters["readout.b_y"].any()


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_bias_of_the_gate_that_keeps_the_state(kind: str, scheme: str) -> None:
    architecture = wide(kind, num_layers=2)
    with_bias, without = drawn(architecture, scheme, 4.0), drawn(architecture, scheme)
    cell = architecture.make_cell()
    keeping = {} if cell.keeping_gate is None else {f"b_{cell.keeping_gate[0]}": 4.0 * cell.keeping_gate[1]}
    for layer in range(2):
        plain = cell.named(without.group(f"layers.{layer}.forward"))
        for name, array in cell.named(with_bias.group(f"layers.{layer}.forward")).items():
            np.testing.assert_array_equal(array, keeping.get(name, plain[name]))


@pytest.mark.parametrize("kind", ["lstm", "gru reset after", "gru reset before"])
def test_such_a_gate_keeps_the_state(kind: str) -> None:
    """With a bias of 20 the state stays what it was, whatever is read."""
    from rnn_cli.core.forward import run_forward
    from rnn_cli.core.network import Network

    architecture = architecture_of(kind, 3, 5)
    parameters = drawn(architecture, forget_bias=20.0)
    if kind == "lstm":
        parameters["layers.0.forward.b"][:5] = -20  # what comes in stays out
    state = np.random.default_rng(0).uniform(-1, 1, (2, 5))
    x = np.random.default_rng(1).standard_normal((30, 2, 3))
    network = Network(architecture, parameters)
    initial = {(0, "forward"): State(**dict.fromkeys(network.cell.states, state))}
    run = run_forward(network, x, None, initial)
    assert network.cell.keeps is not None
    np.testing.assert_allclose(run.final[0, "forward"][network.cell.keeps[1]], state, atol=1e-6)


def same(a: Parameters, b: Parameters) -> bool:
    return a.flat.tobytes() == b.flat.tobytes()


def test_the_seed_decides() -> None:
    architecture = wide("lstm")
    assert same(drawn(architecture), drawn(architecture))
    assert not same(drawn(architecture), drawn(architecture, seed=1))


@pytest.mark.parametrize("kind", SYSTEM_KINDS)
def test_systems(kind: str) -> None:
    systems = []
    for _ in range(2):
        system = make_system(blueprint_of(kind, "lstm", 8, 2, bidirectional=kind != "one-to-many"), dtype=np.float32)
        initialize_system(system, np.random.default_rng(5), "orthogonal", 3.0)
        systems.append(system)
    first = systems[0].parameters
    assert same(first, systems[1].parameters)
    assert first.flat.dtype == np.float32
    assert all(array.any() for array in first.values())
    keeping = [array for name, array in first.items() if name.endswith(".b")]
    assert all((bias[len(bias) // 4 : len(bias) // 2] == 3.0).all() for bias in keeping)
    if kind == "one-to-many":
        assert 0 < np.abs(first["condition"]).max() < 0.5


def test_the_embedding_of_a_system_is_drawn_as_that_of_a_network() -> None:
    blueprint = blueprint_of("single", "lstm", 8, 2)
    system = make_system(blueprint)
    initialize_system(system, np.random.default_rng(0))
    assert blueprint.reader is not None
    assert same(system.parameters, drawn(blueprint.reader, "pytorch"))


def test_an_unknown_scheme() -> None:
    with pytest.raises(KeyError):
        drawn(wide("gru reset after"), "xavier")
