"""rnn inspect --code pytorch: PyTorch's own module, built by the program that is printed, computes what rnn forward does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.cells import cells_of
from rnn_cli.errors import Undecided
from rnn_cli.models.foreign.choices import READS, Choices
from rnn_cli.models.trained import save_trained
from tests.study.test_code import SHAPES, written
from tests.study.test_code_formats import MADE, SAID
from tests.support.models import random_trained
from tests.support.networks import KINDS, architecture_of, cell_of
from tests.support.program_files import files_of, started_files
from tests.support.programs import hold_program, hold_writer
from tests.support.trained import TrainedModels
from tests.support.writers import BOTH_VOCABULARIES, PAIRS, WRITER_KINDS, saved_pair, saved_writer

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file: Any = pytest.importorskip("safetensors.torch").save_file
encoder_decoders: Any = pytest.importorskip("tests.oracle.test_torch_encoder_decoder")
whole: Any = pytest.importorskip("tests.oracle.test_torch_whole_models")


@pytest.fixture(autouse=True)
def with_the_usual_type() -> Any:
    """A program sets the type of numbers for all of PyTorch."""
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("kind", [kind for kind in sorted(KINDS) if "PyTorch" in cell_of(kind).frameworks])
def test_a_module_has_the_weights_of_a_handwritten_model(kind: str, tmp_path: Path) -> None:
    assert KINDS[kind][0] in cells_of("PyTorch")
    for k, (sizes, both, task) in enumerate(SHAPES):
        a = architecture_of(kind, 2, sizes, bidirectional=both, task=task, output_size=k)
        program, found = hold_program(written(tmp_path, a, k), "pytorch")
        assert f"torch.nn.{cell_of(kind).frameworks['PyTorch'].name}(2, {sizes[0]}" in program
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
    assert ("upper half of a float32" in hold_program(path, "numpy")[0]) == (how == "bfloat16")


@pytest.mark.parametrize("kind", [kind for kind in sorted(KINDS) if "PyTorch" in cell_of(kind).frameworks])
def test_a_module_has_the_weights_of_every_format(kind: str, tmp_path: Path) -> None:
    for path, choices in files_of(kind, tmp_path):
        hold_program(path, "pytorch", choices)


@pytest.mark.parametrize("kind", ["rnn tanh", "lstm", "gru reset after"])
def test_a_module_begins_where_a_graph_does(kind: str, tmp_path: Path) -> None:
    for path in started_files(kind, tmp_path):
        hold_program(path, "pytorch")


@pytest.mark.parametrize(
    "how", ["two ends side by side", "one-hot", "states alone", "the largest", "a learnt beginning"]
)
def test_a_module_has_the_weights_of_an_exported_graph(how: str, tmp_path: Path) -> None:
    graphs: Any = pytest.importorskip("tests.oracle.test_onnx_exported")
    graphs.exported(graphs.MODELS[how], tmp_path / "m.onnx")
    hold_program(tmp_path / "m.onnx", "pytorch")


@pytest.mark.parametrize("said", list(SAID))
@pytest.mark.parametrize("made", list(MADE))
def test_a_module_does_what_a_person_says_of_a_file(made: str, said: str, tmp_path: Path) -> None:
    hold_program(MADE[made](tmp_path), "pytorch", SAID[said])


@pytest.mark.parametrize("how", ["weight_norm", "parametrizations"])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")
def test_weight_norm_is_put_together(how: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    rnn, utils = torch.nn.GRU(3, 4, bidirectional=True), torch.nn.utils
    rnn = (utils if how == "weight_norm" else utils.parametrizations).weight_norm(rnn, "weight_hh_l0")
    path, x = tmp_path / "m.safetensors", torch.sin(torch.arange(9.0)).reshape(3, 3)
    save_file({f"net.{name}": array.clone() for name, array in rnn.state_dict().items()}, path)
    for framework in ("pytorch", "numpy"):
        program, found = hold_program(path, framework)
        assert "normed(" in program
        np.testing.assert_allclose(found["output"], rnn(x)[0].detach().numpy(), atol=1e-6, rtol=0)
        torch.set_default_dtype(torch.float32)


def test_layers_of_several_sizes_are_modules_of_their_own(tmp_path: Path) -> None:
    cells = [torch.nn.GRUCell(3, 4), torch.nn.GRUCell(4, 2)]
    arrays = {f"{k}.{name}": array for k, cell in enumerate(cells) for name, array in cell.state_dict().items()}
    save_file(arrays, tmp_path / "m.safetensors")
    program, found = hold_program(tmp_path / "m.safetensors", "pytorch")
    assert "torch.nn.GRU(3, 4)" in program
    assert "torch.nn.GRU(4, 2)" in program
    assert found["output"].shape == (3, 2)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("how", WRITER_KINDS)
def test_two_modules_write_what_the_model_writes(how: str, layers: int, tmp_path: Path) -> None:
    for k, kind in enumerate(kind for kind in sorted(KINDS) if "PyTorch" in cell_of(kind).frameworks):
        both = how != "one-to-many" and k % 2 == 0
        path = saved_writer(tmp_path / "m.safetensors", how, kind, layers, both, k)
        program, _ = hold_writer(path, "pytorch")
        assert ("alpha = torch.softmax(e, dim=0)" in program) == ("decoder," in how)
    if how != "one-to-many":
        hold_writer(saved_writer(tmp_path / "m.safetensors", how, "lstm", layers, backward_only=True), "pytorch")


def test_a_trained_translator_writes_in_pytorch(trained: TrainedModels) -> None:
    hold_writer(trained.path("translate-general"), "pytorch")


@pytest.mark.parametrize("cell", list(PAIRS))
def test_an_encoder_and_a_decoder_are_loaded_by_their_own_names(cell: str, tmp_path: Path) -> None:
    for layers, both in ((1, True), (2, False)):
        program, _ = hold_writer(saved_pair(tmp_path, cell, layers, both), "pytorch", BOTH_VOCABULARIES)
        for side in ("encoder", "decoder"):
            assert f'rnn.load_state_dict({{name: file["{side}.{cell}." + name]' in program


@pytest.mark.parametrize("form", encoder_decoders.FORMS)
def test_forms_of_tutorials_write_what_their_modules_write(form: str, tmp_path: Path) -> None:
    both, path, options = encoder_decoders.saved(tmp_path, form)
    given = dict(zip(options[::2], options[1::2], strict=True))
    choices = Choices(
        vocab=given["--vocab"],
        target_vocab=given.get("--target-vocab"),
        embedding_activation=given.get("--embedding-activation"),
    )
    for framework in ("numpy", "pytorch"):
        program, found = hold_writer(Path(path), framework, choices)
        rows = next(line for line in program.splitlines() if line.startswith("rows = "))
        read = [int(k) for k in rows.partition("[")[2].partition("]")[0].split(",")]
        with torch.no_grad():
            np.testing.assert_allclose(found["logits"], both(read, [])[0].numpy(), atol=1e-12, rtol=0)
