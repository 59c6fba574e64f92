"""Workers of a Dask cluster, through the executor that its client gives.

Whoever connects to a scheduler trusts it, and a worker runs what its scheduler sends: their messages are pickled. Results and
checkpoints go through the shared folder, as those of local workers do, and nothing is unpickled from a file.
"""

import asyncio
import logging
import socket
import warnings
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from rnn_cli.errors import InputError, RnnError, SystemRefused
from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.session import Session, check_versions
from rnn_cli.jobs.work import work
from rnn_cli.jobs.workers import Submitted, Tls, WorkerDied

REACHED_WITHIN = 5.0
"""Seconds in which a scheduler answers."""

COME_WITHIN = 30.0
"""Seconds for which a cluster may be without workers."""

EVERY = 1.0
"""Seconds between two looks at the cluster."""

LOUD = ("distributed", "distributed.client", "tornado.application", "asyncio")
"""Loggers that would write between our own lines what we say in ours."""


@dataclass(frozen=True)
class Address:
    """Where a scheduler listens."""

    scheme: str
    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> "Address":
        """tcp://HOST:PORT, tls://HOST:PORT or HOST:PORT. InputError where it is none."""
        try:
            parts = urlsplit(text if "://" in text else f"tcp://{text}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or not port or parts.scheme not in ("tcp", "tls") or parts.path or parts.query or parts.username:
            raise InputError(
                f"--scheduler {text}: not an address; give it as the scheduler prints it, tcp://HOST:PORT or tls://HOST:PORT"
            )
        return cls(parts.scheme, host, port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Cluster:
    """A seat for all workers of a cluster. It has room for a job for each: what waits, waits here."""

    def __init__(self, scheduler: str, tls: Tls) -> None:
        """Connect. InputError where it cannot be, SystemRefused where nobody answers."""
        self.address = Address.read(scheduler)
        try:
            import distributed
        except ImportError as error:
            raise InputError("--scheduler needs distributed: pip install 'rnn-cli[cluster]'") from error
        for name in LOUD:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", module=r"distributed(\.|$)")  # that versions differ is refused below
        security = _security(self.address, tls)
        _reach(self.address, security)
        try:
            self._client = distributed.Client(
                str(self.address), timeout=REACHED_WITHIN, security=security, set_as_default=False, name="rnn"
            )
        except OSError as error:
            raise _unreachable(self.address, "no answer") from error
        self._executor: Executor = self._client.get_executor(pure=False, retries=0)
        self._workers: set[str] = set()
        self._since = self._looked = monotonic() - EVERY
        self._said_alone = False

    @property
    def room(self) -> int:
        """One job for each worker that was looked at."""
        return len(self._workers)

    def submit(self, job: Job, key: str, session: Session) -> Submitted:
        """See Seat."""
        return self._executor.submit(work, job, key, session)

    def result(self, future: Submitted) -> Outcome:
        """See Seat."""
        from distributed.scheduler import KilledWorker

        try:
            return future.result()
        except KilledWorker as error:
            raise WorkerDied("the workers that had it died, again and again") from error
        except OSError as error:
            raise self._lost() from error

    def renew(self) -> None:
        """See Seat. Dask takes care of workers that die; what is cancelled without us was with a scheduler that is gone."""
        raise self._lost()

    def look(self, session: Session) -> list[str]:
        """See Seat. Refuses workers that would compute something else, or do not see the folder."""
        if self._client.status != "running":
            raise self._lost()
        if monotonic() - self._looked < EVERY:
            return []
        self._looked = monotonic()
        try:
            # Asked directly: what Client.scheduler_info() gives may be overwritten, without workers, before it is read.
            there = set(self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"])
        except OSError as error:
            raise self._lost() from error
        come, gone = sorted(there - self._workers), sorted(self._workers - there)
        said = []
        if come:
            self._check(come, session)
            said.append(f"{self.address}: {_counted(come)}")
        if gone:
            said.append(f"{self.address}: {_counted(gone)} gone; their runs go on elsewhere")
        self._workers = there
        if there:
            self._since, self._said_alone = monotonic(), False
        elif monotonic() - self._since > COME_WITHIN:
            raise SystemRefused(
                f"--scheduler {self.address}: no worker in {COME_WITHIN:.0f} s\nstart some: dask worker {self.address} --nthreads 1"
            )
        elif not self._said_alone:
            self._said_alone = True
            said.append(f"{self.address}: no worker yet; waiting {COME_WITHIN:.0f} s for one")
        return said

    def _check(self, workers: list[str], session: Session) -> None:
        try:
            scheduler = self._client.get_versions()["scheduler"]
            ours = {"distributed": session.versions["distributed"]}
            check_versions(ours, scheduler["packages"], f"the scheduler {self.address}")
            answers = self._client.run(session.check, workers=workers, on_error="return")
        except OSError as error:
            raise self._lost() from error
        for worker, answer in answers.items():
            if isinstance(answer, OSError):
                continue  # it has gone again, or goes
            if isinstance(answer, RnnError):
                raise InputError(str(answer).replace("the worker", f"the worker {worker},", 1)) from answer
            if isinstance(answer, Exception):
                raise InputError(
                    f"the worker {worker} cannot run rnn ({type(answer).__name__}: {answer})\n"
                    "start it in an environment like this one's"
                ) from answer

    def _lost(self) -> SystemRefused:
        return SystemRefused(
            f"--scheduler {self.address}: the scheduler is gone; what is done is kept\n"
            "start it and its workers again and repeat the command: it goes on from there"
        )

    def close(self, now: bool) -> None:
        """See Seat."""
        alive = self._client.status == "running"
        if alive and not now:
            self._executor.shutdown(wait=True)
        with suppress(OSError):  # a TimeoutError is one: a scheduler that is gone takes no leave
            self._client.close(timeout=2 if alive else 0.1)


def _counted(workers: list[str]) -> str:
    return f"{len(workers)} {'worker' if len(workers) == 1 else 'workers'} ({', '.join(workers)})"


def _security(address: Address, tls: Tls) -> Any:
    """What the connection is encrypted with. InputError where the files are missing or none."""
    from distributed import Security

    given = {"--tls-ca": tls.ca, "--tls-cert": tls.cert, "--tls-key": tls.key}
    for option, name in given.items():
        if name is None:
            continue
        if address.scheme != "tls":
            raise InputError(
                f"{option} is for an encrypted connection: --scheduler tls://{address.host}:{address.port}"
            )
        if not Path(name).is_file():
            raise InputError(f"{option} {name}: no such file")
    if address.scheme != "tls":
        return Security()
    files = {"tls_ca_file": tls.ca, "tls_client_cert": tls.cert, "tls_client_key": tls.key}
    security = Security(**{name: one for name, one in files.items() if one is not None}, require_encryption=True)
    missing = [option for option, name in zip(given, files, strict=True) if getattr(security, name) is None]
    if missing:
        raise InputError(f"--scheduler {address}: an encrypted connection needs {', '.join(missing)}")
    try:
        security.get_connection_args("client")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise InputError(f"{' or '.join(given)}: not a certificate and its key: {error}") from error
    return security


def _reach(address: Address, security: Any) -> None:
    """SystemRefused where no scheduler answers within seconds: neither a name that nobody resolves nor another server that
    says nothing is waited for longer."""
    found: list[Any] = []

    def ask() -> None:
        try:
            with socket.create_connection((address.host, address.port), timeout=REACHED_WITHIN):
                pass
            found.append(asyncio.run(_identity(str(address), security)))
        except Exception as error:  # whatever a server that is no scheduler answers
            found.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(REACHED_WITHIN)
    answer = found[0] if found else TimeoutError("no answer")
    if isinstance(answer, Exception):
        wants = "refuses these certificates" if address.scheme == "tls" else "wants tls://"
        otherwise = "no answer" if isinstance(answer, TimeoutError) else f"what answers is no scheduler, or {wants}"
        raise _unreachable(address, getattr(answer, "strerror", None) or otherwise) from answer
    if answer.get("type") != "Scheduler":
        raise InputError(f"--scheduler {address}: is the address of a {answer.get('type')}, not of a scheduler")


async def _identity(address: str, security: Any) -> Any:
    from distributed.core import rpc

    async with rpc(
        address, timeout=REACHED_WITHIN, connection_args=security.get_connection_args("client")
    ) as scheduler:
        return await scheduler.identity()


def _unreachable(address: Address, why: str) -> SystemRefused:
    return SystemRefused(
        f"--scheduler {address}: no scheduler can be reached there ({why})\n"
        f"start one with: dask scheduler --port {address.port}"
    )
