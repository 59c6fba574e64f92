"""Looking an embedding's rows up gives what their vectors give: forwards, backwards, padded, in both directions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.embedding import embedding_gradient
from rnn_cli.core.fast import kernel_of, kernels
from rnn_cli.core.fast.inputs import Rows, Vectors, looking_up_pays
from rnn_cli.core.fast.memory import LINE, WORTH_ALIGNING, aligned, aligned_zeros
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import FORWARD
from rnn_cli.core.state import State
from rnn_cli.core.systems import base, make_system
from tests.support.networks import (
    KINDS,
    architecture_of,
    each_value_once,
    kinds,
    random_network,
    random_states,
    seeds,
    tuned,
)
from tests.support.systems import SYSTEM_KINDS, blueprint_of, random_examples, random_system

CLOSE = 1e-12


@given(kind=kinds, seed=seeds, lengths=st.lists(st.integers(1, 7), min_size=1, max_size=4), both=st.booleans())
def test_rows_and_their_vectors(kind: str, seed: int, lengths: list[int], both: bool) -> None:
    """Padding holds a number beyond the embedding: it must not be looked up."""
    network = random_network(architecture_of(kind, 3, 4, 2, both), seed)
    generator = np.random.default_rng(seed)
    embedding, batch, T = generator.normal(size=(5, 3)), len(lengths), max(lengths)
    inside = np.arange(T)[:, None] < lengths
    ids = np.where(inside, generator.integers(0, 5, (T, batch)), 99)
    vectors = np.where(inside[..., None], embedding[np.where(inside, ids, 0)], 0)
    runs = [run_forward(network, x, np.array(lengths)) for x in (Rows(ids, embedding), vectors)]
    np.testing.assert_allclose(runs[0].output, runs[1].output, rtol=CLOSE, atol=CLOSE)
    top = network.architecture.num_layers - 1
    final = {
        (top, direction): State(h=generator.normal(size=(batch, 4))) for direction in network.architecture.directions
    }
    backs = [run_backward(network, run, final=final) for run in runs]
    np.testing.assert_allclose(backs[0].parameters.flat, backs[1].parameters.flat, rtol=CLOSE, atol=CLOSE)
    summed = [by_rows(np.where(inside, ids, -1), back.inputs) for back in backs]
    np.testing.assert_allclose(summed[0], summed[1], rtol=CLOSE, atol=CLOSE)
    assert (backs[0].inputs.shape == embedding.shape) == tuned(kind)


def by_rows(ids: Array, errors: Array) -> Array:
    """The gradient of the embedding: a kernel that looks rows up gives it, the others give that of the vectors."""
    return errors if errors.ndim == 2 else embedding_gradient(ids, errors, 5)


@given(kind=kinds, seed=seeds, steps=st.integers(1, 5), batch=st.integers(1, 3))
def test_what_was_read_is_known(kind: str, seed: int, steps: int, batch: int) -> None:
    network = random_network(architecture_of(kind, 3, 4), seed)
    generator = np.random.default_rng(seed)
    rows = Rows(generator.integers(0, 5, (steps, batch)), generator.normal(size=(5, 3)))
    vectors = Vectors(rows.x)
    assert rows.steps == vectors.steps == steps
    np.testing.assert_array_equal(vectors.x, rows.embedding[rows.ids])
    kernel, initial = kernel_of(network.cell), random_states(network, batch, seed)[0, FORWARD]
    states = [kernel.forward(network.packed(0, FORWARD), x, initial) for x in (rows, vectors)]
    np.testing.assert_allclose(states[0].h, states[1].h, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_array_equal(states[0].x, states[1].x)


@pytest.mark.parametrize("kind", [kind for kind in SYSTEM_KINDS if not kind.startswith("numbers")])
@pytest.mark.parametrize("cell", sorted(KINDS))
def test_a_system_learns_the_same_either_way(kind: str, cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    system = random_system(blueprint_of(kind, cell), 3)
    batch = random_examples(system.blueprint, [4, 1, 6, 3], 5, padding=2)
    losses, gradients = [], []
    for pays in (True, False):
        monkeypatch.setattr(base, "looking_up_pays", lambda *_, pays=pays: pays)
        done = system.forward(batch)
        gradients.append(system.parameters.zeros())
        system.backward(done, gradients[-1])
        losses.append(done.loss.total)
        read = [isinstance(run.runs[0].tape.inputs, Rows) for run in done.runs]
        assert all(read) == any(read) == (pays and tuned(cell))
    assert losses[0] == pytest.approx(losses[1], rel=CLOSE)
    np.testing.assert_allclose(gradients[0].flat, gradients[1].flat, rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize(("cell", "kind"), each_value_once(product(sorted(KINDS), SYSTEM_KINDS)))
@pytest.mark.parametrize("lengths", [[5], [4, 4], [4, 1, 6]], ids=["one", "equal", "ragged"])
def test_float32_stays_float32(kind: str, cell: str, lengths: list[int]) -> None:
    """Whatever type the data come in, and close to what float64 gives."""
    double = random_system(blueprint_of(kind, cell), 3)
    single = make_system(double.blueprint, double.parameters.flat.astype(np.float32))
    batch = random_examples(double.blueprint, lengths, 5)
    losses, gradients = [], []
    for system in (single, double):
        done = system.forward(batch)
        gradients.append(system.parameters.zeros())
        system.backward(done, gradients[-1])
        losses.append(done.loss.total)
        dtype = system.parameters.flat.dtype
        for run in done.runs:
            for one in run.runs:
                arrays = [one.tape.x, *one.tape.states.values(), one.tape.gates]
                arrays += [one.tape.extra] if isinstance(one.tape.extra, np.ndarray) else []
                assert {array.dtype for array in arrays} == {dtype}
        assert (done.logits.dtype, done.loss.dlogits.dtype, gradients[-1].flat.dtype) == (dtype, dtype, dtype)
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert np.linalg.norm(gradients[0].flat - gradients[1].flat) < 1e-5 * np.linalg.norm(gradients[1].flat)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("lengths", [[9], [9, 4, 7]], ids=["one", "several"])
def test_blocks_of_one_step_and_of_all(kind: str, lengths: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    system = random_system(blueprint_of("many-to-many", kind), 3)
    batch = random_examples(system.blueprint, lengths, 5)
    gradients = []
    for numbers in (1, 200, kernels.CACHED):
        monkeypatch.setattr(kernels, "CACHED", numbers)
        gradients.append(system.parameters.zeros())
        system.backward(system.forward(batch), gradients[-1])
    for one in gradients[:2]:
        np.testing.assert_allclose(one.flat, gradients[2].flat, rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("wrong", [-1, 5])
def test_a_row_that_is_not_there_is_not_read(wrong: int) -> None:
    network = random_network(architecture_of("gru reset after", 3, 4))
    with pytest.raises(IndexError, match="rows 0 to 4"):
        run_forward(network, Rows(np.array([[0], [wrong]]), np.ones((5, 3))))


def test_padding_reads_no_row_of_its_own() -> None:
    """Row 0 would overflow in its product; the sequences read others only."""
    network = random_network(architecture_of("rnn relu", 3, 4))
    embedding = np.ones((5, 3), dtype=np.float64)
    embedding[0] = 1e308
    network.packed(0, FORWARD)["W_x"][...] = 10
    with np.errstate(over="ignore"):
        run = run_forward(network, Rows(np.array([[1, 2], [3, 0]]), embedding), np.array([2, 1]))
    assert np.isfinite(run.output).all()


def test_looking_up_pays_where_few_rows_are_read_often() -> None:
    assert looking_up_pays(65, 64, 1600)
    assert not looking_up_pays(65, 64, 1), "writing a text letter by letter"
    assert not looking_up_pays(30_000, 64, 1600)


@given(
    shape=st.lists(st.integers(0, 40), min_size=1, max_size=3),
    dtype=st.sampled_from([np.float32, np.float64, np.complex128]),
)
def test_aligned_arrays(shape: list[int], dtype: type) -> None:
    array = aligned(tuple(shape), dtype)
    assert array.shape == tuple(shape)
    assert array.dtype == dtype
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert array.nbytes < WORTH_ALIGNING or array.ctypes.data % LINE == 0
    assert not aligned_zeros(tuple(shape), dtype).any()
