"""What signals ask of a training run."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rnn_cli.training.run import Asked

STOP = ("SIGINT", "SIGTERM", "SIGHUP")
SAVE = ("SIGUSR1",)
"""Signals by name: not every system has all of them."""


@dataclass
class Signals:
    """What has come so far. `running`: there is a run that can save; before it begins a signal ends the process."""

    asked: Asked = field(default_factory=Asked)
    number: int | None = None
    running: bool = False


@contextmanager
def signals() -> Iterator[Signals]:
    """Ctrl-C, SIGTERM and SIGHUP ask the run to save and stop at the end of its step, a second one stops it at once.

    SIGUSR1, with which Slurm warns before it ends a job, asks the run to save and go on. What the caller ignores, as
    nohup does SIGHUP, stays ignored.
    """
    come = Signals()

    def stop(number: int, frame: object) -> None:
        if come.number is not None or not come.running:
            raise SystemExit(128 + number)
        come.number = number
        come.asked.stop = True

    def save(number: int, frame: object) -> None:
        come.asked.save = True

    wanted = {getattr(signal, name): stop for name in STOP if hasattr(signal, name)}
    wanted = {number: handler for number, handler in wanted.items() if signal.getsignal(number) is not signal.SIG_IGN}
    wanted |= {getattr(signal, name): save for name in SAVE if hasattr(signal, name)}
    old = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield come
    finally:
        come.running = False
        for number, handler in old.items():
            signal.signal(number, handler)
