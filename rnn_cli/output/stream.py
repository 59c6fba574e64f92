"""Text that goes to stdout piece by piece, as it comes into being."""

import re
import sys

from rnn_cli.output.ascii import to_ascii
from rnn_cli.output.console import ascii_only
from rnn_cli.views.clean import clean

WHITE = " \n\t"
"""White space that a text is laid out with."""


class TextStream:
    """Writes pieces of text at once. On a terminal nothing in them can act on it; a pipe gets them as they are."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.ascii = ascii_only(sys.stdout)

    def write(self, text: str) -> None:
        """Write and flush a piece."""
        if self.terminal:
            text = "".join(part if part in WHITE else clean(part) for part in re.split("([ \n\t])", text))
        if self.ascii and self.terminal:
            text = to_ascii(text)
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
