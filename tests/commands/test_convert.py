"""rnn convert: a network in another program's conventions computes the same, or nothing is written."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import rnn_cli.models.writers.json_model as json_writer
import rnn_cli.models.writers.pytorch as pytorch_writer
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.models.writers import Written
from rnn_cli.study.convert import convert
from rnn_cli.study.foreign import as_trained
from tests.conftest import Command
from tests.support.model_files import json_model
from tests.support.networks import KINDS, architecture_of, random_network
from tests.support.schemas import validate
from tests.support.trained import TrainedModels

IN_PYTORCH = [kind for kind in KINDS if kind in ("rnn tanh", "rnn relu", "lstm", "gru reset after")]


def converted(call: Command, *arguments: str) -> dict[str, Any]:
    found = call("convert", *arguments, "--json")
    assert found.code == 0, found.stderr
    document: dict[str, Any] = validate(found.document())
    assert document["proof"]["passed"]
    assert document["proof"]["numbers"] > 0
    return document


@pytest.mark.parametrize("kind", IN_PYTORCH)
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, True), (3, False)])
def test_to_pytorch_and_back(kind: str, layers: int, both: bool, call: Command, tmp_path: Path) -> None:
    task = MANY_TO_MANY if layers == 2 else MANY_TO_ONE
    architecture = architecture_of(kind, 3, 4, layers, both, task, output_size=2, embedding_rows=5)
    first = json_model(tmp_path / "first.json", architecture)
    document = converted(call, first, str(tmp_path / "there.safetensors"), "--to", "pytorch")
    flags = [word for name, value in document["flags"].items() for word in (f"--{name}", value)]
    converted(call, str(tmp_path / "there.safetensors"), str(tmp_path / "back.json"), *flags)
    a, b = (load_model(str(tmp_path / name)).network for name in ("first.json", "back.json"))
    assert a.architecture == b.architecture
    for name, array in a.parameters.items():
        assert np.array_equal(array, b.parameters[name]), name


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in IN_PYTORCH])
def test_a_cell_that_pytorch_lacks_is_refused(kind: str, call: Command, tmp_path: Path) -> None:
    source, target = json_model(tmp_path / "m.json", architecture_of(kind)), tmp_path / "m.safetensors"
    found = call("convert", source, str(target), "--to", "pytorch")
    assert (found.code, found.stdout) == (2, "")
    assert "PyTorch" in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert not target.exists()


def test_the_bytes_of_weights_survive(call: Command, tmp_path: Path) -> None:
    """float32, from PyTorch through JSON to PyTorch: the weights byte for byte, the two biases once summed."""
    generator = np.random.default_rng(3)
    shapes = {"weight_ih_l0": (9, 2), "weight_hh_l0": (9, 3), "bias_ih_l0": (9,), "bias_hh_l0": (9,)}
    arrays = {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(arrays, tmp_path / "a.safetensors")
    document = converted(call, str(tmp_path / "a.safetensors"), str(tmp_path / "b.json"))
    assert document["dtype"] == "float32"
    converted(call, str(tmp_path / "b.json"), str(tmp_path / "c.safetensors"), "--to", "pytorch")
    back = load_file(tmp_path / "c.safetensors")
    for name in ("weight_ih_l0", "weight_hh_l0"):
        assert back[name].tobytes() == arrays[name].tobytes()
    both = arrays["bias_ih_l0"].astype(float) + arrays["bias_hh_l0"]
    both[6:] = arrays["bias_ih_l0"][6:]  # the second bias of n stands inside the reset
    assert np.array_equal(back["bias_ih_l0"], both.astype(np.float32))
    assert np.array_equal(
        back["bias_hh_l0"], np.concatenate([np.zeros(6), arrays["bias_hh_l0"][6:]]).astype(np.float32)
    )


def test_what_was_done_is_named_by_the_file_s_own_names(call: Command, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    shapes = {"net.rnn.weight_ih_l0": (4, 2), "net.rnn.weight_hh_l0": (4, 4), "net.rnn.bias_ih_l0": (4,)}
    shapes |= {"net.rnn.bias_hh_l0": (4,), "net.out.weight": (3, 4), "net.out.bias": (3,)}
    save_file({name: generator.standard_normal(shape) for name, shape in shapes.items()}, tmp_path / "a.safetensors")
    document = converted(call, str(tmp_path / "a.safetensors"), str(tmp_path / "b.json"))
    found = {one["name"]: (one["from"], one["how"]) for one in document["arrays"]}
    assert found["layers[0].W_xh"] == (["net.rnn.weight_ih_l0"], ["renamed"])
    assert found["layers[0].b_h"] == (["net.rnn.bias_ih_l0", "net.rnn.bias_hh_l0"], ["biases summed"])
    assert found["readout.W_hy"] == (["net.out.weight"], ["renamed"])
    page = call("convert", str(tmp_path / "a.safetensors"), str(tmp_path / "c.json")).stdout
    assert "net.rnn.bias_ih_l0 and net.rnn.bias_hh_l0" in page
    assert "computes what" in " ".join(page.split())


@pytest.mark.parametrize("size", [1, 1e-6])
def test_a_file_that_computes_something_else_is_not_kept(
    size: float, call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small weights make small differences beside a 1: the parameters are compared too."""
    monkeypatch.setitem(pytorch_writer.GATES, "lstm", ("f", "i", "g", "o"))
    network = random_network(architecture_of("lstm"), seed=1)
    network.parameters.flat[...] *= size
    source, target = json_model(tmp_path / "m.json", network.architecture, network), tmp_path / "m.safetensors"
    found = call("convert", source, str(target), "--to", "pytorch", "--dtype", "float32", "--json")
    assert found.code == 5
    assert not validate(found.document())["proof"]["passed"]
    assert "does not compute" in found.stderr
    assert not target.exists()


