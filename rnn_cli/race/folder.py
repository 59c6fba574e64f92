"""The folder of a race: a file in it says that it is one, so that nothing else is mixed with its runs.

race.json                what was asked
runs.jsonl, runs/        what came of its runs, and their files (see rnn_cli.jobs)
"""

import json
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import beside, is_leftover, remove_leftovers, write_atomically
from rnn_cli.jobs.records import FILE as RECORDS
from rnn_cli.jobs.session import FILE as SESSION
from rnn_cli.jobs.work import RUNS
from rnn_cli.locks import ENDING
from rnn_cli.race.plan import Plan
from rnn_cli.reading import open_file, parsing, read_json

FILE = "race.json"
FORMAT = "rnn.race-plan/1"

OURS = (RUNS, RECORDS, SESSION)
"""What a race that was killed before it wrote its plan may have left, beside a lock."""


def check_folder(folder: Path, plan: Plan) -> None:
    """InputError where the race cannot be run in this folder: it holds another one, or anything else."""
    if (folder / FILE).exists():
        if read_asked(folder / FILE) != _asked(plan):
            raise InputError(f"--out {folder}: holds a race of another task, size or --max-steps; name another folder")
    elif folder.exists() and (not folder.is_dir() or any(not _is_ours(one) for one in folder.iterdir())):
        raise InputError(f"--out {folder}: is there and holds something else; name a folder of its own")


def begin_folder(folder: Path, plan: Plan) -> None:
    """Say that the folder, which is held, is that of a race; one that says so already stays as it is.

    SystemRefused where the system does not let it be written."""
    check_folder(folder, plan)  # another process may have begun it since
    path = folder / FILE
    remove_leftovers(path, older_than=0)  # nobody else writes it: the folder is held
    if path.exists():
        return
    try:
        write_atomically(path, (json.dumps({"format": FORMAT, **_asked(plan)}, indent=1) + "\n").encode())
    except OSError as error:
        raise SystemRefused(f"{path}: {error.strerror or error}") from error


def _asked(plan: Plan) -> dict[str, Any]:
    """What all runs of a folder have in common. Data are not in it, for they may be moved: each run knows its own."""
    return {name: value for name, value in plan.to_json().items() if name not in ("data", "options")}


def _is_ours(path: Path) -> bool:
    if path.name in OURS or path.name == beside(path.with_name(RECORDS), ENDING).name:
        return True
    return any(is_leftover(path.name, path.with_name(name)) for name in (FILE, SESSION))


def read_asked(path: Path) -> dict[str, Any]:
    """What was asked of the race of a folder. InputError where the file is another one or damaged."""
    with open_file(str(path)) as file:
        text = file.read()
    with parsing(str(path), "the plan of a race, damaged"):
        data = read_json(str(path), text)
        if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
    return data
