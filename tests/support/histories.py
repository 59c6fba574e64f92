"""Commands whose file system fails, one after another in one folder, and what must be true of the folder after each.

A file that a command writes whole is the old or the new one. A run's file and log go on to the bytes of a run that was left
alone, and a folder of runs to its results. The exit code is 1, with one message, where the command could not do its work,
and 0 where it did; nothing stays behind once a later command has written the same files.
"""

import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from unittest.mock import patch

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, rule

from rnn_cli.__main__ import main
from rnn_cli.errors import RnnError
from rnn_cli.files import HOUR
from rnn_cli.inputs.samples import list_samples
from rnn_cli.models.tensors import read_tensors
from rnn_cli.training.checkpoint import opened
from tests.support.executors import here
from tests.support.faults import BROKEN, DIES, KINDS, SHORT, Disk, Fault, Killed, failing
from tests.support.runs import LOG, OUT, write_data

RUN = (
    "classify.tsv", "--task", "classify", "--cell", "rnn", "--hidden-size", "2", "--embedding-size", "2",
    "--batch-size", "8", "--max-steps", "4", "--validation", "0.2",
)  # fmt: skip
KEPT = ("--checkpoint-every", "2", "--eval-every", "2", "--patience", "5", "--out", OUT, "--log", LOG, "--overwrite")
SWEEP = "sweep"


@dataclass(frozen=True)
class Act:
    """A command line, and the files that it writes whole; `together`: all of them or none, where it is not killed."""

    line: tuple[str, ...]
    whole: tuple[str, ...] = ()
    together: bool = False


def _page(text: str) -> Act:
    files = "page.json", "page.svg"
    return Act(("forward", text, "--cell", "rnn", "--save", files[0], "--save", files[1]), files)


def _model(text: str) -> Act:
    line = ("forward", text, "--cell", "rnn", "--hidden-size", "2", "--save-model", "mine.json", "--overwrite")
    return Act(line, ("mine.json",))


def _convert(source: str) -> Act:
    files = "converted.safetensors", "words.json"
    line = ("convert", source, files[0], "--to", "pytorch", "--vocab-out", files[1], "--overwrite")
    return Act(line, files, together=True)


ACTS: dict[str, tuple[Act, ...]] = {
    "train": tuple(Act(("train", *RUN, *KEPT, "--seed", seed)) for seed in "01"),
    "resume": (Act(("train", "--resume", OUT, "--log", LOG)),),
    "page": (_page("a b"), _page("b a c")),
    "model": (_model("a b"), _model("b a c")),
    "samples": (Act(("samples", "copy", "mine", "--overwrite"), tuple(f"mine/{one.path}" for one in list_samples())),),
    "table": tuple(Act(("predict", "nlp", text, "--save", "rows.csv"), ("rows.csv",)) for text in ("I", "love")),
    "convert": (_convert("nlp"), _convert("imdb")),
    "sweep": (Act(("sweep", *RUN, "--grid", "learning-rate=0.01,0.02", "--out", SWEEP, "--json")),),
}
"""The forms of each command, which write different contents into the same files."""

TEMPORARY = re.compile(r"(^|/)\.[^/]+\.(tmp|lock)$")
FAULTS_OF_RNN = ("Traceback", "a fault of rnn itself", "Exception ignored")


@dataclass(frozen=True)
class Done:
    """What came of a command: its exit code, None where it was killed, and what it printed and called."""

    code: int | None
    stdout: str
    stderr: str
    disk: Disk


