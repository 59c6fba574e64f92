"""The parts that every page is made of: title, headings, lines, prose, tables that split instead of being cut."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from rnn_cli.views import style
from rnn_cli.views.clean import clean

Cell = str | Text

LONGEST_TITLE = 500
"""Characters of a text that stands as a title."""


def line(*parts: Cell | tuple[str, str], indent: int = 0) -> Text:
    """One line that is never wrapped or cut. Parts are plain strings or (string, style)."""
    text = Text.assemble(" " * indent, *parts, no_wrap=True, overflow="ignore")
    text.no_wrap, text.overflow = True, "ignore"
    return text


def title_line(text: str) -> RenderableType:
    """A page's title, wrapped; of a text that would fill the page itself its beginning, and how long it is."""
    size = f"… ({len(text):,} characters)"
    return Prose(text if len(text) <= LONGEST_TITLE else text[:LONGEST_TITLE] + size, style=style.TITLE)


def head(words: str, what: str) -> "Heading":
    """The heading of a page: what it is about, and faint behind it what that is, below it where the page is too narrow."""
    wide = line((words, style.TITLE), "     ", (what, style.FAINT))
    return Heading(wide, [title_line(words), Prose(what, style=style.FAINT)], words, what, 1)


def heading(title: str, note: str = "") -> RenderableType:
    """A section's heading, with a faint note behind it, or below it where the page is too narrow."""
    alone = line((title, style.HEADING))
    if not note:
        return Heading(alone, [alone], title)
    return Heading(
        line((title, style.HEADING), (f"   {note}", style.FAINT)),
        [alone, Prose(note, " ", style=style.FAINT)],
        title,
        note,
    )


@dataclass(frozen=True)
class Prose:
    """A paragraph, wrapped to the page but never wider than reads well; `label` hangs before it."""

    text: str
    label: str = ""
    style: str = ""
    widest: int = 100

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        hang = cell_len(self.label) + 2 if self.label else 0
        width = max(min(options.max_width, self.widest) - hang, 20)
        # "ignore" would not wrap at all; "fold" breaks a word only where it is wider than the page.
        lines = Text(self.text, style=self.style).wrap(console, width, overflow="fold")
        for k, one in enumerate(lines):
            one.rstrip()
            yield line((self.label.ljust(hang) if k == 0 else " " * hang, style.TITLE), one)


def notice(text: str) -> Prose:
    """The one sentence that says what to see on this page."""
    return Prose(text, "Notice")


def following(*commands: tuple[str, str]) -> list[RenderableType]:
    """Which commands to try next, each with what it shows. One that could not be pasted as it is printed is left out."""
    commands = tuple(one for one in commands if one[0] and clean(one[0]) == one[0])
    if not commands:
        return []
    width = max(cell_len(command) for command, _ in commands)
    return [
        Wide(
            line(
                ("Next  " if k == 0 else "      ", style.TITLE),
                "  ",
                (command.ljust(width), style.EQUATION),
                "   ",
                says,
            ),
            [
                line(("Next  " if k == 0 else "      ", style.TITLE), "  ", (command, style.EQUATION)),
                line(says, indent=10),
            ],
        )
        for k, (command, says) in enumerate(commands)
    ]


