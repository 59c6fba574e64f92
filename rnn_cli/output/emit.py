"""The one place that writes results, to stdout and to files."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_atomically

if TYPE_CHECKING:  # JSON needs no Rich, and Rich takes time to import
    from rich.console import Console, RenderableType

Page: TypeAlias = "Iterable[RenderableType]"
Document = Mapping[str, Any]

SPOOLED = 1 << 24
"""A document longer than this many characters waits on the disk, not in memory, until it is whole."""


def emit(
    page: Callable[[], Page],
    document: Callable[[], Document],
    *,
    title: str = "rnn",
    as_json: bool = False,
    save: Iterable[str] = (),
    no_color: bool = False,
    only: str | None = None,
    pager: bool = True,
) -> None:
    """Write a result to stdout, as a page or as JSON, and to every file asked for. `title` stands over an SVG, `only`
    names the sections of the page that are wanted, and a page longer than the terminal goes through a `pager`.

    A page is drawn part by part as it is made; where it is saved as well, it is made once for all. A document reaches
    stdout whole or, where an error ends it, not at all.
    """
    once = Once(chosen(page, only))
    save_all(save, once, document, title)
    if as_json:
        from rnn_cli.output.jsonable import json_pieces

        _write_whole(json_pieces(document()))
        sys.stdout.write("\n")
    else:
        from rnn_cli.output.console import stdout_console
        from rnn_cli.output.pager import paged

        with paged(pager):
            _draw(stdout_console(no_color), once.parts)


def chosen(page: Callable[[], Page], only: str | None) -> Callable[[], Page]:
    """The page, or the sections of it that are named."""
    if only is None:
        return page
    from rnn_cli.views.sections import only_sections

    return lambda: only_sections(page(), only)


class Once:
    """A page that is made once, however often it is drawn, and drawn once for all files."""

    def __init__(self, page: Callable[[], Page]) -> None:
        self._page = page

    @property
    def parts(self) -> Page:
        """The parts to draw; each is made as it is drawn, where nothing has kept it."""
        return self.kept if "kept" in vars(self) else self._page()

    @cached_property
    def kept(self) -> "list[RenderableType]":
        """All parts."""
        return list(self._page())

    @cached_property
    def drawn(self) -> "Console":
        """The page on a console that files are written from."""
        from rich.cells import cell_len

        from rnn_cli.output.console import recording_console

        console = recording_console()
        _draw(console, self.kept)
        # The SVG export cuts at the console's width.
        console.width = max(console.width, *map(cell_len, console.export_text(clear=False).splitlines()), 0)
        return console


def _write_whole(pieces: Iterator[str]) -> None:
    """Write all pieces to stdout once the last of them is there."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > SPOOLED:
            break
    else:
        sys.stdout.write("".join(held))
        return
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    with TemporaryFile("w+", encoding="ascii") as spool:
        spool.write("".join(held))
        held.clear()
        for piece in pieces:
            spool.write(piece)
        spool.seek(0)
        copyfileobj(spool, sys.stdout)


def emit_lines(documents: Iterable[Document]) -> None:
    """Write JSON documents to stdout, one a line, each flushed as soon as it is made."""
    from rnn_cli.output.jsonable import to_json

    for document in documents:
        sys.stdout.write(to_json(document) + "\n")
        sys.stdout.flush()


def check_save(save: Iterable[str], more: Iterable[str] = ()) -> None:
    """InputError where --save names an unknown format: raised before anything is computed. `more` are a command's own."""
    formats = (*FORMATS, *more)
    for name in save:
        if Path(name).suffix not in formats:
            raise InputError(f"--save {name}: expected one of {', '.join(formats)}")


def save_all(names: Iterable[str], page: Once, document: Callable[[], Document], title: str) -> None:
    """Write every file, each whole or not at all. SystemRefused where that is not possible."""
    for name in names:
        text = FORMATS[Path(name).suffix](page, document, title)
        try:
            remove_leftovers(Path(name))
            write_atomically(Path(name), text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise SystemRefused(f"--save {Path(name)}: {error.strerror or error}") from error


def _draw(console: "Console", page: Page) -> None:
    for renderable in page:
        # Prose and tables fit themselves to the page; a line that does not fit is never broken or cut.
        console.print(renderable, crop=False, no_wrap=True, overflow="ignore")


def _svg(page: Once, document: Callable[[], Document], title: str) -> str:
    # Without xml:space some renderers drop the spaces at the start of each piece of text, and columns shift.
    svg = page.drawn.export_svg(title=title, clear=False)
    return str(svg).replace("<svg ", '<svg xml:space="preserve" ', 1)


def _html(page: Once, document: Callable[[], Document], title: str) -> str:
    return str(page.drawn.export_html(inline_styles=True, clear=False))


def _txt(page: Once, document: Callable[[], Document], title: str) -> str:
    return str(page.drawn.export_text(clear=False))


def _json(page: Once, document: Callable[[], Document], title: str) -> str:
    from rnn_cli.output.jsonable import to_json

    return to_json(document()) + "\n"


FORMATS: dict[str, Callable[[Once, Callable[[], Document], str], str]] = {
    ".svg": _svg,
    ".html": _html,
    ".txt": _txt,
    ".json": _json,
}
