"""A share as a percentage that never says "all" or "none" where it is not.

0.99958 with one decimal would be 100.0%, as if there were no mistake: the text takes as many decimals as it needs to
differ from 0 and from 100.
"""

from math import isfinite

MOST_DECIMALS = 4
ROUNDING = 1e-14
"""A share that differs from 1 by no more than its own sum's roundings is 1."""


def percent(share: float, decimals: int = 1) -> str:
    """94.2%; 99.96% where one decimal would make it 100; >99.9999% where four would; "none" where it is no number."""
    return f"{points(share, decimals)}%" if isfinite(share) else "none"


def points(share: float, decimals: int = 1) -> str:
    """The same without its sign of percent."""
    share = float(share)
    share = 1.0 if abs(share - 1) <= ROUNDING else share
    for digits in range(decimals, max(decimals, MOST_DECIMALS) + 1):
        text = f"{100 * share:.{digits}f}"
        if abs(float(text)) not in (0, 100) or abs(share) in (0, 1):
            return f"{0:.{digits}f}" if share == 0 else text
    end, unit = float(text), 10.0**-digits
    return f"<{end + unit:.{digits}f}" if 100 * share > end else f">{end - unit:.{digits}f}"