def test_a_file_that_lost_its_readout_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model("m", random_network(architecture_of("lstm", output_size=2), seed=1), "file")
    write = json_writer.write

    def without(whole: Model, path: Path) -> list[Written]:
        arrays = write(whole, path)
        kept = json.loads(path.read_text())
        del kept["parameters"]["readout"]
        path.write_text(json.dumps({name: part for name, part in kept.items() if name != "labels"}))
        return arrays

    monkeypatch.setattr(json_writer, "write", without)
    assert not convert(model, "m", "t.json", FORMATS["json"], None, 0).proof.passed


def test_a_trained_model_there_and_back(call: Command, tmp_path: Path, trained: TrainedModels) -> None:
    source, words = str(trained.path("classify")), tmp_path / "words.json"
    document = converted(call, source, str(tmp_path / "m.safetensors"), "--to", "pytorch", "--vocab-out", str(words))
    assert any("vocabulary" in one for one in document["left_behind"])
    labels = ",".join(load_model(source).labels)
    given = ["--vocab", str(words), "--labels", labels]
    converted(call, str(tmp_path / "m.safetensors"), str(tmp_path / "back.safetensors"), "--to", "rnn", *given)
    one, other = (
        call("predict", path, "it is good", "--json").document()
        for path in (source, str(tmp_path / "back.safetensors"))
    )
    assert one["predictions"] == other["predictions"]


def test_a_language_model_as_json_says_that_it_writes_no_more(
    call: Command, tmp_path: Path, trained: TrainedModels
) -> None:
    target = str(tmp_path / "m.json")
    document = converted(call, str(trained.path("lm")), target)
    assert any("that it was trained for lm" in one for one in document["left_behind"])
    assert call("generate", target).code == 2


@pytest.mark.parametrize(("task", "says"), [("translate", "two networks"), ("describe", "a learnt first state")])
def test_a_model_of_several_parts_is_refused(
    task: str, says: str, call: Command, tmp_path: Path, trained: TrainedModels
) -> None:
    found = call("convert", str(trained.path(task)), str(tmp_path / "m.json"))
    assert (found.code, found.stdout) == (2, "")
    assert says in found.stderr


