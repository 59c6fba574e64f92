"""A worker that stands still in the middle of a run, so that a test strikes there and not at a moment.

A run of tests takes a tenth of a second from its third checkpoint to its end: on a busy machine it has ended before a test
has seen that it is under way.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnn_cli.jobs import cluster, local
from rnn_cli.jobs import work as program
from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.session import Session
from rnn_cli.training.run import Run, RunEvent, Saving, run_events

HELD = "a"
"""The run that is held; once in each folder."""

AT = 30
"""The step after which it is held: its checkpoint is about to be written, those before are."""


def is_held(folder: Path) -> bool:
    """Whether the run stands still."""
    return _mark(folder).exists()


def hold() -> None:
    """Have the workers that this process gives work to hold the run."""
    for module in (local, cluster):
        vars(module)["work"] = work


def work(job: Job, key: str, session: Session) -> Outcome:
    """As the program's. The run goes on when its sitting has ended, or its coordinator, and finds that out by itself."""
    folder = Path(session.folder)

    def events(run: Run, *given: Any, **options: Any) -> Iterator[RunEvent]:
        for event in run_events(run, *given, **options):
            if isinstance(event, Saving) and event.step == AT and job.name == HELD and not is_held(folder):
                _mark(folder).touch()
                while session.goes_on and not program.ORPHANED.is_set():
                    time.sleep(0.01)
                time.sleep(program.EVERY)  # so that it looks after this step, and not some hundred steps later
            yield event

    vars(program)["run_events"] = events
    try:
        return program.work(job, key, session)
    finally:
        vars(program)["run_events"] = run_events


def _mark(folder: Path) -> Path:
    return folder / "held"
