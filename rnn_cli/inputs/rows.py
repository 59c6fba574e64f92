"""Lines of a data file, one after the other; only a line feed ends a line."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from rnn_cli.inputs.left_out import Report


class Lines:
    """The lines of a UTF-8 file (`-`: stdin) as (number, text), without their ends, read as they are needed.

    A byte order mark at the start and a carriage return at the end of a line are dropped. Other characters that some
    programs take for line breaks (U+0085, U+2028, …) stay in the text, where real data have them. A line that is not
    UTF-8 is a bad row. OSError where the system refuses.
    """

    def __init__(self, name: str, report: Report) -> None:
        self.name = name
        self.report = report

    def __iter__(self) -> Iterator[tuple[int, str]]:
        with nullcontext(sys.stdin.buffer) if self.name == "-" else Path(self.name).open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    self.report.refuse(self.name, number, "not UTF-8 text", error.start + 1)
                    continue
                yield number, line.removesuffix("\n").removesuffix("\r")
