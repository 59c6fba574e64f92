"""A run of many, in the process that it is given to: begun or gone on with, to its end or to where it pauses.

All that comes back is a function of the job, however often the run was stopped on its way and whatever else runs: one
thread of BLAS, one run of a process at a time, and the log and the checkpoint of `rnn train`.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from math import isfinite
from pathlib import Path
from threading import Event, Lock
from time import monotonic, perf_counter, sleep
from traceback import extract_tb
from typing import Any

import numpy as np

from rnn_cli.core.learning.train import Diverged, StepEvent
from rnn_cli.errors import InputError, NumberError, RnnError, SystemRefused
from rnn_cli.jobs.job import DONE, FAILED, INTERRUPTED, PAUSED, Job, Outcome
from rnn_cli.jobs.machine import here, machine
from rnn_cli.jobs.session import Session
from rnn_cli.locks import held
from rnn_cli.models.typed import typed
from rnn_cli.tasks.options import DataOptions
from rnn_cli.threads import limit_threads
from rnn_cli.training.blas import small_products
from rnn_cli.training.config import settings_of
from rnn_cli.training.measure import Measured, is_better, metric_of
from rnn_cli.training.run import INTERRUPTED as STOPPED
from rnn_cli.training.run import (
    Asked,
    Evaluated,
    Finished,
    Run,
    Saving,
    last_event,
    run_events,
    stopped_early,
    validation_measured,
)
from rnn_cli.training.session import begin, divergence_message, resume

LOGS = "rnn_cli.output.train"
"""Who writes the log of a run. It is found by its name, as a command is: a result's documents know the runs behind it, and
so no run can know its documents."""

RUNS = "runs"
"""The folder of the files of the runs."""

EVERY = 0.5
"""Seconds between two looks at whether the sitting goes on."""

WAITS = 30.0
"""Seconds for which the lock of a run is waited for: its worker may be about to end, because its coordinator was killed."""

BUSY = Lock()
"""Held while a run is computed: threads of BLAS and how products are cut are settings of the whole process."""

ORPHANED = Event()
"""Set where the process that gave this one its work is gone."""


def file_of(folder: Path, name: str) -> Path:
    """The model of a run, which is also its checkpoint."""
    return folder / RUNS / f"{name}.safetensors"


def log_of(folder: Path, name: str) -> Path:
    """The log of a run."""
    return folder / RUNS / f"{name}.jsonl"


def work(job: Job, key: str, session: Session) -> Outcome:
    """Run a job. What is wrong with the job is an outcome; SystemRefused and what the session refuses are raised."""
    session.check()
    started = perf_counter()
    blank = Outcome(job.name, key, job.until, INTERRUPTED, machine=machine())
    with BUSY:
        asked = _Asked(session)
        if asked.stop:
            return blank
        try:
            with limit_threads(1), small_products(1), np.errstate(all="ignore"):
                outcome = _run(job, blank, Path(session.folder), asked)
        except SystemRefused:
            raise
        except RnnError as error:
            outcome = replace(blank, state=FAILED, message=str(error))
        except OSError as error:
            raise SystemRefused(f"{error.filename or job.name}: {error.strerror or error}") from error
        except MemoryError:
            outcome = replace(blank, state=FAILED, again=True, message=f"not enough memory on {here()}")
        except Exception as error:  # a fault of this program hides no other run
            outcome = replace(blank, state=FAILED, again=True, message=f"a fault of rnn itself: {_placed(error)}")
    return replace(outcome, seconds=perf_counter() - started)


def _placed(error: Exception) -> str:
    """What went wrong, and where."""
    *_, last = extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


class _Asked(Asked):
    """What is asked of a run: to stop, where its session has ended or its pause is reached."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._looked = session, monotonic()
        self.ended = ORPHANED.is_set() or not session.goes_on
        self.stop = self.ended

    def look(self) -> None:
        """Look whether the sitting goes on, where the last look is long ago."""
        if ORPHANED.is_set():
            self.ended = True
        elif monotonic() - self._looked >= EVERY:
            self._looked = monotonic()
            self.ended = not self._session.goes_on
        self.stop = self.stop or self.ended


