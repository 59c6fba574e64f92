"""Numbers that are 0 on paper: what is left of their sum is how the products were rounded."""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.explore.numbers import Numbers
from rnn_cli.views.heat import largest

TINY, FEW = 1e-12, 4
"""A number is looked at where it is so small beside the others that are shown, or where these are so few."""

EPSILON = float(np.finfo(float).eps)


def suspect(shown: Array) -> float:
    """Which numbers among those shown are looked at: all below this."""
    return TINY if shown.size <= FEW else TINY * min(largest(shown), 1.0)


def is_rounding(numbers: Numbers, key: str) -> bool:
    """Whether the number of a key is no larger than the roundings of the products that it is the sum of."""
    opened = numbers.open(key)
    if opened is not None and opened.function and len(opened.operands) == 1 and len(opened.operands[0]) == 1:
        opened = numbers.open(numbers.key_of(opened.operands[0][0], key))  # a function of ~0 is ~0, or is not small
    if opened is None or opened.function or len(opened.products) < 2:
        return False
    return 0 < abs(opened.value) <= len(opened.products) * EPSILON * sum(abs(one.value) for one in opened.products)
