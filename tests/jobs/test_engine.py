"""The engine: each job's outcome once and the same to the bit, whoever computes it and whatever dies on the way."""

import json
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.jobs.engine import open_engine
from rnn_cli.jobs.job import Job, Outcome
from rnn_cli.jobs.work import file_of
from rnn_cli.jobs.workers import Seat
from rnn_cli.models.load import load_model
from rnn_cli.training.run import Run, RunEvent, run_events
from tests.support.executors import here


def tiny(name: str = "one", until: float | None = None, enough: float | None = None, **given: Any) -> Job:
    """Six steps of a network of two units."""
    return Job(
        name, "parity:length=3,examples=64", {"hidden_size": 2, "max_steps": 6, **given}, until=until, enough=enough
    )


def came(folder: Path, *jobs: Job, seats: list[Seat] | None = None) -> list[Outcome]:
    """What comes of jobs, in the test's own process, in the order of their names."""
    with open_engine(folder, seats=here() if seats is None else seats) as engine:
        for job in jobs:
            engine.submit(job)
        return sorted((one for one in engine.outcomes(0) if one is not None), key=lambda one: one.name)


def test_an_outcome_says_what_the_file_of_its_run_holds(tmp_path: Path) -> None:
    (outcome,) = came(tmp_path, tiny(cell="lstm"))
    assert (outcome.state, outcome.step, outcome.kept_step, outcome.metric) == ("done", 6, 6, "accuracy")
    assert outcome.parameter_count == load_model(str(file_of(tmp_path, "one"))).network.parameters.flat.size
    events = [json.loads(line) for line in (tmp_path / "runs/one.jsonl").read_text().splitlines()]
    assert events[-1]["event"] == "done"
    assert events[-1]["metric"]["value"] == outcome.value


def test_the_files_of_a_run_are_the_same_in_every_folder(tmp_path: Path) -> None:
    folders = tmp_path / "here", tmp_path / "elsewhere"
    for folder in folders:
        came(folder, tiny(checkpoint_every=2))
    for name in ("one.jsonl", "one.safetensors"):
        one, other = ((folder / "runs" / name).read_bytes() for folder in folders)
        assert one == other
    assert b'"path": "runs/one.safetensors"' in (folders[0] / "runs/one.jsonl").read_bytes()


def test_what_is_in_the_folder_is_not_run_again(tmp_path: Path) -> None:
    first = came(tmp_path, tiny())
    ran: list[str] = []
    again = came(tmp_path, tiny(), tiny("two"), seats=[*here(ran.append)])
    assert ran == ["two"]
    assert again[0] == first[0]


def test_a_torn_last_record_is_run_again_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (first,) = came(tmp_path, tiny())
    records = tmp_path / "runs.jsonl"
    whole = records.read_bytes()
    records.write_bytes(whole[:-20])
    ran: list[str] = []
    (again,) = came(tmp_path, tiny(), seats=[*here(ran.append)])
    assert ran == ["one"]
    assert again.computed == first.computed
    assert [json.loads(line)["event"] for line in records.read_text().splitlines()] == ["begun", "outcome"]


@pytest.mark.parametrize("line", ["", "[1]", '{"event": "outcome", "name": 3}', "{"])
def test_a_line_that_is_no_record_is_named(line: str, tmp_path: Path) -> None:
    came(tmp_path, tiny())
    records = tmp_path / "runs.jsonl"
    records.write_text(records.read_text() + line + "\n" + records.read_text())
    with pytest.raises(InputError, match=r"runs\.jsonl:3.*"):
        came(tmp_path, tiny())


def test_a_name_is_not_given_to_another_run(tmp_path: Path) -> None:
    came(tmp_path, tiny())
    with pytest.raises(InputError, match="the run one there has other settings"):
        came(tmp_path, tiny(learning_rate=0.1))


def test_a_run_that_pauses_is_the_run_that_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    (whole,) = came(folder, tiny(cell="rnn"))
    files = [(folder / f"runs/one.{ending}").read_bytes() for ending in ("safetensors", "jsonl")]
    folder.rename(tmp_path / "b")  # the log names the place of the checkpoint
    (paused,) = came(folder, tiny(cell="rnn", until=1 / 3))
    (later,) = came(folder, tiny(cell="rnn", until=2 / 3))
    (done,) = came(folder, tiny(cell="rnn"))
    assert [one.state for one in (paused, later, done)] == ["paused", "paused", "done"]
    assert [one.step for one in (paused, later, done)] == [2, 4, 6]
    assert done.computed == whole.computed
    assert files == [(folder / f"runs/one.{ending}").read_bytes() for ending in ("safetensors", "jsonl")]
    assert came(folder, tiny(cell="rnn", until=1 / 3)) == [paused]


