"""Norms, cosines and spectra of numbers of any size, held against the same of numbers near 1."""

import numpy as np
import pytest

from rnn_cli.core.array_statistics import array_statistics
from rnn_cli.core.gradients.spectra import eigenvalue_sizes, spectrum_of
from rnn_cli.core.gradients.svd import log_singular_values
from rnn_cli.core.norms import cosine, log_norm, norm, norms, spectral_norm
from tests.support.networks import architecture_of, random_network

SIZES = [1e-300, 1e-200, 1.0, 1e200, 1e300]


@pytest.mark.parametrize("scale", [1e-200, 1e-160, 1.0, 1e160, 1e200])
def test_the_norm_neither_overflows_nor_underflows(scale: float) -> None:
    assert norm(scale * np.array([3.0, -4.0])) == pytest.approx(5 * scale)
    assert norm(scale * np.array([[3.0], [-4.0]])) == pytest.approx(5 * scale)
    assert cosine(scale * np.array([1.0, 1.0]), np.array([1.0, 0.0]) / scale) == pytest.approx(np.sqrt(0.5))


def test_the_norm_and_the_cosine_of_nothing() -> None:
    zero, one = np.zeros(2), np.array([0.0, 2.0])
    assert norm(zero) == norm(np.zeros(0)) == 0
    assert (cosine(zero, zero), cosine(zero, one), cosine(one, zero)) == (1, 0, 0)
    assert norm(np.array([np.inf, 1.0])) == np.inf
    assert np.isnan(norm(np.array([np.nan, 1.0])))
    assert (cosine(one, one), cosine(one, -one)) == (1, -1)


@pytest.mark.parametrize("size", SIZES)
def test_norms_and_spectra_scale_with_their_numbers(size: float) -> None:
    M = np.random.default_rng(0).normal(size=(3, 3))
    np.testing.assert_allclose(norms(size * M), size * np.sqrt((M * M).sum(axis=1)))
    assert spectral_norm(size * M) == pytest.approx(size * np.linalg.norm(M, 2))
    np.testing.assert_allclose(eigenvalue_sizes(size * M), size * np.abs(np.linalg.eigvals(M)))
    found, plain = spectrum_of("W_hh", size * M), spectrum_of("W_hh", M)
    assert (found.radius, found.norm) == pytest.approx((size * plain.radius, size * plain.norm))
    assert found.departure == pytest.approx(plain.departure)
    logs = log_singular_values(np.zeros((1, 3)), size * M[None])[0]
    np.testing.assert_allclose(logs, np.log(size) + np.log(np.linalg.svd(M, compute_uv=False)))


def test_rows_of_zeros_and_of_what_is_no_number() -> None:
    np.testing.assert_array_equal(norms(np.array([[0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0]])), [0, np.inf, np.nan])
    assert (spectral_norm(np.zeros((2, 2))), norms(np.zeros((2, 0))).tolist()) == (0, [0, 0])
    assert np.isnan(spectral_norm(np.array([[np.inf]])))


@pytest.mark.parametrize("size", SIZES)
def test_the_statistics_of_an_array_are_those_of_its_numbers(size: float) -> None:
    network = random_network(architecture_of("rnn tanh", 2, 3))
    plain = {one.name: one for one in array_statistics(network)}
    network.parameters.flat[...] *= size
    for one in array_statistics(network):
        assert one.norm == pytest.approx(size * plain[one.name].norm)
        if one.spectral_radius is not None:
            assert one.spectral_radius == pytest.approx(size * (plain[one.name].spectral_radius or 0.0))


@pytest.mark.parametrize("rows", [70, 150])
def test_the_spectral_norm_of_a_wide_matrix_is_that_of_an_svd(rows: int) -> None:
    generator = np.random.default_rng(rows)
    M = generator.standard_normal((rows, 100))
    rank_one = np.outer(M[:, 0], M[0])
    Q = np.linalg.qr(generator.standard_normal((rows, rows)))[0]
    shrinking, crowded = Q[:, :70] * 0.9 ** np.arange(70), Q * np.linspace(1, 1 - 1e-5, rows)
    for one in (M, rank_one, Q, 1e200 * Q, shrinking, crowded, M * 1e-6 ** np.arange(100), np.diag(M[0])):
        assert spectral_norm(one) == pytest.approx(np.linalg.svd(one, compute_uv=False)[0], rel=1e-9)
        assert np.exp(log_norm(one)) == pytest.approx(spectral_norm(one), rel=1e-9)
    assert spectral_norm(np.zeros((rows, rows))) == 0


@pytest.mark.parametrize("rows", [72, 89, 121, 128, 144])
def test_the_spectral_norm_of_a_wide_matrix_that_is_simple(rows: int) -> None:
    """After a turn or two nothing is left but rounding: the identity's came out as 1.414 at 128 rows, and as 363 at 121."""
    turned = np.eye(rows)[np.random.default_rng(0).permutation(rows)]
    for one, largest in (
        (np.eye(rows), 1),
        (turned, 1),
        (np.vstack([turned, turned]), np.sqrt(2)),
        (np.ones((rows, rows)), rows),
    ):
        assert spectral_norm(one) == pytest.approx(largest, rel=1e-12)


@pytest.mark.parametrize("unit", range(8))
def test_the_spectral_norm_of_a_single_number_is_that_number(unit: int) -> None:
    """Its second vector leaves nothing in most of these, exactly or up to rounding."""
    M = np.zeros((64, 64))
    M[unit, unit] = -3
    assert spectral_norm(M) == pytest.approx(3, rel=1e-12)
