"""Messages to the person at the terminal: stderr, never stdout."""

import sys

from rnn_cli.views.clean import clean


def complain(message: str) -> None:
    """Print an error message, safe to draw, on stderr."""
    lines = [clean(line) for line in message.splitlines()]
    text = "rnn: " + "\n".join(lines) + "\n"
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stderr.flush()
