"""Percentages: "100" and "0" are said of a whole and of nothing alone, and what is said is true to its last digit."""

import re
from decimal import Decimal

import numpy as np
import pytest

from rnn_cli.core.percentages import percent, points


@pytest.mark.parametrize(
    ("share", "decimals", "said"),
    [
        (2399 / 2400, 1, "99.96%"), (1 / 2400, 1, "0.04%"), (1.0, 1, "100.0%"), (0.0, 1, "0.0%"), (-0.0, 1, "0.0%"),
        (0.997, 0, "99.7%"), (0.5, 0, "50%"), (1 - 1e-9, 1, ">99.9999%"), (1e-9, 1, "<0.0001%"), (1.0004, 1, "100.04%"),
        (1 + 1e-9, 1, "<100.0001%"), (-1e-9, 1, ">-0.0001%"), (-1.0, 1, "-100.0%"), (float("nan"), 1, "none"),
        (sum([0.1] * 10), 1, "100.0%"), (1.026, 1, "102.6%"), (1e-12, 8, "<0.00000001%"),
    ],
)  # fmt: skip
def test_what_is_said(share: float, decimals: int, said: str) -> None:
    assert percent(share, decimals) == said


def test_no_share_is_rounded_to_all_or_to_nothing() -> None:
    generator = np.random.default_rng(0)
    small = 10.0 ** -generator.uniform(0, 12, 2000)
    for share in (*small, *(1 - small), *(1 + small), *(k / 2400 for k in range(1, 2400))):
        for decimals in (0, 1, 2):
            bound, digits = re.fullmatch(r"([<>]?)(\d+(?:\.\d+)?)", points(share, decimals)).groups()  # type: ignore[union-attr]
            shown, true = Decimal(digits), 100 * Decimal(float(share))
            if bound:
                assert true < shown if bound == "<" else true > shown
                assert abs(true - shown) <= Decimal("0.0001")
            else:
                assert shown not in (0, 100) or abs(share - 1) <= 1e-14
                unit = Decimal(1).scaleb(shown.as_tuple().exponent)  # type: ignore[arg-type]
                assert abs(true - shown) <= unit / 2 + Decimal("1e-11")
