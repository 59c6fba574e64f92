"""The sixteen colours of the explorer: what is positive is blue and what is negative orange, as in the heat maps."""

from rich.style import Style
from rich.terminal_theme import TerminalTheme

from rnn_cli.views.heat import NEGATIVE_STEPS, POSITIVE_STEPS

BLACK, WHITE, GREY = "#000000", "#ffffff", "#767676"


def _theme(blue: str, orange: str, olive: str, green: str, cyan: str, magenta: str) -> TerminalTheme:
    hues = [orange, green, olive, blue, magenta, cyan]
    dark, bright = ([_parts(one) for one in (first, *hues, last)] for first, last in ((BLACK, GREY), (GREY, WHITE)))
    return TerminalTheme(_parts(BLACK), _parts(WHITE), dark, bright)


def _parts(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


LEGIBLE = _theme("#1778cc", "#c85000", "#8b7400", "#0f8732", "#008195", "#c431c4")
"""For a terminal, of which nobody knows whether it is dark or light: as far from black as from white, 4.5 to 1."""

ON_BLACK = _theme("#59a8ed", "#ff7d26", "#bfa000", "#15bb31", "#00b2cd", "#df7edf")
"""For the page in a browser, which is dark."""

FAINT, FAINT_ON_BLACK = (Style(dim=False, color=grey) for grey in (GREY, "#b0b0b0"))


def faint_on(theme: TerminalTheme) -> Style:
    """What is said aside: a grey that can be read."""
    return FAINT_ON_BLACK if theme is ON_BLACK else FAINT


BLUES = ("#687785", "#4d7aa0", "#317ab9", "#1778cc")
ORANGES = ("#877264", "#a26842", "#b45d30", "#c85000")

ON_TEXT = dict(zip((*POSITIVE_STEPS, *NEGATIVE_STEPS), (*BLUES, *ORANGES), strict=True))
"""The steps of a heat map for words and numbers, which must be legible on both: the larger, the purer."""
