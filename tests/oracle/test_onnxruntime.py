"""onnxruntime computes what is written for it: states and logits to the digits of float32."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import MANY_TO_ONE, Architecture, Network
from rnn_cli.models.model import Model
from rnn_cli.models.writers.onnx import OPERATORS, write
from tests.support.networks import KINDS, architecture_of, random_network
from tests.support.starts import started

pytest.importorskip("onnx", reason="onnx is not installed")
runtime: Any = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

IN_ONNX = [kind for kind, (cell, _) in KINDS.items() if cell in OPERATORS]


@pytest.mark.parametrize("drawn", [random_network, started])
@pytest.mark.parametrize("kind", IN_ONNX)
def test_onnxruntime_gives_the_same(kind: str, drawn: Callable[[Architecture], Network], tmp_path: Path) -> None:
    path, architecture = tmp_path / "m.onnx", architecture_of(kind, 3, 4, 2, True, MANY_TO_ONE, 2)
    model = replace(Model("m", drawn(architecture), "file"), stored_dtype="float32")
    write(model, path)
    x = np.random.default_rng(3).standard_normal((6, 2, 3)).astype(np.float32)
    found = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(["logits", "output"], {"x": x})
    run = run_forward(model.network, x.astype(np.float64))
    assert run.logits is not None
    np.testing.assert_allclose(found[0], run.logits, atol=1e-6, rtol=0)
    np.testing.assert_allclose(found[1], run.output, atol=1e-6, rtol=0)
