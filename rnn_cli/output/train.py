"""Follows a training run: JSON lines or a live view while it goes on, and a log file."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rnn_cli.documents.train import EventWriter
from rnn_cli.output.jsonable import to_json
from rnn_cli.output.log import Log, has_after
from rnn_cli.output.progress import live, say
from rnn_cli.output.signals import Signals
from rnn_cli.training.run import Asked, Finished, Run, RunEvent, Saving, Started, last_event, run_events
from rnn_cli.views.train import LiveView, Watched, plain_line


class Journal:
    """The log of a run. Nothing in it depends on the clock or on interruptions that the run goes on from."""

    def __init__(self, name: str | None, run: Run, title: str, overwrite: bool) -> None:
        """Open it. InputError and SystemRefused as Log has them."""
        self.log = Log(name, run.log if run.resumed else None, run.progress.step, overwrite)
        self.writer = EventWriter(run, title, timed=False)

    def write(self, event: RunEvent) -> None:
        """Append an event. Before a checkpoint the log is brought to the disk: what a checkpoint points at must be there."""
        if isinstance(event, Started) and self.log.goes_on:
            return  # it stands at the head of the file
        if not (isinstance(event, Saving) and event.asked):
            self.log.write(to_json(self.writer.document(event)))
        if isinstance(event, Saving | Finished):
            self.log.bring_to_disk()


def follow(
    run: Run,
    out: Path | None,
    come: Signals,
    *,
    as_json: bool,
    log: str | None,
    overwrite: bool,
    watch: int,
    precision: int,
    no_color: bool,
) -> Watched:
    """Run to the end or until a signal comes. The run as the screen saw it.

    Where the screen or the reader of a pipe goes away, the run saves and stops as on a signal; OSError says so then.
    """
    watched = Watched(run, kept=out is not None, digits=precision)
    name = run.config.task if out is None else out.stem
    timed = EventWriter(run, name, timed=True)
    journal = Journal(log, run, name, overwrite)
    with ExitStack() as stack:
        stack.callback(journal.log.close)
        on_screen = stack.enter_context(live(lambda: LiveView(watched), not as_json, no_color))

        def show(event: RunEvent) -> None:
            if as_json:
                sys.stdout.write(to_json(timed.document(event)) + "\n")
                sys.stdout.flush()
            elif not on_screen:
                text = plain_line(watched, event)
                if text is not None:
                    say(text)

        gone = _Screen(show, come.asked)
        come.running = True
        for event in run_events(run, out, asked=come.asked, log_mark=journal.log.mark, watch=watch):
            watched.see(event)
            journal.write(event)
            gone.show(event)
    if gone.error is not None:
        raise gone.error
    return watched


class _Screen:
    """Shows events while there is somebody to show them to."""

    def __init__(self, show: Callable[[RunEvent], None], asked: Asked) -> None:
        self._show, self._asked = show, asked
        self.error: OSError | None = None

    def show(self, event: RunEvent) -> None:
        """Show an event; the first failure asks the run to save and stop."""
        if self.error is None:
            try:
                self._show(event)
            except OSError as error:
                self.error, self._asked.stop = error, True


def complete_log(name: str, run: Run, title: str) -> bool:
    """Write the last event of a run that has ended into its log where a kill came before that. Whether it was missing.

    InputError where the file is not the log of this run.
    """
    if not run.ended or not Path(name).is_file():
        return False
    line = to_json(EventWriter(run, title, timed=False).document(last_event(run)))
    if has_after(Path(name), run.log.offset, line):
        return False
    log = Log(name, run.log, run.progress.step, overwrite=False)
    log.write(line)
    log.bring_to_disk()
    log.close()
    return True
