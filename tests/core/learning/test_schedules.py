"""Learning-rate schedules: their values at the ends, in between, and while they warm up."""

from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.learning.schedules import SCHEDULES, learning_rate

kinds = st.sampled_from(sorted(SCHEDULES))


def test_constant() -> None:
    assert {learning_rate("constant", 0.3, step, 10, 0) for step in range(1, 30)} == {0.3}


def test_cosine_by_hand() -> None:
    rates = [learning_rate("cosine", 2.0, step, 8, 0) for step in range(1, 9)]
    assert rates == pytest.approx([1 + cos(pi * k / 8) for k in range(8)])
    assert rates[0] == 2.0
    assert rates[4] == pytest.approx(1.0)
    assert 0 < rates[-1] < 0.1


def test_step_by_hand() -> None:
    rates = [learning_rate("step", 1.0, step, 9, 0) for step in range(1, 10)]
    assert rates == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01])


@given(kind=kinds, total=st.integers(2, 500), share=st.floats(0, 0.9), lr=st.floats(1e-6, 10))
def test_the_warm_up_rises_linearly_to_the_rate_itself(kind: str, total: int, share: float, lr: float) -> None:
    warmup = int(share * total)
    for step in range(1, warmup + 1):
        assert learning_rate(kind, lr, step, total, warmup) == pytest.approx(lr * step / warmup)
    assert learning_rate(kind, lr, warmup + 1, total, warmup) == pytest.approx(lr)


@given(kind=kinds, total=st.integers(1, 500), warmup=st.integers(0, 600), lr=st.floats(1e-6, 10))
def test_never_below_0_nor_above_the_rate_and_never_rising_again(kind: str, total: int, warmup: int, lr: float) -> None:
    rates = [learning_rate(kind, lr, step, total, warmup) for step in range(1, total + 1)]
    assert all(0 <= rate <= lr * (1 + 1e-12) for rate in rates)
    after = rates[warmup:]
    assert after == sorted(after, reverse=True)


def test_beyond_the_end_and_with_a_warm_up_longer_than_the_run() -> None:
    for kind in SCHEDULES:
        assert learning_rate(kind, 1.0, 99, 10, 0) >= 0
        assert learning_rate(kind, 1.0, 10, 10, 20) == pytest.approx(0.5)
        assert learning_rate(kind, 1.0, 1, 1, 0) == 1.0


def test_a_schedule_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        learning_rate("linear", 1.0, 5, 10, 0)
