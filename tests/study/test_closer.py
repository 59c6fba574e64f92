"""Slices and pairs of examples with several answers each, which no test of single answers tells."""

from itertools import product

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.study.closer import LENGTH, SWAPPED, UNKNOWN, Outcomes, compare, slices

PLACES = [(range(8), 8), (range(8), 8)]
ANSWERS = np.array([3, 1, 4, 2, 5, 3, 2, 6])


def tagged(right: list[int]) -> Outcomes:
    """So many right tags of each of eight sentences."""
    return Outcomes("accuracy", True, np.array(right, dtype=np.float64), ANSWERS.astype(np.float64))


def test_sentences_are_exchanged_as_wholes() -> None:
    one, other = tagged([3, 1, 4, 2, 4, 3, 2, 5]), tagged([2, 1, 2, 2, 4, 1, 2, 4])
    found = compare("b", PLACES, (one, other), 1, 3000, 0)
    differences = one.sums - other.sums
    every = [abs(float(np.dot(signs, differences))) for signs in product((-1, 1), repeat=8)]
    exact = sum(value >= abs(differences.sum()) for value in every) / len(every)
    assert found.test == SWAPPED
    assert found.p == pytest.approx(exact, abs=0.03)
    assert found.only is None
    assert found.values == (24 / 26, 18 / 26)
    assert found.ends is not None
    assert found.ends[0] < found.difference < found.ends[1]


def test_slices_of_sentences_weigh_their_answers() -> None:
    of = Outcomes(
        "accuracy",
        True,
        np.array([3.0, 0, 4, 1, 5, 3, 1, 2]),
        ANSWERS.astype(float),
        ANSWERS,
        np.array([0, 1, 0, 0, 2, 0, 0, 1]),
    )
    parts = {by: [one for one in slices(of) if one.by == by] for by in (LENGTH, UNKNOWN)}
    assert [(one.low, one.high, one.examples, one.answers) for one in parts[LENGTH]] == [
        (1, 2, 3, 5),
        (3, 3, 2, 6),
        (4, 4, 1, 4),
        (5, 6, 2, 11),
    ]
    assert [one.value for one in parts[LENGTH]] == pytest.approx([2 / 5, 1, 1, 7 / 11])
    assert [one.examples for one in parts[UNKNOWN]] == [5, 1, 2]
    assert all(one.ends is None for one in slices(of))  # the answers of a sentence hang together


def test_examples_that_are_alike_have_no_slices() -> None:
    assert slices(Outcomes("accuracy", True, np.ones(4), np.ones(4), np.full(4, 7), np.zeros(4))) == ()
    assert slices(Outcomes("loss", False, np.ones(4), np.ones(4))) == ()


def test_other_examples_and_other_answers_are_refused() -> None:
    one, fewer = tagged([1] * 8), Outcomes("accuracy", True, np.ones(8), np.ones(8))
    with pytest.raises(InputError, match="--against b: it was not measured on the same examples"):
        compare("b", [(range(8), 8), (range(1, 9), 8)], (one, one), 1, 0, 0)
    with pytest.raises(
        InputError, match=r"--against b: its answers are others \(accuracy of 8 in 8; here accuracy of 26 in 8\)"
    ):
        compare("b", PLACES, (one, fewer), 1, 0, 0)
