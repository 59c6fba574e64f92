"""Gradients of small weights as numbers: one row a unit, the columns of W_x, W_h and b beside each other."""

from collections.abc import Mapping, Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.views.page import Grid
from rnn_cli.views.states import number

WIDEST = 6


def weight_rows(
    arrays: Mapping[str, Array], gates: Sequence[str], units: Sequence[int], digits: int
) -> list[RenderableType]:
    """For each gate a table of what belongs to it; nothing where a matrix has more than six columns.

    arrays maps the equations' names (W_xi, W_hi, b_i, b_hn) to gradients.
    """
    if any(array.ndim == 2 and array.shape[1] > WIDEST for array in arrays.values()):
        return []
    tables: list[RenderableType] = []
    for gate in gates:
        own = {
            name: array
            for name, array in arrays.items()
            if name in {start + gate for start in ("W_x", "W_h", "b_", "b_h", "p_")}
        }
        header = [""]
        for name, array in own.items():
            columns = 1 if array.ndim == 1 else array.shape[1]
            header += [
                f"d{name}" if array.ndim == 1 else f"d{name} {k + 1}" if k == 0 else str(k + 1) for k in range(columns)
            ]
        rows: list[list[str | Text]] = []
        for unit in units:
            numbers = np.concatenate([np.atleast_1d(array[unit - 1]) for array in own.values()])
            rows.append([f"unit {unit}", *(number(value, digits) for value in numbers)])
        tables.append(Grid(header, rows, align="<>"))
    return tables
