"""Synchronous successive halving: all settings run a little, the best go on, and so to the end.

    rung k    each run pauses after the share eta^(k-K) of its steps;  k = 0 … K, and rung K is the end
    go on     the best ceil(n / eta) of the n settings of a rung

With 27 settings and eta = 3: 27 run to 1/27 of their steps, 9 to 1/9, 3 to 1/3 and 1 to the end: the updates
of 3 whole runs in place of 27. What is slow at first and best at the end is lost: that is the price.

Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization" (2016), figure 3;
Li et al., "Hyperband" (2018), section 3.
"""

from collections.abc import Mapping
from fractions import Fraction

DEEPEST = 3
"""Rungs before the end at most: what a run shows in less than eta^-3 of its steps is mostly noise."""


def rungs(settings: int, eta: int) -> tuple[Fraction, ...]:
    """The share of its steps after which a run pauses, for each rung; the last is 1."""
    deep = 0
    while deep < DEEPEST and eta ** (deep + 1) <= settings:
        deep += 1
    return tuple(Fraction(1, eta ** (deep - k)) for k in range(deep + 1))


def go_on(scores: Mapping[int, float | None], eta: int, more_is_better: bool) -> tuple[int, ...]:
    """The settings that go on from a rung, in their own order. None: a setting that failed, which never does.

    Of two equal ones the first goes on, so that the same scores always choose the same settings.
    """
    sign = -1 if more_is_better else 1
    alive = {one: sign * score for one, score in scores.items() if score is not None}
    places = -(-len(scores) // eta)
    return tuple(sorted(sorted(alive, key=lambda one: (alive[one], one))[:places]))
