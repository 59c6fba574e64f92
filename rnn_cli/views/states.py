"""Tables of states over time, as numbers and as a heat map."""

from collections.abc import Mapping, Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.forward import LayerStates
from rnn_cli.core.network import Architecture
from rnn_cli.study.shown import Choice
from rnn_cli.study.units import MOVED, READOUT, ShownUnits
from rnn_cli.study.wide import WIDE
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.heat import SHADES, STROKES, heat_cell, largest, legend, tile
from rnn_cli.views.numbers import placed, signed
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, heading, line

MOST_UNITS = 8
MOST_ROWS = 14
TILES = 64
BY_RULE = {
    MOVED: "moved most in one step (largest |h_t - h_{t-1}|)",
    READOUT: "the readout weighs most (|h| where it is read, times the norm of its column of W_hy)",
}
"""What a rule looks at, in words."""


def place(architecture: Architecture, layer: int, direction: str) -> str:
    """Which part of the network, in the words that its size calls for: layer 1, backward. Empty where there is one."""
    return ", ".join([f"layer {layer}"] * (architecture.num_layers > 1) + [direction] * (not architecture.forward_only))


def of_place(architecture: Architecture, layer: int, direction: str, shown: int) -> str:
    """The same in brackets, behind what stands out among the `shown` parts of a page; whether it leaves some out."""
    named, parts = place(architecture, layer, direction), architecture.num_layers * len(architecture.directions)
    return f" ({named}{'; of what is shown' * (1 < shown < parts)})" if named else ""


def lead_of(choice: Choice, size: int, T: int | None = None) -> str:
    """How a sentence begins that speaks of the units that were asked for, or of all T steps where some were asked for."""
    units = ["the units shown"] * (choice.units is not None and len(choice.units) < size)
    steps = [f"all {T} steps"] * (T is not None and choice.steps is not None and len(choice.steps) < T)
    return f"of {' and '.join([*units, *steps])}: " if units or steps else ""


def states_table(
    words: Sequence[str],
    values: Array,
    symbol: str,
    digits: int,
    units: ShownUnits,
    *,
    first: tuple[str, Array] | None = None,
    steps: Sequence[int] | None = None,
    indent: int = 2,
) -> list[RenderableType]:
    """One row per step, one column per unit; values (T, H). `first` is a row above: an initial state's name and value."""
    columns = units.numbers
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
    wide = units.size > WIDE
    header = ["unit", "", *map(str, columns)] if wide else ["", "", *(f"unit {unit}" for unit in columns)]
    table: list[RenderableType] = [
        Grid(
            header,
            rows,
            frozen=2,
            align="<<>",
            indent=indent,
            gap=1 if wide else 2,
            keep_together=len(columns) if wide else 1,
        )
    ]
    if steps is None and len(chosen) > MOST_ROWS:
        table.append(line((f"all {len(chosen)} steps: --steps all", style.FAINT), indent=indent))
    return table


def units_note(units: ShownUnits) -> list[RenderableType]:
    """Which of many units are shown, by what rule, and how to see the others; nothing where the user gave numbers."""
    if units.rule is None:
        return []
    n = len(units.ranked)
    if n == units.size:
        return [Prose(f"all {n} units, alike beside alike.", " ", style=style.FAINT)]
    other = f"--unit {READOUT if units.rule == MOVED else MOVED} (by another rule), " if units.is_read else ""
    said = f"{n} of {units.size} units: those that {BY_RULE[units.rule]}, alike beside alike."
    too = f" Named below and so shown too: {', '.join(f'unit {one}' for one in units.named)}." if units.named else ""
    columns = len(units.numbers)
    how = f"Others: {other}--unit {units.rule}:{min(4 * columns, units.size)} (more), --unit 1:{columns} (by number)."
    return [Prose(f"{said}{too} {how}", " ", style=style.FAINT)]


def layers_note(architecture: Architecture, choice: Choice) -> list[RenderableType]:
    """Which of several layers are shown, and how to see the others; nothing where all are, or the user chose them."""
    layers, last = choice.layers, architecture.num_layers - 1
    if choice.chose_layers or len(layers) == last + 1:
        return []
    which = f"layer {layers[0]}" if len(layers) == 1 else f"layers {', '.join(map(str, layers))}"
    hidden = [layer for layer in range(last + 1) if layer not in layers]
    said = f"{which} of 0 to {last}" + (": the readout reads the last" if architecture.output_size else "")
    return [Prose(f"Shown: {said}. The others: --layer {hidden[-1]}, --layer all.", " ", style=style.FAINT), blank()]


def number(value: float, digits: int) -> Text:
    """A number in the colour of its sign."""
    return Text(signed(float(value), digits), style=style.by_sign(float(value)))


