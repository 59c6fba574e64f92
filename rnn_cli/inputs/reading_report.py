"""What reading a data set found: how many rows, which of them are bad and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rnn_cli.errors import InputError

KEPT = 1000
"""The number of bad rows kept with their reasons; the others are only counted."""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used: the file and the line where it stands, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class ReadingReport:
    """Filled while a data set is read. `strict` makes the first bad row an error.

    replaced    the places of bytes in a plain text that are not UTF-8 and become U+FFFD
    rows        good rows; `bad_count` rows that cannot be used, the first of them in `bad`
    duplicates  good rows that are equal to an earlier one; `dropped` says whether they were left out
    shared      rows held out for validation that stand in the training part too
    notes       what the reader assumed, e.g. that line 1 is a header
    """

    strict: bool = False
    rows: int = 0
    bad_count: int = 0
    bad: list[BadRow] = field(default_factory=list)
    duplicates: int = 0
    dropped: bool = False
    shared: int = 0
    notes: list[str] = field(default_factory=list)
    replaced: list[BadRow] = field(default_factory=list)

    def refuse(self, file: str, line: int, reason: str, column: int | None = None) -> None:
        """Count a bad row. InputError where the reading is strict."""
        if self.strict:
            where = f"{file}:{line}" if column is None else f"{file}:{line}:{column}"
            raise InputError(f"{where}: {reason}")
        self.bad_count += 1
        if len(self.bad) < KEPT:
            self.bad.append(BadRow(file, line, reason))

    def replace(self, file: str, line: int, reason: str) -> None:
        """Note a byte that is read as U+FFFD. InputError where the reading is strict."""
        if self.strict:
            raise InputError(f"{file}:{line}: {reason}")
        self.replaced.append(BadRow(file, line, reason))

    def note(self, text: str) -> None:
        """Say what the reader assumed, once."""
        if text not in self.notes:
            self.notes.append(text)

    def require(self, where: str, what: str) -> None:
        """InputError where no row is good: the first bad row says why."""
        if not self.rows:
            why = f"; the first problem is at {self.bad[0]}" if self.bad else ""
            raise InputError(f"{where}: no {what}{why}")


def columns_of(cells: Sequence[str]) -> str:
    """How many columns a row has, in words."""
    return f"{len(cells)} column{'' if len(cells) == 1 else 's'}"
