"""The sentence, a box for each word, and in the same columns what stands above and below it: layers, errors, answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from rnn_cli.core.norms import norm
from rnn_cli.explore.draw.text import Parts, fitted, line, steady, window, word
from rnn_cli.explore.numbers import LOGITS, said_direction
from rnn_cli.explore.palette import ON_TEXT
from rnn_cli.explore.session import Session
from rnn_cli.explore.small import is_too_small
from rnn_cli.explore.strangers import SIGN, is_strange
from rnn_cli.explore.world import World
from rnn_cli.views import style
from rnn_cli.views.heat import largest, tile
from rnn_cli.views.numbers import short, signed

MARGIN = 11
NARROWEST, WIDEST = 11, 18
MOST_ROWS = 4

SMALLEST = "<5e-324"
"""The size of an error that float64 has no number for."""


@dataclass(frozen=True)
class Columns:
    """The steps that have room, and the cells of each."""

    times: Sequence[int]
    size: int

    @classmethod
    def of(cls, session: Session, width: int) -> "Columns":
        """Those around the cursor."""
        room = max(width - MARGIN, NARROWEST)
        near = window(session.cursor.t, session.world.length, room // NARROWEST)
        names, labels = session.world.sequence.names, session.world.model.labels[:64]
        widest = max(cell_len(steady(names[t - 1])) + 4 + is_strange(session.world, t) for t in near)
        size = min(max(NARROWEST, widest, *(cell_len(steady(one)) + 1 for one in labels), 0), WIDEST, room)
        return cls(window(session.cursor.t, session.world.length, room // size), size)

    def at(self, x: int) -> int | None:
        """The step whose column has the cell x."""
        k = (x - MARGIN) // self.size
        return self.times[k] if x >= MARGIN and k < len(self.times) else None


def sentence(session: Session, columns: Columns, width: int) -> list[Text]:
    """Three lines of boxes; the step of the cursor is marked below."""
    world, size = session.world, columns.size - 2
    before, after = columns.times[0] - 1, world.length - columns.times[-1]
    tops: Parts = [fitted(f"{before:,} before" if before else "", MARGIN)]
    middles: Parts = [fitted(f"{after:,} after" if after else "", MARGIN)]
    shades = _worth(session, columns)[-1].shades if session.cursor.back else {}
    bottoms: Parts = [" " * MARGIN]
    for t in columns.times:
        here = t == session.shown.t
        shade = style.TITLE if here else ""
        tops.append((f"┌{f' {t} ':─<{size}}┐", shade))
        name = fitted(_marked(world, t, size - 2), size - 2)
        middles += [
            ("│", shade),
            (f" {name} ", f"{'reverse ' * here}{shade} {shades.get(t, '')}".strip()),
            ("│", shade),
        ]
        bottoms.append((f"└{('▲' if here else '─'):─^{size}}┘", shade))
    return [*(line(*parts, width=width) for parts in (tops, middles, bottoms)), *_words_before(session, columns, width)]


def _marked(world: World, t: int, width: int) -> str:
    """A word in at most so many cells, with a sign where the vocabulary lacks it."""
    name = world.sequence.names[t - 1]
    return f"{word(name, width - 1).rstrip()}{SIGN}" if is_strange(world, t) else word(name, width)


def _words_before(session: Session, columns: Columns, width: int) -> list[Text]:
    """The words before the edit, each below what stands for it now."""
    moved = session.marked
    if moved is None or moved.same_words:
        return []
    cells: Parts = [("before:".ljust(MARGIN), style.FAINT)]
    for t in columns.times:
        then = moved.earlier(t)
        if then is None:
            cells.append(("  (new)".ljust(columns.size), style.WARNING))
            continue
        now, was = session.world.sequence.names[t - 1], moved.before.world.sequence.names[then - 1]
        name = fitted(_marked(moved.before.world, then, columns.size - 2), columns.size - 2)
        cells.append((f"  {name}", style.FAINT if was == now else style.WARNING))
    return [line(*cells, width=width)]


def layers(session: Session, columns: Columns, width: int, brief: bool = False) -> list[Text]:
    """For each layer and direction the size of its state at each step, or of the error that arrives there.

    Below it what the words are worth, unless it shall be `brief`.
    """
    a, cursor, world = session.numbers.a, session.cursor, session.world
    places = [(layer, direction) for layer in reversed(range(a.num_layers)) for direction in a.directions]
    if len(places) == 1 and not cursor.back:
        return []
    here = places.index((cursor.layer, cursor.direction)) + 1
    lines = []
    for k in window(here, len(places), MOST_ROWS):
        layer, direction = places[k - 1]
        name = f"{'‖dh‖' if cursor.back else '‖h‖'} {layer}{said_direction(direction)}"
        cells: Parts = [(f"{'›' if k == here else ' '}{name}".ljust(MARGIN), style.FAINT)]
        for t in columns.times:
            vector = (
                world.back.error(layer, direction, t).h if cursor.back else world.trace.states(layer, direction)[t - 1]
            )
            if session.question is not None and len(vector) == 1:  # its size would be the number that is asked for
                cells.append(" ?".ljust(columns.size))
                continue
            size = norm(vector)
            less = cursor.back and not size and is_too_small(world, layer, direction, t)
            cells.append(f" {SMALLEST if less else f'{size:.3g}'}".ljust(columns.size)[: columns.size])
        lines.append(line(*cells, width=width))
    if not cursor.back or brief:
        return lines
    for row in _worth(session, columns):
        cells = [(row.name.ljust(MARGIN), style.FAINT)]
        for value in row.values:
            text = " none left" if value is None else f" {signed(value, 4)}"
            cells.append((text.ljust(columns.size), style.by_sign(value or 0.0)))
        lines.append(line(*cells, width=width))
    if session.leaving:
        from rnn_cli.explore.draw.without import without

        lines += [
            line((name.ljust(MARGIN), style.FAINT), *row, width=width)
            for name, row in without(world, columns.times, columns.size)
        ]
    return lines


@dataclass(frozen=True)
class Worth:
    """What the words are worth to the loss, by one measure: above 0 where the loss would rise without the word.

    shades   the colour of each word by step: the deeper the larger, of the words that are shown
    """

    name: str
    times: Sequence[int]
    values: list[float | None]

    @property
    def shades(self) -> dict[int, str]:
        """By step."""
        scale = largest(np.array([value for value in self.values if value is not None]))
        pairs = zip(self.times, self.values, strict=True)
        shades = {t: tile(value, scale)[1] for t, value in pairs if value is not None}
        return {t: ON_TEXT.get(shade, shade) for t, shade in shades.items()}


def _worth(session: Session, columns: Columns) -> list[Worth]:
    """The slope, and where words are left out the change of the loss."""
    world, times = session.world, columns.times
    rows = [Worth(" −dL/dx·x", times, [world.worth(t) for t in times])]
    if world.window is not None:
        rows.append(Worth(" ✂ uncut", times, [world.whole.worth(t) for t in times]))
    if session.leaving:
        from rnn_cli.explore.left_out import changes_without

        rows.append(Worth(" left out", times, changes_without(world, times)))
    return rows


def answers(session: Session, columns: Columns, width: int) -> list[Text]:
    """What the network would answer if the sentence ended at each step; below it the same before the last edit.

    Where later words have a say in the answer of a step, what it is once all are read has lines of its own.
    """
    rows = _answers(session.world, columns, session.cursor.t)
    if not rows:
        return [line(("no readout, so no answers", style.FAINT), width=width)]
    names = ["ends here:", ""]
    looks = _looks_ahead(session.world)
    if looks:
        names += ["all read:", ""]
        rows += _answers(session.world, columns, session.cursor.t, all_read=True)
    asked = session.question is not None and session.question.row.key.startswith(LOGITS)
    if asked and session.world.model.numeric:  # an answer in numbers is the one that is asked for
        rows = [[(" ?".ljust(columns.size), "") for _ in one] for one in rows]
    elif session.question is not None and session.question.row.key.startswith("p["):  # so is a probability
        rows[1::2] = [[(" ?".ljust(columns.size), "") for _ in one] for one in rows[1::2]]
    moved = session.marked
    if moved is not None and moved.before.a.output_size:
        then = [moved.earlier(t) for t in columns.times]
        there, before = replace(columns, times=[t for t in then if t is not None]), moved.before.world
        old = zip(*_answers(before, there, all_read=looks and _looks_ahead(before)), strict=True)
        new = (" (new)".ljust(columns.size), " " * columns.size)
        pairs = [new if t is None else tuple(text for text, _ in next(old)) for t in then]
        rows += [[(pair[k], style.FAINT) for pair in pairs] for k in (0, 1)]
        names += ["before:", ""]
    return [
        line((name.ljust(MARGIN), style.FAINT), *cells, width=width) for name, cells in zip(names, rows, strict=True)
    ]


def _looks_ahead(world: World) -> bool:
    """Whether there is an answer at each step that hears of the later ones."""
    return not world.one_answer and not world.model.network.architecture.forward_only


def _answers(world: World, columns: Columns, at: int = 0, all_read: bool = False) -> list[list[tuple[str, str]]]:
    """Two lines of cells: of the likeliest class its name and probability, else the first two numbers."""
    size, times, whole = columns.size, list(columns.times), world.trace.logits
    said = [whole[t - 1] for t in times] if all_read and whole is not None else world.answers(times)
    if not said:
        return [[], []] if whole is not None else []
    first: list[tuple[str, str]] = []
    second: list[tuple[str, str]] = []
    for t, logits in zip(times, said, strict=True):
        here = style.TITLE if t == at else ""
        values = world.probabilities(logits, t)
        if world.model.numeric:
            first.append((f" {short(float(values[0]), 4)}".ljust(size), here))
            second.append((f" {short(float(values[1]), 4)}".ljust(size) if len(values) > 1 else " " * size, ""))
            continue
        best = int(np.argmax(values))
        first.append((" " + word(world.model.label(best), size - 1), here))
        second.append((f" {values[best]:.4f}".ljust(size), ""))
    return [first, second]
