"""A page as HTML for a notebook: in a dark box of its own, so that it reads the same on any background."""

from rich.terminal_theme import TerminalTheme

from rnn_cli.output.emit import Once

BOX = "#14171c"

THEME = TerminalTheme(
    (60, 62, 66),  # what faint text is blended with: lighter than the box, so that it stays readable
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
)
"""Foreground, then black, red, green, yellow, blue, magenta, cyan, white: each far enough from the colour of the box."""

FORMAT = (
    f'<div style="background:{BOX};color:{{foreground}};padding:0.8em 1em;border-radius:4px;overflow-x:auto">'
    '<pre style="background:transparent;color:inherit;margin:0;white-space:pre;line-height:1.25;font-size:13px;'
    "font-family:Menlo,Consolas,'DejaVu Sans Mono',monospace\">{code}</pre></div>"
)


def page_html(page: Once) -> str:
    """The page as one HTML element with its styles inside, which no style sheet of a notebook changes."""
    html = page.drawn.export_html(theme=THEME, code_format=FORMAT, inline_styles=True, clear=False)
    return str(html)


def page_text(page: Once) -> str:
    """The page as text without colour."""
    return str(page.drawn.export_text(clear=False))
