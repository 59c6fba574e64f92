"""Files of rnn train whose digest is right and whose settings are not: every command refuses them with code 4."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.errors import ModelFileError
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import check_fit
from rnn_cli.models.load import load_model
from rnn_cli.models.tensors import read_tensors, write_tensors
from rnn_cli.models.trained import digest_of, save_trained
from tests.conftest import Command
from tests.support.models import random_trained
from tests.support.networks import architecture_of
from tests.support.trained import DATA, TrainedModels


def forged(source: Path, target: Path, place: str, value: Any) -> str:
    """A copy with one value of its metadata changed and the digest that belongs to it; `...` takes the value out."""
    arrays, metadata = read_tensors(source)
    here = metadata
    *keys, last = (int(part) if part.isdigit() else part for part in place.split("."))
    for part in keys:
        here = here[part]
    if value is ...:
        del here[last]
    else:
        here[last] = value
    write_tensors(target, arrays, metadata | {"digest": digest_of(arrays, metadata)})
    return str(target)


ENCODINGS: list[tuple[str, str, Any]] = [
    ("classify", "labels", []),
    ("classify", "labels", ["one"]),
    ("classify", "labels.0", ["list"]),
    ("classify", "labels.1", True),
    ("classify", "labels", 7),
    ("classify", "vocabulary", ...),
    ("classify", "vocabulary.0", 0.5),
    ("classify", "vocabulary.0", "another"),
    ("classify", "columns", 7),
    ("lm", "vocabulary.1", "<unk>"),
    ("translate", "labels.1", "x"),
    ("describe", "labels.0", None),
    ("forecast", "target_means", ...),
    ("forecast", "target_scales.0", "x"),
    ("forecast", "scales.0", 0),
    ("forecast", "columns.0", 1),
    ("forecast", "target_columns", []),
]


@pytest.mark.parametrize(("name", "place", "value"), ENCODINGS)
def test_a_forged_encoding(trained: TrainedModels, tmp_path: Path, name: str, place: str, value: Any) -> None:
    refused(forged(trained.path(name), tmp_path / "forged.safetensors", f"encoding.{place}", value))


ARCHITECTURES: dict[str, tuple[str, Any]] = {
    "a key too many": ("more", 1),
    "a key too few": ("hidden_size", ...),
    "an unknown cell": ("cell", "x"),
    "a cell that is a list": ("cell", []),
    "an unknown activation": ("activation", "x"),
    "an activation that is a number": ("activation", 5),
    "an activation of no cell": ("activation", "sigmoid"),
    "an unknown task": ("task", "x"),
    "a size that is text": ("hidden_size", "1"),
    "a size of zero": ("hidden_size", 0),
    "a size that is true": ("hidden_size", True),
    "a size of a fraction": ("hidden_size", 1.5),
    "a hostile size": ("hidden_size", 10**18),
    "a hostile number of layers": ("num_layers", 10**18),
    "many layers": ("num_layers", 10**5),
    "a hostile readout": ("output_size", 10**18),
    "a negative readout": ("output_size", -1),
    "a readout that is text": ("output_size", "2"),
    "a hostile embedding": ("embedding_rows", 10**18),
    "sizes of layers that are not there": ("layer_sizes", [2, 3, 3]),
    "sizes whose last is another": ("layer_sizes", [3, 2]),
    "sizes that are all one": ("layer_sizes", [3, 3]),
    "sizes that are text": ("layer_sizes", "33"),
    "sizes that are no list": ("layer_sizes", 5),
    "a hostile size of one layer": ("layer_sizes", [10**18, 3]),
    "a direction that is text": ("backward_only", "yes"),
    "both directions and one alone": ("backward_only", True),
    "directions that are text": ("bidirectional", "no"),
    "a reset that is a number": ("reset_after", 2),
}


def refused(path: str) -> None:
    """The file is refused with a message that names it, two lines long at most."""
    with pytest.raises(ModelFileError) as raised:
        load_model(path)
    message = str(raised.value)
    assert path in message
    assert len(message.splitlines()) <= 2
    assert len(message) < len(path) + 600


@pytest.mark.parametrize("how", list(ARCHITECTURES))
def test_a_forged_architecture(tmp_path: Path, how: str) -> None:
    save_trained(tmp_path / "good.safetensors", random_trained())
    place, value = ARCHITECTURES[how]
    refused(forged(tmp_path / "good.safetensors", tmp_path / "bad.safetensors", f"blueprint.reader.{place}", value))


def test_unequal_layers_are_kept_and_equal_ones_leave_no_trace(tmp_path: Path) -> None:
    for sizes, back in (((3, 3), False), ((4, 3), True)):
        a = architecture_of("lstm", 2, sizes, output_size=2, embedding_rows=3, backward_only=back)
        save_trained(tmp_path / "m.safetensors", random_trained(a))
        assert load_model(str(tmp_path / "m.safetensors")).network.architecture == a
        said = read_tensors(tmp_path / "m.safetensors")[1]["blueprint"]["reader"]
        assert ("layer_sizes" in said) == ("backward_only" in said) == back


@pytest.mark.parametrize("kind", ["encoder-decoder", "one-to-many"])
def test_two_networks_have_layers_of_one_size(kind: str) -> None:
    writer = architecture_of("gru reset after", 2, (4, 3), task=MANY_TO_MANY, output_size=5, embedding_rows=5)
    reader = None if kind == "one-to-many" else architecture_of("gru reset after", 2, (4, 3), embedding_rows=4)
    blueprint = Blueprint(kind, CROSS_ENTROPY, reader, writer, 2 if reader is None else 0)
    with pytest.raises(ValueError, match=r"blueprint.* has layer_sizes"):
        check_fit(blueprint, Encoding("word"))


@pytest.mark.parametrize(("targets", "outputs"), [(2, 4), (2, 2), (2, 3), (0, 3)])
def test_outputs_are_a_whole_number_of_times_the_columns(targets: int, outputs: int) -> None:
    encoding = Encoding(
        "number",
        labels=() if targets else ("one", "two", "three"),
        columns=("x", "y"),
        target_columns=("a", "b")[:targets],
        means=(0.0, 0.0),
        scales=(1.0, 1.0),
        target_means=(0.0,) * targets,
        target_scales=(1.0,) * targets,
    )
    blueprint = Blueprint("single", MSE, architecture_of("lstm", 2, 3, output_size=outputs))
    if targets and outputs % targets == 0:
        check_fit(blueprint, encoding)
        return
    with pytest.raises(ValueError, match=f"target_columns has {targets}, and the network {outputs} outputs"):
        check_fit(blueprint, encoding)


@pytest.mark.parametrize(
    "change",
    [
        {"embedding": np.ones((4, 2))},
        {"layers.0.forward.b": np.full(9, np.nan)},
        {"layers.0.forward.b": np.full(9, np.inf)},
        {"layers.0.forward.extra": np.ones(1)},
        {"layers.0.forward.W_x": np.ones((9, 2, 1))},
        {"layers.0.forward.W_x": None},
        {"layers.0.forward.W_x": np.ones((9, 2), dtype=bool)},
    ],
    ids=lambda change: "-".join(f"{name}-{None if array is None else array.dtype}" for name, array in change.items()),
)
def test_forged_arrays(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "m.safetensors"
    save_trained(path, random_trained())
    arrays, metadata = read_tensors(path)
    assert set(change) <= {*arrays, "layers.0.forward.extra"}
    kept = {name: array for name, array in {**arrays, **change}.items() if array is not None}
    write_tensors(path, kept, metadata | {"digest": digest_of(kept, metadata)})
    refused(str(path))


RUNS: list[tuple[str, Any]] = [
    ("config.eval_every", ["x"]),
    ("config.patience", []),
    ("config.threads", ""),
    ("config.threads", 0),
    ("config.warmup", {}),
    ("config.learning_rate", ""),
    ("config.learning_rate", -1.0),
    ("config.batch_size", 0),
    ("config.cell", "nope"),
    ("config.hidden_size", 9),
    ("config.max_steps", None),
    ("config.options.truncate", True),
    ("config.options.min_count", []),
    ("config.options.max_vocabulary", ""),
    ("progress.best", []),
    ("progress.best_step", "x"),
]


@pytest.mark.parametrize(("place", "value"), RUNS)
def test_a_forged_run(call: Command, trained: TrainedModels, tmp_path: Path, place: str, value: Any) -> None:
    model = forged(trained.path("lm"), tmp_path / "forged.safetensors", f"run.{place}", value)
    result = call("train", "--resume", model, "--max-steps", "40")
    assert (result.code, result.stdout) == (4, "")
    assert "damaged" in result.stderr


def test_a_forged_task_of_the_network(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    model = forged(trained.path("lm"), tmp_path / "forged.safetensors", "blueprint.reader.task", "many-to-one")
    assert call("train", "--resume", model, "--max-steps", "40").code == 4


def test_forged_options_of_the_data(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    model = forged(trained.path("classify"), tmp_path / "forged.safetensors", "options.text", {})
    assert call("evaluate", model, str(DATA / "reviews.tsv")).code == 4


def test_a_copy_is_still_good(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    shutil.copy(trained.path("lm"), copy)
    assert call("train", "--resume", str(copy), "--max-steps", "31").code == 0
