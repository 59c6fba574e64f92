"""One command in a folder of its own: what was there before and after, and what must not have happened."""

import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.command_lines import content
from tests.fuzz.trials import Process, Starter

REFUSED, FOLLOWED, EITHER, DONE, UNHARMED = "refused", "followed", "refused or followed", "done", "unharmed"
"""What is due: exit code 2 before any work and nothing touched; the file behind a link written and the link kept; one of
the two; exit code 0, as nothing is in the way; whatever comes of the command itself, nothing else touched."""

FACTS = ("refused",)
FAULTS = (
    "not refused", "other exit code", "input lost", "link or pipe lost", "file lost", "not written", "after the work",
    "does not name the option", "traceback", "hangs", "left over",
)  # fmt: skip
PATIENCE = 10

Files = dict[str, tuple[str, bytes]]


@dataclass
class Line:
    """A command line and what is due. `outs` are the options on trial, of which a refusal names one; `input` and `behind`
    are files of the folder: the one that is read, and the one that may be written through a link."""

    arguments: Sequence[str]
    due: str
    outs: tuple[str, ...]
    input: str = ""
    behind: str = ""
    stdin: str = ""


@dataclass(frozen=True)
class Trial:
    """A row of the table, what is tried, and how its folder is made."""

    row: str
    what: str
    prepare: Callable[[Path], Line]


def filled(folder: Path, templates: Path, words: str) -> list[str]:
    """Put into a folder the files that a line of command_lines.PLAIN or READS needs; the line as words."""
    line = words.split()
    needed = {"other.txt": "text", "held-out.txt": "text", "run.safetensors": "run", "forecast.safetensors": "forecast"}
    needed |= {"mine.json": "arrays", "series.csv": "numbers"}
    for name, kind in needed.items():
        if name in line or ("--resume" in line and kind == "text"):
            (folder / name).write_bytes(content(templates, kind, Path(name).suffix))
    if "classes" in line:
        (folder / "classes").mkdir()
        for label in ("up", "down"):
            (folder / "classes" / f"{label}.txt").write_bytes(content(templates, "text", ".txt"))
    return line


def files_in(folder: Path) -> Files:
    """Every file below a folder: what it is, and its content or where it leads."""
    found: Files = {}
    for root, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(root) / name
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                found[str(path.relative_to(folder))] = ("link", os.fsencode(path.readlink()))
            elif stat.S_ISREG(mode):
                found[str(path.relative_to(folder))] = ("file", path.read_bytes())
            else:
                found[str(path.relative_to(folder))] = ("pipe" if stat.S_ISFIFO(mode) else "folder", b"")
    return found


def attempt(trial: Trial, folder: Path, starter: Starter) -> tuple[set[str], str, Process]:
    """Make the folder, run the command, and judge what it did: what was found, and the story."""
    folder.mkdir()
    line = trial.prepare(folder)
    before = files_in(folder)
    process = starter.start(line.arguments, folder, "run", folder / line.stdin if line.stdin else None)
    process.wait(PATIENCE)
    after = files_in(folder)
    found = judged(line, process, before, after)
    said = (process.stderr.strip().splitlines() or ["no message"])[-1]
    story = f"{trial.what}: rnn {' '.join(line.arguments)}: exit {process.code}, {process.seconds:.2f} s: {said}"
    return found, re.sub(r"(nnn)n{10,}", r"\1…", story), process


def judged(line: Line, process: Process, before: Files, after: Files) -> set[str]:
    """What is wrong, and whether the command refused."""
    found: set[str] = set()
    refused = process.code == 2
    if refused:
        found.add("refused")
        if not any(out in process.stderr for out in line.outs):
            found.add("does not name the option")
    if process.hung:
        found.add("hangs")
    elif line.due == REFUSED and process.code == 0:
        found.add("not refused")
    elif process.code not in {FOLLOWED: (0,), DONE: (0,), UNHARMED: range(256)}.get(line.due, (0, 2)):
        found.add("other exit code")
    if process.broke:
        found.add("traceback")
    if process.code and (process.stdout or re.search(r"^step \d+ of ", process.stderr, re.MULTILINE)):
        found.add("after the work")
    changed = {name for name, was in before.items() if after.get(name) != was}
    through = line.behind in changed and not refused and line.due in (FOLLOWED, EITHER)
    words = list(line.arguments)
    resumed = words[words.index("--resume") + 1] if "--resume" in words else ""  # goes on in its own file
    if resumed and not refused and (line.due != REFUSED or resumed != line.input):
        changed.discard(resumed)
    for name in changed - ({line.behind} if through else set()):
        kind = before[name][0]
        found.add("input lost" if name == line.input else "file lost" if kind == "file" else "link or pipe lost")
    if line.due == FOLLOWED and not process.code and not through:
        found.add("not written")
    if process.code and line.due != UNHARMED and set(after) - set(before):
        found.add("left over")
    return found


@cache
def case_matters() -> bool:
    """Whether names that differ in their case alone are different files where the trials run."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "a").touch()
        return not (Path(folder) / "A").exists()
