"""Which settings a sweep tries."""

from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.errors import InputError
from rnn_cli.sweep.space import Range, read_axis, read_space, settings_of

NAMES = ("hidden-size", "cell", "learning-rate")


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True), min_size=1, max_size=3))
def test_a_grid_is_every_combination_once(lists: list[list[str]]) -> None:
    texts = [f"{name}={','.join(values)}" for name, values in zip(NAMES, lists, strict=False)]
    found = settings_of(read_space(texts), None, 0)
    assert [tuple(one.values()) for one in found] == list(product(*lists))
    assert all(tuple(one) == NAMES[: len(lists)] for one in found)


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 40))
def test_more_draws_begin_with_the_same_ones(seed: int, few: int, more: int) -> None:
    axes = read_space(["learning-rate=1e-4..1e-1:log", "cell=rnn,lstm", "dropout=0..0.5"])
    short, long = (settings_of(axes, n, seed) for n in sorted((few, few + more)))
    assert long[: len(short)] == short


@given(
    st.integers(0, 1000),
    st.sampled_from(["3..9", "1e-4..0.5:log", "0.1..0.9", "8..512:log", "-3..3", "0.12345678..0.12345679"]),
)
def test_a_draw_lies_in_its_range(seed: int, ends: str) -> None:
    axis = read_axis(f"x={ends}")
    assert isinstance(axis, Range)
    text = axis.draw(np.random.default_rng(seed))
    assert axis.low <= float(text) <= axis.high
    assert text.lstrip("-").isdigit() == axis.whole


def test_draws_are_spread_as_said() -> None:
    """Mean and spread of 4,000 draws, within 4 standard errors of a uniform distribution's."""
    for ends, low, high, what in (("2..6.0", 2, 6, float), ("0.001..1:log", log(0.001), 0, lambda x: log(float(x)))):
        values = np.array([what(one["x"]) for one in settings_of(read_space([f"x={ends}"]), 4000, 1)])
        error = 4 * (high - low) / np.sqrt(12 * len(values))
        assert abs(values.mean() - (low + high) / 2) < error
        assert abs(values.std() - (high - low) / np.sqrt(12)) < error
    counts = np.unique(
        [read_axis("x=1..4").draw(np.random.default_rng([5, k])) for k in range(4000)], return_counts=True
    )
    assert list(counts[0]) == ["1", "2", "3", "4"]
    assert abs(counts[1] - 1000).max() < 4 * np.sqrt(4000 * 0.25 * 0.75)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["hidden-size"], "write NAME=V1,V2"),
        (["=3"], "write NAME=V1,V2"),
        (["cell="], "write NAME=V1,V2"),
        (["cell=rnn,,lstm"], "between two commas"),
        (["cell=rnn,rnn"], "rnn stands there twice"),
        (["cell=rnn", "--cell=lstm"], "is given twice"),
        (["lr=a..b"], "two numbers"),
        (["lr=1..2..3"], "two numbers"),
        (["lr=2..1"], "must be below"),
        (["lr=nan..1"], "must be below"),
        (["lr=0..1:log"], "0 has no logarithm"),
        (["lr=0.1..1"], "--random N draws"),
        ([f"{name}={','.join(map(str, range(100)))}" for name in "abc"], "1,000,000 settings are more than 100,000"),
    ],
)
def test_what_cannot_be_read_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        settings_of(read_space(texts), None, 0)


def test_random_needs_something_to_draw() -> None:
    with pytest.raises(InputError, match="there is none"):
        settings_of((), 3, 0)
