"""rnn inspect --code numpy: the program that is printed computes what rnn forward computes, of every cell and kind of file."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.symbols import written_step
from rnn_cli.models.foreign.choices import READS, Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.trained import save_trained
from rnn_cli.models.written import as_text, handwritten
from tests.conftest import Command
from tests.support.models import random_trained
from tests.support.networks import KINDS, architecture_of, cell_of, random_network
from tests.support.programs import hold_program, printed
from tests.support.schemas import validate
from tests.support.toy_cell import registered
from tests.support.trained import TrainedModels

WORDS = {"I": np.array([0.1, -0.3]), "l\u00f6ve": np.array([0.7, 0.9]), "'\"\\": np.array([-0.4, 0.5])}
SHAPES = (
    ((3,), False, MANY_TO_ONE),
    ((4, 3), True, MANY_TO_ONE),
    ((3, 3), True, MANY_TO_MANY),
    ((2, 3), False, MANY_TO_MANY),
)
BACKWARD = (((2, 3), MANY_TO_ONE), ((3,), MANY_TO_MANY))


def written(folder: Path, architecture: Architecture, seed: int = 0) -> Path:
    """A hand-written model of random weights with three words, in a file whose name has quotes."""
    network = random_network(architecture, seed)
    path = folder / 'it\'s "m\u00fc".json'
    model = Model("m", network, "random", labels=tuple("abc"[: architecture.output_size]))
    path.write_text(as_text(handwritten(model, WORDS if architecture.input_size == 2 else {})), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_program_of_numpy_computes_every_cell(kind: str, tmp_path: Path) -> None:
    for k, (sizes, both, task) in enumerate(SHAPES):
        a = architecture_of(kind, 2, sizes, bidirectional=both, task=task, output_size=k)
        program, found = hold_program(written(tmp_path, a, k), "numpy")
        assert len(found) == (3 if k else 1)
        assert all(f"    {line}" in program.splitlines() for line in cell_of(kind).equations)
    for sizes, task in BACKWARD:
        hold_program(
            written(tmp_path, architecture_of(kind, 2, sizes, task=task, output_size=2, backward_only=True)), "numpy"
        )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_step_writes_itself_down_from_its_own_equations(kind: str) -> None:
    cell = cell_of(kind)
    step = written_step(cell)
    assert [line.partition(" = ")[0] for line in step.lines] == list(cell.numbers)
    read = " ".join(step.lines)
    assert all(f"w.{name}" in read for name in cell.parameters)


def test_a_cell_of_odd_names_is_written_too(tmp_path: Path) -> None:
    with registered():
        for tail in ("swung", "bare"):
            a = Architecture("wobble", 2, 3, options=(("tail", tail),) if tail == "bare" else ())
            hold_program(written(tmp_path, a), "numpy")


@pytest.mark.parametrize("name", ["classify", "tag", "lm", "forecast", "forecast-steps", "copy", "adding"])
def test_a_program_reads_what_rnn_train_wrote(name: str, trained: TrainedModels) -> None:
    hold_program(trained.path(name), "numpy")


def test_a_program_reads_packed_arrays_of_any_cell(tmp_path: Path) -> None:
    for kind in ("gru reset after", "peephole", "slstm"):
        path = tmp_path / "m.safetensors"
        save_trained(path, random_trained(architecture_of(kind, 2, 3, 2, True, output_size=2, embedding_rows=3)))
        hold_program(path, "numpy")


@pytest.mark.parametrize(("gates", "biased"), [(1, True), (3, True), (3, False), (4, True), (4, False)])
def test_a_program_of_numpy_takes_a_state_dict_apart(gates: int, biased: bool, tmp_path: Path) -> None:
    draw = np.random.default_rng(gates)
    arrays = {"emb.weight": draw.normal(size=(7, 2)), "fc.weight": draw.normal(size=(2, 6))}
    for end in ("l0", "l0_reverse", "l1", "l1_reverse"):
        arrays[f"net.rnn.weight_ih_{end}"] = draw.normal(size=(gates * 3, 2 if "0" in end else 6)).astype(np.float32)
        arrays[f"net.rnn.weight_hh_{end}"] = draw.normal(size=(gates * 3, 3))
        for kind in ("ih", "hh") if biased else ():
            arrays[f"net.rnn.bias_{kind}_{end}"] = draw.normal(size=gates * 3)
    save_file(arrays, tmp_path / "m.safetensors")
    for reads in READS:
        hold_program(tmp_path / "m.safetensors", "numpy", Choices(reads=reads))
    names = sorted(arrays)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for part, own in parts.items():
        save_file({name: arrays[name] for name in own}, tmp_path / part)
    index = tmp_path / "m.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {name: part for part, own in parts.items() for name in own}}))
    hold_program(index, "numpy")


def test_the_page_is_the_program_and_the_document_has_it(call: Command, tmp_path: Path) -> None:
    page = call("inspect", "nlp", "--code", "numpy")
    assert (page.code, page.stderr) == (0, "")
    path = tmp_path / "m.py"
    path.write_text(page.stdout)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    found = {line.split(" ", 1)[0]: np.array(json.loads(line.split(" ", 1)[1])) for line in done.stdout.splitlines()}
    code = validate(call("inspect", "nlp", "--code", "NumPy", "--json").document())["code"]
    assert code["program"] == page.stdout
    assert code["tokens"] == ["I", "love", "NLP"]
    document = call("forward", " ".join(code["tokens"]), "--json").document()["sequences"][0]
    for name in ("output", "logits", "probabilities"):
        np.testing.assert_allclose(found[name], document[name], atol=1e-12, rtol=0)


def test_a_file_on_another_path_is_read_as_it_is_then(tmp_path: Path) -> None:
    path = written(tmp_path, architecture_of("lstm", 2, 3, output_size=2))
    program, before = hold_program(path, "numpy")
    weights = load_model(str(path)).network.parameters["readout.b_y"]
    data = json.loads(path.read_text(encoding="utf-8"))
    data["parameters"]["readout"]["b_y"] = (weights + 1).tolist()
    path.write_text(json.dumps(data), encoding="utf-8")
    np.testing.assert_allclose(printed(program)["logits"], before["logits"] + 1, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "framework", "says"),
    [
        ("mingru", "pytorch", "PyTorch has no minGRU; --code numpy writes its steps out"),
        ("slstm", "keras", "Keras has no sLSTM"),
        ("peephole", "keras", "Keras has no LSTM with peepholes"),
        ("gru reset before", "pytorch", "PyTorch has no GRU, reset before the product"),
        ("rnn tanh", "jax", "--code jax: it can be numpy, pytorch, keras"),
    ],
)
def test_what_has_no_equal_is_refused(kind: str, framework: str, says: str, call: Command, tmp_path: Path) -> None:
    result = call("inspect", str(written(tmp_path, architecture_of(kind, 2, 3))), "--code", framework)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr
