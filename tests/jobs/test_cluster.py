"""A Dask cluster as README starts one: the same numbers, whoever dies, and a clear word where it cannot be used.

Needs distributed, which the extra `cluster` brings; `.ci/run` runs these tests.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.test_engine import came
from tests.jobs.test_local import computed, holder, long
from tests.support.coordinator import PROJECT, read, start, wait_until
from tests.support.holding import is_held

LINES: list[str] = re.findall(r"^dask (.*) &$", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
"""How README starts a scheduler and its workers."""

PRINTED = "8786"
"""The port there; each test has one of its own."""

pytest.importorskip("distributed", reason="needs distributed: pip install '.[cluster]'")


class Daemons:
    """A scheduler and its workers as processes, with what they print in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.running: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start(*self.line(0))
        wait_until(lambda: self.said(0, "Scheduler at:"))

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        """`dask ARGUMENTS`, in its own session, so that its children end with it."""
        with (self.folder / f"{len(self.running)}.log").open("wb") as log:
            one = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
                cwd=self.folder, env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.running.append(one)
        return one

    def line(self, number: int) -> list[str]:
        """A line of README, with this port."""
        return LINES[number].replace(PRINTED, str(self.port)).split()

    def work(self, workers: int = 1, **environment: str) -> "subprocess.Popen[bytes]":
        """So many workers as README starts, once the scheduler has them."""
        *command, two, threads, one = self.line(1)
        assert (two, threads, one) == ("2", "--nthreads", "1")
        started = self.start(*command, str(workers), threads, one, **environment)
        wait_until(lambda: self.said(len(self.running) - 1, "Registered to:") == workers)
        return started

    def said(self, number: int, text: str) -> int:
        """How often a process has printed a text."""
        return (self.folder / f"{number}.log").read_text().count(text)

    def end(self) -> None:
        """End all of them."""
        for one in self.running:
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()


@pytest.fixture
def daemons(tmp_path: Path) -> Iterator[Daemons]:
    (tmp_path / "dask").mkdir()
    one = Daemons(tmp_path / "dask")
    yield one
    one.end()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What comes of the runs in one process that nobody disturbs."""
    return computed(came(tmp_path_factory.mktemp("alone"), *(long(name, k) for k, name in enumerate("abc"))))


def test_a_cluster_computes_what_one_process_does_though_a_worker_is_killed(
    daemons: Daemons, tmp_path: Path, alone: dict[str, object]
) -> None:
    daemons.work(2)
    first = start(tmp_path, *(long(name, k) for k, name in enumerate("abc")), scheduler=daemons.address)
    wait_until(lambda: is_held(tmp_path))
    os.kill(holder(tmp_path, "a"), signal.SIGKILL)
    printed, errors = first.communicate(timeout=120)
    assert (first.returncode, errors) == (0, "")
    outcomes, said = read(printed)
    assert computed(list(outcomes.values())) == alone
    assert all(one.machine.keys() >= {"system", "processor", "kernel", "NumPy"} for one in outcomes.values())
    assert re.fullmatch(rf"{daemons.address}: [12] workers? \(tcp://.*\)", said[0])


def test_a_scheduler_that_is_gone_is_one_message_and_the_next_one_goes_on(
    daemons: Daemons, tmp_path: Path, alone: dict[str, object]
) -> None:
    daemons.work()
    a, *others = [long(name, k) for k, name in enumerate("abc")]
    jobs = [*others, a]
    first = start(tmp_path, *jobs, scheduler=daemons.address)
    wait_until(lambda: is_held(tmp_path))
    daemons.scheduler.kill()
    printed, errors = first.communicate(timeout=60)
    assert (first.returncode, errors) == (1, "")
    assert "the scheduler is gone; what is done is kept" in read(printed)[1][-1]
    assert computed(came(tmp_path, *jobs)) == alone


def refused(tmp_path: Path, **options: str) -> tuple[int, str, float]:
    """The exit code, what was said, and how many seconds it took."""
    since = time.monotonic()
    one = start(tmp_path, long("a"), **options)
    printed, errors = one.communicate(timeout=60)
    assert errors == ""
    return one.returncode, "\n".join(read(printed)[1]), time.monotonic() - since


def test_workers_that_would_compute_something_else_are_refused(daemons: Daemons, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "rnn_cli").mkdir(parents=True)
    first = other / "rnn_cli/__init__.py"  # without one, Python goes on to a package that is installed
    first.write_text("raise ImportError('no rnn here')\n")
    worker = daemons.work(PYTHONPATH=str(other))
    code, said, _ = refused(tmp_path, scheduler=daemons.address)
    assert code == 2
    assert "cannot run rnn (" in said
    os.killpg(worker.pid, signal.SIGKILL)
    for one in (PROJECT / "rnn_cli").rglob("*.py"):
        place = other / one.relative_to(PROJECT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(one.read_bytes())
    (other / "rnn_cli/version.py").write_text('__version__ = "0.0.7"\n')
    daemons.work(PYTHONPATH=str(other))
    code, said, _ = refused(tmp_path, scheduler=daemons.address)
    assert code == 2
    assert re.search(r"the worker tcp://\S+, .* has rnn 0\.0\.7, and here it is ", said)


def test_where_no_scheduler_is_the_message_comes_within_seconds(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        closed = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        code, said, seconds = refused(tmp_path, scheduler=closed)
        assert (code, "no scheduler can be reached there" in said) == (1, True)
        silent.listen()  # and one that takes the connection and says nothing
        code, said, more = refused(tmp_path, scheduler=closed)
    assert (code, "no scheduler can be reached there (no answer)" in said) == (1, True)
    assert max(seconds, more) < 30  # five of its own; the rest is what Python and Dask take to start on a busy machine


def test_an_encrypted_connection_needs_its_files(tmp_path: Path) -> None:
    code, said, _ = refused(tmp_path, scheduler="tls://127.0.0.1:1")
    assert (code, "needs --tls-ca, --tls-cert, --tls-key" in said) == (2, True)
