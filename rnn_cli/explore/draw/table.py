"""The map: a quantity over the steps, a unit a line, with signs, numbers and shades."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.explore.cursor import Cursor
from rnn_cli.explore.draw.text import Parts, first_fitting, line, put_together, steady, window, word
from rnn_cli.explore.numbers import LOGITS, said_direction
from rnn_cli.explore.palette import ON_TEXT
from rnn_cli.explore.rounding import is_rounding, suspect
from rnn_cli.explore.session import Session
from rnn_cli.views import style
from rnn_cli.views.heat import largest, tile
from rnn_cli.views.numbers import count, signed

DIGITS = 2
LABEL = 5
NARROW, WIDE = 9, 11
GAP, TITLE = 2, 34
"""Between quantities beside each other, and the cells that their titles need."""

NOTHING = "~0"
"""A number that is 0 but for rounding."""

LOW = 6
"""A map of no more lines than this does not name what has no room in it."""


@dataclass(frozen=True)
class Block:
    """A quantity of a map: its units that have room, from line `top` and cell `left` on."""

    kind: str
    units: range
    top: int
    left: int = 0


@dataclass(frozen=True)
class Map:
    """The lines of a map, and which number stands where: the steps that have room, and the quantities of the map."""

    lines: list[Text]
    times: list[int]
    blocks: list[Block]
    size: int
    label: int

    @property
    def width(self) -> int:
        """Its cells."""
        return self.lines[0].cell_len

    def at(self, x: int, y: int) -> tuple[int, int, str] | None:
        """The step, unit and quantity at a cell; None where none is."""
        for one in self.blocks:
            k, row = (x - one.left - self.label) // self.size, y - one.top
            if 0 <= k < len(self.times) and 0 <= row < len(one.units):
                return self.times[k], one.units[row], one.kind
        return None


def the_map(session: Session, width: int, height: int, least: int | None = None) -> Map:
    """As many steps and units around the cursor as have room; of few units the quantities beside it in the order of Tab too.

    They stand below each other, and beside each other where all steps have room so. It takes from `least` to `width` cells.
    """
    numbers, cursor = session.numbers, session.cursor
    size, every = numbers.size(cursor.kind, cursor.layer), numbers.kinds(cursor.back)
    room = height - (height > LOW and len(every) > 1)  # the last line names what has none
    units = window(cursor.unit, size, room - 2)
    changed = session.marked is not None and session.marked.same_network and room > 2 * (size + 1)
    each = max((room - (size + 1) * changed - 1) // (size + 1), 1)
    label = _label(session, cursor.kind, units, width)
    for cell in (NARROW, WIDE):
        times = _times(session, cursor.kind, (width - label) // cell)
        side = max(label + cell * len(times), TITLE)
        beside = (width + GAP) // (side + GAP) if len(times) == _steps(session, cursor.kind) else 1
        kinds = _kinds(session, len(units), size, each * max(beside, 1))
        columns = {(kind, t): numbers.column(kind, cursor.layer, cursor.direction, t) for kind in kinds for t in times}
        shown = slice(units.start - 1, units.stop - 1)
        if max(len(brief(value)) for one in columns.values() for value in one[shown].tolist()) <= cell - 3:
            break
    groups = [kinds[k : k + each] for k in range(0, len(kinds), each)]
    used = len(groups) * (side + GAP) - GAP if len(groups) > 1 else min(side, width)
    whole = max(used, width if least is None else least)
    wide = side if len(groups) > 1 else whole
    walked = _walked(session, kinds, times, units)
    heads = _heads(session, cursor.kind, times, (label, cell, wide))
    blocks: list[Block] = []
    parts: list[list[Text]] = []
    for k, group in enumerate(groups):
        lines: list[Text] = []
        for kind in group:
            shade = style.HEADING if kind == cursor.kind else style.FAINT
            lines.append(line((_title(session, kind, wide), shade), width=wide))
            lines += [heads] if len(lines) == 1 else []
            blocks.append(Block(kind, units, len(lines), k * (side + GAP)))
            own = {t: columns[kind, t] for t in times}
            lines += _rows(session, blocks[-1], own, (label, cell, wide), walked)
            if changed and kind == cursor.kind and session.question is None:
                lines.append(line((f"{kind}  changed by", style.HEADING), width=wide))
                blocks.append(Block(kind, units, len(lines), k * (side + GAP)))
                lines += _changes(session, blocks[-1], own, (label, cell, wide))
        parts.append(lines)
    others = [kind for kind in every if kind not in kinds]
    if session.question is None and len(units) == size:  # of other sizes or steps, where rows are left
        while others and numbers.size(others[0], cursor.layer) + 2 <= room - len(parts[-1]):
            parts[-1] += _apart(session, others.pop(0), wide)
    lines = parts[0] if len(parts) == 1 else _joined(parts, wide, whole)
    if others and len(lines) < height:
        way = "also:" if session.folds else "Tab:"  # in a number that was walked into Tab goes elsewhere
        lines.append(line((" ".join([way, *others]), style.FAINT), width=whole))
    return Map(lines, times, blocks, cell, label)


def _walked(session: Session, kinds: list[str], times: list[int], units: range) -> Cursor | None:
    """Where the number is that was walked into; None where it is that of the map, or has no place in it."""
    at, cursor = session.shown, session.cursor
    place = (at.layer, at.direction) == (cursor.layer, cursor.direction) and at.kind in kinds
    return at if at != cursor and place and at.t in times and at.unit in units else None


def _label(session: Session, kind: str, units: range, width: int) -> int:
    """The cells before the numbers."""
    if kind != LOGITS:
        return LABEL
    names = [steady(_unit(session, kind, unit)) for unit in units]
    return min(max(map(cell_len, names)) + 2, width // 2)


def _unit(session: Session, kind: str, unit: int) -> str:
    """What stands before the numbers of a unit."""
    return session.world.model.label(unit - 1) if kind == LOGITS else str(unit)


def _steps(session: Session, kind: str) -> int:
    """How many steps a quantity has: one, where it stands at the end alone."""
    return session.world.length if session.numbers.has_steps(kind) else 1


def _times(session: Session, kind: str, room: int) -> list[int]:
    """The steps around the cursor of which so many have room."""
    T = _steps(session, kind)
    return list(window(min(session.cursor.t, T), T, room))


def _heads(session: Session, kind: str, times: list[int], sizes: tuple[int, int, int]) -> Text:
    """The words above the numbers."""
    (label, cell, width), steps = sizes, session.numbers.has_steps(kind)
    heads: Parts = [" " * label]
    for t in times:
        name = session.world.sequence.names[t - 1] if steps else "the end"
        here = t == session.cursor.t or not steps or session.world.length == 1
        heads.append((f" {word(name, cell - 2)} ", style.WORD if here else ""))
    return line(*heads, width=width)


def _apart(session: Session, kind: str, width: int) -> list[Text]:
    """A quantity of another size or other steps than that of the cursor, with words of its own above it."""
    numbers, cursor = session.numbers, session.cursor
    units = range(1, numbers.size(kind, cursor.layer) + 1)
    label = _label(session, kind, units, width)
    for cell in (NARROW, WIDE):
        times = _times(session, kind, (width - label) // cell)
        columns = {t: numbers.column(kind, cursor.layer, cursor.direction, t) for t in times}
        if max(len(brief(float(value))) for one in columns.values() for value in one) <= cell - 3:
            break
    sizes = label, cell, width
    return [
        line((_title(session, kind, width), style.FAINT), width=width),
        _heads(session, kind, times, sizes),
        *_rows(session, Block(kind, units, 0), columns, sizes, None),
    ]


def _joined(parts: list[list[Text]], side: int, width: int) -> list[Text]:
    """Parts beside each other."""
    gap = line("", width=GAP)
    rows = zip_longest(*parts, fillvalue=line("", width=side))
    between = [[one for part in row for one in (part, gap)][:-1] for row in rows]
    return [put_together(*row, width=width) for row in between]


def _kinds(session: Session, shown: int, size: int, room: int) -> list[str]:
    """So many quantities that are shown whole, that of the cursor among them; where a number is asked, it alone."""
    numbers, cursor = session.numbers, session.cursor
    alike = [
        kind
        for kind in numbers.kinds(cursor.back)
        if kind != LOGITS and (kind == "dx") == (cursor.kind == "dx") and numbers.size(kind, cursor.layer) == size
    ]
    if cursor.kind not in alike or shown < size or session.question is not None:
        return [cursor.kind]
    return [alike[k - 1] for k in window(alike.index(cursor.kind) + 1, len(alike), room)]


def _rows(
    session: Session, block: Block, columns: dict[int, Array], sizes: tuple[int, int, int], walked: Cursor | None
) -> list[Text]:
    """A line for each unit of a quantity; the mark stands at the cursor, or at the number that was walked into."""
    numbers, cursor, (label, cell, width) = session.numbers, session.cursor, sizes
    place = (block.kind, cursor.layer, cursor.direction)
    scale = numbers.scale(*place, list(columns))
    secret, small = concealed(session), suspect(np.stack(list(columns.values())))
    asks = {key.partition("@")[0].rpartition("[")[2] for key in secret}
    values: dict[int, list[float]] = {t: column.tolist() for t, column in columns.items()}
    old = {t: session.marked.column(*place, t) if session.marked is not None else None for t in columns}
    lines = []
    for unit in block.units:
        cells: Parts = [(word(_unit(session, block.kind, unit), label - 1) + " ", style.FAINT)]
        may_ask = f"{unit}]" in asks
        for t, column in values.items():
            value, was = column[unit - 1], old[t]
            here = block.kind == cursor.kind and unit == cursor.unit
            here = here and (t == cursor.t or not numbers.has_steps(cursor.kind))
            mark = here if walked is None else (block.kind, t, unit) == (walked.kind, walked.t, walked.unit)
            asked = may_ask and numbers.key(*place, t, unit) in secret
            none = not asked and 0 < abs(value) < small and is_rounding(numbers, numbers.key(*place, t, unit))
            sign, shade = (" ", style.WORD) if asked or none or not value else tile(value, scale)
            moved = was is not None and len(was) >= unit and not _same(was[unit - 1], value)
            text = "?" if asked else NOTHING if none else brief(value)
            hue = ON_TEXT.get(shade, shade)
            if mark or here:
                cells += [
                    ("›" if mark else " ", style.WORD),
                    (f"{text:>{cell - 3}}", f"reverse {hue}" if here else hue),
                ]
            else:  # as few parts as can be: each is a step of its own on the way to the terminal
                cells.append((f" {text:>{cell - 3}}", hue))
            cells += [(sign, shade), ("*", style.WARNING)] if moved else [(f"{sign} ", shade)]
        lines.append(line(*cells, width=width))
    return lines


def concealed(session: Session) -> set[str]:
    """The keys of the number that the person predicts, and of those on the way to it that are the same."""
    if session.question is None:
        return set()
    row = session.question.row
    same = (
        key for key in session.trail if (found := session.numbers.open(key)) is not None and found.value == row.value
    )
    return {row.key, *same}


def _changes(session: Session, block: Block, columns: dict[int, Array], sizes: tuple[int, int, int]) -> list[Text]:
    """The same cells with what the last edit changed each number by."""
    (label, cell, width), marked, cursor = sizes, session.marked, session.cursor
    assert marked is not None
    pairs = ((t, now, marked.column(block.kind, cursor.layer, cursor.direction, t)) for t, now in columns.items())
    differences = {t: now - was for t, now, was in pairs if was is not None and len(was) == len(now)}
    scale = largest(np.concatenate([*differences.values(), np.zeros(1)]))
    lines = []
    for unit in block.units:
        cells: Parts = [(word(_unit(session, block.kind, unit), label - 1) + " ", style.FAINT)]
        for t in columns:
            if t not in differences:
                cells.append((f"{'(new)':>{cell - 2}}  ", style.FAINT))
                continue
            value = float(differences[t][unit - 1])
            sign, shade = tile(value, scale)
            cells += [(f" {brief(value):>{cell - 3}}", ON_TEXT.get(shade, shade)), (f"{sign} ", shade)]
        lines.append(line(*cells, width=width))
    return lines


@lru_cache(maxsize=4096)
def brief(value: float) -> str:
    """A number in six cells, where that is enough; the arithmetic beside the map has it with all its decimals.

    Kept, as a map asks for each number twice, and after a key that moves shows most of them again.
    """
    text = signed(value, DIGITS)
    return f"{value:+.0e}" if "e" in text or len(text) > NARROW - 3 else text


def _same(one: float, other: float) -> bool:
    return bool(one == other or (np.isnan(one) and np.isnan(other)))


def _title(session: Session, kind: str, width: int) -> str:
    """What is shown: its letter, what the equations call it, its layer and direction, as fully as there is room."""
    numbers, cursor = session.numbers, session.cursor
    named = [f"{kind}  {said}" for said in _said(session, kind)]
    if kind != cursor.kind:  # the other quantities are of the same layer, direction and size
        return first_fitting(named, width)
    arrow, size = said_direction(cursor.direction), numbers.size(kind, cursor.layer)
    where, brief = (f"  layer {cursor.layer} {arrow}", f"  {cursor.layer}{arrow}") if session.world.many else ("", "")
    ends = [f"{where}  ({count(size, 'unit' if kind != 'dx' else 'input')})", where, brief, ""]
    return first_fitting([one + end for end in ends for one in named[: 1 if end is ends[0] else None]], width)


def _said(session: Session, kind: str) -> list[str]:
    """What a quantity is, at length and in short."""
    cell = session.numbers.cell
    if kind == LOGITS:
        return ["what the readout computes"]
    if kind == "dx":
        return ["error of what the layer reads", "error of its inputs"]
    if not session.cursor.back:
        return _names(cell, kind)
    names = [f"error {one}" if one.startswith("before") else f"error of {one}" for one in _names(cell, kind[1:]) if one]
    return [", ".join([f"dL/d{kind[1:]}", *names[:1]]), *names]


def _names(cell: Cell, kind: str) -> list[str]:
    """What the equations call a quantity, at length and in short; "" where they give it no name."""
    if kind.startswith("a_"):
        return [f"what {cell.gates[kind[2:]]} is taken of", f"before {cell.gates[kind[2:]]}"]
    title = "hidden state" if kind == "h" else cell.gate_title(kind)
    if "=" in title or title == kind:
        return [""]
    said = title if title.startswith("what ") else f"the {title}"
    return [said, said.partition(",")[0]]
