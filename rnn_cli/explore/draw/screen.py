"""The whole screen: the sentence above, the map and the arithmetic beside each other, the answers below."""

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, Group
from rich.segment import Segment
from rich.text import Text

from rnn_cli.explore.command import Command
from rnn_cli.explore.draw.signs import SIGNS
from rnn_cli.explore.draw.strip import Columns, answers, layers, sentence
from rnn_cli.explore.draw.sums import arithmetic, near
from rnn_cli.explore.draw.table import Map, the_map
from rnn_cli.explore.draw.text import at_most, beside, continued, fitted, line, word, wrapped
from rnn_cli.explore.equation import equation_of
from rnn_cli.explore.keys import KEYS
from rnn_cli.explore.session import Session
from rnn_cli.explore.strangers import is_random
from rnn_cli.views import style
from rnn_cli.views.numbers import count

if TYPE_CHECKING:
    from rnn_cli.study.gradient_path import GradientPath

NARROWEST, LOWEST = 40, 12
LEAST, FEWEST = 4, 6
"""A map has at least so many lines; with no more than so many it has no equation above it."""

ENOUGH = 3 / 8
"""So much of the height is left for the map and its sums before what stands around them goes."""

MOST_SAID, SAID = 4, 1 / 6
"""So many lines has what a key says at most, or in a high screen that share of it: a command is read as a whole."""

MOST_WRAPPED = 12
"""So many lines has a line of a page that is wider than the screen; a longer one ends in …"""

BESIDE = 38
"""So many cells are left for the arithmetic beside the map."""

TWO_BESIDE = 150
"""From here on the help has two columns."""

UNCUT = "✂ not on this page: it shows the whole way back, without truncation, and so does the command of p"


@dataclass(frozen=True)
class Screen:
    """The lines, and where the map and the words stand in them; so many of the last are what a key said. `size`: for which."""

    lines: list[Text]
    columns: Columns
    table: Map | None
    top: int
    size: tuple[int, int]
    said: int = 1

    def saying(self, message: str) -> "Screen":
        """The same, with another message in the same lines."""
        width = self.lines[-1].cell_len
        said = [*wrapped(message, width, self.said), *[""] * self.said][: self.said]
        rows = [line((one, style.WARNING), width=width) for one in said]
        return replace(self, lines=[*self.lines[: -self.said], *rows])

    def at(self, x: int, y: int) -> tuple[int, int | None, str | None] | None:
        """The step at a cell, and the unit and the quantity where a number stands there."""
        if y < self.top:
            t = self.columns.at(x)
            return None if t is None else (t, None, None)
        return None if self.table is None else self.table.at(x, y - self.top)


def fits(width: int, height: int) -> bool:
    """Whether a session can be shown in so many cells."""
    return width >= NARROWEST and height >= LOWEST


