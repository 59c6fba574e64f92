"""Files that version 0.1.0 wrote are read, measured and resumed as it would have done it itself."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.models.tensors import read_tensors
from rnn_cli.models.trained import Trained, trained_from
from tests.compatibility.v0_1_0.make import LOGGED, RESUMED
from tests.conftest import Command

FOLDER = Path(__file__).parent / "v0_1_0"
RECORDED: dict[str, Any] = json.loads((FOLDER / "recorded.json").read_text(encoding="utf-8"))
RUNS, MODELS = list(RECORDED["runs"]), list(RECORDED["models"])

ANSWERS = [
    (answer["arguments"], answer["document"])
    for name, answers in (
        *((name, RECORDED["runs"][name]["answers"]) for name in RUNS),
        *RECORDED["models"].items(),
    )
    for answer in answers
]

DOCUMENT_TOLERANCE = 1e-6
"""Documents are computed in double precision; what is left are differences between processors' exponentials and sums."""

WEIGHT_TOLERANCE = {"float32": 1e-5, "float64": 1e-9}
"""Training rounds to the run's precision at every step, and the matrix products of another processor round differently.
Four steps of training move a weight by some 1e-2, so that a lost moment or another batch would show far above this."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder, which is the working directory: a resumed run writes to its file."""
    folder = tmp_path / "v0_1_0"
    shutil.copytree(FOLDER, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder for all that write to none of its files."""
    return Path(shutil.copytree(FOLDER, tmp_path_factory.mktemp("read") / "v0_1_0"))


def assert_says(found: Any, recorded: Any, where: str = "") -> None:
    """Everything that was said is still said, with the same numbers; keys may have been added.

    The ends of intervals are others: those of 0.1.0, all percentiles of resampled scores, covered less than they said.
    """
    if isinstance(recorded, Mapping) and set(recorded) == {"value", "low", "high"}:
        assert_says(found["value"], recorded["value"], f"{where}.value")
        if found["low"] is None:
            assert found["interval"] is None or recorded["low"] is None, where
        else:
            assert found["low"] < found["high"], where
    elif isinstance(recorded, Mapping):
        missing = set(recorded) - set(found)
        assert not missing, f"{where} lacks {sorted(missing)}"
        for key, value in recorded.items():
            assert_says(found[key], value, f"{where}.{key}")
    elif isinstance(recorded, list):
        assert len(found) == len(recorded), where
        for k, value in enumerate(recorded):
            assert_says(found[k], value, f"{where}[{k}]")
    elif isinstance(recorded, float):
        assert found == pytest.approx(recorded, rel=DOCUMENT_TOLERANCE, abs=DOCUMENT_TOLERANCE), where
    elif where.endswith(".unknown_words"):  # 0.1.0 invented a vector for a word that a foreign model lacks
        assert found in (recorded, "nothing: it is refused"), where
    elif where.endswith(".how"):  # says more of the data than 0.1.0 did
        assert found.startswith(recorded), where
    else:
        assert found == recorded, where


@pytest.mark.parametrize(("arguments", "document"), ANSWERS, ids=[" ".join(arguments) for arguments, _ in ANSWERS])
def test_the_documents_of_0_1_0(
    arguments: list[str], document: Any, call: Command, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied)
    result = call(*arguments, "--json")
    assert result.code == 0, result.stderr
    assert_says(result.document(), document)


def read(path: Path) -> Trained:
    """A file of `rnn train`, its arrays as they are stored."""
    arrays, metadata = read_tensors(path)
    return trained_from(str(path), arrays, metadata)


def dtype_of(trained: Trained) -> str:
    """The precision of its weights."""
    return str(next(iter(trained.system.parameters.values())).dtype)


DEFAULTS_THEN = {"translate": ("--attention", "none")}
"""For each task the settings that 0.1.0 took where the command line left them open, and later versions do not."""


def settings_then(arguments: list[str]) -> tuple[str, ...]:
    """The settings that 0.1.0 took for all tasks; it kept the best weights with --patience, else the last."""
    keep = "first" if "--patience" in arguments else "last"
    return "--keep", keep, "--decays", "all", "--embedding-scale", "1", "--readout-reads", "final-state"


def arrays_of(trained: Trained) -> dict[str, Array]:
    """The weights, and what the run keeps beside them."""
    return {**trained.system.parameters, **trained.arrays}


@pytest.mark.parametrize("name", RUNS)
def test_a_resumed_run_ends_with_the_weights_of_0_1_0(name: str, call: Command, here: Path) -> None:
    file = f"{name}.safetensors"
    before = {key: array.copy() for key, array in arrays_of(read(here / file)).items()}
    logging = ("--log", f"{name}.log.jsonl") if name in LOGGED else ()
    result = call("train", "--resume", file, "--max-steps", str(RESUMED), *logging)
    assert result.code == 0, result.stderr
    found, recorded = read(here / file), read(here / "resumed" / file)
    assert set(arrays_of(found)) == set(arrays_of(recorded))
    moved = 0.0
    for key, array in arrays_of(recorded).items():
        ours, tolerance = arrays_of(found)[key], WEIGHT_TOLERANCE[dtype_of(recorded)]
        assert ours.dtype == array.dtype, key
        np.testing.assert_allclose(ours, array, rtol=tolerance, atol=tolerance, err_msg=key)
        moved = max(moved, float(np.abs(array - before[key]).max()))
    assert moved > 1e-3, "the run did not go on"
    assert_says(found.run["progress"], recorded.run["progress"])
    assert found.run["updates"] == recorded.run["updates"]


@pytest.mark.parametrize("name", LOGGED)
def test_a_resumed_run_continues_the_log_of_0_1_0(name: str, call: Command, here: Path) -> None:
    log = f"{name}.log.jsonl"
    flags = ("--resume", f"{name}.safetensors", "--max-steps", str(RESUMED), "--log", log)
    assert call("train", *flags).code == 0
    found, recorded = (
        [json.loads(line) for line in (folder / log).read_text(encoding="utf-8").splitlines()]
        for folder in (here, here / "resumed")
    )
    assert [(one["event"], one["step"]) for one in found] == [(one["event"], one["step"]) for one in recorded]
    for ours, theirs in zip(found, recorded, strict=True):
        if theirs["event"] in ("step", "eval"):
            assert ours["loss"] == pytest.approx(theirs["loss"], rel=WEIGHT_TOLERANCE["float32"])


@pytest.mark.parametrize("name", RUNS)
def test_the_command_line_of_0_1_0_still_trains(name: str, call: Command, here: Path) -> None:
    """To the same weights, once what has another default now is named."""
    original = read(here / f"{name}.safetensors")
    arguments = RECORDED["runs"][name]["train"]
    result = call(*arguments, *settings_then(arguments), *DEFAULTS_THEN.get(original.task, ()))
    assert result.code == 0, result.stderr
    again, tolerance = read(here / f"{name}.safetensors"), WEIGHT_TOLERANCE[dtype_of(original)]
    for key, array in original.system.parameters.items():
        np.testing.assert_allclose(again.system.parameters[key], array, rtol=tolerance, atol=tolerance, err_msg=key)


def test_there_is_a_file_of_each_kind() -> None:
    trained = [read(FOLDER / f"{name}.safetensors") for name in RUNS]
    assert {one.task.partition(":")[0] for one in trained} == {
        *("classify", "tag", "lm", "translate", "describe", "forecast", "recall"),
    }
    assert len({one.system.blueprint.kind for one in trained}) == 3
    assert {dtype_of(one) for one in trained} == {"float32", "float64"}
