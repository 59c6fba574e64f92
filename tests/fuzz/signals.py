"""Signals at random moments of a run: does it end as promised, and does it go on to the bytes of the uninterrupted run?

    python tests/fuzz/signals.py [--seed 0] [--count 360] [--seconds N] [--command "rnn"] [--only SIGHUP] [--jobs 1]

Each trial starts a run with a file and a log, sends it a signal in the phase that is its turn, and resumes it until it
is done; now and then the resumed run gets the signal too. File and log must then be those of a run that was left alone.

"Python starts" is the time before any line of rnn can run: what happens there is counted, and nobody's fault.
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.errors import RnnError
from rnn_cli.models.load import load_model
from tests.fuzz.trials import (  # fmt: skip
    LOG,
    OUT,
    PATIENCE,
    Process,
    Starter,
    Tally,
    json_lines,
    numbers,
    others_in,
    parser,
    same_run,
    where_it_stands,
)

TOTAL = 160
RUNS = {
    "parity": ("--task", "parity:length=6", "--hidden-size", "8", "--batch-size", "16", "--eval-every", "40"),
    "copy": ("--task", "copy:length=3", "--hidden-size", "8", "--batch-size", "16", "--eval-every", "25"),
}
EVERY = (10, 10 * TOTAL)
"""How often a run saves itself; the second: only at its beginning and its end."""


@dataclass(frozen=True)
class Sent:
    """A signal, how often it is sent, and the exit code that answers it."""

    number: signal.Signals
    code: int
    times: int = 1
    saves: bool = True


SIGNALS = {
    "SIGKILL": Sent(signal.SIGKILL, 137, saves=False),
    "SIGTERM": Sent(signal.SIGTERM, 143),
    "SIGINT": Sent(signal.SIGINT, 130),
    "SIGINT twice": Sent(signal.SIGINT, 130, times=2, saves=False),
    "SIGHUP": Sent(signal.SIGHUP, 129),
    "SIGUSR1": Sent(signal.SIGUSR1, 0),
}

PYTHON, START, FIRST, BETWEEN, END, OVER = (
    "Python starts", "start-up", "before the first save", "between saves", "at the end", "after the end",
)  # fmt: skip
FACTS = ("signalled again", "begun anew")
FAULTS = (
    "exit code", "traceback", "file damaged", "not saved", "stdout torn", "hangs", "does not go on", "file differs",
    "log torn", "log differs", "left over",
)  # fmt: skip


def command(run: str, every: int) -> list[str]:
    """The run from its beginning."""
    return ["train", *RUNS[run], "--max-steps", str(TOTAL), "--checkpoint-every", str(every), "--out", OUT, "--log", LOG]  # fmt: skip


RESUMED = ["train", "--resume", OUT, "--log", LOG]


@dataclass(frozen=True)
class Alone:
    """A run that was left alone: its folder, and the seconds that it took."""

    folder: Path
    seconds: float


def left_alone(starter: Starter, folder: Path, run: str, every: int) -> Alone:
    """Let it go to its end."""
    folder.mkdir()
    process = starter.run(command(run, every), folder, "alone")
    if process.code:
        raise SystemExit(process.stderr)
    return Alone(folder, process.seconds)


def until_python_has_started() -> float:
    """Seconds that this Python takes to start and do nothing, the least of five: no fault of rnn is to hide in them."""
    seconds = []
    for _ in range(5):
        begun = time.monotonic()
        subprocess.run([sys.executable, "-c", ""], check=True)
        seconds.append(time.monotonic() - begun)
    return min(seconds)


@dataclass
class Trial:
    """One run, from its first signal to its end. `found` collects what was wrong."""

    starter: Starter
    folder: Path
    name: str
    run: str
    every: int
    alone: Alone
    python: float
    draw: random.Random
    found: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    phase: str = ""
    leftover: str | None = None  # of the log, where a run was begun anew

    @property
    def out(self) -> Path:
        """The file of the run."""
        return self.folder / OUT

    @property
    def log(self) -> Path:
        """Its log."""
        return self.folder / LOG

    def sitting(self, name: str) -> Process:
        """The run, or what is left of it, started."""
        more = ["--json"] if self.draw.random() < 0.5 else []
        if self.out.exists():
            return self.starter.start([*RESUMED, *more], self.folder, name)
        if name != "first":
            self.found.add("begun anew")
            self.leftover = self.log.read_text(errors="replace") if self.log.exists() else ""
            more.append("--overwrite")  # of the log that has no file
        return self.starter.start([*command(self.run, self.every), *more], self.folder, name)

    def wait_for(self, target: str, process: Process) -> None:
        """Wait until a moment of that phase."""
        if target == START:
            time.sleep(self.draw.uniform(0.01, 0.16))
            return
        if target == END and self.every < TOTAL and self.draw.random() < 0.5:
            self._until(process, lambda at: at is not None and at[0] >= TOTAL - self.every)
            time.sleep(self.draw.uniform(0, 0.06))
        elif target == END:
            self._until(process, lambda at: at is not None and at[1])
            time.sleep(self.draw.choice((0.0, 0.005, 0.04)) * self.draw.random())
        elif self.draw.random() < 0.3:
            self._until(process, lambda at: self.log.exists())
        else:
            self._until(process, lambda at: at is not None)
            time.sleep(self.draw.uniform(0, 0.6) * self.alone.seconds)

    def _until(self, process: Process, there: Callable[[tuple[int, bool] | None], bool]) -> None:
        while process.alive and not there(where_it_stands(self.out)):
            time.sleep(0.001)

    def phase_of(self, process: Process, first: bool) -> str:
        """Where the run is now. The file of a resumed run is there from its start: its steps show that it is at work."""
        at = where_it_stands(self.out)
        if not process.alive:
            return OVER
        if time.monotonic() - process.begun < self.python:
            return PYTHON
        if at is not None and (first or "step " in process.stderr or '"step"' in process.stdout):
            return END if at[1] else BETWEEN
        return FIRST if first and self.log.exists() else START

    def signalled(self, process: Process, first: bool) -> None:
        """Send the signal now, and judge how the run ends."""
        sent = SIGNALS[self.name]
        phase = self.phase_of(process, first)
        before = where_it_stands(self.out)
        at = time.monotonic() - process.begun
        for k in range(sent.times):
            time.sleep(self.draw.uniform(0, 0.03) if k else 0)
            process.popen.send_signal(sent.number)
        at_signal = time.monotonic()
        saved_on_demand = False
        while sent.code == 0 and process.alive and time.monotonic() - at_signal < PATIENCE:
            now = where_it_stands(self.out)
            saved_on_demand |= now is not None and not now[1] and now != before
            time.sleep(0.002)
        process.wait()
        if phase == START and process.broke and "rnn_cli" not in process.stderr:
            phase = PYTHON  # no line of rnn is in the traceback
        self.told.append(f"{phase}, after {at:.3f} s: exit {process.code}")
        if first:
            self.phase = phase
        self.judge(process, phase, sent)
        long_enough = phase == BETWEEN and process.code == 0 and process.ended - at_signal > 0.2
        if sent.code == 0 and long_enough and not saved_on_demand:
            self.found.add("not saved")

    def judge(self, process: Process, phase: str, sent: Sent) -> None:
        """What a sitting that got the signal has left."""
        after = where_it_stands(self.out)
        allowed = {sent.code} if phase != OVER else {0}
        if after is not None and after[1]:
            allowed |= {0}  # it had done all its work when the signal came, or soon after
        if process.hung:
            self.found.add("hangs")
        if phase != PYTHON:
            if process.code not in allowed:
                self.found.add("exit code")
            if process.broke:
                self.found.add("traceback")
                self.told.append(process.stderr.strip().splitlines()[-1])
        if self.out.exists():
            try:
                load_model(str(self.out))
            except RnnError as error:
                self.found.add("file damaged")
                self.told.append(str(error))
        events = self.stdout_of(process)
        if phase == BETWEEN and sent.saves and sent.code and process.code == sent.code:
            steps = [one["step"] for one in events if one["event"] == "step"]
            if not process.stdout or (steps and (after is None or after[0] != steps[-1])):
                self.found.add("not saved")

    def stdout_of(self, process: Process) -> list[dict[str, int | str]]:
        """The events on stdout, where it has JSON lines; it must be whole either way."""
        if not process.stdout.startswith("{"):
            if process.stdout and not process.stdout.endswith("\n"):
                self.found.add("stdout torn")
            return []
        events = json_lines(process.stdout)
        if events is None:
            self.found.add("stdout torn")
        return events or []

    def to_the_end(self) -> None:
        """Resume until the run is done, with the signal again now and then."""
        for k in range(2):
            if self.draw.random() >= 0.3:
                break
            self.found.add("signalled again")
            process = self.sitting(f"again {k}")
            time.sleep(self.draw.uniform(0.01, self.alone.seconds))
            self.signalled(process, first=False)
        process = self.sitting("last")
        process.wait()
        if process.code or process.broke:
            self.found.add("does not go on")
            self.told.append((process.stderr.strip().splitlines() or ["no message"])[-1])

    def compare(self) -> None:
        """Hold file and log against those of the run that was left alone."""
        expected = (self.alone.folder / LOG).read_text()
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        events = json_lines(log)
        if events is None:
            self.found.add("log torn")
        if log == expected:
            if self.out.exists() and self.out.read_bytes() != (self.alone.folder / OUT).read_bytes():
                self.found.add("file differs")
        else:
            # A run begun anew may go on in the old log, and SIGUSR1 may add lines: the log's length then is another.
            if self.out.exists() and not same_run(self.out, self.alone.folder / OUT):
                self.found.add("file differs")
            if not (log.endswith(expected) and log.startswith(self.leftover or "")) and not (
                self.name == "SIGUSR1" and events is not None and regular(events, self.every) == json_lines(expected)
            ):
                self.found.add("log differs")
        left = others_in(self.folder, (OUT, LOG))
        if left:
            self.found.add("left over")
            self.told.append(", ".join(left))


def regular(events: "list[dict[str, object]]", every: int) -> "list[dict[str, object]]":
    """The events without the checkpoints that a signal asked for."""
    return [
        one for one in events
        if one["event"] != "checkpoint" or one["step"] == TOTAL or int(str(one["step"])) % every == 0
    ]  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where anything was lost."""
    made = parser(__doc__, 60 * len(SIGNALS), "signals")
    made.add_argument("--only", choices=list(SIGNALS), help="this signal alone")
    made.add_argument("--jobs", type=int, default=1, help="so many trials at once")
    options = made.parse_args(arguments)
    names = [options.only] if options.only else list(SIGNALS)
    starter = Starter(options.command)
    tally = Tally("signal, phase", FACTS, FAULTS, options.tell)
    python = until_python_has_started()
    with tempfile.TemporaryDirectory() as folder:
        kinds = [(run, every) for run in RUNS for every in EVERY]

        @cache
        def alone(run: str, every: int) -> Alone:
            return left_alone(starter, Path(folder) / f"alone {run} {every}", run, every)

        def one(number: int) -> Trial:
            name = names[number % len(names)]
            target = (START, BETWEEN, END)[number // len(names) % 3]
            draw = random.Random(f"{options.seed} {number}")
            kind = draw.choice(kinds)
            trial = Trial(starter, Path(folder) / f"{number}", name, *kind, alone(*kind), python, draw)
            trial.folder.mkdir()
            process = trial.sitting("first")
            trial.wait_for(target, process)
            trial.signalled(process, first=True)
            trial.to_the_end()
            trial.compare()
            return trial

        with ThreadPoolExecutor(options.jobs) as pool:
            waiting: Iterator[Trial] = pool.map(one, numbers(options.count, None))
            for number, trial in enumerate(waiting):
                story = "; ".join([f"trial {number}, {trial.run}, saves every {trial.every}", *trial.told])
                tally.trial(f"{trial.name:13}{trial.phase}", trial.found, story)
    tally.rows = dict(sorted(tally.rows.items()))
    return tally.print()


if __name__ == "__main__":
    sys.exit(main())