def screen(session: Session, width: int, height: int, asking: int = 0) -> Screen:
    """The session in so many cells; what has no room is left out, the lines of the cursor last.

    Below it stand the lines that ask for a text, `asking` of them.
    """
    if not fits(width, height + asking):
        needed = line(f"at least {NARROWEST}×{LOWEST} cells are needed", width=max(width, 1))
        return Screen([needed], Columns(range(1, 2), 1), None, 0, (width, height))
    columns = Columns.of(session, width)
    above, below, said = _around(session, columns, width, height)
    room = height - len(above) - len(below)
    if room > FEWEST and not (session.helping or session.facts):
        above.append(line((equation_of(session.numbers, session.key) or _given(session), style.EQUATION), width=width))
        room -= 1
    table = None
    if session.helping:
        middle = _help(session, width, room)
    elif session.facts:
        middle = _facts(session, width, room)
    else:
        least = max(width * 9 // 20, 24)
        table = the_map(session, max(width - BESIDE - 1, least), room, least)
        half = table.width
        middle = beside(table.lines, arithmetic(session, width - half - 1, room), (half, width - half - 1))
    middle += [line("", width=width)] * (room - len(middle))
    return Screen([*above, *middle[:room], *below], columns, table, len(above), (width, height), len(said))


def _around(session: Session, columns: Columns, width: int, height: int) -> tuple[list[Text], list[Text], list[Text]]:
    """What stands above the map and below it, and of the latter what a key said: as much of it as leaves enough for the map.

    The words that say what truncation costs are short first, then the answers before an edit go, then those that stand.
    What words are worth is not looked at where the facts of the gradient's path are. In the lowest screens what a key said
    ends in … and then the last lines above the map go.
    """
    said = _message(session, width, max(MOST_SAID, int(height * SAID)))
    above = [*sentence(session, columns, width), *layers(session, columns, width)]
    outcome = answers(session, columns, width)
    for brief, rows in ((False, len(outcome)), (True, len(outcome)), (True, min(len(outcome), 2)), (True, 0)):
        if brief and session.facts:
            above = [*sentence(session, columns, width), *layers(session, columns, width, brief)]
        below = [*outcome[:rows], *_status(session, width, brief), *said]
        if height - len(above) - len(below) >= max(int(height * ENOUGH), LEAST):
            break
    over = len(above) + len(below) + LEAST - height
    if over > 0:
        others, least = below[: -len(said)], max(len(said) - over, 1)
        said = _message(session, width, least)
        above, below = above[: height - LEAST - len(others) - len(said)], [*others, *said]
    return above, below, said


def _given(session: Session) -> str:
    """In place of an equation, where a number has none."""
    return f"{near(session.key, session.cursor.key(session.numbers))} is given: no equation makes it"


def _status(session: Session, width: int, brief: bool = False) -> list[Text]:
    """Where the cursor is, the loss, and what truncation costs."""
    world, cursor = session.world, session.cursor
    shown = session.shown
    name = word(world.sequence.names[shown.t - 1], 20).rstrip()
    parts = [
        "backward" if cursor.back else "forward",
        f"step {shown.t:,} of {world.length:,} {name}"
        if session.numbers.has_steps(shown.kind)
        else f"after {count(world.length, 'step')}",
    ]
    if shown.kind in session.numbers.kinds(shown.kind.startswith("d")):  # an input or a probability is no unit
        parts.append(f"unit {shown.unit:,} of {session.numbers.size(shown.kind, shown.layer):,}")
    edited = bool(world.edited or world.unsaid)
    parts += ["edited"] * edited + ["random weights"] * (is_random(world) and not edited and not brief)
    lost, lines = "", [" │ ".join(parts)]
    if cursor.back:
        from rnn_cli.explore.against import against

        loss = f"loss {world.back.loss.total:.4f} against {against(world, cursor.t)}"
        both = " │ ".join([*parts, loss])
        lines = [both] if cell_len(both) <= width else [*lines, loss]
    if cursor.back and world.window is not None:
        from rnn_cli.explore.truncated import cost, said_window

        costs = cost(world)
        lost = f"✂ errors go back through {said_window(world.window)}: {costs.said}"
        lost = f"✂ truncated to {count(world.window, 'step')}: {costs.brief}" if brief else lost
    return [
        *(line((one, "reverse"), width=width) for one in lines),
        *(line((one, style.WARNING), width=width) for one in wrapped(lost, width, MOST_SAID) if lost),
    ]


def _message(session: Session, width: int, most: int) -> list[Text]:
    """What the last key said, in at most so many lines."""
    if isinstance(session.message, Command):
        rows = continued(session.message, width, most)
    else:
        sentences = session.message.split("\n")
        rows = at_most([row for one in sentences for row in wrapped(one, width, most + 1)], width, most)
    return [line((one, style.WARNING), width=width) for one in rows]


def _help(session: Session, width: int, height: int) -> list[Text]:
    """The keys and the signs, two beside each other where there is room."""
    words = [(f"{name:>9}  ", says) for name, says in (*((key.shown, key.says) for key in KEYS), *SIGNS)]
    half = (len(words) + 1) // 2
    columns = [words[:half], words[half:]] if width >= TWO_BESIDE else [words]
    side = width // len(columns)
    rows = [
        line(*(part for name, says in row for part in ((name, style.WORD), fitted(says, side - 13), "  ")), width=width)
        for row in zip_longest(*columns, fillvalue=("", ""))
    ]
    back = line((fitted("? or Escape goes back; letters close this and act", width), style.HEADING), width=width)
    return _from_here(session, [back, *rows], width, height)


def _facts(session: Session, width: int, height: int) -> list[Text]:
    """The page of rnn gradients, or all cells side by side, from the line to which it was scrolled."""
    said = wrapped(UNCUT, width, MOST_SAID) if session.world.window is not None else []
    uncut = [line((one, style.WARNING), width=width) for one in said]
    if session.beside:
        from rnn_cli.explore.draw.side_by_side import side_by_side

        return _from_here(session, [*uncut, *side_by_side(session, width)], width, height)
    from rnn_cli.explore.draw.path import path_in_brief

    brief = path_in_brief(session, width, height - 1 - len(uncut))
    return _from_here(session, [*uncut, *brief, *_facts_at(session.path, session.digits, width)], width, height)


def _from_here(session: Session, rows: list[Text], width: int, height: int) -> list[Text]:
    """So many lines, from that to which the person scrolled; where there are more, the last says so."""
    if len(rows) <= height:
        return rows
    first = session.scrolled(len(rows) - height + 1, height - 1)
    below = len(rows) - first - height + 1
    said = f"… {below:,} more below: Down, PgDn, End" if below else "… the end; above: Up, PgUp, Home"
    said += "; back: Escape"
    return [*rows[first : first + height - 1], line((said, style.FAINT), width=width)]


@lru_cache(maxsize=4)
def _facts_at(path: "GradientPath", digits: int, width: int) -> list[Text]:
    """The whole page in so many cells."""
    from rnn_cli.views.gradients import Ways, gradients_page

    console = Console(file=io.StringIO(), width=width - 1, markup=False, highlight=False, emoji=False, _environ={})
    ways = Ways("PgDn on the map", "d", "--target of rnn explore", "the command of p with --json")
    page = Group(*gradients_page(path, digits, ways))
    rows = Segment.split_lines(console.render(page, console.options.update(no_wrap=True, overflow="ignore")))
    return [one for row in rows for one in _whole([(part.text, str(part.style or "")) for part in row], width)]


def _whole(parts: list[tuple[str, str]], width: int) -> list[Text]:
    """A line of a page in as many as it needs: of a command those that a shell reads as one, of words whole words."""
    if sum(cell_len(text) for text, _ in parts) <= width:
        return [line(*parts, width=width)]
    k = next((k for k, (text, _) in enumerate(parts) if text.startswith("rnn ")), None)
    if k is None:
        text = "".join(text for text, _ in parts)
        indent = len(text) - len(text.lstrip())
        said, how, lead = wrapped(text.strip(), width - indent, MOST_WRAPPED), parts[0][1], (" " * indent, "")
        return [line(lead, (one, how), width=width) for one in said]
    command, how = parts[k]
    indent = sum(cell_len(text) for text, _ in parts[:k])
    first, *others = continued(command.rstrip(), width - indent, MOST_WRAPPED)
    return [
        line(*parts[:k], (first, how), width=width),
        *(line(" " * indent, (one, how), width=width) for one in others),
    ]