def test_one_of_two_networks_of_another_program_is_written_alone(call: Command, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    shapes = {"weight_ih_l0": (6, 3), "weight_hh_l0": (6, 2), "bias_ih_l0": (6,), "bias_hh_l0": (6,)}
    arrays = {
        f"{side}.{name}": draw.normal(size=shape) for side in ("encoder", "decoder") for name, shape in shapes.items()
    }
    arrays |= {"enc_emb.weight": draw.normal(size=(5, 3)), "dec_emb.weight": draw.normal(size=(7, 3))}
    source, target = str(tmp_path / "m.safetensors"), str(tmp_path / "m.json")
    save_file(arrays | {"out.weight": draw.normal(size=(7, 2)), "out.bias": draw.normal(size=7)}, source)
    refused = call("convert", source, target)
    assert (refused.code, "--module NAME takes one of them" in refused.stderr) == (2, True)
    converted(call, source, target, "--module", "encoder")
    assert load_model(target).network.architecture.embedding_rows == 5


def test_what_rnn_train_cannot_hold(call: Command, tmp_path: Path) -> None:
    source = json_model(tmp_path / "m.json", architecture_of("lstm"))
    found = call("convert", source, str(tmp_path / "m.safetensors"), "--to", "rnn")
    assert (found.code, found.stdout) == (2, "")
    assert "no readout" in found.stderr


@pytest.mark.parametrize(
    ("task", "reads", "units"), [("classify", "final-state", 2), ("tag", "every-step", 2), ("lm", "every-step", 4)]
)
def test_a_network_is_of_one_task_as_it_is_and_converted(
    task: str, reads: str, units: int, call: Command, tmp_path: Path
) -> None:
    """Its vocabulary has another name for unknown words than rnn train, which is still the same token."""
    shapes = {"emb.weight": (4, 2), "rnn.weight_ih_l0": (3, 2), "rnn.weight_hh_l0": (3, 3), "fc.weight": (units, 3)}
    draw = np.random.default_rng(0)
    save_file({name: draw.standard_normal(shape) for name, shape in shapes.items()}, tmp_path / "m.safetensors")
    (tmp_path / "words.txt").write_text("[UNK]\na\nb\nc\n")
    said = ["--vocab", str(tmp_path / "words.txt"), "--readout-reads", reads]
    said += [] if task == "lm" else ["--labels", "no,yes"]
    asked, written = str(tmp_path / "m.safetensors"), str(tmp_path / "w.safetensors")
    made = call("convert", asked, written, "--to", "rnn", *said)
    assert made.code == 0, made.stderr
    labels = None if task == "lm" else "no,yes"
    as_it_is = as_trained("m", load_model(asked, Choices(vocab=said[1], reads=reads, labels=labels)))
    assert [as_it_is.trained_for, load_model(written).trained_for] == [task, task]
    if task == "lm":
        assert call("generate", written, "--length", "3").code == 0


def test_a_network_without_words_keeps_its_ids(call: Command, tmp_path: Path) -> None:
    architecture = architecture_of("lstm", output_size=2, embedding_rows=4)
    source = json_model(tmp_path / "m.json", architecture)
    converted(call, source, str(tmp_path / "m.safetensors"), "--to", "pytorch")
    converted(call, str(tmp_path / "m.safetensors"), str(tmp_path / "again.json"))
    assert list(json.loads((tmp_path / "again.json").read_text())["embedding"]) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x.safetensors"], "--to pytorch or --to rnn?"),
        (["x.txt"], "must end in"),
        (["x.json", "--to", "pytorch"], "ends in .safetensors"),
        (["x.json", "--to", "caffe"], "it can be"),
        (["x.json", "--dtype", "float16"], "float32 or float64"),
        (["x.json", "--vocab-out", "words.txt"], ".json"),
        (["there.json"], "--overwrite"),
    ],
)
def test_targets_that_are_refused(
    arguments: list[str], says: str, call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.json").write_text("mine")
    found = call("convert", "nlp", *arguments)
    assert (found.code, found.stdout) == (2, "")
    assert says in found.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["there.json"]
    assert Path("there.json").read_text() == "mine"


def test_a_shorter_type_is_said_and_proved(call: Command, tmp_path: Path) -> None:
    document = converted(call, "nlp", str(tmp_path / "n.safetensors"), "--to", "pytorch", "--dtype", "float32")
    assert 0 < document["proof"]["max_difference"] <= document["proof"]["tolerance"]
    assert {array.dtype for array in load_file(tmp_path / "n.safetensors").values()} == {np.dtype(np.float32)}
