"""Successive halving: who goes on, how far, and what it costs."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.sweep.halving import go_on, rungs

ETAS = st.integers(2, 5)


def test_the_example_of_the_docstring() -> None:
    assert rungs(27, 3) == (Fraction(1, 27), Fraction(1, 9), Fraction(1, 3), Fraction(1))
    alive, spent, before = 27, Fraction(0), Fraction(0)
    for share in rungs(27, 3):
        spent += alive * (share - before)
        alive, before = len(go_on(dict.fromkeys(range(alive), 0.5), 3, True)), share
    assert spent == 3


@given(st.integers(1, 500), ETAS)
def test_rungs_rise_to_the_end_by_eta(settings: int, eta: int) -> None:
    found = rungs(settings, eta)
    assert found[-1] == 1
    assert all(later == eta * earlier for earlier, later in pairwise(found))
    assert eta ** (len(found) - 1) <= settings
    assert rungs(1, eta) == (Fraction(1),)


@given(st.dictionaries(st.integers(0, 99), st.none() | st.integers(0, 9).map(float), min_size=1), ETAS, st.booleans())
def test_nobody_who_stays_behind_is_better(scores: dict[int, float | None], eta: int, more: bool) -> None:
    chosen = go_on(scores, eta, more)
    left = [score for one, score in scores.items() if one not in chosen and score is not None]
    kept = [score for one in chosen if (score := scores[one]) is not None]
    assert len(kept) == len(chosen) == min(-(-len(scores) // eta), len(kept) + len(left))
    assert list(chosen) == sorted(chosen)
    if left and kept:
        assert min(kept) >= max(left) if more else max(kept) <= min(left)
    equal = {score: [one for one in sorted(scores) if scores[one] == score] for score in kept}
    for same in equal.values():  # of equal ones, the first
        assert [one in chosen for one in same] == sorted((one in chosen for one in same), reverse=True)
