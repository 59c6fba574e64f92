"""Rows held out for validation, and rows that occur twice."""

from collections.abc import Hashable, Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport

Row = TypeVar("Row", bound=Hashable)


def without_duplicates(rows: Sequence[Row], report: ReadingReport, drop: bool) -> list[Row]:
    """Count the rows that are equal to an earlier one; `drop` leaves them out.

    A row that is in both the training and the validation part makes the result look better than it is.
    """
    unique = list(dict.fromkeys(rows))
    report.duplicates = len(rows) - len(unique)
    report.dropped = drop and report.duplicates > 0
    return unique if drop else list(rows)


def hold_out(rows: Sequence[Row], fraction: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Training and validation rows, each in the order of the file; which go where is drawn from the seed.

    Each part keeps at least one row, unless `fraction` is 0. InputError where there are too few rows.
    """
    if not fraction:
        return list(rows), []
    if len(rows) < 2:
        raise InputError("one example cannot be split into a training and a validation part: give --validation 0")
    count = min(max(1, round(fraction * len(rows))), len(rows) - 1)
    held = np.zeros(len(rows), dtype=bool)
    held[np.random.default_rng([seed, crc32(b"split")]).permutation(len(rows))[:count]] = True
    train = [row for row, out in zip(rows, held, strict=True) if not out]
    return train, [row for row, out in zip(rows, held, strict=True) if out]
