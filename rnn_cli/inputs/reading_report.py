"""What reading a data set found: how many rows, which of them are bad and why."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rnn_cli.errors import InputError

KEPT = 1000
"""The number of bad rows kept with their reasons; the others are only counted."""

KEPT_PLACES = 10
"""The number of places that are kept for each reason."""

ALLOWED = 0.05
"""The share of the rows that may be left out without being asked for."""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used: the file and the line where it stands, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class LeftOut:
    """The rows that were left out for one reason: how many, and the places of the first of them, as FILE:LINE."""

    reason: str
    count: int = 0
    lines: list[str] = field(default_factory=list)


@dataclass
class ReadingReport:
    """Filled while a data set is read. `strict` makes the first bad row an error.

    encoding    of the files, where the person says it
    allow       the largest share of the rows that may be left out
    rows        good rows; `bad_count` rows that cannot be used, the first of them in `bad`, all of them in `left_out`
    duplicates  good rows that are equal to an earlier one; `dropped` says whether they were left out
    unlearnt    labels that a model's training did not have, with their places; their rows are good, and no answer to them is right
    examples    the rows, each Placed, that a model is measured on, in their order: those held out, or all of a file for evaluation
    shared      rows held out for validation that stand in the training part too
    read        for each file, what the reader decided for itself or was told: {"encoding": "UTF-8", "header": True, …}
    said        for each file, the same in words
    notes       what else a person should know
    """

    strict: bool = False
    encoding: str | None = None
    allow: float = ALLOWED
    rows: int = 0
    bad_count: int = 0
    bad: list[BadRow] = field(default_factory=list)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    duplicates: int = 0
    dropped: bool = False
    unlearnt: dict[str, LeftOut] = field(default_factory=dict)
    examples: Sequence[Any] = ()
    shared: int = 0
    read: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    replaced: list[BadRow] = field(default_factory=list)

    def decide(self, file: str, key: str, value: object, words: str = "") -> None:
        """Note how a file is read; `words` say it to a person, and name the option that decides it where that helps."""
        self.read.setdefault(file, {})[key] = value
        if words and words not in self.said.setdefault(file, []):
            self.said[file].append(words)

    def of_model(self, file: str, read: Mapping[str, Any], said: Sequence[str]) -> None:
        """Note what was found in a model's file, where its reader had to decide."""
        if read:
            self.read[file] = dict(read)
        if said:
            self.said[file] = list(said)

    def refuse(
        self, file: str, line: int, reason: str, column: int | None = None, kind: str | None = None, count: int = 1
    ) -> None:
        """Count a bad row, or `count` of them from this line on. InputError where the reading is strict.

        `kind` is the reason without what is this row's own, so that rows of one kind are counted together.
        """
        if self.strict:
            where = f"{file}:{line}" if column is None else f"{file}:{line}:{column}"
            raise InputError(f"{where}: {reason}")
        self.bad_count += count
        if len(self.bad) < KEPT:
            self.bad.append(BadRow(file, line, reason))
        of_kind = self.left_out.setdefault(kind or reason, LeftOut(kind or reason))
        of_kind.count += count
        if len(of_kind.lines) < KEPT_PLACES:
            of_kind.lines.append(f"{file}:{line}")

    def unlearnt_label(self, file: str, line: int, label: str) -> None:
        """Note a label that no answer of the model can be. InputError where the reading is strict."""
        reason = f"the label {label!r} does not occur in the training data"
        if self.strict:
            raise InputError(f"{file}:{line}: {reason}")
        of_label = self.unlearnt.setdefault(label, LeftOut(reason))
        of_label.count += 1
        if len(of_label.lines) < KEPT_PLACES:
            of_label.lines.append(f"{file}:{line}")

    def require_learnt(self, where: str, labels: Iterable[str], learnt: Collection[str], option: str) -> None:
        """InputError where no label at all is one that the model learnt: another column was meant, or other data."""
        if self.unlearnt and not any(label in learnt for label in labels):
            raise InputError(
                f"{where}: no label is one that training had: they are {_some(self.unlearnt)}, training had {_some(learnt)};\n"
                f"{option} says which column holds them"
            )

    def check_share(self, where: str) -> None:
        """InputError where more rows are left out than may be: what is left is no longer what the file says."""
        share = self.bad_count / max(self.rows + self.bad_count, 1)
        if share > self.allow:
            most = max(self.left_out.values(), key=lambda one: one.count)
            raise InputError(
                f"{where}: {self.bad_count:,} of {self.rows + self.bad_count:,} rows cannot be read, "
                f"most of them because: {most.reason} ({', '.join(most.lines[:3])});\n"
                f"mend them, or leave them out with --allow-left-out {math.ceil(100 * share) / 100:g}"
            )

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


def _some(labels: Collection[str]) -> str:
    """The first labels of many."""
    return ", ".join(list(labels)[:3]) + (", …" if len(labels) > 3 else "")


def columns_of(cells: Sequence[str]) -> str:
    """How many columns a row has, in words."""
    return f"{len(cells)} column{'' if len(cells) == 1 else 's'}"
