"""The one place that writes results, to stdout and to files."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_piece_by_piece
from rnn_cli.output.theme_names import LIGHT, THEME_NAMES

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
    theme: str = LIGHT,
    no_color: bool = False,
    only: str | None = None,
    pager: bool = True,
) -> None:
    """Write a result to stdout, as a page or as JSON, and to every file asked for. `title` is that of an SVG or HTML, `only`
    names the sections of the page that are wanted, and a page longer than the terminal goes through a `pager`.

    A page is drawn part by part as it is made; where it is saved as well, it is made once for all. A document reaches
    stdout whole or, where an error ends it, not at all.
    """
    once = Once(chosen(page, only))
    save_all(save, once, document, title, theme)
    if as_json:
        from rnn_cli.output.jsonable import json_pieces

        _write_whole(json_pieces(document()))
        sys.stdout.write("\n")
    else:
        from rnn_cli.output.console import stdout_console

        with _paged() if pager and sys.stdout.isatty() else nullcontext():
            _draw(stdout_console(no_color), once.parts)


def _paged() -> "AbstractContextManager[None]":
    from rnn_cli.output.pager import paged  # a pipe has none, and need not wait for it

    return paged()


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

    @property
    def text(self) -> str:
        """The page as files have it, without styles."""
        from rnn_cli.output.console import recording_console
        from rnn_cli.output.plain import text_of

        console = recording_console()
        return "".join(text_of(part, console) for part in self.kept)


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


def check_theme(theme: str) -> None:
    """InputError where there is no such theme."""
    if theme not in THEME_NAMES:
        raise InputError(f"--theme {theme}: it can be {' or '.join(THEME_NAMES)}")


def save_all(
    names: Iterable[str], page: Once, document: Callable[[], Document], title: str, theme: str = LIGHT
) -> None:
    """Write every file, each whole or not at all. SystemRefused where that is not possible."""
    for name in names:
        write, saved = WRITERS[Path(name).suffix], Saved(page, document, title, theme)
        try:
            remove_leftovers(Path(name))
            write_piece_by_piece(Path(name), lambda file, write=write, saved=saved: write(saved, file))  # type: ignore[misc]
        except OSError as error:
            raise SystemRefused(f"--save {Path(name)}: {error.strerror or error}") from error


def _draw(console: "Console", page: Page) -> None:
    from rnn_cli.output.plain import Plain

    styled = console.record or console.color_system is not None
    for renderable in page:
        # Prose and tables fit themselves to the page; a line that does not fit is never broken or cut.
        console.print(renderable if styled else Plain(renderable), crop=False, no_wrap=True, overflow="ignore")


@dataclass(frozen=True)
class Saved:
    """What a file is written from: a page, a document, a title that stands over it, and the name of a theme."""

    page: Once
    document: Callable[[], Document]
    title: str
    theme: str = LIGHT


def _svg(saved: Saved) -> str:
    from rnn_cli.output.themes import THEMES, readable, svg_format

    theme = THEMES[saved.theme]
    made = saved.page.drawn.export_svg(
        title=saved.title, theme=theme.colours, code_format=svg_format(theme, saved.title), clear=False
    )
    return readable(str(made), theme)


def _html(saved: Saved) -> str:
    from rnn_cli.output.themes import THEMES, html_format, readable

    theme = THEMES[saved.theme]
    made = saved.page.drawn.export_html(
        theme=theme.colours, code_format=html_format(theme, saved.title), inline_styles=True, clear=False
    )
    return readable(str(made), theme)


def _txt(saved: Saved) -> str:
    return saved.page.text


def _md(saved: Saved) -> str:
    from rnn_cli.output.markdown import page_markdown

    return page_markdown(saved.page.kept)


def _tex(saved: Saved) -> str:
    from rnn_cli.output.latex import page_latex

    return page_latex(saved.page.kept)


PAGES: dict[str, Callable[[Saved], str]] = {".svg": _svg, ".html": _html, ".txt": _txt, ".md": _md, ".tex": _tex}
"""The endings of files that hold a page."""


def _json(saved: Saved, file: BinaryIO) -> None:
    from rnn_cli.output.jsonable import json_pieces

    for piece in json_pieces(saved.document()):
        file.write(piece.encode("ascii"))
    file.write(b"\n")


def _npz(saved: Saved, file: BinaryIO) -> None:
    from rnn_cli.output.npz import write_npz  # which loads NumPy

    write_npz(saved.document(), file)


def _writes_page(made: Callable[[Saved], str]) -> Callable[[Saved, BinaryIO], object]:
    return lambda saved, file: file.write(made(saved).encode("utf-8", "backslashreplace"))


ARRAYS = ".npz"
"""The ending of a file that holds a document's arrays; of the commands whose documents have some."""

FORMATS = (*PAGES, ".json")
"""The endings that every command takes."""

WRITERS: dict[str, Callable[[Saved, BinaryIO], object]] = {
    **{suffix: _writes_page(made) for suffix, made in PAGES.items()},
    ".json": _json,
    ARRAYS: _npz,
}
