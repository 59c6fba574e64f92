"""A pass that is left early would have been of no use: the search says the same without that."""

import numpy as np
import pytest

from rnn_cli.core.referee.findings import Judgement
from rnn_cli.core.referee.plan import Numbers
from rnn_cli.core.referee.search import judge
from tests.core.referee.test_search import CHEAP, DRAWN, TOLERANCE, found_in, is_saved
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
