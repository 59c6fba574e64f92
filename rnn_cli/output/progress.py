"""Progress on stderr: a live view on a terminal, a plain line now and then elsewhere, nothing beside --json."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic

from rich.console import Console, RenderableType

from rnn_cli.output.ascii import to_ascii
from rnn_cli.output.console import ascii_only, environment
from rnn_cli.views.clean import clean

SOON = 1.0


@contextmanager
def live(view: Callable[[], RenderableType], wanted: bool, no_color: bool) -> Iterator[bool]:
    """A live view on stderr while the block runs, where that is a terminal; says whether it is."""
    if not wanted or not sys.stderr.isatty() or ascii_only(sys.stderr):
        yield False
        return
    from rich.live import Live

    console = Console(
        file=sys.stderr,
        markup=False,
        highlight=False,
        emoji=False,
        no_color=True if no_color else None,
        _environ=environment(),
    )
    if console.is_dumb_terminal:
        yield False
        return
    with Live(get_renderable=view, console=console, refresh_per_second=8, transient=True):
        yield True


@contextmanager
def share_done(what: str, wanted: bool, no_color: bool) -> Iterator[Callable[[int, int], None]]:
    """A function to tell how much of how much is done: shown live on a terminal, once it has taken SOON seconds."""
    from rich.text import Text

    with ExitStack() as stack:
        started, shown, share = monotonic(), False, 0.0

        def tell(done: int, of: int) -> None:
            nonlocal shown, share
            share = done / of if of else 1.0
            if not shown and monotonic() - started > SOON:
                shown = True
                stack.enter_context(live(lambda: Text(f"{what}: {share:.0%}  (Ctrl-C ends it)"), wanted, no_color))

        yield tell


def say_beside_page(lines: Iterable[str]) -> None:
    """Say on stderr what stands on the page too, unless one person sees both."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        for text in lines:
            say(text)


def say(text: str) -> None:
    """One line on stderr, safe to draw."""
    encoding = sys.stderr.encoding or "utf-8"
    shown = to_ascii(clean(text)) if ascii_only(sys.stderr) else clean(text)
    sys.stderr.write(shown.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stderr.flush()
