"""A page as the blocks of a document: headings, paragraphs, tables, equations, working, and lines that stay as they are.

Every format that is no drawing of a terminal is written from these: they come from the parts that the terminal draws.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.text import Text

from rnn_cli.output.console import environment
from rnn_cli.views import style
from rnn_cli.views.arithmetic import Arithmetic
from rnn_cli.views.page import Equations, Grid, Heading, Prose, Wide

WIDTH = 88
"""The width that a diagram is drawn to."""


@dataclass(frozen=True)
class Title:
    """A heading of a level, 1 for the page's; `note` stands below it."""

    text: str
    note: str = ""
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text behind a label."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class Table:
    """Cells as text; align has "<" or ">" for each column. `math`: the columns that hold mathematics."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str
    grid: Grid | None = None
    math: tuple[int, ...] = ()


@dataclass(frozen=True)
class Formula:
    """Equations in the letters of the page."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Lines:
    """Lines whose columns mean something."""

    lines: Sequence[str]


Block = Title | Paragraph | Table | Formula | Lines


def blocks(parts: Iterable[RenderableType]) -> Iterator[Block]:
    """The blocks of a page; lines and equations that follow each other are one block."""
    held: list[Formula | Lines] = []
    for part in parts:
        block = _block(part)
        if isinstance(block, Formula | Lines):
            if held and type(held[-1]) is type(block):
                held[-1] = type(block)([*held[-1].lines, *block.lines])
                continue
            yield from held
            held = [block]
            continue
        yield from held
        held = []
        if block is not None:
            yield block
    yield from held


def _block(part: RenderableType) -> Block | None:
    if isinstance(part, Heading):
        return Title(part.title, part.note, part.level)
    if isinstance(part, Wide):
        return _of_line(part.wide)
    if isinstance(part, Prose):
        return Paragraph(part.text, part.label.strip())
    if isinstance(part, Grid):
        return _table(part)
    if isinstance(part, Arithmetic):
        return _working(part)
    if isinstance(part, Equations):
        return Formula([one.strip() for one in part.text.split("     ") if one.strip()])
    if isinstance(part, Text):
        return _of_line(part)
    return Lines(_drawn(part))


def _of_line(text: Text) -> Block | None:
    """A line: a small heading, an equation, or what it is."""
    if not text.plain.strip():
        return None
    first = text.spans[0] if text.spans else None
    if first is not None and first.style == style.HEADING and not text.plain[: first.start].strip():
        return Title(text.plain.strip(), level=3)
    written = {k for k, letter in enumerate(text.plain) if letter.strip()}
    for span in text.spans:
        if span.style == style.EQUATION:
            written -= set(range(span.start, span.end))
    return Formula([text.plain.strip()]) if not written else Lines([text.plain.rstrip()])


def _table(grid: Grid) -> Table | None:
    rows = [[_plain(cell) for cell in row] for row in grid.rows]
    columns = max((len(row) for row in [grid.header, *rows]), default=0)
    if not rows or not columns:
        return None
    header = [_plain(cell) for cell in grid.header]
    align = "".join(grid.align[min(k, len(grid.align) - 1)] for k in range(columns))
    return Table(_filled(header, columns), [_filled(row, columns) for row in rows], align, grid)


def _working(part: Arithmetic) -> Table | None:
    """Rows of arithmetic: unit, name, working, result."""
    rows = [[row.lead, row.name, part.written(row), f"= {part.wording.result(row).plain}"] for row in part.rows]
    return Table(["", "", "", ""], rows, "<<<>", math=(1, 2, 3)) if rows else None


def _filled(row: Sequence[str], columns: int) -> list[str]:
    return [*row, *[""] * (columns - len(row))]


def _plain(cell: str | Text) -> str:
    return (cell.plain if isinstance(cell, Text) else cell).strip()


def _drawn(part: RenderableType) -> list[str]:
    console = Console(
        file=io.StringIO(), width=WIDTH, record=True, markup=False, highlight=False, emoji=False, color_system=None,
        force_jupyter=False, _environ=environment(),
    )  # fmt: skip
    console.print(part, crop=False, no_wrap=True, overflow="ignore")
    return [line.rstrip() for line in console.export_text().splitlines() if line.strip()]
