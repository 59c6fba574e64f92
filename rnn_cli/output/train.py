"""Follows a training run: JSON lines or a live view while it goes on, a log file, and signals that stop it."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import IO

from rnn_cli.documents.train import EventWriter
from rnn_cli.errors import SystemRefused
from rnn_cli.output.jsonable import to_json
from rnn_cli.output.progress import live, say
from rnn_cli.training.run import Finished, Run, RunEvent, Saving, run_events
from rnn_cli.views.train import LiveView, Watched, plain_line

LONGEST_LINE = 1 << 20
"""The number of bytes of a log that are searched for its last event."""


@dataclass
class Stopped:
    """The signal that asked the run to stop, if any."""

    signal: int | None = None


@contextmanager
def stop_signals() -> Iterator[Stopped]:
    """Ctrl-C and SIGTERM ask the run to stop at the end of its step; a second signal stops it at once."""
    stopped = Stopped()

    def ask(number: int, frame: object) -> None:
        if stopped.signal is not None:
            raise SystemExit(128 + number)
        stopped.signal = number

    old = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


class Log:
    """A file that gets every event as a line. A resumed run cuts it to where its checkpoint left it.

    `goes_on` says whether it did: a log that is not the run's own is only appended to.
    """

    def __init__(self, name: str | None, run: Run, writer: EventWriter) -> None:
        self.writer = writer
        self.file: IO[bytes] | None = None
        self.goes_on = False
        if name is not None:
            path = Path(name)
            path.touch()
            self.file = path.open("r+b")
            if run.resumed and _is_its_own(self.file, run.log_offset, run.progress.step):
                self.file.truncate(run.log_offset)
                self.goes_on = True
            self.file.seek(0, os.SEEK_END)

    def write(self, event: RunEvent) -> None:
        """Append an event; before a checkpoint it must be on the disk, or the checkpoint would point behind its end."""
        if self.file is None:
            return
        try:
            self.file.write((to_json(self.writer.document(event)) + "\n").encode())
            if isinstance(event, Saving | Finished):
                self.file.flush()
                if S_ISREG(os.fstat(self.file.fileno()).st_mode):  # a device has nothing to bring to a disk
                    os.fsync(self.file.fileno())
        except OSError as error:
            raise SystemRefused(f"--log {self.file.name}: {error.strerror or error}") from error

    def position(self) -> int:
        """The size of the file in bytes."""
        return 0 if self.file is None else self.file.tell()

    def close(self) -> None:
        """Close the file. Failed writes have been reported by then."""
        if self.file is not None:
            with suppress(OSError):
                self.file.close()


def _is_its_own(file: IO[bytes], offset: int, step: int) -> bool:
    """Whether a log holds, just before the offset, an event of the step."""
    file.seek(max(offset - LONGEST_LINE, 0))
    before = file.read(min(offset, LONGEST_LINE))
    lines = before.splitlines(keepends=True)
    if len(before) < min(offset, LONGEST_LINE) or not lines or not lines[-1].endswith(b"\n"):
        return False
    try:
        event = json.loads(lines[-1])
        return bool(event["schema"] == "rnn.train/1" and event["step"] == step)
    except (ValueError, KeyError, TypeError):
        return False


def follow(
    run: Run, out: Path | None, *, as_json: bool, log: str | None, watch: int, precision: int, no_color: bool
) -> tuple[Watched, int | None]:
    """Run to the end or until a signal comes. The run as the screen saw it, and the signal."""
    watched = Watched(run, kept=out is not None, digits=precision)
    name = run.config.task if out is None else out.stem
    timed = EventWriter(run, name, timed=True)
    with ExitStack() as stack:
        stopped = stack.enter_context(stop_signals())
        try:
            journal = Log(log, run, EventWriter(run, name, timed=False))
        except OSError as error:
            raise SystemRefused(f"--log {log}: {error.strerror}") from error
        stack.callback(journal.close)
        on_screen = stack.enter_context(live(lambda: LiveView(watched), not as_json, no_color))
        events = run_events(
            run, out, stop=lambda: stopped.signal is not None, log_position=journal.position, watch=watch
        )
        for number, event in enumerate(events):
            watched.see(event)
            if not (journal.goes_on and number == 0):
                journal.write(event)
            if as_json:
                sys.stdout.write(to_json(timed.document(event)) + "\n")
                sys.stdout.flush()
            elif not on_screen:
                text = plain_line(watched, event)
                if text is not None:
                    say(text)
    return watched, stopped.signal
