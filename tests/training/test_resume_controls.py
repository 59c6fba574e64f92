"""Negative controls of test_resume.py: whatever field of a checkpoint is lost or changed, the resumed run is no more the one
that was left alone, or the file is refused. A field of which neither is true would be one that no test of resuming tests.

The fields are read from the checkpoint itself, so that a new one is tried too. Each file is signed anew after the change, as
a file's author would do it.
"""

from collections.abc import Iterator
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError
from rnn_cli.models.tensors import read_tensors, write_tensors
from rnn_cli.models.trained import digest_of
from rnn_cli.training.checkpoint import Checkpoint, opened
from tests.conftest import Command
from tests.support.networks import slow_but
from tests.support.runs import LOG, OUT, RUNS, left_behind, put_back, start, stopped_after

Arrays = dict[str, Array]
Said = dict[str, Any]
Place = tuple[str, ...]

RUN, SETTINGS = "run", "settings"
MOST = "all that a run carries"
LINE = (
    *(
        "train",
        "text.txt",
        "--task",
        "lm",
        "--batch-size",
        "2",
        "--truncate",
        "9,20",
        "--num-layers",
        "2",
        "--dropout",
        "0.2",
    ),
    *("--hidden-size", "3", "--embedding-size", "2", "--validation", "0.2", "--patience", "9", "--eval-every", "2"),
    *("--learning-rate", "0.3", "--seed", "2", "--max-steps", "14", "--out", OUT, "--log", LOG),
)
"""Weights, moments, states, draws, a schedule of evaluations, and best weights that are not the last."""

REDUNDANT = {
    "run.ended": "says of the file whether it is that of the run's end, and every save says it anew",
    "run.kept_step": "says of the file which weights it shows, and every save says it anew",
    "run.kept_by": "says of the file which weights it shows, and every save says it anew",
    'run.log_digest = ""': "a file of version 0.1.0, whose log is known by its last event",
}
"""Fields that tell readers of the file something, and that no run goes on from; with the reason."""

BEST = ("run.progress.best", "run.progress.since_best", "run.best")
"""What a later evaluation that is better writes anew."""

UNNOTICED, SAME, REFUSED, OTHER = "unnoticed", "read as it was", "refused", "another run"


