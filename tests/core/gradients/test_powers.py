"""Powers of one number: the textbook's values, and logarithms that stay right where floats end."""

from fractions import Fraction
from math import inf, log2, log10

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.gradients.powers import FLOAT32, FLOAT64, first_under, reach, scalar_product, scalar_step
from rnn_cli.core.steps_to_show import landmark_steps, sample_steps


@pytest.mark.parametrize(
    ("factor", "steps", "expected"),
    [
        (0.5, 4, 0.0625),
        (0.5, 20, 9.5367431640625e-07),
        (1.5, 4, 5.0625),
        (1.5, 20, 3325.256730079651),
        (0.7, 99, 4.620680728035339e-16),
    ],
)
def test_the_textbooks_products(factor: float, steps: int, expected: float) -> None:
    product = scalar_product(factor, steps)
    assert product.final.product == expected
    assert product.final.log10 == pytest.approx(log10(expected), rel=1e-14)


@given(st.floats(0.3, 3), st.integers(1, 60))
def test_a_power_is_right_to_the_last_digit_but_one(factor: float, k: int) -> None:
    exact = float(Fraction(factor) ** k)
    assert scalar_step(factor, k).product == pytest.approx(exact, rel=3e-16)


def test_logarithms_go_on_where_floats_end() -> None:
    small, large = scalar_product(0.5, 100_000).final, scalar_product(1.5, 100_000).final
    assert small.product == 0.0
    assert small.log10 == pytest.approx(-30102.999566398119, rel=1e-15)
    assert large.product == inf
    assert large.log10 == pytest.approx(17609.125905568124, rel=1e-15)


def test_signs_zero_and_one() -> None:
    assert [step.product for step in scalar_product(-2.0, 3).steps] == [-2.0, 4.0, -8.0]
    assert scalar_product(-2.0, 3).verdict == "exploding"
    zero = scalar_product(0.0, 3)
    assert (zero.verdict, zero.final.product, zero.final.log10, zero.half_life) == ("vanishing", 0.0, -inf, 0.0)
    one = scalar_product(1.0, 3)
    assert (one.verdict, one.final.product, one.half_life, one.doubling_time) == ("stable", 1.0, None, None)


def test_half_life_and_doubling_time() -> None:
    assert scalar_product(0.5, 1).half_life == pytest.approx(1)
    assert scalar_product(2.0, 1).doubling_time == pytest.approx(1)
    assert 0.9 ** (scalar_product(0.9, 1).half_life or 0) == pytest.approx(0.5)


def near_roots(bounds: dict[str, tuple[Fraction, float]]) -> st.SearchStrategy[tuple[Fraction, float]]:
    """A bound, and a float next to one of its roots: some power of it all but hits the bound."""
    return st.sampled_from(sorted(bounds.values())).flatmap(
        lambda one: st.integers(1, 150).map(lambda k: (one[0], 2.0 ** (one[1] / k)))
    )


BOUNDS = {
    "1%": (Fraction(1, 100), log2(0.01)),
    **{f"2^{e}": (Fraction(2) ** e, float(e)) for e in (-126, -149, -1022, -1074)},
}


@settings(max_examples=150)
@given(near_roots(BOUNDS))
def test_next_to_an_exact_root_no_step_is_counted_too_many_or_too_few(drawn: tuple[Fraction, float]) -> None:
    bound, size = drawn
    k = first_under(size, bound.numerator, denominator=bound.denominator)
    assert Fraction(size) ** k < bound <= Fraction(size) ** (k - 1)


@given(st.integers(0, 60).map(lambda j: 1 + 2.0**-j) | st.integers(1, 300).map(lambda k: 2.0 ** (128 / k)))
def test_the_step_that_overflows_is_the_first(size: float) -> None:
    k = reach(size, FLOAT32).overflow
    if size == 1 or k is None or k > 10_000:
        return
    assert Fraction(size) ** (k - 1) < 2**128 <= Fraction(size) ** k


def test_a_sign_outlives_an_underflow() -> None:
    assert (scalar_step(-0.5, 100_001).product, scalar_step(-0.5, 100_001).negative) == (0.0, True)
    assert not scalar_step(-0.5, 100_000).negative


@given(st.floats(0.05, 0.95))
def test_the_step_that_leaves_a_format_is_the_first(size: float) -> None:
    for precision in (FLOAT32, FLOAT64):
        found = reach(size, precision)
        for k, bound in (
            (found.below_normal, precision.smallest_normal),
            (found.below_subnormal, precision.smallest_subnormal),
        ):
            assert k is not None
            assert Fraction(size) ** k < Fraction(2) ** bound <= Fraction(size) ** (k - 1)


def test_a_power_of_two_hits_the_bounds_exactly() -> None:
    assert (reach(0.5, FLOAT32).below_normal, reach(0.5, FLOAT64).below_subnormal) == (127, 1075)
    assert (reach(2.0, FLOAT32).overflow, reach(2.0, FLOAT64).overflow) == (128, 1024)
    assert reach(1.0, FLOAT64).below_normal is None


@given(st.integers(0, 3), st.integers(1, 10**7), st.integers(2, 300))
def test_a_sample_has_both_ends_and_no_more_than_wanted(first: int, length: int, most: int) -> None:
    for steps in (sample_steps(first, first + length, most), landmark_steps(first, first + length, most)):
        assert steps[0] == first
        assert steps[-1] == first + length
        assert steps == sorted(set(steps))
    assert len(sample_steps(first, first + length, most)) <= most
