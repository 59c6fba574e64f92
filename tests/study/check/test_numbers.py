"""A gradient check explained: right gradients of every step and precision, planted mistakes, and what cannot be told."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.front.result import Result
from rnn_cli.study.check.grid import spacing_of
from rnn_cli.study.check.numbers import NumbersReport, check_numbers
from tests.support.differences import Net, by_differences, derived, random_net
from tests.support.networks import each_value_once
from tests.support.schemas import validate

STEPS = [10.0**-k for k in range(1, 13)]
Gradients = dict[str, Array]


def _diagnoses(report: NumbersReport) -> set[str]:
    return {one.diagnosis for one in report.compared}


@pytest.mark.parametrize(("activation", "dtype"), each_value_once(product(("tanh", "relu"), (np.float64, np.float32))))
def test_no_right_gradient_is_called_wrong(activation: str, dtype: Any, request: pytest.FixtureRequest) -> None:
    """Of each step three networks; nine with --run-slow."""
    rng = np.random.default_rng(0)
    for k in range((9 if request.config.getoption("--run-slow") else 3) * len(STEPS)):
        net = random_net(rng, activation, scale=10 ** rng.uniform(-1, 1.5))
        step = STEPS[k % len(STEPS)]
        numeric = by_differences(net, dtype, step, central=bool(rng.integers(2)))
        report = check_numbers(derived(net, dtype), numeric)
        assert report.first_wrong is None, (k, step, report.first_wrong)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_step_and_the_precision_of_the_loss_are_read_off_the_numbers(dtype: Any) -> None:
    rng = np.random.default_rng(1)
    for step in STEPS[1 : 12 if dtype == np.float64 else 6]:
        net = random_net(rng, "tanh", least=3)
        spacing = spacing_of(list(by_differences(net, dtype, step).values()))
        assert spacing is not None
        assert spacing.step == pytest.approx(step)
        assert spacing.single == (dtype == np.float32)


def test_numbers_that_are_no_differences_lie_on_no_grid() -> None:
    rng = np.random.default_rng(2)
    for _ in range(60):
        values = rng.normal(size=(4, 5)).astype(rng.choice(np.array(["f4", "f8"])))
        assert spacing_of([values]) is None


@pytest.mark.parametrize(
    ("dtype", "step", "central", "explained"),
    [
        (np.float64, 1e-5, True, {"agrees"}),
        (np.float64, 1e-2, True, {"step-size"}),
        (np.float64, 1e-5, False, {"step-size"}),
        (np.float64, 1e-1, True, {"unsure"}),
        (np.float64, 1e-12, True, {"round-off"}),
        (np.float32, 1e-5, True, {"round-off"}),
    ],
)
def test_what_the_step_and_rounding_do_to_a_right_gradient(
    dtype: Any, step: float, central: bool, explained: set[str]
) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        net = random_net(rng, "tanh", least=3)
        report = check_numbers(derived(net, dtype), by_differences(net, dtype, step, central))
        assert explained <= _diagnoses(report) <= explained | {"agrees"}
        assert report.passed == (explained <= {"agrees", "step-size"})
        assert bool(report.try_next) != report.passed


def test_a_loss_in_float32_is_said_and_so_is_the_step_to_try() -> None:
    net = random_net(np.random.default_rng(4), "tanh", least=3)
    report = check_numbers(derived(net, np.float64), by_differences(net, np.float32, 1e-4))
    assert "float32" in report.said[0]
    assert "1e-04" in report.said[0]
    assert "float64" in report.try_next


def _changed(name: str, change: Callable[[Array], Array]) -> Callable[[Net], Gradients]:
    return lambda net: {**(right := derived(net, np.float64)), name: change(right[name])}


def _first_row(array: Array) -> Array:
    return np.where(np.arange(len(array))[:, None] == 0, 0, array)


def _limited(net: Net) -> Gradients:
    right = derived(net, np.float64)
    limit = max(np.abs(array).max() for array in right.values()) / 4
    return {name: np.clip(array, -limit, limit) for name, array in right.items()}


PLANTED: dict[str, tuple[str | None, Callable[[Net], Gradients]]] = {
    "transposed": ("transposed", _changed("W_hh", lambda g: g.T)),
    "a mean": ("mean-for-sum", lambda net: {k: g / len(net[1]) for k, g in derived(net, np.float64).items()}),
    "twice": ("sum-for-mean", _changed("W_xh", lambda g: 2 * g)),
    "minus": ("sign-flipped", _changed("W_hy", lambda g: -g)),
    "a row": ("rows-missing", _changed("W_xh", _first_row)),
    "nothing": ("not-filled", _changed("W_hh", np.zeros_like)),
    "cut off": ("clipped", _limited),
    "scaled": ("clipped", lambda net: {k: 0.37 * g for k, g in derived(net, np.float64).items()}),
    "blocks": ("gate-order", _changed("W_hh", lambda g: np.concatenate(np.split(g, 2)[::-1]))),
    "the future": (None, lambda net: derived(net, np.float64, "future")),
    "the slope": (None, lambda net: derived(net, np.float64, "slope")),
    "the last step": (None, lambda net: derived(net, np.float64, "overwritten")),
}
"""What was done to the gradient, and what it is to be called; None where the two files show that it is wrong alone."""


@pytest.mark.parametrize("what", PLANTED)
def test_a_wrong_gradient_is_called_so_and_named_where_the_numbers_name_it(what: str) -> None:
    named, plant = PLANTED[what]
    rng, seen = np.random.default_rng(5), 0
    while seen < 6:
        net = random_net(rng, "tanh", least=4)
        if len(net[0]["b_h"]) % 2:
            continue
        wrong, right = plant(net), derived(net, np.float64)
        clear = [np.abs(wrong[k] - right[k]).max() / np.abs(right[k]).max() for k in right if right[k].size > 15]
        if max(clear) < 0.5:
            continue
        seen += 1
        report = check_numbers(wrong, by_differences(net, np.float64, 1e-5))
        found = [one.mistake.mistake for one in report.compared if one.mistake is not None]
        assert report.first_wrong is not None
        assert not report.passed
        if named is not None:
            assert set(found) == {named}
        unchanged = [one for one in report.compared if np.array_equal(wrong[one.name], right[one.name])]
        assert all(one.diagnosis == "agrees" for one in unchanged)


@pytest.mark.parametrize("name", ["W_hh", "W_xh"])
def test_a_difference_that_central_differences_cannot_give_is_wrong(name: str) -> None:
    net = random_net(np.random.default_rng(11), "tanh", least=4)
    right, numeric = derived(net, np.float64), by_differences(net, np.float64, 1e-5)
    report = check_numbers({**right, name: right[name] * 1.02}, numeric)
    assert [(one.name, one.verdict) for one in report.compared if one.verdict != "right"] == [(name, "wrong")]
    assert not report.try_next


def test_a_short_bias_left_at_zero_beside_matrices_that_have_gradients_is_wrong() -> None:
    rng = np.random.default_rng(12)
    net = next(net for _ in range(200) if len((net := random_net(rng, "tanh", least=2))[0]["b_h"]) < 4)
    right, numeric = derived(net, np.float64), by_differences(net, np.float64, 1e-5)
    report = check_numbers({**right, "b_h": 0 * right["b_h"]}, numeric)
    assert {one.name: one.mistake and one.mistake.mistake for one in report.compared if one.verdict != "right"} == {
        "b_h": "not-filled"
    }


@pytest.mark.parametrize("step", [1e-1, 1e-5, 1e-12])
def test_signs_that_are_all_flipped_have_one_cause(step: float) -> None:
    net = random_net(np.random.default_rng(13), "tanh", least=4)
    flipped = {name: -array for name, array in derived(net, np.float64).items()}
    report = check_numbers(flipped, by_differences(net, np.float64, step))
    assert {one.mistake and one.mistake.mistake for one in report.compared} == {"sign-flipped"}


def test_the_step_that_was_taken_is_not_the_one_to_try() -> None:
    net = random_net(np.random.default_rng(14), "tanh", least=4)
    right, numeric = derived(net, np.float64), by_differences(net, np.float64, 1e-5)
    report = check_numbers({**right, "b_h": right["b_h"] * (1 + 5e-4)}, numeric)
    assert {one.name for one in report.compared if one.verdict == "waits"} == {"b_h"}
    assert "other weights" in report.try_next
    assert "1e-5" not in report.try_next


def test_few_entries_at_a_kink_are_no_mistake() -> None:
    net = random_net(np.random.default_rng(6), "relu", least=4)
    right, numeric = derived(net, np.float64), by_differences(net, np.float64, 1e-5)
    numeric["W_xh"][1, 2] += 0.3
    report = check_numbers(right, numeric)
    one = next(one for one in report.compared if one.name == "W_xh")
    assert (one.diagnosis, one.verdict, one.worst) == ("kink", "waits", (1, 2))
    assert "other weights" in report.try_next


def test_shapes_of_a_vector_and_storage_by_columns_are_conventions() -> None:
    net = random_net(np.random.default_rng(7), "tanh", least=4)
    net[0]["W_xh"] = np.random.default_rng(8).normal(size=(len(net[0]["b_h"]), net[1].shape[1]))
    right, numeric = derived(net, np.float64), by_differences(net, np.float64, 1e-5)
    numeric["b_h"] = numeric["b_h"][:, None]
    numeric["W_hy"] = numeric["W_hy"].T if numeric["W_hy"].shape[0] != numeric["W_hy"].shape[1] else numeric["W_hy"]
    assert check_numbers(right, numeric).passed


def test_numbers_that_are_not_finite_and_arrays_without_a_partner() -> None:
    net = random_net(np.random.default_rng(9), "tanh", least=3)
    right, numeric = derived(net, np.float64), by_differences(net, np.float64, 1e-5)
    wrong = {**right, "W_hh": right["W_hh"] * np.nan, "other": np.ones(3)}
    report = check_numbers(wrong, {**numeric, "b_y": numeric["b_y"] * np.inf, "b_h": np.ones((2, 9))})
    assert report.first_wrong is not None
    assert report.first_wrong.name == "W_hh"
    assert {one.name: one.verdict for one in report.compared}["b_y"] == "waits"
    assert dict(report.not_compared).keys() == {"other", "b_h"}
    assert validate(Result(report).document())["passed"] is False
    with pytest.raises(InputError, match="no array of the same name"):
        check_numbers({"a": np.ones(2), "c": np.ones(2)}, {"b": np.ones(2)})


def test_the_page_says_what_was_found_and_what_to_try() -> None:
    net = random_net(np.random.default_rng(10), "tanh", least=4)
    wrong = {**(right := derived(net, np.float64)), "W_hh": right["W_hh"] / 4, "b_h": right["b_h"] + 1e-2}
    result = Result(check_numbers(wrong, by_differences(net, np.float64, 1e-3), ("mine.npz", "numeric.npz")))
    page, document = str(result), validate(result.document())
    assert [one["mistake"] for one in document["findings"]] == ["mean-for-sum"]
    assert document["differences"]["step"] == 1e-3
    assert "mine.npz checked" in page
    assert "mean-for-sum   in W_hh" in page
    assert "cannot tell whether b_h is right" in page
    assert "with e = 1e-5" in page