def fields_of(data: Said, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The place of every value of the metadata; a list is one value."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from fields_of(value, (*place, key))
        else:
            yield (*place, key), value


def holder(metadata: Said, place: Place) -> Said:
    """The object that a field stands in."""
    for key in place[:-1]:
        metadata = metadata[key]
    return metadata


def others(value: Any) -> list[Any]:
    """Values of the same type that a field might have instead."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, max(value - 1, 0)]
    if isinstance(value, float):
        return [value * 0.5 + 0.01]
    if isinstance(value, str):
        return ["f" * len(value), ""]
    return [["x"]] if value == [] else [] if value is None else [value[1:], [*value, *value[-1:]]]


def changes(arrays: Arrays, metadata: Said, part: str) -> Iterator[tuple[str, Arrays, Said]]:
    """Every field of the run, or every setting, dropped and changed; the run's arrays and the weights too."""
    for place, value in fields_of(metadata["run"], ("run",)):
        if (place[1] == "config") != (part == SETTINGS):
            continue
        name = ".".join(place)
        dropped = deepcopy(metadata)
        del holder(dropped, place)[place[-1]]
        yield f"{name} dropped", arrays, dropped
        for other in others(value):
            changed = deepcopy(metadata)
            holder(changed, place)[place[-1]] = other
            if other != value:
                yield f'{name} = "{other}"' if other == "" else f"{name} = {other}", arrays, changed
    if part == SETTINGS:
        return
    for name, array in arrays.items():
        yield f"{name} dropped", {key: one for key, one in arrays.items() if key != name}, metadata
        yield f"{name} changed", {**arrays, name: (array * 1.01 + 0.01).astype(array.dtype)}, metadata
    skipped = deepcopy(metadata)
    for place in (("progress", "step"), ("progress", "batch"), ("updates",)):
        holder(skipped["run"], place)[place[-1]] += 1
    yield "a batch skipped", arrays, skipped


def said_in(checkpoint: Checkpoint) -> Said:
    """What a checkpoint says of its run, once it is read."""
    assert checkpoint.run is not None
    run = {key: value for key, value in vars(checkpoint.run).items() if key not in ("config", "progress")}
    return run | vars(checkpoint.run.progress) | {"config": checkpoint.config}


class Control:
    """A run that was stopped in its middle, and what one leaves behind that was left alone."""

    def __init__(self, line: list[str], call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        self.call = call
        assert call(*line).code == 0
        self.expected = left_behind()
        end = read_tensors(Path(OUT))[1]["run"]["progress"]
        stop = min(max(end["best_step"], end["step"] // 2), end["step"] - 1)
        self._stop(line, stop, monkeypatch)
        if self.metadata["run"]["progress"]["batch"] == 0 and any("state." in name for name in self.arrays):
            self._stop(line, stop - 1, monkeypatch)  # a new epoch begins with no state
        self.finds_better = end["best_step"] > self.metadata["run"]["progress"]["step"]
        self.said = said_in(opened(OUT, self.arrays, self.metadata))
        assert self.try_it(self.arrays, self.metadata) == UNNOTICED

    def _stop(self, line: list[str], step: int, monkeypatch: pytest.MonkeyPatch) -> None:
        for one in (OUT, LOG):
            Path(one).unlink()
        with stopped_after(monkeypatch, step):
            assert self.call(*line).code == 130
        self.stopped = left_behind()
        self.arrays, self.metadata = read_tensors(Path(OUT))

    def try_it(self, arrays: Arrays, metadata: Said) -> str:
        """What comes of a resumed run whose file holds this."""
        signed = metadata | {"digest": digest_of(arrays, metadata)}
        try:
            said = said_in(opened(OUT, arrays, signed))
        except ModelFileError:
            return REFUSED
        if arrays is self.arrays and metadata is not self.metadata and said == self.said:
            return SAME  # what was dropped is what such a file means where it says nothing
        put_back(self.stopped)
        write_tensors(Path(OUT), arrays, signed)
        if self.call("train", "--resume", OUT, "--log", LOG).code:
            return REFUSED
        return UNNOTICED if left_behind() == self.expected else OTHER

    def unnoticed(self, part: str) -> tuple[dict[str, str], list[str]]:
        """What came of each change, and those that nobody would notice and nothing explains."""
        found = {what: self.try_it(*held) for what, *held in changes(self.arrays, self.metadata, part)}
        fine = (*REDUNDANT, *(BEST if self.finds_better else ()), *(("run.log_digest dropped",)))
        return found, [what for what, came in found.items() if came == UNNOTICED and not what.startswith(fine)]


@pytest.mark.parametrize(("name", "part"), slow_but([(MOST, RUN)], product([MOST, *RUNS], [RUN, SETTINGS])))
def test_whatever_is_lost_or_changed_is_noticed(
    name: str, part: str, call: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Control(list(LINE) if name == MOST else start(name), call, monkeypatch)
    found, unnoticed = control.unnoticed(part)
    print(name, part, {came: list(found.values()).count(came) for came in sorted(set(found.values()))})
    assert unnoticed == []
    if name == MOST:
        assert not control.finds_better
        assert {"run.best", "run.optimizer.mean", "run.optimizer.square"} < set(control.arrays)
        assert any(one.startswith("run.state.") for one in control.arrays)


def test_the_last_weights_of_a_finished_run_are_gone_on_from(call: Command, here: Path) -> None:
    """What the file of a run's end holds beside its best weights, and what --max-steps goes on with."""

    def result() -> dict[str, bytes]:
        return {name: array.tobytes() for name, array in read_tensors(Path(OUT))[0].items()}

    assert call(*LINE).code == 0
    whole = result()
    assert call(*LINE, "--max-steps", "9", "--overwrite").code == 0
    arrays, metadata = read_tensors(Path(OUT))
    assert not np.array_equal(arrays["run.last"], arrays["run.best"])
    for name, other, code, is_whole in (
        ("run.last", arrays["run.last"], 0, True),
        ("run.last", arrays["run.best"], 0, False),
        ("run.best", arrays["run.last"], 0, False),
        ("run.last", None, 0, False),
        ("run.best", None, 4, False),
    ):
        held = {key: array for key, array in {**arrays, name: other}.items() if array is not None}
        write_tensors(Path(OUT), held, metadata | {"digest": digest_of(held, metadata)})
        assert call("train", "--resume", OUT, "--max-steps", "14").code == code
        assert (result() == whole) is is_whole, name
