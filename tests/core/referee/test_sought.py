"""A pass that is left early would have been of no use: the search says the same without that."""

from contextlib import nullcontext

import numpy as np
import pytest

from rnn_cli.core.referee.back import way_of
from rnn_cli.core.referee.compute import compute, forward_of
from rnn_cli.core.referee.findings import Judgement
from rnn_cli.core.referee.plan import Change, Key, Numbers
from rnn_cli.core.referee.search import judge
from rnn_cli.core.referee.sought import Sought, Unlike
from tests.core.referee.test_search import CHEAP, DRAWN, TOLERANCE, found_in, is_saved
from tests.support.checks import planned
from tests.support.networks import slow_if
from tests.support.referee_programs.cases import SHAPES

SMALL = [one for one in DRAWN if one[0] in CHEAP[:3] and SHAPES[one[1]].layers == 1]
GOES_BACK = [one for one in DRAWN if one[0] == "rnn tanh" and SHAPES[one[1]].both]


def said(judgement: Judgement) -> object:
    """All that a judgement says, as plain values."""
    found = [
        (one.mistake, one.mutant.says, one.key, one.before, one.after, [name for name, _ in one.others], len(one.ways))
        for one in (*judgement.findings, *judgement.conventions)
    ]
    return found, judgement.explained, {key: one.state for key, one in judgement.verdicts.items()}


@pytest.mark.parametrize("draw", slow_if(range(9), 4, 5, 6, 7))
def test_the_search_says_the_same_where_every_pass_goes_to_its_end(draw: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a planted mistake, in all numbers or in those that people save; the last of noise in one array too."""
    rng = np.random.default_rng(draw)
    drawn = GOES_BACK if draw % 3 == 0 else SMALL
    kind, k, mistake = drawn[rng.integers(len(drawn))]
    plan, every = found_in(kind, SHAPES[k], mistake, draw)
    seen: Numbers = {key: array for key, array in every.items() if draw % 2 or is_saved(key)}
    if draw > 7:
        noisy = list(seen)[rng.integers(len(seen))]
        seen[noisy] = seen[noisy] + 0.1 * rng.standard_normal(seen[noisy].shape)
    for pairs in ("MOST_PAIRS", "COSTLY_PAIRS"):
        monkeypatch.setattr(f"rnn_cli.core.referee.one_array.{pairs}", 15)
    early = said(judge(plan, seen, TOLERANCE))
    monkeypatch.setattr("rnn_cli.core.referee.one_array.Search._sought", lambda self: None)
    assert said(judge(plan, seen, TOLERANCE)) == early


def test_the_first_steps_that_are_computed_are_compared() -> None:
    """The first in time on the way there, the last on the way back."""
    _, plan = planned("rnn", lengths=(3, 3))
    key, right = Key("dh", 0, "forward"), compute(plan)
    sought = Sought(key, right[key], 1e-12, steps=1)
    for back, looked_at in ((False, 0), (True, 2)):
        check = sought.of_steps(plan, 0, "forward", back)
        assert check is not None
        for t in range(3):
            check(t, right[key][t])
            with pytest.raises(Unlike) if t == looked_at else nullcontext():
                check(t, right[key][t] + 1)


def test_a_gradient_of_many_errors_is_looked_for_in_their_sum() -> None:
    """With truncation each loss goes back on its own; what one of them gives is no gradient yet."""
    _, plan = planned("rnn", large=True)
    short = plan.changed(Change(back={"window": 2}))
    forward, right = forward_of(short), compute(short)
    for key in [key for key in right if key.name.startswith("dW_")]:
        for found in (right[key], right[key] + 1):
            sought = Sought(key, found, 1e-12)
            with nullcontext() if found is right[key] else pytest.raises(Unlike):
                compute(short, forward=forward, way=way_of(forward), sought=sought)
