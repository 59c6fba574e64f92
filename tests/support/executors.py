"""Executors for tests of the engine: one that computes in the test's own process, at once."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from rnn_cli.jobs.workers import OneExecutor


class Here(Executor):
    """Computes what is submitted before it answers. `before` is called with each job's name, and may raise."""

    def __init__(self, before: Callable[[str], None] = lambda name: None) -> None:
        self.before = before

    def submit(self, function: Any, /, *args: Any, **named: Any) -> "Future[Any]":
        """See Executor."""
        future: Future[Any] = Future()
        try:
            self.before(args[0].name)
            future.set_result(function(*args, **named))
        except Exception as error:  # whatever it is, the executor's caller gets it from the future
            future.set_exception(error)
        return future


def here(before: Callable[[str], None] = lambda name: None, room: int = 1) -> list[OneExecutor]:
    """Seats for an engine in the test's own process."""
    return [OneExecutor(lambda: Here(before), room)]
