"""The plan of a sweep: which runs, with which settings and seeds. It is written into the folder before the first run.

sweep.json               the plan
runs.jsonl, runs/        what came of its runs, and their files (see rnn_cli.jobs)
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import remove_leftovers, write_atomically
from rnn_cli.jobs.job import Job
from rnn_cli.models.typed import typed
from rnn_cli.reading import open_file, parsing, read_json

FILE = "sweep.json"
FORMAT = "rnn.sweep-plan/1"


@dataclass(frozen=True)
class Setting:
    """One setting that is tried.

    said     what the sweep varies: option -> value, as a run of rnn train would take it
    given    all that is given to the run, by the names in RunConfig, without the seed
    options  how its data are read, by the names in DataOptions
    """

    said: dict[str, Any]
    given: dict[str, Any]
    options: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """A sweep: every setting is trained once with every seed. eta: of successive halving; None: every run to its end."""

    task: str
    data: tuple[str, ...]
    varied: tuple[str, ...]
    seeds: tuple[int, ...]
    eta: int | None
    settings: tuple[dict[str, Any], ...] = field(default_factory=tuple)

    def setting(self, k: int) -> Setting:
        """The k-th of the settings."""
        return Setting(**self.settings[k])

    def job(self, k: int, seed: int, share: float | None = None) -> Job:
        """The run of a setting with a seed; `share`: after which share of its steps it pauses."""
        one = self.setting(k)
        return Job(self.name(k, seed), self.task, {**one.given, "seed": seed}, self.data, one.options, until=share)

    def name(self, k: int, seed: int) -> str:
        """Of a run and its files."""
        return f"{k + 1:0{len(str(len(self.settings)))}d}-seed{seed}"

    def runs(self) -> Iterator[tuple[int, int]]:
        """Every setting with every seed, the seed last to change: early on, each setting has been seen once."""
        return ((k, seed) for seed in self.seeds for k in range(len(self.settings)))


def write_plan(plan: Plan, folder: Path) -> None:
    """Write it whole, or leave the folder as it was. SystemRefused where the system does not let it be written."""
    path = folder / FILE
    remove_leftovers(path, older_than=0)  # nobody else writes it: the folder is held
    try:
        write_atomically(path, (json.dumps({"format": FORMAT, **asdict(plan)}, indent=1) + "\n").encode())
    except OSError as error:
        raise SystemRefused(f"{path}: {error.strerror or error}") from error


def read_plan(folder: Path) -> Plan:
    """The plan of a folder. InputError where there is none, or the file is another one or damaged."""
    path = folder / FILE
    if not path.is_file():
        raise InputError(f"{folder}: holds no sweep ({FILE} is missing)")
    with open_file(str(path)) as file:
        text = file.read()
    with parsing(str(path), "the plan of a sweep, damaged"):
        data = read_json(str(path), text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        plan = typed(Plan, data)
        for k, one in enumerate(plan.settings):
            typed(Setting, one, f"settings[{k}].")
        if not plan.settings or not plan.seeds or len(set(plan.seeds)) < len(plan.seeds):
            raise ValueError("a sweep has settings, and seeds that differ")
    return plan
