"""A checkpoint at the door: a field of another type, and fields that contradict each other, are refused by every command.

Each file is signed anew after the change, as a file's author would do it: the digest tells nothing.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError
from rnn_cli.models.tensors import read_tensors, write_tensors
from rnn_cli.models.trained import digest_of
from rnn_cli.training.checkpoint import opened
from tests.conftest import Command
from tests.support.runs import OUT, start, stopped_after
from tests.support.trained import DATA, TrainedModels

Path_ = tuple[str | int, ...]
Change = Callable[[dict[str, Array], dict[str, Any]], None]

OTHER_TYPES: dict[type, tuple[Any, ...]] = {
    int: ("x", 1.5, True, -1),
    float: ("x", True),
    str: (3, []),
    bool: (1, "x"),
    type(None): ({}, [[]]),
    list: (7, {}),
    dict: ([], "x"),
}
"""For each type of a field, values that it cannot have."""


def fields_of(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every place of the metadata; of a list, the first."""
    yield path, data
    inside = data.items() if isinstance(data, dict) else list(enumerate(data))[:1] if isinstance(data, list) else ()
    for key, value in inside:
        yield from fields_of(value, (*path, key))


def put(metadata: dict[str, Any], path: Path_, value: Any) -> None:
    here: Any = metadata
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value


def refusal(arrays: dict[str, Array], metadata: dict[str, Any]) -> str | None:
    """What is said of a file with these contents and the digest that belongs to them; None where it is good."""
    try:
        opened("m", arrays, metadata | {"digest": digest_of(arrays, metadata)})
    except ModelFileError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", ["lm", "translate", "forecast"])
