"""Numbers that remember how they came about: their symbols, their values, and what they were made of."""

from collections.abc import Callable

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.quantities import (
    Linear,
    Product,
    Quantity,
    Sum,
    Update,
    Value,
    Weights,
    exp,
    factors_of,
    maximum,
    role,
    tanh,
    tanh_slope,
    term,
)

DRAW = np.random.default_rng(3)
F, C, N, G = (DRAW.standard_normal(4) for _ in range(4))
W = DRAW.standard_normal((4, 3))
X = DRAW.standard_normal(3)


def f() -> Quantity:
    return Quantity("f_t", "f", F)


def c() -> Quantity:
    return Quantity("c_{t-1}", "c_prev", C)


def i() -> Quantity:
    return Quantity("i_t", "i", N)


def g() -> Quantity:
    return Quantity("g_t", "g", G)


def test_a_product_of_quantities() -> None:
    product = f() * c() * i()
    assert isinstance(product, Product)
    assert product.symbol == "f_t * c_{t-1} * i_t"
    assert np.array_equal(product.value, F * C * N)
    assert [one.symbol for one in product.parts] == ["f_t", "c_{t-1}", "i_t"]
    assert product.addends == (product,)


def test_a_sum_of_products() -> None:
    total = f() * c() + i() * g()
    assert isinstance(total, Sum)
    assert total.symbol == "f_t * c_{t-1} + i_t * g_t"
    assert np.array_equal(total.value, F * C + N * G)
    assert [one.symbol for one in total.addends] == ["f_t * c_{t-1}", "i_t * g_t"]
    assert total.parts == (total,)


def test_a_difference() -> None:
    difference = f() - c()
    assert difference.symbol == "f_t - c_{t-1}"
    assert np.array_equal(difference.value, F - C)
    assert [one.symbol for one in difference.addends] == ["f_t", "-c_{t-1}"]
    assert np.array_equal(difference.addends[1].value, -C)


def test_a_quotient_is_a_product_with_the_inverse() -> None:
    quotient = f() * c() / i()
    assert quotient.symbol == "f_t * c_{t-1} * (1 / i_t)"
    assert np.array_equal(quotient.value, F * C / N)
    assert [one.source for one in factors_of(quotient)] == ["f", "c_prev", "i"]


def test_numbers_stand_on_either_side() -> None:
    """A place may halve a product or add to it: `lambda c: 0.5 * c` runs on quantities as on arrays."""
    for made, symbol, value in (
        (0.5 * f(), "0.5 * f_t", 0.5 * F),
        (f() * np.float64(2), "f_t * 2", F * 2),
        (0.5 * (Weights("W_hf", W) @ x_quantity()), "0.5 * (W_hf x_t)", 0.5 * (W @ X)),
        (f() * c() - 1.5, "f_t * c_{t-1} - 1.5", F * C - 1.5),
        (f() + 1, "f_t + 1", F + 1),
    ):
        assert made.symbol == symbol
        assert np.array_equal(made.value, value)


def x_quantity() -> Quantity:
    return Quantity("x_t", "x", X)


def test_functions_of_a_quantity_remember_what_they_are_of() -> None:
    for made, symbol, template, value in (
        (1 - f(), "(1 - f_t)", "(1 - {})", 1 - F),
        (tanh(f()), "tanh(f_t)", "tanh({})", np.tanh(F)),
        (tanh_slope(f()), "(1 - tanh(f_t)^2)", "(1 - tanh({})^2)", 1 - np.tanh(F) * np.tanh(F)),
    ):
        assert (made.symbol, made.source, made.template) == (symbol, "f", template)
        assert np.array_equal(made.value, value)


def test_exp_and_max_are_no_sums_but_know_their_operands() -> None:
    raised = exp(f() - c())
    assert raised.symbol == "exp(f_t - c_{t-1})"
    assert np.array_equal(raised.value, np.exp(F - C))
    larger = maximum(f() + i(), g())
    assert larger.symbol == "max(f_t + i_t, g_t)"
    assert np.array_equal(larger.value, np.maximum(F + N, G))
    update = Update("e", "e_t", raised)
    assert (update.of, update.equation) == ("exp", "exp(f_t - c_{t-1})")
    assert [[one.symbol for one in factors] for factors in update.products] == [["f_t"], ["-c_{t-1}"]]
    assert Update("m", "m_t", larger).of == "max"


def test_a_maximum_chooses_by_the_real_parts() -> None:
    u, v = np.array([1 + 5j, 2 - 1j]), np.array([0.5 + 9j, 3 + 0j])
    assert maximum(u, v).tolist() == [1 + 5j, 3 + 0j]


