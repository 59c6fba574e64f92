"""Clipping by global norm keeps the direction, by value it does not; both hold their limit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.learning.clipping import GLOBAL_NORM, VALUE, clip
from rnn_cli.core.norms import cosine, norm

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
gradients = st.lists(numbers, min_size=1, max_size=20).map(np.array)
limits = st.floats(1e-6, 1e7)


@given(gradient=gradients, limit=limits)
def test_by_global_norm(gradient: Any, limit: float) -> None:
    before = gradient.copy()
    found = clip(gradient, GLOBAL_NORM, limit)
    np.testing.assert_array_equal(gradient, before)
    assert found.norm_before == pytest.approx(np.linalg.norm(gradient))
    assert found.norm_after <= limit * (1 + 1e-12)
    assert found.scale is not None
    assert 0 < found.scale <= 1
    np.testing.assert_allclose(found.gradient, found.scale * gradient)
    if found.norm_before <= limit:
        assert (found.scale, found.changed) == (1, 0)
        np.testing.assert_array_equal(found.gradient, gradient)
    else:
        assert found.norm_after == pytest.approx(limit)
        assert found.changed == gradient.size
    assert found.cosine == 1


@given(gradient=gradients, limit=limits)
def test_by_value(gradient: Any, limit: float) -> None:
    found = clip(gradient, VALUE, limit)
    assert found.scale is None
    assert np.abs(found.gradient).max() <= limit
    small = np.abs(gradient) <= limit
    np.testing.assert_array_equal(found.gradient[small], gradient[small])
    np.testing.assert_array_equal(found.gradient[~small], np.sign(gradient[~small]) * limit)
    assert found.changed == (~small).sum()
    assert found.norm_after <= found.norm_before * (1 + 1e-12)
    assert found.cosine == pytest.approx(cosine(gradient, found.gradient))
    assert found.cosine > 0 or not gradient.any()


@given(gradient=gradients, limit=limits, kind=st.sampled_from((GLOBAL_NORM, VALUE)))
def test_clipping_twice_is_clipping_once(gradient: Any, limit: float, kind: str) -> None:
    once = clip(gradient, kind, limit).gradient
    np.testing.assert_allclose(clip(once, kind, limit).gradient, once, rtol=1e-12)


def test_pytorchs_clipping_differs_by_its_millionth_only() -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
    gradient = np.random.default_rng(0).standard_normal(50)
    for limit in (0.1, 1.0, 100.0):
        parameter = torch.zeros(50, dtype=torch.float64, requires_grad=True)
        parameter.grad = torch.tensor(gradient)
        before = float(torch.nn.utils.clip_grad_norm_([parameter], limit))
        found = clip(gradient, GLOBAL_NORM, limit)
        assert found.norm_before == pytest.approx(before, rel=1e-12)
        np.testing.assert_allclose(found.gradient, parameter.grad.numpy(), rtol=1e-5)
        parameter.grad = torch.tensor(gradient)
        torch.nn.utils.clip_grad_value_([parameter], limit)
        np.testing.assert_array_equal(clip(gradient, VALUE, limit).gradient, parameter.grad.numpy())


@pytest.mark.parametrize("limit", [1e-3, 1.0, 1e200])
def test_a_gradient_of_any_size_is_brought_to_the_limit(limit: float) -> None:
    for gradient in (np.array([3e300, -4e300]), np.array([3e-310, 4e307]), np.full(400, 1.7e308)):
        found = clip(gradient, GLOBAL_NORM, limit)
        assert norm(found.gradient) == pytest.approx(limit)
        np.testing.assert_allclose(found.gradient / limit, (gradient / 1e308) / norm(gradient / 1e308), rtol=1e-12)
