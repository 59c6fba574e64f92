"""Tables of states over time, as numbers and as a heat map."""

from collections.abc import Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.forward import LayerStates
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.heat import heat_cell, largest, legend
from rnn_cli.views.numbers import signed
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, heading, line

MOST_UNITS = 8
MOST_ROWS = 14


def shown_units(size: int, chosen: Sequence[int] | None, most: int = MOST_UNITS) -> list[int]:
    """The units (from 1) that a page shows: the chosen ones, or the first few of many."""
    return list(chosen) if chosen is not None else list(range(1, min(size, most) + 1))


def states_table(
    words: Sequence[str],
    values: Array,
    symbol: str,
    digits: int,
    *,
    first: tuple[str, Array] | None = None,
    units: Sequence[int] | None = None,
    steps: Sequence[int] | None = None,
    indent: int = 2,
) -> list[RenderableType]:
    """One row per step, one column per unit; values (T, H). `first` is a row above: an initial state's name and value."""
    columns = shown_units(values.shape[1], units)
    rows: list[list[str | Text]] = []
    if first is not None:
        rows.append([first[0], "", *(number(first[1][unit - 1], digits) for unit in columns)])
    chosen = list(steps) if steps is not None else list(range(1, len(values) + 1))
    for t in clip_middle(chosen, len(chosen) if steps is not None else MOST_ROWS, tail=3):
        if t is None:
            rows.append(["…", f"{len(chosen) - MOST_ROWS} more steps"])
        else:
            rows.append(
                [f"{symbol}_{t}", clean(words[t - 1]), *(number(values[t - 1, unit - 1], digits) for unit in columns)]
            )
    header = ["", "", *(f"unit {unit}" for unit in columns)]
    table: list[RenderableType] = [Grid(header, rows, frozen=2, align="<<>", indent=indent)]
    hidden = values.shape[1] - len(columns)
    notes = []
    if units is None and hidden:
        notes.append(f"{hidden} more units: --unit {columns[-1] + 1}:{values.shape[1]}")
    if steps is None and len(chosen) > MOST_ROWS:
        notes.append(f"all {len(chosen)} steps: --steps all")
    if notes:
        table.append(line(("   ".join(notes), style.FAINT), indent=indent))
    return table


def number(value: float, digits: int) -> Text:
    """A number in the colour of its sign."""
    return Text(signed(float(value), digits), style=style.by_sign(float(value)))


def heat_map(words: Sequence[str], values: Array, symbol: str, indent: int = 2) -> list[RenderableType]:
    """Values (T, H) as signs and shades, time downwards; long sequences by their first and last steps."""
    scale = largest(values)
    widest = min(values.shape[1], 64)
    rows: list[list[str | Text]] = []
    for t in clip_middle(range(1, len(values) + 1), MOST_ROWS, tail=3):
        if t is None:
            rows.append(["…", ""])
        else:
            rows.append(
                [f"{symbol}_{t}", clean(words[t - 1]), *(heat_cell(float(v), scale) for v in values[t - 1, :widest])]
            )
    header = ["", "", *(str(unit) for unit in range(1, widest + 1))]
    gap = 1 if widest > MOST_UNITS else 2
    map_: list[RenderableType] = [Grid(header, rows, frozen=2, align="<<>", indent=indent, gap=gap)]
    finite = bool(np.isfinite(values).all())
    shades = legend(scale) if scale else "all are 0" if finite else "no finite number but 0"
    map_.append(line((shades if finite else f"{shades}   ! is not finite", style.FAINT), indent=indent))
    if values.shape[1] > widest:
        map_.append(line((f"units 1 to {widest} of {values.shape[1]}; the JSON has all", style.FAINT), indent=indent))
    return map_


def remarks_part(cell: Cell, states: LayerStates) -> list[RenderableType]:
    """The cell's own remarks on its run, each with a heading."""
    return [part for title, said in states.remarks(cell) for part in (heading(title), Prose(said, "  "), blank())]


def vector(values: Array, digits: int, most: int = MOST_UNITS) -> str:
    """A vector as text: [+0.7000 +0.9000], without its middle where it is long."""
    flat = np.asarray(values).ravel()
    if len(flat) <= most:
        return "[" + " ".join(signed(v, digits) for v in flat) + "]"
    shown = " ".join(signed(v, digits) for v in flat[: most - 2])
    return f"[{shown} … {signed(flat[-1], digits)}] ({len(flat)} numbers)"
