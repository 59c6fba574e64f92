"""A run that is stopped or killed, at any step, and resumed ends with the bytes of one that was left alone."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.training import run
from tests.support.command import Result
from tests.support.networks import slow_but, slow_if
from tests.support.runs import LOG, OUT, RUNS, killed_at, left_behind, put_back, start, stopped_after

Command = Callable[..., Result]


EVERY = ("--checkpoint-every", "5")
"""Seen in the log, and so one for all: each run is made once, alone, for all tests."""

WHOLE: dict[tuple[str, ...], tuple[bytes, bytes]] = {}
"""What uninterrupted runs left behind: nothing but the command decides the bytes, so each is made once."""


def whole(call: Command, name: str, *more: str) -> tuple[tuple[bytes, bytes], int]:
    """What an uninterrupted run leaves behind, which lies there afterwards, and how many steps it made."""
    if (name, *more) not in WHOLE:
        result = call(*start(name), *more)
        assert result.code == 0, result.stderr
        WHOLE[name, *more] = left_behind()
    put_back(WHOLE[name, *more])
    events = [json.loads(line) for line in WHOLE[name, *more][1].splitlines()]
    assert events[-1]["event"] == "done"
    return WHOLE[name, *more], max(one["step"] for one in events if one["event"] == "step")


def clear() -> None:
    """Away with the file and the log."""
    for name in (OUT, LOG):
        Path(name).unlink()


@pytest.fixture
def thinned(request: pytest.FixtureRequest) -> "Thinned":
    """Some of the steps of a run: one in the middle, and the last where asked for; all of them with --run-slow."""

    def some(steps: list[int], last: bool = False) -> list[int]:
        return steps if request.config.getoption("--run-slow") else [steps[len(steps) // 2], *steps[-1:] * last]

    return some


Thinned = Callable[..., list[int]]


SINGLE = (
    "patience",
    "a text, back through two chunks",
    "translate, half free running",
    "the same dropout at all steps",
)
"""Runs in which the most is carried from step to step."""

SITTINGS = [*product(SINGLE, [1]), ("classify", 4), ("describe", 4)]
"""Runs that are always made in sittings of so many steps."""


@pytest.mark.parametrize("name", slow_if(RUNS, *dict(SITTINGS)))
def test_stopped_once(name: str, call: Command, here: Path, monkeypatch: pytest.MonkeyPatch, thinned: Thinned) -> None:
    expected, steps = whole(call, name, *EVERY)
    assert steps >= 6
    for stop in thinned(list(range(1, steps))):
        clear()
        with stopped_after(monkeypatch, stop):
            assert call(*start(name), *EVERY).code == 130
        assert left_behind()[0] != expected[0]
        result = call("train", "--resume", OUT, "--log", LOG)
        assert result.code == 0, result.stderr
        assert left_behind()[0] == expected[0], f"the file differs when stopped after step {stop}"
        assert left_behind()[1] == expected[1], f"the log differs when stopped after step {stop}"


KILLED = ["classify", "patience", "a text with carried state", "a text, back through two chunks", "describe"]


@pytest.mark.parametrize("name", slow_if(KILLED, "classify", "a text with carried state"))
def test_killed(name: str, call: Command, here: Path, monkeypatch: pytest.MonkeyPatch, thinned: Thinned) -> None:
    """Nothing is saved at a kill: the run goes on from its last checkpoint, at worst that of step 0."""
    expected, steps = whole(call, name, *EVERY)
    for step in thinned(list(range(1, steps + 1)), last=True):
        clear()
        with killed_at(monkeypatch, step):
            assert call(*start(name), *EVERY).code == 130
        assert call("train", "--resume", OUT, "--log", LOG).code == 0
        assert left_behind() == expected, f"differs when killed at step {step}"


@pytest.mark.parametrize(("name", "sitting"), slow_but(SITTINGS, product(RUNS, (1, 4))))
def test_stopped_after_every_sitting(
    name: str, sitting: int, call: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sittings of a step, or of a few: whatever step a file does not keep all of, the bytes at the end tell."""
    expected, steps = whole(call, name, *EVERY)
    clear()
    with stopped_after(monkeypatch, sitting):
        code, sittings = call(*start(name), *EVERY).code, 1
        while code == 130:
            code, sittings = call("train", "--resume", OUT, "--log", LOG).code, sittings + 1
    # Ctrl-C during the last step leaves a finished run and 130 all the same; one more sitting finds nothing to do.
    assert code == 0
    assert steps // sitting < sittings <= steps + 1
    assert left_behind() == expected