def run(line: tuple[str, ...], fault: Fault | None = None) -> Done:
    """Run a command in the folder at hand, whose file system fails. The workers of a sweep are this process too."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in "oe")
    code: int | None
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch("rnn_cli.jobs.engine._seats", lambda *_: here()),
        failing(Path.cwd(), fault) as disk,
    ):
        try:
            main(line)
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        except Killed:
            code = None
    return Done(code, _printed(out), _printed(err), disk)


def _printed(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file by its path."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@dataclass(frozen=True)
class Wanted:
    """What a command leaves behind that nothing disturbs, in a folder that has only its data."""

    files: dict[str, bytes]
    result: Any
    calls: int


@cache
def wanted(act: Act) -> Wanted:
    """The act, left alone."""
    with TemporaryDirectory() as name, chdir(name):
        write_data(Path())
        before = set(files_below(Path()))
        done = run(act.line)
        assert done.code == 0, done.stderr
        left = files_below(Path())
        result = results(done.stdout) if act.line[0] == SWEEP else None
        return Wanted({key: left[key] for key in set(left) - before}, result, len(done.disk.calls))


def results(printed: str) -> Any:
    """What a sweep says of its runs, without how long they took."""

    def timeless(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: timeless(value) for key, value in data.items() if "seconds" not in key}
        return [timeless(one) for one in data] if isinstance(data, list) else data

    return timeless(json.loads(printed))


class World:
    """A folder with its history.

    had       the commands that it has seen
    stays     what could not be removed when its time had come
    problems  the rules that were broken
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.had: set[str] = set()
        self.stays: set[str] = set()
        self.problems: list[str] = []
        write_data(folder)
        self.data = files_below(folder)

    def step(self, name: str, form: int, fault: Fault | None = None) -> Done:
        """One command, and what is wrong with what it did."""
        forms = ACTS[name]
        act = forms[form % len(forms)]
        self.had.add(name)
        before = files_below(self.folder)
        with chdir(self.folder):
            done = run(act.line, fault)
        after = files_below(self.folder)
        self.problems += [
            f"{name} {form}, {fault}, {done.disk.struck[:1]}: {one}" for one in self._wrong(act, done, before, after)
        ]
        self._settle()
        return done

    def _wrong(self, act: Act, done: Done, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
        fault, found = done.disk.fault, []
        struck = bool(done.disk.struck) and fault is not None and fault.kind != SHORT
        killed = done.code is None
        for name, content in self.data.items():
            if after.get(name) != content:
                found.append(f"{name} is not what it was")
        resumes = "--resume" in act.line
        refused = resumes and done.code == 2 and not self._goes_on(before)
        if not killed and not refused and done.code not in ((0, 1) if struck else (0,)):
            found.append(f"exit code {done.code}: {done.stderr[-300:]}")
        if done.code:
            told = [line for line in done.stderr.splitlines() if line.startswith("rnn: ")]
            if len(told) != 1 or any(sign in done.stderr for sign in FAULTS_OF_RNN):
                found.append(f"not one message: {done.stderr[-600:]}")
        if act.whole:
            found += self._torn(act, done, before, after)
        if act.line[0] == "train":
            found += self._lost(before, after)
        if act.line[0] == SWEEP and done.code == 0 and results(done.stdout) != wanted(act).result:
            found.append("its results are others")
        cannot = (fault is not None and fault.kind == BROKEN and struck) or "unlink" in done.disk.struck
        left = {one for one in set(after) - set(before) if TEMPORARY.search(one)}
        if done.disk.struck == ["unlink"] and not killed:  # of a run that is over, nobody removes it later
            self.stays |= left
        if left and not (killed or cannot):
            found.append(f"left behind: {sorted(left)}")
        return found

    def _torn(self, act: Act, done: Done, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
        new = wanted(act).files
        torn = [name for name in act.whole if after.get(name) not in (before.get(name), new[name])]
        found = [f"{name} is neither the old nor the new file" for name in torn]
        are_new = [after.get(name) == new[name] for name in act.whole]
        if done.code == 0 and not all(are_new):
            found.append("exit code 0, and not every file is the new one")
        changed = [after.get(name) != before.get(name) for name in act.whole]
        undone = done.code is not None and not (done.disk.fault and done.disk.fault.kind == BROKEN)
        if act.together and undone and any(changed) and not all(are_new):
            found.append("one of its files is new, and another old")
        return found

    def _lost(self, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
        if OUT not in after:
            return [f"{OUT} is gone"] * (OUT in before)
        try:
            opened(OUT, *read_tensors(self.folder / OUT))
        except RnnError as error:
            return [f"{OUT} does not load: {error}"]
        return []

    def _goes_on(self, files: dict[str, bytes]) -> bool:
        """Whether there is a run, and a log that is its own or as good as new."""
        if OUT not in files:
            return False
        saved = opened(OUT, *_tensors(files[OUT])).run
        assert saved is not None
        log = files.get(LOG, b"")
        return not log or (saved.log_offset > 0 and sha256(log[: saved.log_offset]).hexdigest() == saved.log_digest)

    def _settle(self) -> None:
        """Let what was left behind become old: nobody is writing it."""
        for path in self.folder.rglob(".*.tmp"):
            os.utime(path, (0, path.stat().st_mtime - HOUR - 1))

    def finish(self) -> None:
        """Every command once more on a system that is whole: a run goes on, then all is made anew, and nothing is left."""
        before = files_below(self.folder)
        if OUT in before:
            goes_on, own = self._goes_on(before), before.get(LOG)
            saved = opened(OUT, *_tensors(before[OUT])).config
            assert saved is not None
            code = self.step("resume", 0).code
            after = files_below(self.folder)
            new = wanted(ACTS["train"][saved.seed]).files
            if goes_on and (code != 0 or (own and (after[OUT], after[LOG]) != (new[OUT], new[LOG]))):
                self.problems.append(f"the run of {OUT} did not go on to the bytes of one that was left alone")
        for name, forms in ACTS.items():
            if name == "resume" or name not in self.had:
                continue
            self.step(name, len(forms) - 1)
            after, new = files_below(self.folder), wanted(forms[-1]).files
            different = [one for one in new if not _same(one, after.get(one), new[one])]
            self.problems += [f"{name}: {one} differs at the end" for one in sorted(different)]
        known = {one for name in self.had - {"resume"} for act in ACTS[name] for one in wanted(act).files}
        stays = set(files_below(self.folder)) - known - set(self.data) - self.stays
        if stays:
            self.problems.append(f"stays behind: {sorted(stays)}")


def every_call(name: str, kind: str) -> Iterator[tuple[Fault, list[str]]]:
    """A command over files of another form of it, once for each of its calls that goes wrong, and what was wrong then."""
    forms = ACTS[name]
    at = 0
    while True:
        fault = Fault(kind, at)
        with TemporaryDirectory() as folder:
            world = World(Path(folder).resolve())
            if name == "resume":
                world.step("train", 0, Fault(DIES, wanted(ACTS["train"][0]).calls // 2))
            elif name != SWEEP:
                world.step(name, 0)
            done = world.step(name, len(forms) - 1, fault)
            if not done.disk.struck:
                assert not world.problems, world.problems
                return
            world.finish()
        yield fault, world.problems
        at += 1


class Histories(RuleBasedStateMachine):
    """Commands one after another in a folder whose file system fails now and then, and at the end each of them once more.

    `counted` are the commands so far, by their names and what befell them.
    """

    counted: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.world = World(Path(self.folder.name).resolve())

    @rule(
        name=some.sampled_from(sorted(ACTS)),
        form=some.integers(0, 1),
        kind=some.sampled_from((None, *KINDS)),
        at=some.integers(0, 999),
    )
    def command(self, name: str, form: int, kind: str | None, at: int) -> None:
        """One command, with or without a fault at one of its calls."""
        if name == "resume" and not (self.world.folder / OUT).exists():
            name = "train"
        calls = wanted(ACTS["train" if name == "resume" else name][0]).calls
        done = self.world.step(name, form, None if kind is None else Fault(kind, at % calls))
        self.counted[name, kind if done.disk.struck and kind is not None else "nothing"] += 1
        assert not self.world.problems

    def teardown(self) -> None:
        """What the history ends with."""
        with self.folder:
            if not self.world.problems:
                self.world.finish()
                assert not self.world.problems


@cache
def _tensors(data: bytes) -> Any:
    """What a file of these bytes holds."""
    with TemporaryDirectory() as name:
        path = Path(name) / OUT
        path.write_bytes(data)
        return read_tensors(path)


def _same(name: str, found: bytes | None, new: bytes) -> bool:
    """Whether a file is what it should be. Those of a sweep name its folder and its machine: of them its weights count."""
    if found is None or not name.startswith(SWEEP):
        return found == new
    if not name.endswith(".safetensors"):
        return True
    (ours, _), (theirs, _) = _tensors(found), _tensors(new)
    return {key: array.tobytes() for key, array in ours.items()} == {
        key: array.tobytes() for key, array in theirs.items()
    }
