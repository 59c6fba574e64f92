"""What the engine asks of whoever computes: some seats, each with an executor of concurrent.futures behind it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Protocol

from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.session import Session
from rnn_cli.jobs.work import work

Submitted = Future[Outcome]


class Seat(Protocol):
    """An executor and how many jobs it is given at once.

    A seat whose executor breaks takes the jobs with it that it has at that moment, and no others.
    """

    room: int

    def submit(self, job: Job, key: str, session: Session) -> Submitted:
        """Begin a job, or let it wait at the executor."""

    def renew(self) -> None:
        """Take a new executor in the place of one that broke."""

    def close(self, now: bool) -> None:
        """End the executor: when what runs has ended, or now, whatever runs."""


class OneExecutor:
    """A seat on an executor that is made once, as long as it does not break."""

    def __init__(self, make: Callable[[], Executor], room: int) -> None:
        self.room = room
        self._make, self._executor = make, make()

    def submit(self, job: Job, key: str, session: Session) -> Submitted:
        """See Seat."""
        return self._executor.submit(work, job, key, session)

    def renew(self) -> None:
        """See Seat."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._make()

    def close(self, now: bool) -> None:
        """See Seat."""
        self._executor.shutdown(wait=not now, cancel_futures=True)
