"""Notes for a person on stderr; stdout holds only the result."""

import sys
from collections.abc import Iterable
from typing import IO, cast

from rich.console import Console, RenderableType

from rnn_cli.output.console import AsciiStream, ascii_only, environment


def tell(parts: Iterable[RenderableType], no_color: bool, anywhere: bool = False, plain: bool = False) -> None:
    """Draw on stderr if a person sees both streams; with `anywhere`, draw in every case. `plain` draws bare text."""
    watched = sys.stderr.isatty() and sys.stdout.isatty()
    if not watched and not anywhere:
        return
    file = cast(IO[str], AsciiStream(sys.stderr)) if ascii_only(sys.stderr) else sys.stderr
    terminal = False if plain else None  # None: find out
    console = Console(
        file=file,
        markup=False,
        highlight=False,
        emoji=False,
        no_color=True if no_color else None,
        _environ=environment(),
        force_terminal=terminal,
    )
    for part in parts:
        console.print(part, crop=False, no_wrap=True, overflow="ignore")
