"""What is 0 but for rounding is neither right nor wrong; what is not stays as it was found."""

import numpy as np

from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key
from rnn_cli.core.referee.rounding import settled
from tests.support.checks import planned


def test_the_rounding_of_an_error_that_is_0_is_settled() -> None:
    _, plan = planned("slstm", large=True)
    right = compute(plan)
    key = Key("dm", 1, "backward")
    assert 0 < np.abs(right[key]).max() < 1e-15
    seen = {**right, key: -3 * right[key]}
    assert settled(right, seen, 1e-9)[key] is right[key]
    for wrong in (np.full_like(right[key], 1e-9), np.full_like(right[key], np.nan), right[key][1:]):
        assert settled(right, {key: wrong}, 1e-9)[key] is wrong
    other = Key("dh", 1, "backward")
    assert settled(right, {other: right[other] * 0}, 1e-9)[other].any() == np.False_
    assert settled(right, {Key("loss"): right[Key("loss")] + 1}, 1e-9)[Key("loss")] == right[Key("loss")] + 1
