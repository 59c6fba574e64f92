"""Hands jobs to workers and collects what came of them: each once, however often the coordinator or a worker dies."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep

from rnn_cli.errors import SystemRefused
from rnn_cli.jobs.job import FAILED, INTERRUPTED, Job, Outcome
from rnn_cli.jobs.machine import processors, versions
from rnn_cli.jobs.records import FILE, Records
from rnn_cli.jobs.session import Session
from rnn_cli.jobs.workers import Seat, Submitted, Tls, WorkerDied
from rnn_cli.locks import held

TRIES = 3
"""How often a job is begun or gone on with whose worker dies, or is refused by its system."""


class Engine:
    """Jobs on their way.

    said      what a person should know, in lines, as it happens; whoever shows them takes them out
    recalled  the names of the jobs whose outcome stood in the folder when they were submitted
    """

    def __init__(self, folder: Path, records: Records, session: Session, seats: Sequence[Seat]) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.recalled: set[str] = set()
        self._records, self._session, self._seats = records, session, seats
        self._waiting: deque[tuple[Job, str]] = deque()
        self._known: deque[Outcome] = deque()
        self._flying: dict[Submitted, tuple[Job, str, Seat]] = {}
        self._tries: Counter[str] = Counter()
        self._kernels: set[str] = set()
        self._stopped = False

    @property
    def running(self) -> list[str]:
        """The names of the jobs that workers have."""
        return [job.name for job, _, _ in self._flying.values()]

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped

    @property
    def workers(self) -> int:
        """How many jobs run at once."""
        return sum(seat.room for seat in self._seats)

    @property
    def waiting(self) -> list[str]:
        """The names of the jobs that no worker has yet."""
        return [job.name for job, _ in self._waiting]

    def submit(self, job: Job) -> None:
        """Have a job run; one whose outcome is in the folder comes back at once.

        InputError where the folder has a run of the same name with other settings or data.
        """
        key = job.key
        self._records.begin(job, key)
        found = self._records.find(job)
        if found is not None:
            self._known.append(found)
            self.recalled.add(job.name)
            return
        self.recalled.discard(job.name)
        if not self._stopped:
            self._waiting.append((job, key))

    def stop(self) -> None:
        """Have what runs save and end, as interrupted; what waits is dropped."""
        if not self._stopped:
            self._stopped = True
            self._waiting.clear()
            self._session.stop()

    def outcomes(self, tick: float = 0.25) -> Iterator[Outcome | None]:
        """Each outcome as it comes, and None where a tick passed without one. Ends where nothing is outstanding.

        Jobs may be submitted meanwhile.
        """
        while self._known or self._waiting or self._flying:
            while self._known:
                yield self._noted(self._known.popleft())
            for seat in self._seats:
                self.said += seat.look(self._session)
            self._fill()
            if not self._flying:
                if self._waiting:
                    sleep(tick)
                    yield None
                continue
            ready = wait(self._flying, timeout=tick, return_when=FIRST_COMPLETED).done
            came = [outcome for outcome in map(self._landed, ready) if outcome is not None]
            yield from map(self._noted, came)
            if not came:
                yield None

    def _fill(self) -> None:
        for seat in self._seats:
            has = sum(one is seat for _, _, one in self._flying.values())
            for _ in range(min(seat.room - has, len(self._waiting))):
                self._send(*self._waiting.popleft(), seat)

    def _send(self, job: Job, key: str, seat: Seat) -> None:
        try:
            future = seat.submit(job, key, self._session)
        except BrokenExecutor:  # its process died while it had nothing to do
            seat.renew()
            future = seat.submit(job, key, self._session)
        self._flying[future] = job, key, seat

    def _landed(self, future: Submitted) -> Outcome | None:
        """What came of a job; None where it is tried again."""
        job, key, seat = self._flying.pop(future)
        try:
            outcome = seat.result(future)
        except (BrokenExecutor, CancelledError):
            seat.renew()
            return self._again(job, key, "its worker died")
        except WorkerDied as error:
            self._tries[job.name] = TRIES
            return self._again(job, key, str(error))
        except SystemRefused as error:
            return self._again(job, key, str(error))
        if outcome.state != INTERRUPTED:
            self._records.add(outcome)
        return outcome

    def _again(self, job: Job, key: str, why: str) -> Outcome | None:
        self._tries[job.name] += 1
        tries = self._tries[job.name]
        if self._stopped:
            return Outcome(job.name, key, job.until, INTERRUPTED)
        if tries < TRIES:
            self.said.append(f"{job.name}: {why}; it goes on from its last checkpoint")
            self._waiting.appendleft((job, key))
            return None
        message = f"{why} {tries} times" if why == "its worker died" else why
        outcome = Outcome(job.name, key, job.until, FAILED, message=message, again=True)
        self._records.add(outcome)
        return outcome

    def _noted(self, outcome: Outcome) -> Outcome:
        """Say where kernels differ: then results may, in their last digits."""
        kernel = outcome.machine.get("kernel")
        if kernel is not None and kernel not in self._kernels:
            self._kernels.add(kernel)
            if len(self._kernels) > 1:
                every = ", ".join(sorted(self._kernels))
                self.said.append(f"the kernels of the workers' processors differ ({every}): so may the last digits")
        return outcome


@contextmanager
def open_engine(
    folder: Path,
    workers: int | None = None,
    scheduler: str | None = None,
    tls: Tls | None = None,
    seats: Sequence[Seat] | None = None,
) -> Iterator[Engine]:
    """An engine on a folder, which is made where it is missing, and held for this process alone.

    workers     processes of this machine; None: as many as it has processors for this process
    scheduler   the address of a Dask scheduler, whose workers compute in the place of such processes; with `tls` encrypted
    seats       who computes otherwise
    """
    seats = seats or _seats(workers, scheduler, tls or Tls())  # a cluster that cannot be reached leaves no folder
    now = True
    try:
        with held("--out", _made(folder) / FILE), closing(Records(folder := folder.resolve())) as records:
            session = Session.begin(folder, versions(of_cluster=scheduler is not None))
            try:
                yield Engine(folder, records, session, seats)
                now = False
            finally:
                session.stop()
    finally:
        for seat in seats:
            seat.close(now)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemRefused(f"{folder}: {error.strerror or error}") from error
    return folder


def _seats(workers: int | None, scheduler: str | None, tls: Tls) -> Sequence[Seat]:
    if scheduler is not None:
        from rnn_cli.jobs.cluster import Cluster

        return [Cluster(scheduler, tls)]
    from rnn_cli.jobs.local import Process

    return [Process() for _ in range(workers or processors())]
