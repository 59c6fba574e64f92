"""The sections of a page, read off the page itself, and the choice of some of them."""

import re
from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.errors import InputError
from rnn_cli.views import style
from rnn_cli.views.page import Prose, Wide

ALWAYS = ""
"""The name of what stands before the first section, and of the rules between two networks."""

STEM = 5
"""Words that share so many first letters are forms of one: truncation, truncated."""


def only_sections(page: Iterable[RenderableType], names: str | None) -> Iterable[RenderableType]:
    """The head of a page and the sections that are named, commas between them; all of it where names is None.

    InputError, with the names that there are, where one is no section.
    """
    if names is None:
        return page
    parts = list(_named(page))
    there = list(dict.fromkeys(name for name, _ in parts if name))
    asked = [name.strip().lower() for name in names.split(",")]
    unknown = next((name for name in asked if not any(fits(name, title) for title in there)), None)
    if unknown is not None:
        raise InputError(f"--only {unknown}: this page has the sections {', '.join(there) or 'of no name'}")
    wanted = {title for name in asked for title in ([name] if name in there else there) if fits(name, title)}
    return [part for name, part in parts if not name or name in wanted]


def fits(asked: str, title: str) -> bool:
    """Whether a name is that of a section: its first letters, those of one of its words, or another form of its first word."""
    words = title.split()
    begins = title.startswith(asked) or any(word.startswith(asked) for word in words)
    return bool(asked) and (begins or (asked[:STEM] == words[0][:STEM] and len(asked) >= STEM))


def _named(page: Iterable[RenderableType]) -> Iterator[tuple[str, RenderableType]]:
    """Every part with the name of its section."""
    name = ALWAYS
    for part in page:
        begun = _begins(part)
        name = name if begun is None else begun
        yield name, part


def _begins(part: RenderableType) -> str | None:
    """The name of the section that begins with this part; None where none does."""
    if isinstance(part, Prose):
        return part.label.lower() if part.label == "Notice" else None
    text = part.wide if isinstance(part, Wide) else part
    if not isinstance(text, Text) or not text.spans or text.spans[0].start:
        return None
    first = text.plain[: text.spans[0].end]
    if first.startswith("═"):
        return ALWAYS
    if text.spans[0].style == style.TITLE and first.strip() == "Next":
        return "next"
    if text.spans[0].style != style.HEADING:
        return None
    return re.split(r"[^\w\s'-]|\s\d", first.strip().lstrip("0123456789, "))[0].strip().lower()