def heat_map(
    words: Sequence[str], states: Mapping[str, Array], units: ShownUnits, steps: Sequence[int] | None = None
) -> list[RenderableType]:
    """h over time, (T, H), as signs and shades, time downwards; of many units all states, one sign a unit.

    Long sequences are shown by their first and last steps, unless `steps` chooses.
    """
    if units.size > WIDE:
        return tile_map(words, states, units, steps=steps)
    symbol, values, indent = "h", states["h"], 2
    columns = [unit - 1 for unit in units.numbers]
    scale = largest(values)
    rows: list[list[str | Text]] = []
    for t in _shown_steps(len(values), steps):
        if t is None:
            rows.append(["…", ""])
        else:
            rows.append(
                [f"{symbol}_{t}", clean(words[t - 1]), *(heat_cell(float(v), scale) for v in values[t - 1, columns])]
            )
    header = ["", "", *(str(unit) for unit in units.numbers)]
    gap = 1 if len(columns) > MOST_UNITS else 2
    map_: list[RenderableType] = [Grid(header, rows, frozen=2, align="<<>", indent=indent, gap=gap)]
    finite = bool(np.isfinite(values).all())
    shades = legend(scale) if scale else "all are 0" if finite else "no finite number but 0"
    map_.append(line((shades if finite else f"{shades}   ! is not finite", style.FAINT), indent=indent))
    return map_


def _shown_steps(length: int, steps: Sequence[int] | None) -> list[int | None]:
    """The steps that were chosen, or the first and last of them all, with None for what is left out between."""
    return list(clip_middle(range(1, length + 1), MOST_ROWS, tail=3) if steps is None else steps)


def tile_map(
    words: Sequence[str],
    quantities: Mapping[str, Array],
    units: ShownUnits,
    largest_of: Mapping[str, float] | None = None,
    steps: Sequence[int] | None = None,
) -> list[RenderableType]:
    """Quantities (T, H) beside each other, one sign a unit; below them which unit stands where.

    `largest_of` gives the size of a full sign; without an entry it is the largest that is shown.
    """
    blocks = [units.numbers[k : k + TILES] for k in range(0, len(units.numbers), TILES)]
    columns = [unit - 1 for unit in units.numbers]
    scales = {name: largest(values[:, columns]) for name, values in quantities.items()} | dict(largest_of or {})
    length = len(next(iter(quantities.values())))
    header: list[str | Text] = ["", "", *(name for name in quantities for _ in blocks)]
    rows: list[list[str | Text]] = []
    for t in _shown_steps(length, steps):
        if t is None:
            rows.append(["…", ""])
            continue
        tiles: list[str | Text] = [
            Text.assemble(*(tile(float(values[t - 1, unit - 1]), scales[name]) for unit in block))
            for name, values in quantities.items()
            for block in blocks
        ]
        rows.append([str(t), clean(words[t - 1]), *tiles])
    full = ", ".join(f"{name} {scale:.2g}" for name, scale in scales.items())
    finite = all(bool(np.isfinite(values).all()) for values in quantities.values())
    said = f"{SHADES} above 0, {STROKES} below 0, in quarters of the size of a full sign ({full}); · is 0"
    return [
        Grid(header, rows, frozen=2, align="<<<"),
        Prose(f"Units from left to right: {ranges(units.numbers)}.", " ", style=style.FAINT),
        Prose(said + ("" if finite else "; ! is not finite"), " ", style=style.FAINT),
    ]


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in their order, a run of three or more by its ends: 4, 1 to 3."""
    runs: list[list[int]] = []
    for one in numbers:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def with_remarks(cell: Cell, states: LayerStates, choice: Choice) -> tuple[Choice, list[RenderableType]]:
    """The cell's own remarks on its run, each with a heading, and the choice with the units that they name."""
    lead, part = lead_of(choice, states.h.shape[1]), list[RenderableType]()
    for one in states.remarks(cell, choice.units_in(states.h.shape[1])):
        choice = choice.naming(states.layer, states.direction, one.unit)
        part += [heading(one.about), Prose(lead + one.says, "  "), blank()]
    return choice, part


def vector(values: Array, digits: int, most: int = MOST_UNITS) -> str:
    """A vector as text: [+0.7000 +0.9000], without its middle where it is long."""
    flat = np.asarray(values).ravel()
    if len(flat) <= most:
        return "[" + " ".join(placed(v, digits) for v in flat) + "]"
    shown = " ".join(placed(v, digits) for v in flat[: most - 2])
    return f"[{shown} … {placed(flat[-1], digits)}] ({len(flat)} numbers)"
