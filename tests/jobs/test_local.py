"""Workers that are processes: the same numbers as in one process, whoever is killed in the middle, and nothing left running."""

import os
import re
import signal
from multiprocessing import active_children
from pathlib import Path

import pytest

from rnn_cli.jobs import local
from rnn_cli.jobs.engine import open_engine
from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.work import file_of
from rnn_cli.models.tensors import read_tensors
from rnn_cli.training.checkpoint import opened
from tests.jobs.test_engine import came
from tests.support import holding
from tests.support.command import is_alive
from tests.support.coordinator import read, start, wait_until
from tests.support.holding import is_held


def long(name: str, seed: int = 0) -> Job:
    """Short steps, saved often, and as many again after the one at which a run is held."""
    given = {"hidden_size": 2, "max_steps": 60, "checkpoint_every": 10, "seed": seed}
    return Job(name, "parity:length=3", given)


def holder(folder: Path, name: str) -> int:
    """The process that computes a run."""
    found = re.search(r"process (\d+)", (folder / f"runs/.{name}.safetensors.lock").read_text())
    assert found is not None
    return int(found[1])


def computed(outcomes: list[Outcome]) -> dict[str, object]:
    return {one.name: one.computed for one in outcomes}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What comes of the runs in one process that nobody disturbs."""
    return computed(came(tmp_path_factory.mktemp("alone"), long("a"), long("b", 1), long("c", 2)))


def test_a_worker_that_is_killed_costs_its_run_nothing_and_the_others_neither(
    tmp_path: Path, alone: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "work", holding.work)
    outcomes, said, killed = [], list[str](), False
    with open_engine(tmp_path, workers=2) as engine:
        for k, name in enumerate("abc"):
            engine.submit(long(name, k))
        for outcome in engine.outcomes(0.01):
            outcomes += [] if outcome is None else [outcome]
            said += [engine.said.pop(0) for _ in engine.said[:]]
            if not killed and is_held(tmp_path):
                os.kill(holder(tmp_path, "a"), signal.SIGKILL)
                killed = True
    assert said == ["a: its worker died; it goes on from its last checkpoint"]
    assert computed(outcomes) == alone
    assert not active_children()


def test_the_workers_of_a_coordinator_that_is_killed_end_and_the_next_one_goes_on(
    tmp_path: Path, alone: dict[str, object]
) -> None:
    first = start(tmp_path, long("a"), workers=1)
    wait_until(lambda: is_held(tmp_path))
    worker = holder(tmp_path, "a")
    first.kill()
    first.communicate()
    (outcome,) = came(tmp_path, long("a"))  # the worker may have the lock for another step
    assert outcome.computed == alone["a"]
    wait_until(lambda: not is_alive(worker))


def test_ctrl_c_saves_what_runs_and_drops_what_waits(tmp_path: Path, alone: dict[str, object]) -> None:
    first = start(tmp_path, long("a"), long("b", 1), workers=1)
    wait_until(lambda: is_held(tmp_path))
    os.killpg(first.pid, signal.SIGINT)  # as a terminal does: to the workers too
    printed, errors = first.communicate(timeout=60)
    assert (first.returncode, errors) == (130, "")
    outcomes, _ = read(printed)
    assert {name: one.state for name, one in outcomes.items()} == {"a": "interrupted"}
    assert outcomes["a"].step == holding.AT + 1
    saved = opened("a", *read_tensors(file_of(tmp_path, "a"))).run
    assert saved is not None
    assert saved.progress.step == outcomes["a"].step
    (other,) = came(tmp_path, long("b", 1))
    assert other.computed == alone["b"]