def test_an_update_is_a_quantity_with_the_products_that_it_is_the_sum_of() -> None:
    update = Update("c", "c_t", f() * c() + i() * (1 - g()))
    assert (update.name, update.symbol, update.source, update.of) == ("c", "c_t", "c", "")
    assert update.equation == "f_t * c_{t-1} + i_t * (1 - g_t)"
    assert [[one.symbol for one in factors] for factors in update.products] == [
        ["f_t", "c_{t-1}"],
        ["i_t", "(1 - g_t)"],
    ]
    assert (update * f()).symbol == "c_t * f_t"
    doubled = update.whole(lambda array: 2 * array)
    assert np.array_equal(doubled.value, 2 * update.value)
    assert np.array_equal(doubled.products[1][1].value, 2 * (1 - G))
    assert np.array_equal(update.products[1][1].value, 1 - G)
    assert doubled.equation == update.equation


def test_a_matrix_times_a_vector_and_the_way_back() -> None:
    weights = Weights("W_xf", W)
    forward, back = weights @ Quantity("x_t", "x", X), weights.T @ f()
    assert isinstance(forward, Linear)
    assert (forward.symbol, back.symbol) == ("W_xf x_t", "W_xf^T f_t")
    assert np.array_equal(forward.value, W @ X)
    assert np.allclose(back.value, F @ W, rtol=1e-15)
    batch = DRAW.standard_normal((5, 3))
    assert np.allclose(weights @ batch, batch @ W.T, rtol=1e-15)
    assert np.array_equal(weights.T.T @ X, W @ X)


def test_a_matrix_times_a_product_has_it_in_brackets() -> None:
    square = Weights("W_hn", DRAW.standard_normal((4, 4)))
    product = square @ (f() * c())
    assert product.symbol == "W_hn (f_t * c_{t-1})"
    assert (i() * product).symbol == "i_t * (W_hn (f_t * c_{t-1}))"
    made = term(product)
    assert (made.name, [one.symbol for one in made.v]) == ("recurrent", ["f_t", "c_{t-1}"])


def bias(name: str, array: Array) -> Quantity:
    return Quantity(name, "", array)


def test_terms_of_every_form() -> None:
    x, b, p = Quantity("x_t", "x", X), bias("b_f", N), bias("p_f", G)
    product = Weights("W_xf", W) @ x
    one = term(product)
    assert one.W is not None
    assert (one.name, one.symbol, one.W.symbol, one.bias, one.scale) == ("input", "W_xf x_t", "W_xf", None, ())
    alone = term(b)
    assert (alone.name, alone.W, alone.bias) == ("bias", None, b)
    peephole = term(p * c())
    assert (peephole.name, [factor.symbol for factor in peephole.scale]) == ("peephole", ["p_f", "c_{t-1}"])
    both = term(f() * (product + b))
    assert (both.name, both.bias, [factor.symbol for factor in both.scale]) == ("input", b, ["f_t"])
    assert both.W is not None
    assert np.array_equal(both.value, F * (W @ X + N))


def test_what_is_no_term_is_refused() -> None:
    x = Quantity("x_t", "x", X)
    product = Weights("W_xf", W) @ x
    for wrong in (product * product, f() * (product + product), f() * (product + bias("b_f", N) + bias("b_g", G))):
        with pytest.raises(ValueError, match="no term of a pre-activation"):
            term(wrong)


def test_roles_by_the_first_letters() -> None:
    assert [role(name) for name in ("W_xf", "W_hf", "b_f", "p_f", "q")] == [
        "input", "recurrent", "bias", "peephole", "other",
    ]  # fmt: skip


def test_equations_give_the_same_bits_on_arrays_and_on_quantities() -> None:
    """Whatever the brackets: a product in brackets is shown without them, and computed as it stands."""
    arrays, quantities = (F, C, N, G), (f(), c(), i(), g())
    equations: tuple[Callable[..., Value], ...] = (
        lambda f, c, i, g: f * (c * i),
        lambda f, c, i, g: f + (c + i),
        lambda f, c, i, g: (f * c + i * g) * (c * g),
        lambda f, c, i, g: f * c / i,
        lambda f, c, i, g: f * (c / i) / g,
        lambda f, c, i, g: f + c - i - g,
        lambda f, c, i, g: exp(f - c) * i + (1 - g) * tanh(f) * tanh_slope(c),
        lambda f, c, i, g: maximum(f + c, i) * g,
    )
    for number, equation in enumerate(equations):
        assert np.array_equal(equation(*arrays), equation(*quantities).value), number
