"""Parts of a page where no colour can be shown: their text alone, for which Rich need not lay out a style."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text


@dataclass(frozen=True)
class Plain:
    """A part without its styles, in one piece: what a console without colour prints of it, in a fraction of the time."""

    part: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment("".join(_printed(self.part, console, options)))


def text_of(part: RenderableType, console: Console) -> str:
    """What is printed of a part on this console, without styles."""
    return "".join(_printed(part, console, console.options.update(no_wrap=True, overflow="ignore")))


def _printed(part: RenderableType, console: Console, options: ConsoleOptions) -> Iterator[str]:
    # Rich prints a text of its own making, whose end and overflow are those of all.
    return _texts(Text(str(part)) if isinstance(part, str | Text) else part, console, options)


def _texts(part: RenderableType | Segment, console: Console, options: ConsoleOptions) -> Iterator[str]:
    if isinstance(part, Segment):
        yield part.text
    elif isinstance(part, Text) and _is_a_line(part, options):
        yield part.plain
        yield part.end
    elif not isinstance(part, str | Text) and hasattr(part, "__rich_console__"):
        for inner in part.__rich_console__(console, options):
            yield from _texts(inner, console, options)
    else:
        yield from (one.text for one in console.render(part, options))


def _is_a_line(text: Text, options: ConsoleOptions) -> bool:
    """Whether nothing of a text is wrapped, cut or moved: it is shown as it stands."""
    return (text.overflow or options.overflow) == "ignore" and "\n" not in text.plain and "\t" not in text.plain