def test_no_field_takes_a_value_of_another_type(
    trained: TrainedModels, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays, metadata = read_tensors(trained.path(name))
    for module in ("rnn_cli.models.trained", __name__):
        monkeypatch.setattr(f"{module}.digest_of", lambda *_: metadata["digest"])
    assert refusal(arrays, metadata) is None
    seen = 0
    for path, value in fields_of(metadata):
        if path in ((), ("digest",)):
            continue
        for other in OTHER_TYPES[type(value)]:
            put(metadata, path, other)
            said = refusal(arrays, metadata)
            put(metadata, path, value)
            assert said is not None, (path, other)
            assert len(said.splitlines()) == 1
            assert len(said) < 600
            seen += 1
    assert seen > 150


@pytest.mark.parametrize("name", ["classify", "lm", "translate", "describe", "forecast", "copy"])
def test_no_part_of_another_file_fits(trained: TrainedModels, name: str) -> None:
    arrays, metadata = read_tensors(trained.path(name))
    for other in ("tag", "adding", "translate-word"):
        given, said = read_tensors(trained.path(other))
        assert refusal(given, metadata) is not None
        for part in ("blueprint", "encoding", "task", "options", "run"):
            if said[part] != metadata[part]:
                assert refusal(arrays, metadata | {part: said[part]}) is not None, (other, part)


CONTRADICTIONS: list[tuple[str, str, Any, str]] = [
    ("classify", "task", "tag", "level"),
    ("classify", "task", "sing", "the tasks are"),
    ("classify", "blueprint.loss", "mse", "target_columns"),
    ("classify", "blueprint.kind", "one-to-many", "blueprint.reader"),
    ("classify", "blueprint.reader", None, "blueprint.reader"),
    ("classify", "blueprint.conditions", 3, "blueprint.conditions"),
    ("classify", "blueprint.reader.task", "many-to-many", "blueprint"),
    ("classify", "blueprint.reader.hidden_size", 10**5, "weights"),
    ("classify", "blueprint.reader.num_layers", 1000, "is missing"),
    ("classify", "encoding.level", "char", "level"),
    ("classify", "encoding.lowercase", False, "lowercase"),
    ("classify", "encoding.labels.0", "positive", "twice"),
    ("classify", "options.window", 3, "--window"),
    ("classify", "options.level", "char", "level"),
    ("classify", "options.min_count", 9, "options.min_count"),
    ("classify", "run.config.options.label", "mood", "options.label"),
    ("classify", "run.config.hidden_size", 9, "run.config"),
    ("classify", "run.config.hidden_size", 10**9, "--hidden-size"),
    ("classify", "run.config.num_layers", 10**6, "--num-layers"),
    ("classify", "run.config.task", "tag", "run.config.task"),
    ("classify", "run.config.data", [], "run.config.data"),
    ("classify", "run.config.dtype", "float64", "dtype"),
    ("classify", "run.config.cell_options", ["reset"], ""),
    ("classify", "run.config.optimizer", "momentum", "run.optimizer"),
    ("classify", "run.config.optimizer", "sgd", "run.optimizer.mean"),
    ("classify", "run.config.keep", "last", "run.best"),
    ("classify", "run.config.keep", "best", "--keep"),
    ("classify", "run.kept_step", 31, "run.kept_step"),
    ("classify", "run.kept_by", "luck", "run.kept_by"),
    ("classify", "run.progress.best_loss", None, "best_loss"),
    ("describe", "run.config.keep", "f1", "best_f1"),
    ("classify", "run.config.warmup", 10**16, "--warmup"),
    ("classify", "run.progress.clipped", 10**6, "clipped"),
    ("classify", "run.progress.best_step", 0, "best_step"),
    ("classify", "run.progress.epoch", 10**30, "epoch"),
    ("classify", "run.updates", 29, "run.updates"),
    ("classify", "run.log_offset", 2**63, "log_offset"),
    ("classify", "run.fingerprint", "0" * 63, "fingerprint"),
    ("lm", "encoding.labels.3", "another", "encoding.labels"),
    ("lm", "run.config.bidirectional", True, "--bidirectional"),
    ("lm", "run.config.options.truncate", "²,²", "--truncate"),
    ("translate", "blueprint.writer.bidirectional", True, "writer.bidirectional"),
    ("translate", "blueprint.writer.task", "many-to-one", "writer.task"),
    ("translate", "blueprint.writer.num_layers", 2, "num_layers"),
    ("translate", "blueprint.reader.output_size", 3, "reader.output_size"),
    ("translate", "blueprint.writer.cell", "rnn", "cell"),
    ("describe", "blueprint.writer.embedding_rows", 9, "embedding_rows"),
    ("describe", "blueprint.conditions", 0, "conditions"),
    ("forecast", "options.horizon", 1, "options"),
    ("forecast", "options.every_step", True, ""),
    ("forecast", "encoding.target_scales.0", -1.0, "target_scales"),
    ("copy", "encoding.vocabulary.0", "s9", "encoding"),
    ("copy", "task", "copy:length=4,memory=2,symbols=3", "run.config.task"),
]


@pytest.mark.parametrize(("name", "place", "value", "says"), CONTRADICTIONS)
def test_fields_that_contradict_each_other(
    trained: TrainedModels, name: str, place: str, value: Any, says: str
) -> None:
    arrays, metadata = read_tensors(trained.path(name))
    put(metadata, tuple(int(key) if key.isdigit() else key for key in place.split(".")), value)
    said = refusal(arrays, metadata)
    assert said is not None
    assert says in said


ARRAYS: dict[str, tuple[str, Change]] = {
    "a moment below 0": ("run.optimizer.square", lambda arrays, _: arrays["run.optimizer.square"].fill(-1)),
    "a moment that is not finite": ("run.optimizer.mean", lambda arrays, _: arrays["run.optimizer.mean"].fill(np.inf)),
    "best weights of another size": (
        "run.best",
        lambda arrays, _: arrays.update({"run.best": np.zeros(3, np.float32)}),
    ),
    "a state of no layer": (
        "run.state",
        lambda arrays, _: arrays.update({"run.state.9.up.h": np.zeros((1, 8), np.float32)}),
    ),
    "half precision": ("float16", lambda arrays, _: arrays.update(embedding=arrays["embedding"].astype(np.float16))),
    "mixed precision": ("float64", lambda arrays, _: arrays.update(embedding=arrays["embedding"].astype(np.float64))),
}


@pytest.mark.parametrize("how", list(ARRAYS))
@pytest.mark.parametrize("name", ["classify", "lm"])
def test_arrays_that_do_not_fit(trained: TrainedModels, name: str, how: str) -> None:
    arrays, metadata = read_tensors(trained.path(name))
    says, change = ARRAYS[how]
    change(arrays, metadata)
    said = refusal(arrays, metadata)
    assert said is not None
    assert says in said


EVERY: list[tuple[str, Any]] = [
    ("options", []),
    ("run.progress.epoch", [[]]),
    ("task", 0.003),
    ("run.fingerprint", ...),
]


@pytest.mark.parametrize(("place", "value"), EVERY)
def test_every_command_refuses_it(
    call: Command, trained: TrainedModels, tmp_path: Path, place: str, value: Any
) -> None:
    arrays, metadata = read_tensors(trained.path("lm"))
    path: Path_ = tuple(place.split("."))
    put(metadata, path, value)
    if value is ...:
        del metadata["run"]["fingerprint"]
    file = str(tmp_path / "m.safetensors")
    write_tensors(Path(file), arrays, metadata | {"digest": digest_of(arrays, metadata)})
    commands = [
        *(("inspect", file), ("predict", file, "x"), ("generate", file), ("evaluate", file, str(DATA / "verse.txt"))),
        *((name, "x", "-m", file) for name in ("forward", "trace", "bptt", "gradients")),
        *(("train", "--resume", file), ("train", "--task", "parity", "--init", file)),
    ]
    for arguments in commands:
        result = call(*arguments)
        assert (result.code, result.stdout) == (4, ""), (arguments, result.stderr)
        assert f"{file}: it is damaged ({place}" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_what_only_the_data_can_tell(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, moments, counts and carried states that fit the file and not its data."""
    with stopped_after(monkeypatch, 3):
        call(*start("a text with carried state"))
    arrays, metadata = read_tensors(Path(OUT))
    labels = metadata["encoding"]["labels"]
    renamed = [*labels[:1], "Z", *labels[2:]]
    fewer = {name: array[:1] if name.startswith("run.state.") else array for name, array in arrays.items()}
    encoding = metadata["encoding"] | {"labels": renamed, "vocabulary": renamed}
    counted = deepcopy(metadata)
    counted["run"]["progress"]["batch"] = 0
    for given, said, says in (
        (arrays, metadata | {"encoding": encoding}, "encoding.vocabulary"),
        (fewer, metadata, "sequences"),
        (arrays, counted, "contradict"),
    ):
        assert refusal(given, said) is None
        write_tensors(Path(OUT), given, said | {"digest": digest_of(given, said)})
        result = call("train", "--resume", OUT)
        assert (result.code, result.stdout) == (4, ""), result.stderr
        assert says in result.stderr


def test_a_generated_task_has_no_other_data(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    arrays, metadata = read_tensors(trained.path("adding"))
    metadata["run"]["config"]["seed"] = 5
    file = tmp_path / "m.safetensors"
    write_tensors(file, arrays, metadata | {"digest": digest_of(arrays, metadata)})
    result = call("train", "--resume", str(file), "--max-steps", "40")
    assert result.code == 4
    assert "run.fingerprint" in result.stderr
