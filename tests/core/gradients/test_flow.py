"""The gradient back through time: products, losses, splits and exponents against what plain matrices and BPTT say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.forward import run_forward
from rnn_cli.core.gradients.flow import MOST_ROWS, Chain, Flow, Watch, chain_of, flow, saturation
from rnn_cli.core.gradients.random_matrix import INITS, driving_input, random_recurrent, recurrent_matrix
from rnn_cli.core.gradients.spectra import eigenvalue_sizes, log_power_norms, rank_to_rounding, spectrum_of
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture, Network
from rnn_cli.core.state import State
from tests.support.networks import (
    KINDS,
    RECURRENT,
    architecture_of,
    cell_of,
    networks,
    random_network,
    random_sequence,
    seeds,
    slow_if,
    tuned,
)


def chain_and_jacobians(network: Network, x: Array, layer: int, direction: str) -> tuple[Chain, list[Array]]:
    chain = chain_of(network, run_forward(network, x[:, None]), layer, direction)
    return chain, [chain.jacobian(chain.step(m)) for m in range(1, len(x) + 1)]


def matrix_flow(cell: str, radius: float, H: int, steps: int, init: str = "gaussian", drive: str = "noise") -> Flow:
    generator = np.random.default_rng(0)
    network = random_recurrent(Architecture(cell, H, H), radius, init, 0.0, generator)
    run = run_forward(network, driving_input(drive, steps, H, generator)[:, None])
    return flow(chain_of(network, run, 0, FORWARD), down_to=0, first_k=1)


@given(networks(readout=True), seeds, st.integers(2, 8))
def test_products_and_losses_are_those_of_bptt(network: Network, seed: int, steps: int) -> None:
    a = network.architecture
    x = random_sequence(steps, a.input_size, seed)
    run = run_forward(network, x[:, None])
    assert run.logits is not None
    dlogits = np.random.default_rng(seed).standard_normal(run.logits.shape)
    kept = run_backward(network, run, dlogits, keep_dh=True).errors
    for layer in range(a.num_layers):
        for direction in a.directions:
            chain, jacobians = chain_and_jacobians(network, x, layer, direction)
            whole_errors = kept[layer, direction].map(lambda one: one[::-1, 0] if direction == BACKWARD else one[:, 0])  # noqa: B023 - used here alone
            errors = whole_errors.h
            states = State(**{name: array[1:] for name, array in chain.states.items()})
            by_name = dict(
                zip(network.cell.coordinate_names, network.cell.in_coordinates(states, whole_errors), strict=True)
            )
            at_end_alone = a.task == "many-to-one" and layer == a.num_layers - 1
            result = flow(chain, errors[-1] if at_end_alone else None, None if at_end_alone else errors)
            whole = np.eye(len(jacobians[0]))
            for row in result.rows:
                if row.k:
                    whole = whole @ jacobians[steps - row.k]
                plain = np.linalg.svd(whole, compute_uv=False)
                assert np.allclose(np.exp(row.log_singular_values), plain, rtol=1e-9, atol=1e-12 * plain[0] + 1e-300)
                together = np.concatenate([one[steps - row.k - 1] for one in by_name.values()])
                for name, log in row.log_errors.items():
                    plain_error = np.linalg.norm(by_name[name][steps - row.k - 1])
                    assert np.exp(log) == pytest.approx(
                        plain_error, rel=1e-8, abs=1e-13 * float(np.linalg.norm(together))
                    )
                assert row.log_error is not None
                assert np.exp(row.log_error) == pytest.approx(np.linalg.norm(together), rel=1e-9)


@pytest.mark.parametrize("kind", list(KINDS))
def test_rows_and_jacobians_run_over_every_step(kind: str) -> None:
    network = random_network(architecture_of(kind, 3, 4))
    chain, jacobians = chain_and_jacobians(network, random_sequence(6, 3), 0, FORWARD)
    result = flow(chain)
    assert [row.k for row in result.rows] == [0, 1, 2, 3, 4, 5]
    assert [one.m for one in result.jacobians] == [6, 5, 4, 3, 2, 1]
    for one in result.jacobians:
        plain = np.linalg.svd(jacobians[one.m - 1], compute_uv=False)
        assert np.allclose(np.exp(one.log_singular_values), plain, atol=1e-14)
        assert 0 <= one.saturation <= 1
    assert result.rows[0].log_factor is None
    assert result.rows[1].log_factor == pytest.approx(result.rows[1].log_norm)
    assert result.final.log_norm <= sum(row.log_factor or 0.0 for row in result.rows) + 1e-12


def test_weights_and_saturation_add_up_and_weights_are_the_powers() -> None:
    network = random_network(architecture_of("rnn tanh", 3, 5), scale=1.3)
    chain, _ = chain_and_jacobians(network, random_sequence(12, 3), 0, FORWARD)
    for row in flow(chain).rows:
        assert row.log_weights is not None
        assert row.log_saturation is not None
        power = np.linalg.norm(np.linalg.matrix_power(chain.p["W_h"], row.k), 2)
        assert row.log_weights == pytest.approx(np.log(power), abs=1e-12)
        assert row.log_weights + row.log_saturation == pytest.approx(row.log_norm)


def test_without_drive_nothing_saturates_and_the_exponents_are_those_of_the_matrix() -> None:
    result = matrix_flow("rnn", 0.9, 8, 60, drive="zeros")
    assert result.final.log_saturation == pytest.approx(0, abs=1e-10)
    assert all(one.saturation == 0 for one in result.jacobians)
    turned = matrix_flow("rnn", 0.9, 8, 60, init="orthogonal", drive="zeros")
    assert np.allclose(turned.exponents, np.log(0.9))
    assert np.allclose(turned.benettin, np.log(0.9))
    assert turned.spectrum is not None
    assert turned.spectrum.departure < 1e-6


def test_both_kinds_of_exponents_agree_after_many_steps() -> None:
    result = matrix_flow("gru", 1.2, 6, 1100)
    assert np.allclose(result.exponents, result.benettin, atol=0.01)
    assert result.exponents.sum() == pytest.approx(result.benettin.sum(), rel=1e-9)
    assert result.sampled
    assert len(result.rows) == MOST_ROWS


def kept_by_a_gate(kind: str) -> bool:
    """Whether the direct path of a cell is its keeping gate, and nothing else."""
    return cell_of(kind).keeping_gate is not None and type(cell_of(kind)).keep_share is Cell.keep_share


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kept_by_a_gate(kind)])
def test_the_direct_path_is_the_product_of_the_gate(kind: str) -> None:
    network = random_network(architecture_of(kind, 3, 4))
    assert network.cell.keeping_gate is not None
    gate, sign = network.cell.keeping_gate
    chain, _ = chain_and_jacobians(network, random_sequence(7, 3), 0, FORWARD)
    path = np.ones(4)
    for row in flow(chain).rows:
        if row.k:
            value = chain.step(8 - row.k).gate(gate).value
            path = path * (value if sign > 0 else 1 - value)
        assert row.log_highway is not None
        assert np.exp(row.log_highway) == pytest.approx(path.max())


def test_the_direct_paths_of_the_cells_that_everyone_knows() -> None:
    gates = {kind: cell_of(kind).keeping_gate for kind in ("rnn tanh", "lstm", "gru reset after", "gru reset before")}
    assert list(gates.values()) == [None, ("f", 1), ("z", 1), ("z", 1)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if cell_of(kind).keeps is None])
def test_a_cell_that_keeps_nothing_has_no_direct_path(kind: str) -> None:
    chain, _ = chain_and_jacobians(random_network(architecture_of(kind, 3, 4)), random_sequence(4, 3), 0, FORWARD)
    assert {row.log_highway for row in flow(chain).rows} == {None}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if len(cell_of(kind).states) > 1])
def test_the_blocks_of_a_joint_product(kind: str) -> None:
    network = random_network(architecture_of(kind, 3, 4))
    chain, jacobians = chain_and_jacobians(network, random_sequence(5, 3), 0, FORWARD)
    whole = np.linalg.multi_dot(jacobians[:0:-1])
    final = flow(chain).final
    assert tuple(final.log_blocks) == network.cell.coordinate_names
    for k, log in enumerate(final.log_blocks.values()):
        part = slice(4 * k, 4 * k + 4)
        assert np.exp(log) == pytest.approx(np.linalg.norm(whole[part, part], 2))


def test_the_first_step_under_one_percent() -> None:
    result = matrix_flow("rnn", 0.9, 16, 60)
    by_norm = next(row.k for row in result.rows if np.exp(row.log_norm) < 0.01)
    assert (result.by_product.under, result.by_product.stays_under, result.by_product.back) == (by_norm, by_norm, None)
    assert result.by_loss is None
    assert matrix_flow("rnn", 1.0, 8, 60, init="orthogonal", drive="zeros").by_product.under is None


def test_a_signal_that_comes_back_is_not_lost_for_good() -> None:
    watch = Watch()
    for k, size in enumerate((1.0, 0.5, 0.005, 0.02, 0.001, 0.003)):
        watch.see(k, float(np.log(size)))
    found = watch.signal()
    assert (found.under, found.back, found.stays_under, found.every) == (2, 3, 4, True)
    assert found.log_ratio == pytest.approx(np.log(0.003))


def test_a_signal_is_carried_as_far_as_it_is_much_of_what_entered() -> None:
    watch = Watch(entry=1)
    for k, log in enumerate([0.0, 3.0, -1.0, -2.0, -9.0]):
        watch.see(k, log)
    assert watch.carried_to == 3  # the first that is under a hundredth of e^3: 3 - ln 100 = -1.6


def test_what_c_keeps_is_not_lost() -> None:
    """An LSTM whose forget gates are open and whose recurrent weights are next to nothing: h forgets, c does not."""
    network = random_network(architecture_of("lstm", 3, 4))
    for name, array in network.named(0, FORWARD).items():
        array *= 1e-4 if name.startswith("W_h") else 1
        array += 12 if name == "b_f" else 0
    found = flow(chain_and_jacobians(network, random_sequence(9, 3), 0, FORWARD)[0], np.ones(4))
    assert found.by_loss is not None
    assert found.final.log_errors["h"] < found.rows[0].log_errors["h"] + np.log(0.01)
    assert found.by_loss.under is None
    assert found.by_loss.log_carried == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("n", [4, 5, 6])
def test_a_nilpotent_matrix_has_exact_zeros(n: int) -> None:
    """Turned by a reflection of halves: no number of W is rounded, so that W^n is 0 whatever kernel multiplies."""
    generator = np.random.default_rng(n)
    ones = np.repeat([1.0, 0.0], [4, n - 4])
    turn = np.eye(n) - np.outer(ones, ones) / 2
    network = random_network(architecture_of("rnn tanh", 2, n))
    network.packed(0, FORWARD)["W_h"][...] = turn @ np.triu(generator.choice([-1.0, 1.0], (n, n)), 1) @ turn.T
    found = flow(chain_and_jacobians(network, random_sequence(n + 2, 2), 0, FORWARD)[0])
    assert found.spectrum is not None
    assert found.spectrum.radius == 0
    assert [row.log_weights == -np.inf for row in found.rows] == [row.k >= n for row in found.rows]
    assert [row.log_saturation is None for row in found.rows] == [row.k >= n for row in found.rows]
    assert np.isneginf(found.final.log_singular_values[-1])
    assert np.isfinite(found.final.log_norm)


def test_only_what_could_be_rounding_is_zero() -> None:
    assert not eigenvalue_sizes(np.array([[3.0, -3.0], [3.0, -3.0]])).any()
    graded = np.array([[0.0, 1.0], [1e-20, 0.0]])
    assert eigenvalue_sizes(graded) == pytest.approx([1e-10, 1e-10])
    assert rank_to_rounding(graded) == 2
    assert rank_to_rounding(np.outer([1.0, 1e-9], [3.0, 0.1])) == 1
    assert log_power_norms(graded, [2])[2] == pytest.approx(np.log(1e-20))


def test_a_matrix_that_is_not_normal_grows_before_it_decays() -> None:
    W = 0.5 * np.eye(4) + np.diag([3.0] * 3, 1)
    own = spectrum_of("W_hh", W)
    assert own.radius == pytest.approx(0.5)
    assert own.norm > 3
    assert own.departure > 0.9
    logs = log_power_norms(W, [0, 1, 3, 200])
    assert logs[0] == pytest.approx(0)
    assert logs[3] > logs[1] > 0 > logs[200]
    assert np.isneginf(log_power_norms(np.diag([1.0, 1.0], 1), [2, 3, 4])[4])


@pytest.mark.parametrize("init", list(INITS))
def test_a_drawn_matrix_has_the_radius(init: str) -> None:
    W = recurrent_matrix(init, 20, 0.7, np.random.default_rng(1))
    assert spectrum_of("W", W).radius == pytest.approx(0.7)
    if init != "gaussian":
        assert np.allclose(np.linalg.svd(W, compute_uv=False), 0.7)


@pytest.mark.parametrize("kind", RECURRENT)
def test_every_gate_has_the_radius_and_the_keeping_gate_its_bias(kind: str) -> None:
    network = random_recurrent(architecture_of(kind, 3, 5), 1.1, "gaussian", 2.0, np.random.default_rng(0))
    chain, _ = chain_and_jacobians(network, random_sequence(3, 3), 0, FORWARD)
    spectra = flow(chain).spectra
    assert [one.symbol for one in spectra] == list(network.cell.recurrent)
    assert all(one.radius == pytest.approx(1.1) for one in spectra)
    keeping = network.cell.keeping_gate
    for name, array in network.named(0, FORWARD).items():
        if name.startswith("b_"):
            expected = 2.0 * keeping[1] if keeping is not None and name == f"b_{keeping[0]}" else 0.0
            assert set(array) == {expected}


def test_saturation_of_relu_is_the_share_of_dead_units() -> None:
    network = random_network(architecture_of("rnn relu", 3, 10))
    step = network.cell.trace_step(network.packed(0, FORWARD), random_sequence(1, 3)[0], State(h=np.zeros(10)))
    assert saturation(step) == pytest.approx((step.state.h == 0).mean())


CELLS_OF = {KINDS[kind][0]: kind for kind in RECURRENT}


@pytest.mark.parametrize(
    "cell", slow_if(sorted(CELLS_OF), *[cell for cell, kind in CELLS_OF.items() if not tuned(kind)])
)
def test_a_long_way_in_blocks_is_the_one_step_by_step(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_cli.core.gradients.measures.ONE_BY_ONE", 100)
    blocks = matrix_flow(cell, 0.95, 6, 260)
    monkeypatch.setattr("rnn_cli.core.gradients.measures.ONE_BY_ONE", 10**9)
    singly = matrix_flow(cell, 0.95, 6, 260)
    assert [row.k for row in blocks.rows] == [row.k for row in singly.rows]
    # Of the smallest a block promises six digits (SAFE_SPREAD). Coordinates that differ in scale need that room.
    close = 1e-7 if blocks.cell.coordinate_names == blocks.cell.states else 1e-6
    for one, other in zip(blocks.rows, singly.rows, strict=True):
        assert np.allclose(one.log_singular_values, other.log_singular_values, rtol=close, atol=close)
    assert np.allclose(blocks.benettin, singly.benettin, rtol=1e-4, atol=1e-4)
    assert blocks.by_product.under == singly.by_product.under
    assert blocks.by_product.end == pytest.approx(singly.by_product.end, abs=1e-6)
    assert (blocks.by_product.every, singly.by_product.every) == (False, True)


def test_powers_by_squaring_are_powers_one_by_one() -> None:
    W = recurrent_matrix("gaussian", 8, 0.99, np.random.default_rng(0))
    far, near = log_power_norms(W, [3, 1_000, 2_345]), log_power_norms(W, range(2_346))
    for k, log in far.items():
        assert log == pytest.approx(near[k], rel=1e-9)
