"""rnn inspect --code keras: Keras's own layers, built by the program that is printed, compute what rnn forward does.

Keras keeps doubles throughout on TensorFlow alone: on its other backends every product is rounded to single precision.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.study.test_code import BACKWARD, SHAPES, written
from tests.study.test_code_formats import MADE, SAID
from tests.support.keras_files import KERAS_HAS, changed_archive
from tests.support.networks import KINDS, architecture_of, cell_of
from tests.support.program_files import files_of, started_files
from tests.support.programs import hold_program, hold_writer
from tests.support.trained import TrainedModels
from tests.support.writers import BOTH_VOCABULARIES, PAIRS, WRITER_KINDS, saved_pair, saved_writer

os.environ.setdefault("KERAS_BACKEND", "torch")
if os.environ["KERAS_BACKEND"] == "torch":
    pytest.importorskip("torch", reason="PyTorch is not installed")
keras: Any = pytest.importorskip("keras", reason="Keras is not installed")
# Keras's own code on tensors of PyTorch, which it has not yet changed for NumPy 2.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
whole: Any = pytest.importorskip("tests.oracle.test_keras_models")
TOLERANCE = 1e-12 if keras.config.backend() == "tensorflow" else 1e-6
SINGLE = 1e-6
"""Of the numbers of a model that Keras loads: its layers compute in the type of the file."""


@pytest.fixture(autouse=True)
def with_the_usual_type() -> Any:
    """A program sets the type of numbers for all of Keras."""
    yield
    keras.config.set_floatx("float32")


@pytest.mark.parametrize("kind", [kind for kind in sorted(KINDS) if "Keras" in cell_of(kind).frameworks])
def test_layers_have_the_weights_of_a_handwritten_model(kind: str, tmp_path: Path) -> None:
    for k, (sizes, both, task) in enumerate(SHAPES):
        a = architecture_of(kind, 2, sizes, bidirectional=both, task=task, output_size=k)
        _, found = hold_program(written(tmp_path, a, k), "keras", tolerance=TOLERANCE)
        assert len(found) == (3 if k else 1)
    for sizes, task in BACKWARD:
        a = architecture_of(kind, 2, sizes, task=task, output_size=2, backward_only=True)
        hold_program(written(tmp_path, a), "keras", tolerance=TOLERANCE)


def test_layers_have_the_weights_of_a_trained_model(trained: TrainedModels) -> None:
    for name in ("classify", "forecast", "copy"):
        hold_program(trained.path(name), "keras", tolerance=TOLERANCE)


@pytest.mark.parametrize("kind", KERAS_HAS)
def test_layers_have_the_weights_of_every_format(kind: str, tmp_path: Path) -> None:
    for path, choices in files_of(kind, tmp_path):
        program, _ = hold_program(path, "keras", choices, tolerance=SINGLE)
        assert ("load_model(FILE)" in program) == (path.suffix == ".keras")


@pytest.mark.parametrize("kind", ["rnn relu", "lstm", "gru reset before"])
def test_layers_begin_where_a_graph_does(kind: str, tmp_path: Path) -> None:
    for path in started_files(kind, tmp_path):
        hold_program(path, "keras", tolerance=SINGLE)


@pytest.mark.parametrize("how", list(whole.MODELS))
def test_a_model_that_keras_saved_is_loaded_whole(how: str, tmp_path: Path) -> None:
    whole.drawn(whole.MODELS[how]()).save(tmp_path / "m.keras")
    program, _ = hold_program(tmp_path / "m.keras", "keras", tolerance=SINGLE)
    assert "model = keras.models.load_model(FILE)" in program


@pytest.mark.parametrize("said", list(SAID))
@pytest.mark.parametrize("made", list(MADE))
def test_layers_do_what_a_person_says_of_a_file(made: str, said: str, tmp_path: Path) -> None:
    hold_program(MADE[made](tmp_path), "keras", SAID[said], tolerance=SINGLE)


@pytest.mark.parametrize("how", ["custom class", "stateful", "half precision", "Keras 2"])
def test_what_keras_would_not_build_the_same_is_built_of_its_arrays(how: str, tmp_path: Path) -> None:
    layer = keras.layers.LSTM(3, stateful=how == "stateful", dtype="mixed_float16" if "half" in how else None)
    model = keras.Sequential([keras.Input((None, 2), batch_size=1), layer])
    model.save(tmp_path / "m.keras")

    def other(members: dict[str, bytes]) -> None:
        if how == "Keras 2":
            members["metadata.json"] = b'{"keras_version": "2.15.0"}'
        if how == "custom class":
            config = json.loads(members["config.json"])
            config["config"]["layers"].append(
                {"class_name": "Mine", "module": "mine", "registered_name": "mine>Mine", "config": {"name": "mine"}}
            )
            members["config.json"] = json.dumps(config).encode()

    program, _ = hold_program(changed_archive(tmp_path / "m.keras", other), "keras", tolerance=SINGLE)
    assert "load_model" not in program


@pytest.mark.parametrize("how", WRITER_KINDS)
def test_layers_write_what_the_model_writes(how: str, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    for k, kind in enumerate(("rnn tanh", "lstm", "gru reset after") * 2):
        saved_writer(path, how, kind, 1 + k // 3, how != "one-to-many" and k % 2 == 0, k)
        program, _ = hold_writer(path, "keras", tolerance=TOLERANCE)
        assert ("Attention()" in program) == ("decoder," in how)


def test_layers_of_an_encoder_that_runs_backwards(tmp_path: Path) -> None:
    path = saved_writer(tmp_path / "m.safetensors", WRITER_KINDS[1], "gru reset before", 2, backward_only=True)
    hold_writer(path, "keras", tolerance=TOLERANCE)


@pytest.mark.parametrize("cell", list(PAIRS))
def test_layers_write_what_a_state_dict_writes(cell: str, tmp_path: Path) -> None:
    for layers, both in ((1, True), (2, False)):
        hold_writer(saved_pair(tmp_path, cell, layers, both), "keras", BOTH_VOCABULARIES, TOLERANCE)
