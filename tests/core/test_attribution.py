"""What each step gave: against runs one by one, difference quotients, and a network for which all methods must agree."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.attribution import LAST, LOG_ODDS, OUTPUT, Asked, Attribution, attribute
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.core.trace import trace
from tests.support.networks import KINDS, architecture_of, networks, random_network, random_sequence, slow_if


def of_one_step(answers: Array, asked: Asked) -> float:
    """F, from the definition: the logarithm of p over the other probabilities, or the scaled output."""
    row = answers if answers.ndim == 1 else answers[asked.at]
    p = softmax(row)
    others = float(np.delete(p, asked.unit).sum())
    return (
        float(np.log(p[asked.unit] / others))
        if asked.kind == LOG_ODDS
        else float(asked.scale * row[asked.unit] + asked.shift)
    )


def alone(network: Network, x: Array, asked: Asked) -> float:
    """F of one sequence, by the readable steps."""
    logits = trace(network, x).logits
    assert logits is not None
    return of_one_step(logits, asked)


@settings(max_examples=8)
@given(networks(max_size=3, readout=True), st.integers(2, 5), st.sampled_from([LOG_ODDS, OUTPUT]), st.integers(0, 99))
def test_every_number_is_that_of_runs_one_by_one(network: Network, T: int, kind: str, seed: int) -> None:
    a = network.architecture
    if kind == LOG_ODDS and a.output_size < 2:
        kind = OUTPUT
    at = None if a.task == MANY_TO_ONE else [LAST, *range(T)][seed % (T + 1)]
    asked = Asked(kind, seed % a.output_size, at, 2.5, -1.0)
    x, b = random_sequence(T, a.input_size, seed), random_sequence(1, a.input_size, seed + 1)[0]
    found = attribute(network, x, asked, b, {}, alike=[(0, T - 1)])
    value = alone(network, x, asked)
    assert found.value == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert found.left_out is not None
    for t in range(T):
        changed = x.copy()
        changed[t] = b
        assert found.replaced[t] == pytest.approx(value - alone(network, changed, asked), rel=1e-8, abs=1e-10)
        if t == at:
            assert np.isnan(found.left_out[t])
            continue
        moved = Asked(kind, asked.unit, at - 1 if at is not None and t < at else at, 2.5, -1.0)
        left = value - alone(network, np.delete(x, t, axis=0), moved)
        assert found.left_out[t] == pytest.approx(left, rel=1e-8, abs=1e-10)
    first = 0 if at in (None, LAST) else at
    assert np.isnan(found.running[:first]).all()
    assert found.running[first:] == pytest.approx(
        [alone(network, x[: t + 1], asked) for t in range(first, T)], rel=1e-8, abs=1e-10
    )
    assert found.residual == pytest.approx(0, abs=1e-5 * np.abs(found.integrated).sum() + 1e-12)
    assert found.empty == pytest.approx(alone(network, np.tile(b, (T, 1)), asked), rel=1e-9, abs=1e-12)
    if T > 2 or not found.leaves_out:
        (same,) = found.repeated
        changed = x.copy()
        changed[[0, T - 1]] = b
        without = np.delete(x, [0, T - 1], axis=0)
        here = alone(network, without if found.leaves_out else changed, asked)
        assert same.change == pytest.approx(value - here, rel=1e-8, abs=1e-10)
        assert same.apart == pytest.approx(found.taken_out[0] + found.taken_out[T - 1])


@pytest.mark.parametrize("kind", slow_if(KINDS, "rnn relu", "gru reset before", "lstm"))
def test_the_slope_is_that_of_differences_and_the_integral_complete(kind: str) -> None:
    network = random_network(architecture_of(kind, 2, 3, 1, True, MANY_TO_ONE, 3), 5, scale=1.5)
    x, asked, eps = random_sequence(4, 2, 3), Asked(LOG_ODDS, 1), 1e-6
    found = attribute(network, x, asked, np.array([0.3, -0.2]), {})
    for t in range(4):
        slope = 0.0
        for i in range(2):
            up, down = x.copy(), x.copy()
            up[t, i] += eps
            down[t, i] -= eps
            slope += (alone(network, up, asked) - alone(network, down, asked)) / (2 * eps) * x[t, i]
        assert found.gradient[t] == pytest.approx(slope, rel=1e-4, abs=1e-7)
    assert abs(found.residual) <= 1e-6 * np.abs(found.integrated).sum()


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_says_nothing_already_gave_nothing(kind: str) -> None:
    """Exactly 0, and no rounding of the runs beside which it was read."""
    network = random_network(architecture_of(kind, 3, 5, 1, False, MANY_TO_ONE, 3), 1)
    x, b = random_sequence(6, 3, 2), np.array([0.3, -0.2, 0.1])
    x[[1, 5]], x[:, 2] = b, b[2]
    found = attribute(network, x, Asked(LOG_ODDS, 0), b, {}, by_component=True)
    assert [t for t in range(6) if found.replaced[t] == 0] == [1, 5]
    assert found.components is not None
    assert [i for i in range(3) if found.components[0, i] == 0] == [2]


def summing(inputs: int, weights: Sequence[float]) -> Network:
    """h_t = h_{t-1} + w · x_t for positive numbers: a network that is linear, though its cell has a kink."""
    a = Architecture("rnn", inputs, 1, 1, False, MANY_TO_ONE, 2, 0, (("activation", "relu"),))
    parameters = Parameters(a.shapes())
    network = Network(a, parameters)
    own = network.named(0, "forward")
    own["W_xh"][...], own["W_hh"][...], own["b_h"][...] = [weights], 1.0, 0.0
    parameters["readout.W_hy"][...] = [[1.0], [-1.0]]
    return network


def test_all_methods_agree_on_a_linear_network() -> None:
    network, x = summing(2, (0.5, 2.0)), np.array([[1.0, 0.5], [0.25, 1.0], [3.0, 0.125], [0.0, 0.0]])
    found = attribute(network, x, Asked(LOG_ODDS, 0), np.zeros(2), {}, alike=[(0, 1)])
    right = 2 * (x @ np.array([0.5, 2.0]))
    assert found.left_out is not None
    for values in (found.left_out, found.replaced, found.gradient, found.integrated, np.diff([0, *found.running])):
        np.testing.assert_allclose(values, right, atol=1e-9)
    assert found.pair is not None
    assert found.pair.beyond == pytest.approx(0, abs=1e-9)
    assert found.repeated[0].change == pytest.approx(right[0] + right[1])
    assert found.value - found.empty == pytest.approx(right.sum())


def sharp(seed: int) -> tuple[Network, Array]:
    """An LSTM that saturates, so that F jumps on the way from zeros to x."""
    network = random_network(architecture_of("lstm", 3, 4, 1, False, MANY_TO_ONE, 2), seed, scale=8.0)
    return network, random_sequence(8, 3, seed)


def test_the_integral_is_complete_where_the_answer_jumps() -> None:
    plain = []
    for seed in range(6):
        network, x = sharp(seed)
        found = attribute(network, x, Asked(LOG_ODDS, 0), np.zeros(3), {})
        assert abs(found.residual) <= 1e-5 * np.abs(found.integrated).sum() + 1e-9
        plain.append(found.points)
    assert max(plain) > min(plain)  # the way is cut finer where that is needed


def test_the_pair_is_the_one_that_gives_most_beyond_its_parts() -> None:
    network, x = sharp(2)
    asked = Asked(LOG_ODDS, 1)
    found: Attribution = attribute(network, x, asked, np.zeros(3), {})
    value = alone(network, x, asked)
    each = [value - alone(network, np.delete(x, t, axis=0), asked) for t in range(len(x))]
    beyond = {
        (s, t): value - alone(network, np.delete(x, [s, t], axis=0), asked) - each[s] - each[t]
        for s, t in combinations(range(len(x)), 2)
    }
    best = max(beyond, key=lambda pair: abs(beyond[pair]))
    assert found.pair is not None
    assert found.pair.steps == best
    assert found.pair.beyond == pytest.approx(beyond[best])


def test_a_memory_that_starts_elsewhere_starts_there_in_every_run() -> None:
    network, x = summing(1, (1.0,)), np.array([[1.0], [2.0]])
    found = attribute(network, x, Asked(LOG_ODDS, 0), np.zeros(1), {(0, "forward"): State(h=np.array([5.0]))})
    assert (found.value, found.empty) == (16.0, 10.0)
    assert found.left_out is not None
    assert found.left_out.tolist() == pytest.approx([2.0, 4.0])


def test_log_odds_far_from_even_keep_their_digits() -> None:
    answers = np.array([[800.0, 0.0, -3.0], [-800.0, 0.0, 5.0]])
    asked = Asked(LOG_ODDS, 0)
    np.testing.assert_allclose(asked.value(answers), [800 - np.log1p(np.exp(-3)), -805 - np.log1p(np.exp(-5))])
    np.testing.assert_allclose(asked.slope(answers).sum(axis=-1), 0, atol=1e-15)


def test_an_answer_at_each_step_is_explained_where_it_stands() -> None:
    network = random_network(architecture_of("gru reset after", 2, 3, 1, False, MANY_TO_MANY, 3), 1)
    found = attribute(network, random_sequence(5, 2), Asked(LOG_ODDS, 2, 2), np.zeros(2), {})
    assert not found.leaves_out
    assert found.taken_out is found.replaced
    assert found.left_out is not None
    assert not found.left_out[3:].any()  # a network that runs forward has not read them yet
    assert not found.integrated[3:].any()