def test_killed_while_it_is_resumed(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "two layers with dropout"
    expected, steps = whole(call, name, *EVERY)
    clear()
    with killed_at(monkeypatch, 3):
        call(*start(name), *EVERY)
    for step in range(2, steps + 1, 2):
        with killed_at(monkeypatch, step):
            call("train", "--resume", OUT, "--log", LOG)
    call("train", "--resume", OUT, "--log", LOG)
    assert left_behind() == expected


def test_a_file_is_there_before_the_first_step(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_at(monkeypatch, 1):
        assert call(*start("classify")).code == 130
    events = [json.loads(line)["event"] for line in Path(LOG).read_text().splitlines()]
    assert events == ["start", "checkpoint"]
    assert call("inspect", OUT).code == 0


@pytest.mark.parametrize("name", list(RUNS))
def test_a_finished_run_has_nothing_to_do(name: str, call: Command, here: Path) -> None:
    expected, steps = whole(call, name, *EVERY)
    result = call("train", "--resume", OUT, "--log", LOG)
    assert (result.code, result.stdout) == (0, "")
    assert result.stderr == (
        f"{OUT}: nothing to do: the run has made all its {steps:,} steps (--epochs or --max-steps raise the total)\n"
    )
    assert left_behind() == expected
    lower = ("--epochs", "1") if "--epochs" in RUNS[name] else ("--max-steps", "3")
    assert "nothing to do" in call("train", "--resume", OUT, *lower).stderr


@pytest.mark.parametrize("name", ["patience", "a text with carried state"])
def test_the_last_line_of_a_log_that_a_kill_took_is_written(name: str, call: Command, here: Path) -> None:
    expected, _ = whole(call, name, *EVERY)
    lines = expected[1].splitlines(keepends=True)
    for torn in (b"", lines[-1][:-1], lines[-1][:-2] + b'x"'):  # as a kill between the last save and the end leaves it
        Path(LOG).write_bytes(b"".join(lines[:-1]) + torn)
        result = call("train", "--resume", OUT, "--log", LOG)
        assert (result.code, result.stdout) == (0, "")
        assert result.stderr.endswith(f"\n{LOG}: its last line was missing, and is written\n")
        assert left_behind() == expected


LONGER = {
    "classify": ("--epochs", "4"),
    "two layers with dropout": ("--epochs", "5"),
    "a text with carried state": ("--epochs", "3"),
    "a text, back through two chunks": ("--max-steps", "31"),
    "words of a text, a vanilla cell": ("--max-steps", "25"),
    "translate, half free running": ("--epochs", "3"),
    "describe": ("--epochs", "3"),
    "recall": ("--max-steps", "13"),
    "adamw": ("--epochs", "3"),
    "momentum with a cosine": ("--epochs", "5", "--schedule-steps", "9"),
    "sgd in steps": ("--epochs", "4", "--schedule-steps", "9"),
}


@pytest.mark.parametrize(
    "name",
    slow_if(LONGER, "two layers with dropout", "words of a text, a vanilla cell", "adamw", "classify", "describe"),
)
def test_a_higher_total_goes_on_to_what_a_longer_run_is(name: str, call: Command, here: Path) -> None:
    longer, _ = whole(call, name, *EVERY, *LONGER[name])
    clear()
    _, steps = whole(call, name, *EVERY)
    result = call("train", "--resume", OUT, *LONGER[name])
    assert result.code == 0, result.stderr
    assert without_log_offset(OUT) == without_log_offset_of(longer[0], here)
    assert f"steps {steps:,} to " in result.stderr


def test_a_higher_total_goes_on_in_the_middle_of_an_epoch_and_with_the_best_weights_kept(
    call: Command, here: Path
) -> None:
    """Every run ends with an evaluation, and with --patience in its best weights; a longer one knows nothing of that."""
    for steps in (7, 10, 13):
        name, more = "patience", ("--patience", "9", "--epochs", "9")
        longer, _ = whole(call, name, *more, "--max-steps", "21")
        clear()
        whole(call, name, *more, "--max-steps", str(steps))
        assert call("train", "--resume", OUT, "--max-steps", "21", "--epochs", "9").code == 0
        assert without_log_offset(OUT) == without_log_offset_of(longer[0], here)
        clear()


@pytest.mark.parametrize("name", ["momentum with a cosine", "sgd in steps"])
def test_a_schedule_is_not_bent_by_a_higher_total(name: str, call: Command, here: Path) -> None:
    """A schedule over other steps is another run from its first step on: what cannot be the same is refused."""
    expected, steps = whole(call, name, *EVERY)
    for more in (("--epochs", "5"), ("--max-steps", str(steps + 1)), ("--epochs", "5", "--schedule-steps", "15")):
        refused = call("train", "--resume", OUT, *more)
        assert (refused.code, refused.stdout) == (2, "")
        assert len(refused.stderr.splitlines()) <= 2
        assert re.search(rf"(ends at|it is|--schedule-steps) (step )?{steps}\b", refused.stderr)
        assert left_behind() == expected
    clear()
    planned, _ = whole(call, name, "--schedule-steps", str(steps + 4), "--max-steps", str(steps + 4), "--epochs", "9")
    clear()
    whole(call, name, "--schedule-steps", str(steps + 4), "--max-steps", str(steps), "--epochs", "9")
    assert call("train", "--resume", OUT, "--max-steps", str(steps + 4), "--epochs", "9").code == 0
    assert without_log_offset(OUT) == without_log_offset_of(planned[0], here)


def test_a_run_that_stopped_early_goes_on_only_when_asked_to(call: Command, here: Path) -> None:
    _, steps = whole(call, "patience", "--learning-rate", "5", "--epochs", "30")
    assert json.loads(Path(LOG).read_text().splitlines()[-1])["reason"] == "early stopping"
    assert steps < 90
    assert "nothing to do" in call("train", "--resume", OUT).stderr
    assert call("train", "--resume", OUT, "--epochs", "60", "--log", "more.jsonl").code == 0
    made = [json.loads(line)["event"] for line in Path("more.jsonl").read_text().splitlines()].count("step")
    assert made >= 6  # three evaluations, two steps apart


def test_killed_between_the_evaluation_that_ends_it_and_its_file(
    call: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint of the last step knows that patience is at its end: a resumed run makes no further step."""
    more = ("--learning-rate", "5", "--epochs", "30", "--checkpoint-every", "1")
    expected, steps = whole(call, "patience", *more)
    clear()
    save = run._save

    def killed(*arguments: Any, **named: Any) -> Iterator[Any]:
        if "ended" in named:
            raise KeyboardInterrupt
        return save(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(run, "_save", killed)
        assert call(*start("patience"), *more).code == 130
    assert f'"step":{steps}' in Path(LOG).read_text().replace(" ", "")
    assert left_behind() != expected
    assert call("train", "--resume", OUT, "--log", LOG).code == 0
    assert left_behind() == expected


def without_log_offset(path: str | Path) -> tuple[object, dict[str, bytes]]:
    """All that a file holds but for how long its log was: another run has another log."""
    from rnn_cli.models.tensors import read_tensors

    arrays, metadata = read_tensors(Path(path))
    del metadata["run"]["log_offset"], metadata["run"]["log_digest"], metadata["digest"]
    return metadata, {name: array.tobytes() for name, array in arrays.items()}


def without_log_offset_of(data: bytes, folder: Path) -> tuple[object, dict[str, bytes]]:
    """The same, of a file's bytes."""
    path = folder / "other.safetensors"
    path.write_bytes(data)
    return without_log_offset(path)


def test_the_data_may_lie_elsewhere(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _ = whole(call, "classify", *EVERY)
    clear()
    with stopped_after(monkeypatch, 4):
        call(*start("classify"), *EVERY)
    shutil.move("classify.tsv", "moved.tsv")
    result = call("train", "--resume", OUT)
    assert (result.code, result.stdout) == (2, "")
    assert "classify.tsv" in result.stderr
    assert call("train", "moved.tsv", "--resume", OUT).code == 0
    from rnn_cli.models.tensors import read_tensors

    Path("expected.safetensors").write_bytes(expected[0])
    (ours, _), (theirs, _) = read_tensors(Path(OUT)), read_tensors(Path("expected.safetensors"))
    assert {k: v.tobytes() for k, v in ours.items()} == {k: v.tobytes() for k, v in theirs.items()}


def test_only_the_runs_own_log_is_gone_on_in(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stopped_after(monkeypatch, 4):
        call(*start("classify"))
    saved, log = Path(OUT).read_bytes(), Path(LOG).read_bytes()
    shutil.copy("classify.tsv", "data.jsonl")
    others = {
        "data.jsonl": Path("classify.tsv").read_bytes(),
        "short.jsonl": b"mine\n",
        "another-run.jsonl": log.replace(b'"loss": ', b'"loss": 1', 1),
        "cut.jsonl": log[: len(log) // 2],
    }
    for name, content in others.items():
        Path(name).write_bytes(content)
        result = call("train", "--resume", OUT, "--log", name)
        assert (result.code, result.stdout) == (2, ""), name
        assert f"--log {name}: is not the log of this run" in result.stderr
        assert Path(name).read_bytes() == content
        assert Path(OUT).read_bytes() == saved
    Path("empty.jsonl").write_bytes(b"")
    for name in ("empty.jsonl", "new.jsonl"):
        Path(OUT).write_bytes(saved)
        assert call("train", "--resume", OUT, "--log", name).code == 0
        events = [json.loads(line) for line in Path(name).read_text().splitlines()]
        assert events[0]["event"] == "start"
        assert [one["step"] for one in events if one["event"] == "step"] == list(range(5, 11))
