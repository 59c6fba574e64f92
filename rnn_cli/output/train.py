"""Follows a training run: JSON lines or a live view while it goes on, a log file, and signals that stop it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rnn_cli.documents.train import EventWriter
from rnn_cli.errors import SystemRefused
from rnn_cli.output.jsonable import to_json
from rnn_cli.output.progress import live, say
from rnn_cli.training.run import Run, RunEvent, Saving, run_events
from rnn_cli.views.train import LiveView, Watched, plain_line


@dataclass
class Stopped:
    """The signal that asked the run to stop, if any."""

    signal: int | None = None


@contextmanager
def stop_signals() -> Iterator[Stopped]:
    """Ctrl-C and SIGTERM ask the run to stop at the end of its step; a second one stops it at once."""
    stopped = Stopped()

    def ask(number: int, frame: object) -> None:
        if stopped.signal is not None:
            raise KeyboardInterrupt
        stopped.signal = number

    old = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


class Log:
    """A file that gets every event as a line. A resumed run cuts it to where its checkpoint left it."""

    def __init__(self, name: str | None, offset: int, writer: EventWriter) -> None:
        self.writer = writer
        self.file: IO[bytes] | None = None
        if name is not None:
            path = Path(name)
            path.touch()
            self.file = path.open("r+b")
            if offset:
                self.file.truncate(offset)
            self.file.seek(0, os.SEEK_END)

    def write(self, event: RunEvent) -> None:
        """Append an event; before a checkpoint it must be on the disk, or the checkpoint would point behind its end."""
        if self.file is None:
            return
        self.file.write((to_json(self.writer.document(event)) + "\n").encode())
        if isinstance(event, Saving):
            self.file.flush()
            os.fsync(self.file.fileno())

    def position(self) -> int:
        """How many bytes it has."""
        return 0 if self.file is None else self.file.tell()

    def close(self) -> None:
        """Close the file."""
        if self.file is not None:
            self.file.close()


def follow(
    run: Run, out: Path | None, *, as_json: bool, log: str | None, watch: int, no_color: bool, resumed: bool
) -> tuple[Watched, int | None]:
    """Run to the end or until a signal comes. The run as the screen saw it, and the signal."""
    watched = Watched(run)
    timed = EventWriter(run, timed=True)
    with ExitStack() as stack:
        stopped = stack.enter_context(stop_signals())
        try:
            journal = Log(log, run.log_offset if resumed else 0, EventWriter(run, timed=False))
        except OSError as error:
            raise SystemRefused(f"--log {log}: {error.strerror}") from error
        stack.callback(journal.close)
        on_screen = stack.enter_context(live(lambda: LiveView(watched), not as_json, no_color))
        events = run_events(
            run, out, stop=lambda: stopped.signal is not None, log_position=journal.position, watch=watch
        )
        for number, event in enumerate(events):
            watched.see(event)
            if not (resumed and number == 0):
                journal.write(event)
            if as_json:
                sys.stdout.write(to_json(timed.document(event)) + "\n")
                sys.stdout.flush()
            elif not on_screen:
                text = plain_line(watched, event)
                if text is not None:
                    say(text)
    return watched, stopped.signal
