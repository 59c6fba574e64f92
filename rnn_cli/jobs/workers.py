"""What the engine asks of whoever computes: some seats, each with an executor of concurrent.futures behind it."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.session import Session

Submitted = Future[Outcome]


@dataclass(frozen=True)
class Tls:
    """The files of an encrypted connection to a cluster: --tls-ca, --tls-cert, --tls-key."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


class WorkerDied(Exception):
    """The process that had a job died, as often as the executor would have it: it does not begin the job again."""


class Seat(Protocol):
    """An executor and how many jobs it is given at once.

    A seat whose executor breaks takes the jobs with it that it has at that moment, and no others.
    """

    @property
    def room(self) -> int:
        """How many jobs it takes at once."""

    def look(self, session: Session) -> list[str]:
        """Look at the workers, from time to time; what a person should know. RnnError where nothing can be computed."""

    def result(self, future: Submitted) -> Outcome:
        """What came of a job that has ended. BrokenExecutor or WorkerDied where its worker died."""

    def submit(self, job: Job, key: str, session: Session) -> Submitted:
        """Begin a job, or let it wait at the executor."""

    def renew(self) -> None:
        """Take a new executor in the place of one that broke."""

    def close(self, now: bool) -> None:
        """End the executor: when what runs has ended, or now, whatever runs."""
