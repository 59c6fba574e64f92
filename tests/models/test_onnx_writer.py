"""The ONNX writer: what it writes is what was given, by onnx.reference and by the reader."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, READS
from rnn_cli.errors import InputError
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.proofs.onnx import outputs
from rnn_cli.models.writers.onnx import OPERATORS, write
from tests.support.networks import KINDS, architecture_of, random_network

onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")

IN_ONNX = [kind for kind, (cell, _) in KINDS.items() if cell in OPERATORS]
SHAPES = [
    ((4,), "forward", MANY_TO_ONE, 0, 0), ((5, 4), "both", MANY_TO_ONE, 3, 7), ((4, 4, 4), "forward", MANY_TO_MANY, 2, 0),
    ((4,), "both", MANY_TO_MANY, 1, 7), ((3, 4), "backward", MANY_TO_ONE, 2, 7), ((4,), "backward", MANY_TO_MANY, 2, 0),
]  # fmt: skip


@pytest.mark.parametrize("kind", IN_ONNX)
@pytest.mark.parametrize(("sizes", "ways", "task", "classes", "rows"), SHAPES)
def test_a_network_is_the_same_there(
    kind: str, sizes: tuple[int, ...], ways: str, task: str, classes: int, rows: int, tmp_path: Path
) -> None:
    path, architecture = (
        tmp_path / "m.onnx",
        architecture_of(kind, 3, sizes, 0, ways == "both", task, classes, rows, ways == "backward"),
    )
    model = Model("m", random_network(architecture), "file")
    written = write(model, path)
    assert {name for one in written for name in one.of} == set(architecture.shapes())
    back = load_model(str(path))
    assert back.network.architecture == architecture
    assert np.array_equal(back.network.parameters.flat, model.network.parameters.flat)
    assert set(back.origins) == set(architecture.shapes())
    generator = np.random.default_rng(3)
    sequences = [generator.integers(0, rows, n) if rows else generator.standard_normal((n, 3)) for n in (1, 6)]
    for one, found in zip(sequences, outputs(path, sequences), strict=True):
        run = run_forward(model.network, (model.network.parameters["embedding"][one] if rows else one)[:, None])
        np.testing.assert_allclose(found["output"], run.output[:, 0], atol=1e-12, rtol=0)
        if run.logits is not None:
            np.testing.assert_allclose(found["logits"], run.logits[..., 0, :], atol=1e-12, rtol=0)


@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("both", [False, True])
def test_a_readout_reads_the_same_there(reads: str, both: bool, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    architecture = replace(architecture_of("lstm", bidirectional=both, output_size=2), reads=reads)
    model = Model("m", random_network(architecture), "file")
    write(model, path)
    back = load_model(str(path)).network.architecture
    assert back == architecture or (not both and {back.reads, reads} == {FINAL_STATE, LAST_OUTPUT})
    x = np.random.default_rng(3).standard_normal((6, 3))
    run = run_forward(model.network, x[:, None])
    assert run.logits is not None
    np.testing.assert_allclose(outputs(path, [x])[0]["logits"], run.logits[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in IN_ONNX])
def test_a_cell_that_onnx_lacks_is_refused(kind: str, tmp_path: Path) -> None:
    model = Model("m", random_network(architecture_of(kind)), "file")
    with pytest.raises(InputError, match="ONNX has no"):
        write(model, tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_two_writes_are_the_same_bytes(tmp_path: Path) -> None:
    model = Model("m", random_network(architecture_of("lstm", output_size=2)), "file")
    for name in ("a.onnx", "b.onnx"):
        write(model, tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
