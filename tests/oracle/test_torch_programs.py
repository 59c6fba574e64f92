"""rnn inspect --code pytorch: PyTorch's own module, built by the program that is printed, computes what rnn forward does."""

from pathlib import Path
from typing import Any

import pytest

from rnn_cli.core.cells import cells_of
from rnn_cli.errors import Undecided
from rnn_cli.models.foreign.choices import READS, Choices
from rnn_cli.models.trained import save_trained
from tests.study.test_code import SHAPES, written
from tests.support.models import random_trained
from tests.support.networks import KINDS, architecture_of, cell_of
from tests.support.programs import hold_program
from tests.support.trained import TrainedModels

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file: Any = pytest.importorskip("safetensors.torch").save_file
whole: Any = pytest.importorskip("tests.oracle.test_torch_whole_models")


@pytest.fixture(autouse=True)
def with_the_usual_type() -> Any:
    """A program sets the type of numbers for all of PyTorch."""
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("kind", [kind for kind in sorted(KINDS) if "PyTorch" in cell_of(kind).frameworks])
def test_a_module_has_the_weights_of_a_handwritten_model(kind: str, tmp_path: Path) -> None:
    assert KINDS[kind][0] in cells_of("PyTorch")
    for k, (sizes, both, task) in enumerate(SHAPES):  # a module of PyTorch has layers of one size
        a = architecture_of(kind, 2, 3, len(sizes), both, task=task, output_size=k)
        program, found = hold_program(written(tmp_path, a, k), "pytorch")
        assert f"torch.nn.{cell_of(kind).frameworks['PyTorch'].name}(2, 3" in program
        assert len(found) == (3 if k else 1)


def test_a_module_has_the_weights_of_a_trained_model(tmp_path: Path, trained: TrainedModels) -> None:
    hold_program(trained.path("forecast"), "pytorch")
    path = tmp_path / "m.safetensors"
    save_trained(
        path, random_trained(architecture_of("gru reset after", 2, 3, 2, True, output_size=2, embedding_rows=3))
    )
    hold_program(path, "pytorch")


@pytest.mark.parametrize("how", list(whole.MODELS))
def test_a_state_dict_is_loaded_by_its_own_names(how: str, tmp_path: Path) -> None:
    saved = whole.MODELS[how]
    arrays, _ = whole.built(saved)
    path = tmp_path / "m.safetensors"
    save_file(arrays, path)
    program, _ = hold_program(path, "pytorch", saved.choices)
    assert "rnn.load_state_dict({name: file[" in program
    if not saved.options.get("proj_size"):
        hold_program(path, "numpy", saved.choices)


@pytest.mark.parametrize("reads", READS)
def test_what_the_readout_reads_is_read(reads: str, tmp_path: Path) -> None:
    for how in ("sentiment, both directions", "with a projection, two layers, both directions"):
        arrays, _ = whole.built(whole.MODELS[how])
        save_file(arrays, tmp_path / "m.safetensors")
        if "projection" in how and reads == "max":
            with pytest.raises(Undecided, match=r"--readout-reads max: the largest of what weight_hr projects"):
                hold_program(tmp_path / "m.safetensors", "pytorch", Choices(reads=reads))
            continue
        hold_program(tmp_path / "m.safetensors", "pytorch", Choices(reads=reads))


@pytest.mark.parametrize("how", ["AWD", "cells", "tied", "bfloat16"])
def test_names_that_are_not_those_of_the_module(how: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    path, kind = tmp_path / "m.safetensors", torch.bfloat16 if how == "bfloat16" else torch.float64
    lstm = torch.nn.LSTM(3, 3).to(kind)
    arrays = {f"rnns.0.module.{name}": tensor for name, tensor in lstm.state_dict().items()}
    if how == "AWD":
        arrays["rnns.0.weight_hh_l0_raw"] = arrays["rnns.0.module.weight_hh_l0"]
        arrays["rnns.0.module.weight_hh_l0"] = arrays["rnns.0.module.weight_hh_l0"] * 0
    elif how == "cells":
        arrays = {
            f"cells.{k}.{name}": a
            for k in range(2)
            for name, a in torch.nn.LSTMCell(3, 3).double().state_dict().items()
        }
    if how == "tied":
        model = torch.nn.ModuleDict(
            {"encoder": torch.nn.Embedding(5, 3), "rnn": lstm, "decoder": torch.nn.Linear(3, 5)}
        )
        model["decoder"].weight = model["encoder"].weight
        pytest.importorskip("safetensors.torch").save_model(model.double(), str(path))
    else:
        save_file(arrays, path)
    hold_program(path, "pytorch")
    if how == "bfloat16":
        with pytest.raises(Exception, match="holds bfloat16, which NumPy lacks: --code pytorch reads it"):
            hold_program(path, "numpy")
    else:
        hold_program(path, "numpy")
