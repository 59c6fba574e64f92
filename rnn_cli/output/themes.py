"""Light and dark: the colours of saved pages and of notebooks, and the frames that they stand in. Nothing is fetched.

Every colour of a theme has a contrast of at least 4.5 to 1 on the background, faint text too.
"""

import re
from dataclasses import dataclass
from html import escape

from rich.terminal_theme import TerminalTheme

from rnn_cli.output.theme_names import THEME_NAMES

FONTS = "Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
"""Fonts that the reader's system has: a page asks no server for one."""


@dataclass(frozen=True)
class Theme:
    """A background, and the colours on it as Rich takes them.

    The background that Rich sees is another: it blends faint text half-way with it, which would be too faint.
    """

    box: str
    colours: TerminalTheme


LIGHT = Theme(
    "#ffffff",
    TerminalTheme(
        (190, 192, 196),
        (31, 35, 40),
        [(31, 35, 40), (176, 32, 36), (26, 110, 50), (130, 80, 0), (9, 84, 178), (118, 60, 178), (16, 98, 112), (87, 96, 106)],
    ),
)  # fmt: skip

DARK = Theme(
    "#14171c",
    TerminalTheme(
        (60, 62, 66),
        (230, 232, 235),
        [
            (110, 118, 129),
            (255, 123, 114),
            (86, 211, 100),
            (227, 179, 65),
            (121, 192, 255),
            (210, 168, 255),
            (86, 212, 221),
            (200, 205, 210),
        ],
    ),
)

THEMES = dict(zip(THEME_NAMES, (LIGHT, DARK), strict=True))
"""Foreground, then black, red, green, yellow, blue, magenta, cyan, white: each far enough from the background."""


def html_format(theme: Theme, title: str) -> str:
    """The document round the code of a page, as Rich fills it in."""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{_braced(escape(title))}</title>\n'
        "</head>\n"
        f'<body style="background:{theme.box};color:{{foreground}};margin:1.5em">\n'
        f'<pre style="margin:0;white-space:pre;line-height:1.3;font-size:14px;font-family:{FONTS}">{{code}}</pre>\n'
        "</body>\n</html>\n"
    )


def svg_format(theme: Theme, title: str) -> str:
    """The drawing round the lines of a page, as Rich fills it in: a plain sheet."""
    # Without xml:space some renderers drop the spaces at the start of each piece of text, and columns shift.
    return (
        '<svg xml:space="preserve" xmlns="http://www.w3.org/2000/svg" class="rich-terminal" '
        'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>{_braced(escape(title))}</title>"
        f"<style>.{{unique_id}}-matrix {{{{font-family:{FONTS};font-size:{{char_height}}px;"
        "line-height:{line_height}px;white-space:pre}}}} {styles}</style>"
        f'<rect width="100%" height="100%" fill="{theme.box}"/>'
        "<defs>{lines}</defs>"
        '<g transform="translate(9, 9)"><g class="{unique_id}-matrix">{backgrounds}{matrix}</g></g></svg>\n'
    ).replace("}}}}", "}}")


LEAST_CONTRAST = 4.5


def readable(text: str, theme: Theme) -> str:
    """A drawing whose colours stand out from the theme's background: views choose those of a heat map for a dark one."""
    return STYLES.sub(lambda found: COLOUR.sub(lambda one: _standing_out(one[0], theme.box), found[0]), text)


STYLES = re.compile(r'<style>.*?</style>|style="[^"]*"', re.DOTALL)
"""Where a drawing says its colours; a quote in a text is written otherwise."""

COLOUR = re.compile("(?<!background:)#[0-9a-f]{6}")


def _standing_out(colour: str, box: str) -> str:
    """The colour, or on a light background a darker one, so that the order of several stays."""
    if luminance(box) < 0.5 or contrast(colour, box) >= LEAST_CONTRAST:
        return colour
    darker = "".join(f"{round(0.55 * part):02x}" for part in _parts(colour))
    return _standing_out(f"#{darker}", box)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, by the rule of the Web Content Accessibility Guidelines."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How light a colour is, 0 to 1."""
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in (k / 255 for k in _parts(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def _braced(text: str) -> str:
    """A text in which no brace is a place for a value."""
    return text.replace("{", "{{").replace("}", "}}")
