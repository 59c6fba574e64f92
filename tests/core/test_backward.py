"""The batch kernels through whole networks: against numbers, singles and nothing in the padding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import BackwardRun, run_backward
from rnn_cli.core.embedding import embedding_gradient
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE, loss_of, total_loss
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.state import InitialStates, State
from tests.support.networks import (
    KINDS,
    architecture_of,
    batch_lengths,
    networks,
    random_batch,
    random_network,
    random_states,
    seeds,
)

CLOSE = 1e-12
TINY = 1e-30
losses = st.sampled_from((CROSS_ENTROPY, MSE))


def targets_for(network: Network, lengths: Array, kind: str, seed: int) -> tuple[Array, Array]:
    """Random targets, and weights that are 0 in the padding."""
    generator = np.random.default_rng([seed, 6])
    a = network.architecture
    T, B = int(lengths.max()), len(lengths)
    shape = (B,) if a.task == MANY_TO_ONE else (T, B)
    weights = generator.uniform(0.2, 2, shape)
    if a.task == MANY_TO_MANY:
        weights = weights * (np.arange(T)[:, None] < lengths)
    if kind == CROSS_ENTROPY:
        return generator.integers(0, a.output_size, shape), weights
    return generator.standard_normal((*shape, a.output_size)), weights


def backwards(
    network: Network, x: Array, lengths: Array, kind: str, seed: int, initial: InitialStates | None = None
) -> BackwardRun:
    targets, weights = targets_for(network, lengths, kind, seed)
    run = run_forward(network, x, lengths, initial)
    assert run.logits is not None
    return run_backward(network, run, loss_of(kind, run.logits, targets, weights).dlogits, keep_dh=True)


def loss_at(network: Network, x: Array, lengths: Array, kind: str, seed: int, initial: InitialStates) -> complex:
    targets, weights = targets_for(network, lengths, kind, seed)
    logits = run_forward(network, x, lengths, initial).logits
    assert logits is not None
    return complex(total_loss(kind, logits, targets, weights))


@given(network=networks(readout=True), lengths=batch_lengths, seed=seeds, kind=losses)
def test_every_gradient_against_changes_of_the_loss(network: Network, lengths: list[int], seed: int, kind: str) -> None:
    x, sizes = random_batch(lengths, network.architecture.input_size, seed)
    initial = random_states(network, len(lengths), seed)
    back = backwards(network, x, sizes, kind, seed, initial)
    generator = np.random.default_rng(seed)
    names = [*network.parameters, "inputs", *initial]
    for name in names:
        gradients: list[Array]
        if isinstance(name, tuple):
            gradients = list(back.initial[name].values())
        else:
            gradients = [back.inputs if name == "inputs" else back.parameters[name]]
        vs = [generator.standard_normal(array.shape) for array in gradients]
        slope = sum(float((array * v).sum()) for array, v in zip(gradients, vs, strict=True))

        def moved(scale: complex, name: object = name, vs: list[Array] = vs) -> complex:
            dtype = np.result_type(np.asarray(scale), np.float64)
            parameters = network.parameters.astype(dtype)
            at, states = x.astype(dtype), {where: state.astype(dtype) for where, state in initial.items()}
            if name == "inputs":
                at = at + scale * vs[0]
            elif isinstance(name, tuple):
                moved_by = zip(states[name].items(), vs, strict=True)
                states[name] = State(**{state: array + scale * v for (state, array), v in moved_by})
            else:
                parameters[str(name)][...] += scale * vs[0]
            return loss_at(network.with_parameters(parameters), at, sizes, kind, seed, states)

        if not network.cell.analytic:  # the smallest of three steps' errors: a kink may lie within one of them
            errors = [abs((moved(e) - moved(-e)).real / (2 * e) - slope) for e in (1e-5, 1e-6, 1e-7)]
            assert min(errors) <= 1e-5 * max(1.0, abs(slope)), name
        else:
            exact = moved(1j * TINY).imag / TINY
            assert slope == pytest.approx(exact, rel=1e-10, abs=1e-10), name


@given(
    network=networks(readout=True),
    lengths=batch_lengths,
    seed=seeds,
    kind=losses,
    padding=st.sampled_from([0.0, -3.5, 1e300]),
)
def test_a_batch_gives_the_sum_of_its_sequences(
    network: Network, lengths: list[int], seed: int, kind: str, padding: float
) -> None:
    a = network.architecture
    x, sizes = random_batch(lengths, a.input_size, seed, padding)
    initial = random_states(network, len(lengths), seed)
    targets, weights = targets_for(network, sizes, kind, seed)
    together = backwards(network, x, sizes, kind, seed, initial)
    total = np.zeros_like(network.parameters.flat)
    for b, length in enumerate(lengths):
        own = {where: state.rows([b]) for where, state in initial.items()}
        run = run_forward(network, x[:length, b : b + 1], initial=own)
        assert run.logits is not None
        part = (slice(b, b + 1),) if a.task == MANY_TO_ONE else (slice(0, length), slice(b, b + 1))
        alone = run_backward(
            network, run, loss_of(kind, run.logits, targets[part], weights[part]).dlogits, keep_dh=True
        )
        total += alone.parameters.flat
        np.testing.assert_allclose(together.inputs[:length, b], alone.inputs[:, 0], atol=CLOSE, rtol=CLOSE)
        assert not together.inputs[length:, b].any()
        for where, error in alone.initial.items():
            for name in network.cell.states:
                np.testing.assert_allclose(together.initial[where][name][b], error[name][0], atol=CLOSE, rtol=CLOSE)
        for where, dh in alone.dh.items():
            np.testing.assert_allclose(together.dh[where][:length, b], dh[:, 0], atol=CLOSE, rtol=CLOSE)
    scale = max(1.0, float(np.abs(total).max()))
    np.testing.assert_allclose(together.parameters.flat, total, atol=CLOSE * scale, rtol=0)


@given(network=networks(readout=True), lengths=batch_lengths, seed=seeds, kind=losses)
def test_what_stands_in_the_padding_changes_no_bit(network: Network, lengths: list[int], seed: int, kind: str) -> None:
    size = network.architecture.input_size
    clean, sizes = random_batch(lengths, size, seed)
    answers = []
    for padding in (0.0, np.finfo(float).max, -np.finfo(float).max, 1.7):
        x, _ = random_batch(lengths, size, seed, padding)
        answers.append(backwards(network, x, sizes, kind, seed))
    first = answers[0]
    for other in answers[1:]:
        assert np.array_equal(first.parameters.flat, other.parameters.flat)
        assert np.array_equal(first.inputs, other.inputs)
        assert all(np.array_equal(first.initial[w].joint(), other.initial[w].joint()) for w in first.initial)
    assert np.isfinite(first.parameters.flat).all()
    assert clean.shape == first.inputs.shape


@pytest.mark.parametrize("task", [MANY_TO_ONE, MANY_TO_MANY])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_gradients_are_added_to_those_given(kind: str, task: str) -> None:
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True, task=task, output_size=2))
    x, sizes = random_batch([3, 5], 3)
    targets, weights = targets_for(network, sizes, CROSS_ENTROPY, 0)
    run = run_forward(network, x, sizes)
    assert run.logits is not None
    dlogits = loss_of(CROSS_ENTROPY, run.logits, targets, weights).dlogits
    once = run_backward(network, run, dlogits).parameters
    twice = once.copy()
    same = run_backward(network, run, dlogits, gradients=twice).parameters
    assert same is twice
    np.testing.assert_allclose(twice.flat, 2 * once.flat, rtol=1e-15)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_errors_of_the_final_states_go_back_too(kind: str) -> None:
    """What an encoder gets from its decoder: <dh_n, h_n> + <dc_n, c_n> + … is a loss like any other."""
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True))
    x, sizes = random_batch([3, 5, 1], 3)
    final = random_states(network, 3, 5)
    back = run_backward(network, run_forward(network, x, sizes), final=final)

    def loss(flat: Array) -> complex:
        parameters = network.parameters.astype(flat.dtype)
        parameters.flat[...] = flat
        run = run_forward(network.with_parameters(parameters), x.astype(flat.dtype), sizes)
        return complex(sum((error.joint() * run.final[where].joint()).sum() for where, error in final.items()))

    v = np.random.default_rng(1).standard_normal(network.parameters.flat.shape)
    slope = float(back.parameters.flat @ v)
    if not network.cell.analytic:
        e = 1e-7
        numeric = (loss(network.parameters.flat + e * v) - loss(network.parameters.flat - e * v)).real / (2 * e)
        assert slope == pytest.approx(numeric, rel=1e-5)
    else:
        numeric = loss(network.parameters.flat + 1j * TINY * v).imag / TINY
        assert slope == pytest.approx(numeric, rel=1e-11)


def test_one_loss_at_the_end_enters_where_each_direction_ran_last() -> None:
    network = random_network(architecture_of("rnn tanh", bidirectional=True, output_size=2))
    x, sizes = random_batch([4, 2], 3)
    run = run_forward(network, x, sizes)
    dlogits = np.array([[1.0, -2.0], [0.5, 3.0]])
    back = run_backward(network, run, dlogits, keep_dh=True)
    dread = dlogits @ network.parameters["readout.W_hy"]
    for b, length in enumerate([4, 2]):
        np.testing.assert_allclose(back.dh[0, "forward"][length - 1, b], dread[b, :4], atol=1e-15)
        np.testing.assert_allclose(back.dh[0, "backward"][0, b], dread[b, 4:], atol=1e-15)
        assert not back.dh[0, "forward"][length:, b].any()


@given(
    rows=st.integers(1, 5), shape=st.tuples(st.integers(1, 6), st.integers(1, 4)), size=st.integers(1, 3), seed=seeds
)
def test_the_embedding_sums_the_errors_of_the_steps_that_read_a_row(
    rows: int, shape: tuple[int, int], size: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    ids = generator.integers(-1, rows, shape)
    errors = generator.standard_normal((*shape, size))
    slow = np.zeros((rows, size))
    for t, b in np.ndindex(*shape):
        if ids[t, b] >= 0:
            slow[ids[t, b]] += errors[t, b]
    np.testing.assert_allclose(embedding_gradient(ids, errors, rows), slow, atol=1e-14)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_float32_stays_float32(kind: str) -> None:
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True, output_size=2))
    single = network.with_parameters(network.parameters.astype(np.float32))
    x, sizes = random_batch([3, 5], 3)
    found = backwards(single, x.astype(np.float32), sizes, CROSS_ENTROPY, 0)
    double = backwards(network, x, sizes, CROSS_ENTROPY, 0)
    assert found.parameters.flat.dtype == np.float32
    assert found.inputs.dtype == np.float32
    np.testing.assert_allclose(found.parameters.flat, double.parameters.flat, atol=1e-4)
