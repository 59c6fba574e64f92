"""What one training run of many is, and what came of it. Both are JSON, and a function of nothing but the settings."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.reading import stands_at

DONE, PAUSED, FAILED, INTERRUPTED = "done", "paused", "failed", "interrupted"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=,+-]{0,119}")
"""The name of a run is that of its files on every system."""


@dataclass(frozen=True)
class Job:
    """A training run.

    name      the stem of its files, runs/NAME.safetensors and runs/NAME.jsonl; no two runs of a folder have the same
    task      as --task has it
    given     the settings that were given, by their names in RunConfig; what is missing is left open
    data      the files, as absolute paths
    options   how they are read, by their names in DataOptions; what is missing is left open
    until     the share of its steps after which the run pauses, to be gone on with or not; None: it goes to its end
    enough    the value of the validation metric with which the run is done before its end, of an evaluation that is the
              best so far by what its `keep` goes by; None: it goes to its end
    enough_loss   the same of the mean loss, for a task whose score that is
    """

    name: str
    task: str
    given: dict[str, Any]
    data: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    until: float | None = None
    enough: float | None = None
    enough_loss: float | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise InputError(f"{self.name!r} cannot be the name of a run and of its files")

    @property
    def key(self) -> str:
        """Says which run it is, whatever its name: settings and what the files hold. Where it pauses is not part of it."""
        said = {name: value for name, value in asdict(self).items() if name not in ("name", "until", "data")}
        said["data"] = [Path(name).name for name in self.data]  # a folder may lie elsewhere on the next machine
        if self.given.get("init") is not None:
            said["given"] = {**self.given, "init": Path(self.given["init"]).name}
        digest = sha256(json.dumps(said, sort_keys=True).encode())
        for name in self.reads:
            digest.update(contents(name).encode())
        return digest.hexdigest()

    @property
    def reads(self) -> list[str]:
        """The files that the run reads."""
        others = self.options.get("validation"), self.given.get("init"), self.given.get("vectors")
        return [*self.data, *(one for one in others if one is not None and stands_at(one) is not None)]


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    name, key, until   of its job
    state            "done", "paused" at `until`, "failed", or "interrupted" (it goes on when it is asked for again)
    step             the step that it reached
    metric, value    the validation part: the name of its metric and the value, with the weights that are kept; None
                     where nothing is held out
    loss             the mean loss there
    kept_step        the step of the weights that are kept
    parameter_count  how many numbers were learnt
    message          why it failed
    again            whether it failed for no reason of its own, and is tried again when it is asked for again
    seconds          how long it took since it was last begun or gone on with
    machine          what computed it: the system, the processor's kernel, the versions

    All but `seconds` and `machine` are a function of the job.
    """

    name: str
    key: str
    until: float | None
    state: str
    step: int = 0
    metric: str | None = None
    value: float | None = None
    loss: float | None = None
    kept_step: int | None = None
    parameter_count: int | None = None
    message: str | None = None
    again: bool = False
    seconds: float = 0.0
    machine: dict[str, str] = field(default_factory=dict)

    @property
    def computed(self) -> dict[str, Any]:
        """What is equal to the bit wherever the job ran."""
        return {name: value for name, value in asdict(self).items() if name not in ("seconds", "machine")}


def contents(name: str) -> str:
    """The SHA-256 of what a file holds, or of all files of a folder. SystemRefused where it cannot be read."""
    path = Path(name)
    try:
        every = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        return _digest(tuple((str(one), one.stat().st_size, one.stat().st_mtime_ns) for one in every), name)
    except OSError as error:
        raise SystemRefused(f"{name}: {error.strerror or error}") from error


@cache
def _digest(files: tuple[tuple[str, int, int], ...], root: str) -> str:
    """Read once for all runs on the same data: size and time say whether a file is still what it was."""
    digest = sha256()
    for name, size, _ in files:
        digest.update(f"{Path(name).relative_to(root).as_posix()} {size} ".encode())
        for piece in _pieces(Path(name)):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
