"""Workers that are processes of this machine.

Each has a pool of its own: a pool of many breaks as a whole when one of its processes dies, and nobody can say which job
that one had.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread

from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.session import Session
from rnn_cli.jobs.work import BUSY, ORPHANED, work
from rnn_cli.jobs.workers import Submitted

OURS = ("SIGINT", "SIGHUP")
"""What a terminal sends to every process on it: the coordinator alone answers."""


class Process:
    """A seat with one process, started when it has its first job."""

    room = 1

    def look(self, session: Session) -> list[str]:
        """See Seat."""
        return []

    def result(self, future: Submitted) -> Outcome:
        """See Seat."""
        return future.result()

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """See Seat."""
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_prepare)
        self.process: object = None

    def submit(self, job: Job, key: str, session: Session) -> Submitted:
        """See Seat."""
        before = set(active_children())
        with _held_back():
            future = self._pool.submit(work, job, key, session)
        for child in set(active_children()) - before:
            self.process = child
        return future

    def close(self, now: bool) -> None:
        """See Seat."""
        if now:
            for child in active_children():
                if child is self.process:
                    child.kill()  # its files are whole at every moment
        self._pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    """In the new process: leave the terminal's signals to the coordinator, and end when that one is gone."""
    for name in OURS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _numbers())
    Thread(target=_end_with_coordinator, daemon=True).start()


def _end_with_coordinator() -> None:
    """Wait for the end of the coordinator; let the run save, and end this process.

    Without it the process would wait for ever for work that nobody sends.
    """
    coordinator = parent_process()
    assert coordinator is not None
    wait([coordinator.sentinel])
    ORPHANED.set()
    with BUSY:
        os._exit(1)


@contextmanager
def _held_back() -> Iterator[None]:
    """Keep the terminal's signals back while a process starts: it inherits that until it is prepared."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in OURS if hasattr(signal, name)]