def _run(job: Job, blank: Outcome, folder: Path, asked: _Asked) -> Outcome:
    out, log = file_of(folder, job.name), log_of(folder, job.name)
    try:
        out.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise SystemRefused(f"{out.parent}: {error.strerror or error}") from error
    with _locked(out, asked) as mine:
        if not mine:
            return blank
        run = _begun(job, out)
        blank = replace(blank, parameter_count=run.system.parameters.flat.size)
        try:
            measured = _followed(run, job, out, log, asked)
        except Diverged as error:
            raise NumberError(divergence_message(error, run, None)) from error
        outcome, step = replace(blank, step=run.progress.step), run.progress.step
        done = step >= run.total_steps or stopped_early(run) or _is_enough(run, job)
        if not done and step < _pause(run, job):
            return outcome
        return replace(outcome, state=DONE if done else PAUSED, **_said(run, measured or validation_measured(run)))


@contextmanager
def _locked(out: Path, asked: _Asked) -> Iterator[bool]:
    """Hold the file of a run. Gives False where the sitting ended while it was waited for."""
    with ExitStack() as stack:
        since = monotonic()
        while True:
            try:
                stack.enter_context(held("run", out))
                break
            except InputError as error:
                if monotonic() - since > WAITS:
                    raise SystemRefused(str(error)) from error
                asked.look()
                if asked.stop:
                    yield False
                    return
                sleep(0.1)
        yield True


def _begun(job: Job, out: Path) -> Run:
    """The run, new or where its checkpoint left it."""
    given = settings_of(job.task, job.given)
    options = typed(DataOptions, job.options)
    if out.exists():
        return resume(str(out), list(job.data), dict.fromkeys(given), DataOptions())[0]
    return begin(list(job.data), job.task, given, options)[0]


def _followed(run: Run, job: Job, out: Path, log: Path, asked: _Asked) -> Measured | None:
    """Run on to where it is enough, pauses, ends or is stopped; the measure of the validation part there, where there is one.

    The log names the checkpoint from the folder of the runs, which lies elsewhere on the next machine.
    """
    logs: Any = import_module(LOGS)
    if run.ended:
        if log.exists():
            logs.complete_log(str(log), run, job.name)
        return last_event(run).measured
    pause = _pause(run, job)
    if run.progress.step >= pause or _is_enough(run, job):
        return validation_measured(run)
    journal = logs.Journal(str(log), run, job.name, overwrite=True)
    measured: Measured | None = None
    try:
        for event in run_events(run, out, asked=asked, log_mark=journal.log.mark):
            journal.write(replace(event, path=f"{RUNS}/{out.name}") if isinstance(event, Saving) else event)
            if isinstance(event, StepEvent):
                measured = None  # what was measured before this step was measured with other weights
            elif isinstance(event, Evaluated) or (isinstance(event, Finished) and event.reason != STOPPED):
                measured = event.measured
            asked.look()
            asked.stop = asked.stop or run.progress.step == pause or _is_enough(run, job)
    finally:
        journal.log.close()
    return measured


def _pause(run: Run, job: Job) -> int:
    """The step at which the run pauses; beyond its end where it does not."""
    return run.total_steps + 1 if job.until is None else max(1, round(job.until * run.total_steps))


def _is_enough(run: Run, job: Job) -> bool:
    """Whether the best evaluation so far is as good as the job asks for."""
    best, loss = run.progress.best, run.progress.best_loss
    if best is None or loss is None:
        return False
    if job.enough_loss is not None and loss <= job.enough_loss:
        return True
    if job.enough is None:
        return False
    metric = metric_of(run.config.task.partition(":")[0], run.system.blueprint.loss)
    return best == job.enough or is_better(metric, best, job.enough)


def _said(run: Run, measured: Measured | None) -> dict[str, Any]:
    """What an outcome says of the weights that are kept. NumberError where no number can."""
    if measured is None:
        return {"kept_step": run.kept.step}
    if not (isfinite(measured.value) and isfinite(measured.loss)):
        raise NumberError(f"step {run.progress.step}: the validation loss is {measured.loss:.3g}")
    return {
        "metric": measured.metric,
        "value": measured.value,
        "loss": measured.loss,
        "kept_step": run.kept.step,
    }
