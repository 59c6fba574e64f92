"""The one place that writes results, to stdout and to files."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from rnn_cli.errors import InputError, SystemRefused

Page = Sequence[RenderableType]
Document = Mapping[str, Any]


def emit(
    page: Callable[[], Page],
    document: Callable[[], Document],
    *,
    as_json: bool = False,
    save: Iterable[str] = (),
    no_color: bool = False,
) -> None:
    """Write a result to stdout, as a page or as JSON, and to every file asked for."""
    for name in save:
        save_result(Path(name), page, document)
    if as_json:
        from rnn_cli.output.jsonable import to_json

        sys.stdout.write(to_json(document()) + "\n")
    else:
        from rnn_cli.output.console import stdout_console

        console = stdout_console(no_color)
        for renderable in page():
            console.print(renderable, crop=False)


def check_save(save: Iterable[str]) -> None:
    """InputError where a name of --save is not of a known format: said before anything is computed."""
    for name in save:
        if Path(name).suffix not in FORMATS:
            raise InputError(f"--save {name}: expected one of {', '.join(FORMATS)}")


def save_result(path: Path, page: Callable[[], Page], document: Callable[[], Document]) -> None:
    """Write one file, whole or not at all. SystemRefused where that is not possible."""
    from rnn_cli.models.tensors import write_atomically

    text = FORMATS[path.suffix](page, document)
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise SystemRefused(f"--save {path}: {error.strerror or error}") from error


def _drawn(page: Callable[[], Page]) -> Any:
    from rnn_cli.output.console import recording_console

    console = recording_console()
    for renderable in page():
        console.print(renderable, crop=False)
    return console


def _svg(page: Callable[[], Page], document: Callable[[], Document]) -> str:
    return str(_drawn(page).export_svg(title=str(document()["schema"]).split("/")[0].replace(".", " ")))


def _html(page: Callable[[], Page], document: Callable[[], Document]) -> str:
    return str(_drawn(page).export_html(inline_styles=True))


def _txt(page: Callable[[], Page], document: Callable[[], Document]) -> str:
    return str(_drawn(page).export_text())


def _json(page: Callable[[], Page], document: Callable[[], Document]) -> str:
    from rnn_cli.output.jsonable import to_json

    return to_json(document()) + "\n"


FORMATS: dict[str, Callable[[Callable[[], Page], Callable[[], Document]], str]] = {
    ".svg": _svg,
    ".html": _html,
    ".txt": _txt,
    ".json": _json,
}
