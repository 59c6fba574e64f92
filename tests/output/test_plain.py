"""A page without colour is the text that Rich prints of it."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from rnn_cli.output.emit import Once
from rnn_cli.output.plain import Plain, text_of
from rnn_cli.views.page import Grid, Prose, line, noted

# No part ends with a blank: Rich 14.2 takes away those that reach beyond the page.
PARTS: dict[str, RenderableType] = {
    "a line": line(("a", "bold"), "\x07b", indent=2),
    "lines": Text("a\nb\n\nc\n"),
    "nothing": Text(""),
    "tabs": Text("a\tb\nc\td"),
    "tabs in a cell": Grid(["a"], [[Text("1\t2", style="red")], ["3"]], align="<"),
    "longer than the page": Text("a b " * 60 + "c"),
    "an end of its own": Text("a", end=""),
    "a text that folds itself": Text("a b " * 60 + "c", overflow="fold"),
    "a text that stands in the middle": Text(" a", justify="center"),
    "words": "[bold]a[/bold] :smile:\tb",
    "prose": Prose("a word " * 40, "Notice"),
    "a table": Grid(["", "wide 愛", "b"], [["1", Text("2", style="red"), "3"], ["4"]]),
    "a table that is split": Grid([str(k) * 30 for k in range(9)], [["1"] * 9], keep_together=2),
    "a note": noted("a" * 70, "b" * 50),
    "what is Rich's own": Panel(Text("a b " * 60 + "c")),
    "a part that folds itself": Group(Text("a b " * 60 + "c", overflow="fold"), Text("c" * 300, overflow="ellipsis")),
    "parts of a part": Group(Text("a", end=" "), "[b] ", Text("c\td", end="")),
}


def shown(
    part: RenderableType, width: int, as_it_goes: Callable[[RenderableType], RenderableType] = lambda one: one
) -> str:
    """What a console without colour prints."""
    off = {"markup": False, "highlight": False, "emoji": False}
    console = Console(file=io.StringIO(), width=width, color_system=None, **off)  # type: ignore[arg-type]
    console.print(as_it_goes(part), crop=False, no_wrap=True, overflow="ignore")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("name", PARTS)
def test_the_text_is_that_of_rich(name: str) -> None:
    for width in (1, 20, 80, 200):
        assert shown(PARTS[name], width, Plain) == shown(PARTS[name], width)


def test_a_file_of_text_is_the_drawing_without_its_styles() -> None:
    page = Once(lambda: PARTS.values())
    assert page.text == page.drawn.export_text(clear=False)
    assert text_of(PARTS["a line"], page.drawn) == "  ab\n"