@dataclass(frozen=True)
class Wide:
    """The line itself where the page is wide enough for it, else its narrow form."""

    wide: Text
    narrow: Sequence[RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.wide.cell_len <= options.max_width:
            yield self.wide
        else:
            yield from self.narrow


def noted(text: str, note: str, indent: int = 0) -> Wide:
    """A line with a faint note behind it, or below it where the page is too narrow."""
    return Wide(
        line(text, (f"   {note}" if note else "", style.FAINT), indent=indent),
        [line(text, indent=indent), *([line((note, style.FAINT), indent=indent + 2)] if note else [])],
    )


@dataclass(frozen=True)
class Heading(Wide):
    """A line that is a heading; level 1 is the page's."""

    title: str = ""
    note: str = ""
    level: int = 2


@dataclass(frozen=True)
class Grid:
    """A table. Where it is wider than the page its columns go on in a further block below; nothing is cut.

    The first `frozen` columns stand in every block. `align` has "<" or ">" for each column, the last one repeating. `narrow`
    stands in its place where the page is too narrow for all columns.
    """

    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    frozen: int = 1
    align: str = "<>"
    indent: int = 2
    gap: int = 2
    keep_together: int = field(default=1)
    narrow: RenderableType | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        every = [self.header, *self.rows] if any(_width(cell) for cell in self.header) else list(self.rows)
        if not every:
            return
        columns = max(len(row) for row in every)
        widths = [max((_width(row[k]) for row in every if k < len(row)), default=0) for k in range(columns)]
        if self.narrow is not None and self.indent + sum(widths) + self.gap * (columns - 1) > options.max_width:
            yield self.narrow
            return
        for k, block in enumerate(self.blocks(widths, options.max_width)):
            if k:
                yield Text("")
            for number, row in enumerate(every):
                is_header = number == 0 and every[0] is self.header
                yield self._line([(row[j] if j < len(row) else "", widths[j], j) for j in block], is_header)

    def blocks(self, widths: Sequence[int], page: int) -> Iterable[list[int]]:
        """The columns of each block, for columns as wide as this and a page."""
        frozen = list(range(min(self.frozen, len(widths))))
        start = self.indent + sum(widths[k] + self.gap for k in frozen)
        block, used = list(frozen), start
        for group in self._groups(widths, len(frozen), page - start):
            size = sum(widths[j] + self.gap for j in group)
            if len(block) > len(frozen) and used + size - self.gap > page:
                yield block
                block, used = list(frozen), start
            block += group
            used += size
        yield block

    def _groups(self, widths: Sequence[int], first: int, room: int) -> Iterable[list[int]]:
        """The columns that stay together; a group wider than a whole page comes apart into halves, and these again."""
        for k in range(first, len(widths), self.keep_together):
            yield from self._halves(list(range(k, min(k + self.keep_together, len(widths)))), widths, room)

    def _halves(self, group: list[int], widths: Sequence[int], room: int) -> Iterable[list[int]]:
        if len(group) == 1 or sum(widths[j] + self.gap for j in group) - self.gap <= room:
            yield group
            return
        middle = (len(group) + 1) // 2
        yield from self._halves(group[:middle], widths, room)
        yield from self._halves(group[middle:], widths, room)

    def _line(self, cells: Iterable[tuple[Cell, int, int]], is_header: bool) -> Text:
        text, space = line(), " " * self.indent
        for cell, width, column in cells:
            room, gap = " " * (width - _width(cell)), " " * self.gap
            before, after = (room, gap) if self.align[min(column, len(self.align) - 1)] == ">" else ("", room + gap)
            if isinstance(cell, str) and not is_header:
                space += before + cell + after
                continue
            text.append(space + before)
            if isinstance(cell, str):
                text.append(cell, style.FAINT)
            else:
                text.append_text(cell)
            space = after
        text.append(space)
        text.rstrip()
        return text


def _width(cell: Cell) -> int:
    return cell.cell_len if isinstance(cell, Text) else cell_len(cell)


@dataclass(frozen=True)
class Equations:
    """Equations in one line where it is wide enough, else one below the other, long ones broken before a plus."""

    text: str
    indent: int = 2

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width - self.indent
        alone = [part.strip() for part in self.text.split("     ") if part.strip()]
        for one in [self.text] if cell_len(self.text) <= room else alone:
            hang = " " * (one.find("= ") + 2 if "= " in one else len(one) - len(one.split("  ")[-1]))
            current = ""
            for k, part in enumerate(one.split(" + ")):
                added = f" + {part}" if k else part
                if current and cell_len(current + added) > room:
                    yield line((current, style.EQUATION), indent=self.indent)
                    current = f"{hang}+ {part}"
                else:
                    current += added
            yield line((current, style.EQUATION), indent=self.indent)


def blank() -> Text:
    """An empty line between sections."""
    return Text("")


def fitted(text: str, widest: int) -> str:
    """A text that takes no more than so many columns; … stands for what is cut."""
    if cell_len(text) <= widest:
        return text
    room = widest - 1
    for kept, letter in enumerate(text):
        room -= cell_len(letter)
        if room < 0:
            return text[:kept] + "…"
    return text


def clip_middle(numbers: Sequence[int], most: int, tail: int = 1) -> list[int | None]:
    """All numbers; if there are more than `most`: the first ones, None for the gap, and the last `tail`.

    A gap of one number would take as much room as the number.
    """
    if len(numbers) <= most + 1:
        return list(numbers)
    return [*numbers[: most - tail], None, *numbers[-tail:]]
