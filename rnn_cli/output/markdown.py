"""A page as GitHub-flavoured Markdown: tables, and equations between dollars."""

import re
from collections.abc import Iterable

from rich.console import RenderableType

from rnn_cli.output.blocks import Block, Formula, Lines, Paragraph, Table, Title, blocks
from rnn_cli.output.mathematics import mathematics

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
LIST = re.compile(r"^(\d+)([.)])|^([-+=])")
"""What would begin a list, or underline a heading, at the start of a line."""


def page_markdown(parts: Iterable[RenderableType]) -> str:
    """The page; every text of a user stands for itself."""
    return "\n\n".join(_block(one) for one in blocks(parts)) + "\n"


def escaped(text: str) -> str:
    """A text that stands for itself within a line."""
    return SPECIAL.sub(r"\\\1", text)


def _paragraph(text: str) -> str:
    return LIST.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", escaped(text))


def _block(block: Block) -> str:
    match block:
        case Title(text, note, level):
            return f"{'#' * level} {escaped(text)}" + (f"\n\n{_paragraph(note)}" if note else "")
        case Paragraph(text, label):
            return f"**{escaped(label)}** {escaped(text)}" if label else _paragraph(text)
        case Formula(lines):
            return "\n\n".join(f"$$\n{mathematics(one, _words)}\n$$" for one in lines)
        case Lines(lines):
            fence = "`" * max(3, *(len(run) + 1 for one in lines for run in re.findall("`+", one) or [""]))
            return "\n".join([f"{fence}text", *lines, fence])
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    rule = ["--:" if sign == ">" else ":--" for sign in table.align]
    rows = [[_cell(table, k, cell) for k, cell in enumerate(row)] for row in table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [[*map(escaped, table.header)], rule, *rows])


def _cell(table: Table, column: int, cell: str) -> str:
    return f"${mathematics(cell, _words)}$" if column in table.math and cell else escaped(cell)


def _words(text: str) -> str:
    """Words inside \\text{} of mathematics, which knows no escape for these signs."""
    return re.sub(r"[\\{}$&#%_^~|`]", " ", text)
