"""Files that three versions of Keras wrote, and what each computed of them in float32 (frozen/make_keras.py)."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.activations import softmax
from rnn_cli.core.forward import run_forward
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.load import load_model
from tests.oracle.frozen.make_keras import FILE, FOLDER

pytest.importorskip("h5py", reason="h5py is not installed")
CASES = json.loads(FILE.read_text(encoding="utf-8"))
UNSAID = {"forecast": Choices(activation="relu"), "tagger": Choices(reads="every-step")}
"""What a file of weights alone does not say."""


def unpacked(name: str, folder: Path) -> Path:
    """A file as Keras wrote it."""
    path = folder / name
    path.write_bytes(gzip.decompress((FOLDER / f"{name}.gz").read_bytes()))
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda one: str(one["file"]))
def test_a_file_of_keras_computes_what_keras_did(case: dict[str, Any], tmp_path: Path) -> None:
    name = case["file"]
    said = UNSAID.get(name.partition("-")[2].partition(".")[0], Choices()) if ".weights." in name else Choices()
    model = load_model(str(unpacked(name, tmp_path)), said)
    x = np.array(case["input"])
    run = run_forward(model.network, (model.network.parameters["embedding"][x] if x.ndim == 1 else x)[:, None])
    assert run.logits is not None
    logits = run.logits.reshape(-1, run.logits.shape[-1])
    found = logits if case["activation"] == "linear" else softmax(logits)
    found = found[:, 1:] if case["activation"] == "sigmoid" else found
    np.testing.assert_allclose(found, case["output"], atol=2e-6, rtol=2e-6)
    assert model.stored_dtype == "float32"


def test_every_layout_of_keras_is_there() -> None:
    assert {case["keras"].rpartition(".")[0] for case in CASES} == {"2.13", "2.15", "3.15"}
