"""Lines as the terminal gets them: in the signs that it has, and in colours that are legible on its ground."""

from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from rnn_cli.explore.draw.text import in_ascii, runs
from rnn_cli.explore.palette import faint_on

DARK_GREY = 8
"""Of the sixteen colours of an old terminal: hardly to be seen on black."""


def inked(text: Text, console: Console, theme: TerminalTheme | None, ascii_only: bool) -> list[Segment]:
    """A line in the colours of a theme; None leaves the person's own, where there shall be none of ours."""
    line = in_ascii(text) if ascii_only else text
    few = console.color_system in ("standard", "windows")
    return [Segment(part, _in_theme(how, theme, few)) for part, how in runs(line)]


@lru_cache(maxsize=1024)
def _in_theme(how: str, theme: TerminalTheme | None, few: bool) -> Style:
    """With each named colour as the theme has it, and what is faint in its grey: terminals dim as they like.

    Of a `few` colours the grey is too dark: it is none then.
    """
    style = Style.parse(how)
    if theme is None:
        return style
    if style.dim and style.color is None:
        style += faint_on(theme)
    color = style.color
    if color is None:
        return style
    if few and color.downgrade(ColorSystem.STANDARD).number == DARK_GREY:
        return style.without_color
    return (
        style if color.triplet is not None else style + Style.from_color(Color.from_triplet(color.get_truecolor(theme)))
    )
