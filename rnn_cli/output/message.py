"""Messages to the person at the terminal: stderr, never stdout."""

import sys

from rnn_cli.views.clean import clean

LONGEST = 1000


def _shortened(line: str) -> str:
    """A hostile file must not fill the terminal with one of its names."""
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 4 :]}"


def complain(message: str) -> None:
    """Print an error message, safe to draw, on stderr."""
    lines = [clean(_shortened(line)) for line in message.split("\n")]
    _write("rnn: " + "\n".join(lines))


def show_traceback(error: BaseException) -> None:
    """Print where an error comes from, safe to draw, on stderr."""
    from traceback import format_exception

    _write("\n".join(clean(line) for line in "".join(format_exception(error)).split("\n")))


def _write(text: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stderr.flush()
