"""A seat for tests of the engine: it computes in the test's own process, at once."""

from collections.abc import Callable
from concurrent.futures import Future

from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.session import Session
from rnn_cli.jobs.work import work
from rnn_cli.jobs.workers import Seat, Submitted


class Here:
    """Computes what is submitted before it answers. `before` is called with each job's name, and may raise."""

    room = 1

    def __init__(self, before: Callable[[str], None]) -> None:
        self.before = before

    def submit(self, job: Job, key: str, session: Session) -> Submitted:
        """See Seat."""
        future: Submitted = Future()
        try:
            self.before(job.name)
            future.set_result(work(job, key, session))
        except Exception as error:  # whatever it is, the engine gets it from the future
            future.set_exception(error)
        return future

    def look(self, session: Session) -> list[str]:
        """See Seat."""
        return []

    def result(self, future: Submitted) -> Outcome:
        """See Seat."""
        return future.result()

    def renew(self) -> None:
        """See Seat."""

    def close(self, now: bool) -> None:
        """See Seat."""


def here(before: Callable[[str], None] = lambda name: None) -> list[Seat]:
    """One seat in the test's own process."""
    return [Here(before)]
