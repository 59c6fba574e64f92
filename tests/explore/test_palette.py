"""The colours of the explorer: legible on the grounds that they are for, and none where none are wanted."""

from collections.abc import Sequence

import pytest
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style

from rnn_cli.explore.draw.ink import inked
from rnn_cli.explore.draw.text import line
from rnn_cli.explore.palette import LEGIBLE, ON_BLACK, ON_TEXT
from rnn_cli.views import style
from rnn_cli.views.heat import NEGATIVE_STEPS, POSITIVE_STEPS

STYLES = sorted({value for name, value in vars(style).items() if name.isupper()})
HUES = [one for one in STYLES if Style.parse(one).color is not None]


def luminance(color: Sequence[int]) -> float:
    """Of the guidelines for accessible pages (WCAG 2)."""
    parts = [one / 255 for one in color]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color: Sequence[int]) -> tuple[float, float]:
    """With black, and with white."""
    return (luminance(color) + 0.05) / 0.05, 1.05 / (luminance(color) + 0.05)


@pytest.mark.parametrize("hue", HUES)
def test_what_is_coloured_can_be_read(hue: str) -> None:
    color = Style.parse(hue).color
    assert color is not None
    assert min(contrast(color.get_truecolor(LEGIBLE))) >= 4.5
    assert contrast(color.get_truecolor(ON_BLACK))[0] >= 7


def test_words_and_numbers_of_a_heat_map_can_be_read_everywhere() -> None:
    assert set(ON_TEXT) == {*POSITIVE_STEPS, *NEGATIVE_STEPS}
    for shade in ON_TEXT.values():
        assert min(contrast(Color.parse(shade).get_truecolor())) >= 4.5
    assert len(set(ON_TEXT.values())) == len(ON_TEXT)


@pytest.mark.parametrize("hue", [*HUES, "dim", *ON_TEXT.values()])
def test_a_terminal_of_fewer_colours_draws_nothing_that_is_hard_to_see_on_black(hue: str) -> None:
    for system in ("256", "standard"):
        console = Console(color_system=system, force_terminal=True, _environ={})
        (drawn,) = inked(line(("0.1234", hue), width=6), console, LEGIBLE, False)
        assert drawn.style is not None
        color = drawn.style.color
        if system == "standard":
            assert color is None or color.downgrade(ColorSystem.STANDARD).number not in (0, 4, 8)
        else:
            assert color is not None
            near = color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor()
            assert contrast(near)[0] >= 4.5
