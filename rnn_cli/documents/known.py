"""Numbers that nothing defines, such as the precision of a class that was never predicted."""

import numpy as np

from rnn_cli.core.arrays import Array


def known(value: float | Array) -> float | None:
    """None where there is no such number: it is no number that left the finite range."""
    return None if np.isnan(value) else float(value)
