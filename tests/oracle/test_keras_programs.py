"""rnn inspect --code keras: Keras's own layers, built by the program that is printed, compute what rnn forward does.

Keras keeps doubles throughout on TensorFlow alone: on its other backends every product is rounded to single precision.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.study.test_code import BACKWARD, SHAPES, written
from tests.support.networks import KINDS, architecture_of, cell_of
from tests.support.programs import hold_program
from tests.support.trained import TrainedModels

os.environ.setdefault("KERAS_BACKEND", "torch")
if os.environ["KERAS_BACKEND"] == "torch":
    pytest.importorskip("torch", reason="PyTorch is not installed")
keras: Any = pytest.importorskip("keras", reason="Keras is not installed")
# Keras's own code on tensors of PyTorch, which it has not yet changed for NumPy 2.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
TOLERANCE = 1e-12 if keras.config.backend() == "tensorflow" else 1e-6


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
