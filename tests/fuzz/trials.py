"""What the trials share: their options, the processes that they start, the files that they judge, and the table at the end."""

import argparse
import json
import os
import shlex
import signal
import struct
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.__main__ import main
from rnn_cli.models.tensors import read_tensors

ROOT = Path(__file__).resolve().parents[2]
OUT, LOG = "model.safetensors", "log.jsonl"
PATIENCE = 60
"""Seconds after which a process counts as hanging."""
FAULTS_OF_RNN = ("Traceback", "a fault of rnn itself", "Exception ignored")


def parser(description: str | None, count: int, what: str, called: bool = True) -> argparse.ArgumentParser:
    """The options of every script; `called` of those that call the command."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--seed", type=int, default=0, help="of all that is drawn; the moments depend on the machine too")
    made.add_argument("--count", type=int, default=count, help=f"{what} (default {count})")
    made.add_argument("--seconds", type=float, help="start no trial after so many seconds")
    made.add_argument("--tell", type=int, default=12, help="tell so many faults one by one (default 12)")
    if called:
        made.add_argument("--command", type=shlex.split, help="how rnn is called (default: this Python -m rnn_cli)")
    return made


class Starter:
    """Starts the command under test in a folder, with what it prints in files beside that folder.

    `forked` starts this checkout's rnn as a copy of the process that runs the trials, which has loaded it already: for
    trials that need many runs and no start-up. A command that is given is always a process of its own.
    """

    def __init__(self, command: Sequence[str] | None, forked: bool = False) -> None:
        self.command = list(command or [sys.executable, "-m", "rnn_cli"])
        self.forked = forked and command is None
        # The checkout of these scripts, wherever a trial runs; a --command of another version has its own.
        self.environment = {**os.environ} if command else {**os.environ, "PYTHONPATH": str(ROOT)}
        # A shell's background job and nohup ignore signals, and what they start would ignore them too.
        for number in (signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, signal.default_int_handler)

    def start(self, arguments: Sequence[str], folder: Path, name: str, stdin: Path | None = None) -> "Process":
        """Start it."""
        streams = [folder.with_name(f"{folder.name} {name}.{which}") for which in ("out", "err")]
        with (
            streams[0].open("wb") as out,
            streams[1].open("wb") as err,
            (stdin or Path(os.devnull)).open("rb") as source,
        ):
            if self.forked:
                return Process(Forked(arguments, folder, [file.fileno() for file in (source, out, err)]), streams)
            call = [*self.command, *arguments]
            popen = subprocess.Popen(
                call, cwd=folder, env=self.environment, stdin=source, stdout=out, stderr=err, start_new_session=True
            )
            return Process(popen, streams)

    def run(self, arguments: Sequence[str], folder: Path, name: str, stdin: Path | None = None) -> "Process":
        """Run it to its end."""
        process = self.start(arguments, folder, name, stdin)
        process.wait()
        return process


class Forked:
    """A copy of this process that runs rnn, with the methods of subprocess.Popen that the trials use."""

    def __init__(self, arguments: Sequence[str], folder: Path, streams: Sequence[int]) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.setsid()
                os.chdir(folder)
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                sys.stdin, sys.stdout, sys.stderr = (
                    os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
                )
                sys.argv = ["rnn", *arguments]
                main()
            except SystemExit as left:
                code = left.code if isinstance(left.code, int) else int(left.code is not None)
            except BaseException:
                traceback.print_exc()
            finally:
                for written in (sys.stdout, sys.stderr):
                    with suppress(OSError):
                        written.flush()
                os._exit(code)

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; subprocess.TimeoutExpired where that takes too long."""
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("rnn", timeout or 0)
            time.sleep(0.002)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


class Process:
    """The command at work. `code` is what a shell would say: 128 and the signal where one ended it."""

    def __init__(self, popen: "subprocess.Popen[bytes] | Forked", streams: list[Path]) -> None:
        self.popen, self._streams = popen, streams
        self.hung = False
        self.begun, self.ended = time.monotonic(), 0.0

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        running = self.popen.poll() is None
        if not running and not self.ended:
            self.ended = time.monotonic()
        return running

    def wait(self, patience: float = PATIENCE) -> None:
        """Wait for its end; what hangs is killed."""
        try:
            self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.hung = True
            self.popen.kill()
            self.popen.wait()
        self.ended = self.ended or time.monotonic()

    @property
    def code(self) -> int:
        """As a shell says it."""
        code = self.popen.returncode
        assert code is not None, "it still runs"
        return code if code >= 0 else 128 - code

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self.ended - self.begun

    @property
    def stdout(self) -> str:
        """What it printed so far."""
        return self._streams[0].read_text(encoding="utf-8", errors="replace")

    @property
    def stderr(self) -> str:
        """What it said so far."""
        return self._streams[1].read_text(encoding="utf-8", errors="replace")

    @property
    def broke(self) -> bool:
        """Whether it showed a fault of its own instead of a message."""
        return any(sign in self.stderr for sign in FAULTS_OF_RNN)


