"""The map: a quantity over the steps, a unit a line, with signs, numbers and shades."""

from dataclasses import dataclass

import numpy as np
from rich.text import Text

from rnn_cli.core.cells.base import Cell
from rnn_cli.explore.draw.text import line, window, word
from rnn_cli.explore.numbers import LOGITS, said_direction
from rnn_cli.explore.session import Session
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.heat import tile
from rnn_cli.views.numbers import signed

DIGITS = 2
LABEL = 5
NARROW, WIDE = 9, 11


@dataclass(frozen=True)
class Map:
    """The lines of a map, and which number stands where: the steps and units that have room."""

    lines: list[Text]
    times: list[int]
    units: range
    size: int
    label: int

    def at(self, x: int, y: int) -> tuple[int, int] | None:
        """The step and unit at a cell; None where none is."""
        k = (x - self.label) // self.size
        inside = x >= self.label and k < len(self.times) and 2 <= y < 2 + len(self.units)
        return (self.times[k], self.units[y - 2]) if inside else None


def the_map(session: Session, width: int, height: int) -> Map:
    """As many steps and units around the cursor as have room."""
    numbers, cursor = session.numbers, session.cursor
    place = (cursor.kind, cursor.layer, cursor.direction)
    size = numbers.size(cursor.kind, cursor.layer)
    units = window(cursor.unit, size, height - 2)
    label = LABEL
    if cursor.kind == LOGITS:
        names = [clean(session.world.model.label(unit - 1)) for unit in units]
        label = min(max(map(len, names)) + 2, width // 2)
    for cell in (NARROW, WIDE):
        room = max((width - label) // cell, 1)
        T = session.world.length if numbers.has_steps(cursor.kind) else 1
        times = list(window(cursor.t if T > 1 else 1, T, room))
        columns = {t: numbers.column(*place, t) for t in times}
        texts = {(t, unit): brief(float(columns[t][unit - 1])) for t in times for unit in units}
        if max(map(len, texts.values())) <= cell - 3:
            break
    scale = numbers.scale(*place, times)
    old = {t: session.marked.column(*place, t) if session.marked is not None else None for t in times}
    heads: list[str | tuple[str, str]] = [" " * label]
    for t in times:
        name = session.world.sequence.names[t - 1] if numbers.has_steps(cursor.kind) else "at the end"
        heads.append((f" {word(name, cell - 2)} ", style.WORD if t == cursor.t else ""))
    lines = [line((_title(session), style.HEADING), width=width), line(*heads, width=width)]
    for unit in units:
        name = clean(session.world.model.label(unit - 1)) if cursor.kind == LOGITS else str(unit)
        cells: list[str | tuple[str, str]] = [(word(name, label - 1) + " ", style.FAINT)]
        for t in times:
            value, was = float(columns[t][unit - 1]), old[t]
            here = unit == cursor.unit and (t == cursor.t or not numbers.has_steps(cursor.kind))
            asked = session.question is not None and here and not session.folds
            sign, shade = ("?", style.WORD) if asked else tile(value, scale)
            moved = was is not None and len(was) >= unit and not _same(was[unit - 1], value)
            text = "?" if asked else texts[t, unit]
            cells.append((f"{'›' if here else ' '}", style.WORD))
            cells.append((f"{text:>{cell - 3}}{sign}", f"reverse {shade}" if here else shade))
            cells.append(("*" if moved else " ", style.WARNING))
        lines.append(line(*cells, width=width))
    return Map(lines, times, units, cell, label)


def brief(value: float) -> str:
    """A number in six cells, where that is enough; the arithmetic beside the map has it with all its decimals."""
    text = signed(value, DIGITS)
    return f"{value:+.0e}" if "e" in text or len(text) > NARROW - 3 else text


def _same(one: float, other: float) -> bool:
    return bool(one == other or (np.isnan(one) and np.isnan(other)))


def _title(session: Session) -> str:
    """What is shown: its letter, what the equations call it, its layer and direction."""
    numbers, cursor = session.numbers, session.cursor
    kind, cell = cursor.kind, numbers.cell
    if kind == LOGITS:
        said = "what the readout computes"
    elif kind == "dx":
        said = "error of what the layer reads"
    elif cursor.back:
        inner = kind[1:]
        said = ", error of ".join(filter(None, [f"dL/d{inner}", _name(cell, inner)]))
    else:
        said = _name(cell, kind)
    where = f"  layer {cursor.layer} {said_direction(cursor.direction)}" if session.world.many else ""
    size = numbers.size(kind, cursor.layer)
    return f"{kind}  {said}{where}  ({size:,} {'units' if kind != 'dx' else 'inputs'})"


def _name(cell: Cell, kind: str) -> str:
    """What the equations call a quantity; "" where they give it no name."""
    if kind.startswith("a_"):
        return f"what {cell.gates[kind[2:]]} is taken of"
    title = cell.gate_title(kind)
    return "the hidden state" if kind == "h" else "" if "=" in title or title == kind else f"the {title}"