def test_enough_is_the_first_evaluation_that_is_good_enough(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "keep": "metric",
        "eval_every": 3,
        "max_steps": 30,
        "hidden_size": 8,
        "learning_rate": 0.05,
    }
    came(tmp_path / "a", tiny(**given))
    events = [json.loads(line) for line in (tmp_path / "a/runs/one.jsonl").read_text().splitlines()]
    measured = {event["step"]: event["metric"]["value"] for event in events if event["event"] == "eval"}
    better = [
        step for step, value in measured.items() if value > max((measured[s] for s in measured if s < step), default=0)
    ]
    first = better[1]  # so that the run ends neither at its first evaluation nor at its last
    goal = measured[first]
    (outcome,) = came(tmp_path / "b", tiny(enough=goal, **given))
    assert (outcome.state, outcome.step, outcome.value) == ("done", first, measured[first])
    assert 3 < first < 30
    (tmp_path / "b/runs.jsonl").unlink()  # as if a kill had come between its checkpoint and its record
    (again,) = came(tmp_path / "b", tiny(enough=goal, **given))
    assert again.computed == outcome.computed


def test_a_run_that_fails_says_why_and_hides_no_other(tmp_path: Path) -> None:
    broken = Job("broken", "parity:length=3", {"cell": "nonesuch"})
    wild = Job("wild", "adding:length=4", {"cell": "rnn", "cell_options": ["activation=relu"], "learning_rate": 1e30})
    outcomes = came(tmp_path, tiny(), broken, wild)
    assert [(one.name, one.state) for one in outcomes] == [("broken", "failed"), ("one", "done"), ("wild", "failed")]
    assert "nonesuch" in str(outcomes[0].message)
    assert "finite" in str(outcomes[2].message)
    assert came(tmp_path, broken) == [outcomes[0]]


def test_a_job_whose_worker_dies_is_tried_three_times_and_once_more_when_asked(tmp_path: Path) -> None:
    ran: list[str] = []

    def die(name: str) -> None:
        ran.append(name)
        if name == "fatal" or (name == "unlucky" and ran.count(name) < 3):
            raise BrokenProcessPool
        if name == "full":
            raise SystemRefused("No space left on device")

    outcomes = came(tmp_path, *map(tiny, ("fatal", "unlucky", "full", "one")), seats=[*here(die)])
    assert [ran.count(name) for name in ("fatal", "unlucky", "full", "one")] == [3, 3, 3, 1]
    said = {one.name: (one.state, one.message) for one in outcomes}
    assert said == {
        "fatal": ("failed", "its worker died 3 times"),
        "full": ("failed", "No space left on device"),
        "one": ("done", None),
        "unlucky": ("done", None),
    }
    assert [one.state for one in came(tmp_path, tiny("fatal"), tiny("unlucky"))] == ["done", "done"]


def test_a_stopped_engine_drops_what_waits_and_goes_on_the_next_time(tmp_path: Path) -> None:
    with open_engine(tmp_path, seats=here()) as engine:
        for name in "abc":
            engine.submit(tiny(name))
        for outcome in engine.outcomes(0):
            if outcome is not None:
                engine.stop()
                assert not engine.waiting
    records = (tmp_path / "runs.jsonl").read_text()
    assert [records.count(f'"outcome", "name": "{name}"') for name in "abc"] == [1, 0, 0]
    assert [one.state for one in came(tmp_path, *map(tiny, "abc"))] == ["done"] * 3


def test_a_folder_has_one_engine(tmp_path: Path) -> None:
    with open_engine(tmp_path, seats=here()), pytest.raises(InputError, match="is writing it"):
        came(tmp_path, tiny())


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x", ".x", "a" * 200, "a b", "a\x00"])
def test_a_name_that_is_no_name_of_a_file_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="name of a run"):
        tiny(name)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (MemoryError(), "not enough memory on "),
        (ZeroDivisionError("by 0"), "a fault of rnn itself: ZeroDivisionError: by 0 (test_engine.py:"),
        (OSError(5, "Input/output error", "runs"), "runs: Input/output error"),
    ],
)
def test_what_nobody_expects_fails_one_run_and_is_tried_again(
    raised: Exception, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(run: Run, out: Path, **others: Any) -> Iterator[RunEvent]:
        if out.stem == "one":
            raise raised
        return run_events(run, out, **others)

    with monkeypatch.context() as patched:
        patched.setattr("rnn_cli.jobs.work.run_events", broken)
        failed, done = came(tmp_path, tiny(), tiny("two"))
    assert (failed.state, done.state) == ("failed", "done")
    assert str(failed.message).startswith(said)
    assert came(tmp_path, tiny())[0].state == "done"


def test_kernels_that_differ_are_said_once(tmp_path: Path) -> None:
    came(tmp_path, tiny("one"), tiny("two"))
    records = tmp_path / "runs.jsonl"
    ours = json.loads(records.read_text().splitlines()[-1])["machine"]["kernel"]
    records.write_text(records.read_text().replace(f'"kernel": "{ours}"', '"kernel": "Another"'))
    with open_engine(tmp_path, seats=here()) as engine:
        for name in ("one", "two"):
            engine.submit(tiny(name))
        assert not [one for one in engine.outcomes(0) if engine.said]
        for name in ("three", "four"):
            engine.submit(tiny(name))
        assert len([one for one in engine.outcomes(0) if one is not None]) == 2
        kernels = ", ".join(sorted(("Another", ours)))
        assert engine.said == [f"the kernels of the workers' processors differ ({kernels}): so may the last digits"]