def where_it_stands(path: Path) -> tuple[int, bool] | None:
    """The step of a checkpoint and whether its run has ended, from the head of the file alone; None without a file."""
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            run = json.loads(json.loads(file.read(size))["__metadata__"]["rnn"])["run"]
    except (OSError, ValueError, KeyError, struct.error):  # whoever judges the file loads it as a whole
        return None
    return run["progress"]["step"], run["ended"]


def same_run(path: Path, expected: Path) -> bool:
    """Whether two files hold the same run, apart from what they say of the log beside it."""
    (arrays, said), (others, wanted) = read_tensors(path), read_tensors(expected)
    for metadata in (said, wanted):
        metadata.pop("digest")
        metadata["run"] = {name: value for name, value in metadata["run"].items() if not name.startswith("log")}
    equal = set(arrays) == set(others) and all(np.array_equal(arrays[name], others[name]) for name in arrays)
    return bool(equal and said == wanted)


def json_lines(text: str) -> list[Any] | None:
    """The lines as JSON; None where one of them is none, or the last is cut."""
    if text and not text.endswith("\n"):
        return None
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return None


def steps_in_order(events: Iterable[Any]) -> bool:
    """Whether the steps of each run in a log follow one another: no event twice, none of another run between them."""
    last = None
    for event in events:
        if event["event"] == "start":
            last = None
        elif event["event"] == "step":
            if last is not None and event["step"] != last + 1:
                return False
            last = event["step"]
    return True


def others_in(folder: Path, own: Iterable[str]) -> list[str]:
    """The names in a folder beside those that belong there."""
    return sorted({path.name for path in folder.iterdir()} - set(own))


def numbers(count: int, seconds: float | None) -> Iterator[int]:
    """The numbers of the trials, until there were enough or the time is over."""
    end = None if seconds is None else time.monotonic() + seconds
    for number in range(count):
        if end is not None and time.monotonic() > end:
            return
        yield number


class Tally:
    """Counts trials by row, and in each row what is good to know and what must not be."""

    def __init__(self, title: str, facts: Sequence[str], faults: Sequence[str], tell: int) -> None:
        self.title, self.facts, self.faults, self.tell = title, list(facts), list(faults), tell
        self.rows: dict[str, Counter[str]] = {}
        self.stories: list[str] = []
        self.lost = 0

    def trial(self, row: str, found: Iterable[str], story: str) -> None:
        """Count a trial, with what was found; the story is told where a fault is among it."""
        found = set(found)
        unknown = found - {*self.facts, *self.faults}
        assert not unknown, unknown
        self.rows.setdefault(row, Counter()).update({"trials": 1, **dict.fromkeys(found, 1)})
        if found & set(self.faults):
            self.lost += 1
            self.stories.append(f"{row}: {', '.join(sorted(found & set(self.faults)))}: {story}")

    def fact(self, row: str, name: str, number: int) -> None:
        """Add to a number that is good to know."""
        self.rows.setdefault(row, Counter())[name] += number

    def print(self) -> int:
        """Print the table and the first faults; the exit code of the script."""
        every: Counter[str] = sum(self.rows.values(), Counter())
        columns = [one for one in ("trials", *self.facts, *self.faults) if every[one]]
        width = max(map(len, (self.title, *self.rows)))
        print(self.title.ljust(width), *columns, sep="  ")
        for name, row in {**self.rows, "all": every}.items():
            print(name.ljust(width), *(str(row[one] or "·").rjust(len(one)) for one in columns), sep="  ")
        print(f"never: {', '.join(one for one in (*self.facts, *self.faults) if not every[one])}")
        for story in self.stories[: self.tell]:
            print(f"- {story}")
        if len(self.stories) > self.tell:
            print(f"- and {len(self.stories) - self.tell} more")
        print(f"{every['trials']} trials, {self.lost} lost")
        return 1 if self.lost else 0
