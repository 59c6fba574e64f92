"""A page as HTML for a notebook: in a dark box of its own, so that it reads the same on any background."""

from rnn_cli.output.emit import Once
from rnn_cli.output.themes import DARK, FONTS

BOX = DARK.box

FORMAT = (
    f'<div style="background:{BOX};color:{{foreground}};padding:0.8em 1em;border-radius:4px;overflow-x:auto">'
    '<pre style="background:transparent;color:inherit;margin:0;white-space:pre;line-height:1.25;font-size:13px;'
    f'font-family:{FONTS}">{{code}}</pre></div>'
)


def page_html(page: Once) -> str:
    """The page as one HTML element with its styles inside, which no style sheet of a notebook changes."""
    html = page.drawn.export_html(theme=DARK.colours, code_format=FORMAT, inline_styles=True, clear=False)
    return str(html)


def page_text(page: Once) -> str:
    """The page as text without colour."""
    return page.text
