"""What came of the runs of a folder: a line of JSON each in runs.jsonl, which the coordinator alone writes.

A line "begun" says which run a name belongs to, before its files are there; a line "outcome" what came of it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.jobs.job import DONE, FAILED, Job, Outcome
from rnn_cli.models.typed import typed
from rnn_cli.reading import parsing, read_json

FILE = "runs.jsonl"


class Records:
    """The list of a folder. A last line that a kill has torn is cut off."""

    def __init__(self, folder: Path) -> None:
        """Read what is there. InputError where a line is none of ours; SystemRefused where the system refuses."""
        self.path = folder / FILE
        self.keys: dict[str, str] = {}
        self._at: dict[tuple[str, float | None], Outcome] = {}
        self._ended: dict[str, Outcome] = {}
        self._file: IO[bytes] | None = None
        try:
            with self._refusals():
                self._file = self.path.open("a+b")
                self._read(self._file)
        except BaseException:
            self.close()
            raise

    def _read(self, file: IO[bytes]) -> None:
        file.seek(0)
        whole = 0
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            self._take(number, line)
        file.truncate(whole)

    def _take(self, number: int, line: bytes) -> None:
        where = f"{self.path}:{number}"
        with parsing(where, "not the record of a run"):
            record = read_json(where, line)
            if record["event"] == "begun":
                self.keys[str(record["name"])] = str(record["key"])
            else:
                self._keep(typed(Outcome, record))

    def _keep(self, outcome: Outcome) -> None:
        self._at[outcome.name, outcome.until] = outcome
        if outcome.state in (DONE, FAILED):
            self._ended[outcome.name] = outcome

    def begin(self, job: Job, key: str) -> None:
        """Say which run the name belongs to. InputError where it is another one's."""
        known = self.keys.get(job.name)
        if known is None:
            self.keys[job.name] = key
            self._append({"event": "begun", "name": job.name, "key": key})
        elif known != key:
            raise InputError(
                f"{self.path.parent}: the run {job.name} there has other settings or data; name another folder"
            )

    def find(self, job: Job) -> Outcome | None:
        """What came of a job whose name is its own; None where it is to be run, or run once more."""
        found = self._at.get((job.name, job.until)) or self._ended.get(job.name)
        return None if found is None or found.again else found

    def add(self, outcome: Outcome) -> None:
        """Append an outcome, and bring it to the disk."""
        self._keep(outcome)
        self._append({"event": "outcome", **asdict(outcome)})
        assert self._file is not None
        with self._refusals():
            os.fsync(self._file.fileno())

    def _append(self, record: dict[str, Any]) -> None:
        assert self._file is not None
        with self._refusals():
            self._file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file, on the disk."""
        file, self._file = self._file, None
        if file is not None:
            with self._refusals(), file:
                os.fsync(file.fileno())

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SystemRefused(f"{self.path}: {error.strerror or error}") from error
