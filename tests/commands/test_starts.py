"""A model that begins with states of its own: every command computes from them, and what cannot refuses by name."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rnn_cli as rnn
from rnn_cli.core.activations import softmax
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.models.model import Model
from rnn_cli.models.proofs.onnx import outputs
from rnn_cli.models.writers.onnx import OPERATORS, write
from tests.conftest import Command
from tests.support.networks import KINDS, architecture_of
from tests.support.schemas import validate
from tests.support.starts import started

pytest.importorskip("onnx", reason="onnx is not installed")

IN_ONNX = [kind for kind, (cell, _) in KINDS.items() if cell in OPERATORS]
WORDS = ["<unk>", "this", "film", "was", "not", "so", "bad"]
TEXT = "film was bad"
close: Any = partial(np.testing.assert_allclose, atol=1e-12, rtol=0)


def file_of(
    folder: Path,
    kind: str = "lstm",
    layers: int = 1,
    both: bool = False,
    task: str = MANY_TO_ONE,
    seed: int = 0,
    classes: int = 2,
) -> str:
    """A file of such a model, which reads WORDS and has so many answers."""
    network = started(architecture_of(kind, 3, 4, layers, both, task, classes, len(WORDS)), seed)
    write(Model("m", network, "file"), folder / "m.onnx")
    (folder / "words.json").write_text(json.dumps(WORDS))
    return str(folder / "m.onnx")


def by_onnx(path: str, text: str) -> dict[str, Any]:
    """What onnx.reference computes of a text."""
    return dict(outputs(Path(path), [np.array([WORDS.index(word) for word in text.split()])])[0])


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """What a command is told of the words and answers."""
    return ["--vocab", str(tmp_path / "words.json"), "--labels", "no,yes"]


@settings(max_examples=6)
@given(
    kind=st.sampled_from(IN_ONNX),
    layers=st.integers(1, 2),
    both=st.booleans(),
    seed=st.integers(0, 99),
    texts=st.lists(st.lists(st.sampled_from(WORDS[1:]), min_size=1, max_size=5).map(" ".join), min_size=2, max_size=3),
)
def test_every_door_gives_the_numbers_of_onnx(
    kind: str, layers: int, both: bool, seed: int, texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("starts")
    path = file_of(folder, kind, layers, both, seed=seed)
    model = rnn.load(path, vocab=str(folder / "words.json"), labels=["no", "yes"])
    wanted = [by_onnx(path, text) for text in texts]
    logits = np.array([one["logits"] for one in wanted])
    together = model.forward(*[text.split() for text in texts]).document()["sequences"]
    for text, right, one in zip(texts, wanted, together, strict=True):
        close(one["logits"], right["logits"])
        close(one["output"], right["output"])
        close(model.trace(text).document()["logits"], right["logits"])
        p = softmax(right["logits"])
        loss = model.bptt(text, target="yes").document()["loss"]["total"]
        assert loss == pytest.approx(-np.log(p[1]), abs=1e-12)
    answers = model.predict(*texts).document()["predictions"]
    close([one["probabilities"] for one in answers], softmax(logits))
    (folder / "data.tsv").write_text(
        "text\tlabel\n" + "".join(f"{text}\t{'yes' if k else 'no'}\n" for k, text in enumerate(texts))
    )
    measured = model.evaluate(str(folder / "data.tsv"), resamples=0).document()["scores"]["loss"]["value"]
    each = softmax(logits)[np.arange(len(texts)), [int(k > 0) for k in range(len(texts))]]
    assert measured == pytest.approx(-np.log(each).mean(), abs=1e-12)


def test_pages_and_documents_say_it(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path, "gru reset after")
    found = call("trace", TEXT, "--model", path, *options, "--json")
    assert validate(found.document())["read"][path]["starts"] == ["initial_h of GRU gru_0"]
    assert "starts from initial_h of GRU gru_0, not from 0" in found.stderr
    assert "where the memory starts: as the file has it" in call("trace", TEXT, "--model", path, *options).stdout
    weights = validate(call("inspect", path, *options, "--weights", "--json").document())["weights"]
    assert weights["layers"][0]["h_0"] == rnn.load(path).loaded.starts[0, "forward"].h.tolist()
    assert "h_0: initial_h of GRU gru_0" in call("inspect", path, *options).stdout


def test_a_state_that_is_given_takes_its_place_alone(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path)
    own = rnn.load(path).loaded.starts[0, "forward"]
    (tmp_path / "h.json").write_text("[[0.5, -0.5, 0.25, 0]]")
    (tmp_path / "c.json").write_text(json.dumps([own.c.tolist()]))
    asked = ["trace", TEXT, "--model", path, *options, "--json", "--h0", str(tmp_path / "h.json")]
    step = call(*asked).document()["steps"][0]
    assert (step["h_prev"], step["c_prev"]) == ([0.5, -0.5, 0.25, 0], own.c.tolist())
    again = call(*asked, "--c0", str(tmp_path / "c.json")).document()
    assert again["logits"] == call(*asked).document()["logits"]
    assert again["logits"] != call(*asked[:-2]).document()["logits"]


AS_IF_GIVEN = [
    ["trace", TEXT, "--why", "h[2][1]"], ["forward", TEXT, "--dtype", "float32"], ["forward", TEXT, "--explain-shapes"],
    ["bptt", TEXT, "--target", "yes", "--check"], ["bptt", TEXT, "--target", "yes", "--truncate-sweep", "--clip-norm", "0.1"],
    ["bptt", TEXT, "--target", "yes", "--checkpoint-every", "2"],
    ["gradients", TEXT], ["gradients", TEXT, "--target", "no", "--layer", "0"], ["quiz", TEXT, "--key"],
]  # fmt: skip


def test_every_command_computes_as_if_the_states_were_given(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path, both=True)
    starts, given = rnn.load(path).loaded.starts, []
    for name in ("h", "c"):
        (tmp_path / f"{name}.json").write_text(json.dumps([state[name].tolist() for state in starts.values()]))
        given += ["--state", f"{name}={tmp_path / name}.json"]
    for command in AS_IF_GIVEN:
        asked = [*command, "--model", path, *options, "--json"]
        found = call(*asked)
        assert found.code == 0, found.stderr
        assert found.document() == call(*asked, *given).document(), command


def test_padding_and_segments_begin_there(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path, "gru reset before")
    right, asked = by_onnx(path, TEXT), ["--model", path, *options, "--json"]
    kept = call("bptt", TEXT, *asked, "--target", "yes", "--checkpoint-every", "2").document()
    assert kept["loss"]["total"] == pytest.approx(-np.log(softmax(right["logits"])[1]), abs=1e-12)
    (tmp_path / "texts.txt").write_text(f"{TEXT}\nthis\n")
    padded = call("forward", "--file", str(tmp_path / "texts.txt"), *asked, "--explain-padding").document()
    close(padded["sequences"][0]["output"], right["output"])
    close(padded["sequences"][1]["output"], by_onnx(path, "this")["output"])


def test_a_language_model_writes_and_is_measured_from_there(call: Command, tmp_path: Path) -> None:
    path = file_of(tmp_path, "lstm", task=MANY_TO_MANY, classes=len(WORDS))
    words = ["--vocab", str(tmp_path / "words.json")]
    for prompt in ("film was", "film"):
        found = call("generate", path, *words, "--prompt", prompt, "--length", "1", "--explain", "--json").document()
        p = softmax(by_onnx(path, prompt)["logits"][-1])
        first = found["samples"][0]["tokens"][0]
        assert np.exp(first["log_probability"]) == pytest.approx(p[WORDS.index(first["token"])], abs=1e-12)
    text = [str(word) for word in np.random.default_rng(2).choice(WORDS[1:], 300)]  # longer than a chunk
    (tmp_path / "text.txt").write_text(" ".join(text))
    measured = call("evaluate", path, str(tmp_path / "text.txt"), *words, "--json").document()
    p = softmax(by_onnx(path, " ".join(text))["logits"])
    losses = [-np.log(p[t, WORDS.index(word)]) for t, word in enumerate(text[1:])]
    assert measured["answers"] == len(losses)
    assert measured["scores"]["loss"]["value"] == pytest.approx(np.mean(losses), abs=1e-12)


def test_one_unit_for_two_classes_begins_there(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path, classes=1)
    found = call("predict", path, TEXT, *options, "--json").document()["predictions"][0]["probabilities"]
    assert found[1] == pytest.approx(1 / (1 + np.exp(-by_onnx(path, TEXT)["logits"][0])), abs=1e-12)


def test_the_judge_knows_the_state_that_was_left_out(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path, "gru reset after")
    model = rnn.load(path, vocab=str(tmp_path / "words.json"), labels=["no", "yes"])
    right = model.trace(TEXT).states("h")
    assert rnn.check(model, TEXT, h=right).document()["passed"]
    model.loaded = replace(model.loaded, network=replace(model.loaded.network, starts={}))
    np.savez(tmp_path / "mine.npz", h=model.trace(TEXT).states("h"))
    found = call("check", str(tmp_path / "mine.npz"), TEXT, "--model", path, *options, "--json")
    assert found.code == 5
    assert [one["mistake"] for one in found.document()["findings"]] == ["no-initial-state"]


def test_what_cannot_begin_there_refuses_by_name(call: Command, tmp_path: Path, options: list[str]) -> None:
    path = file_of(tmp_path)
    starts = "starts from initial_h of LSTM lstm_0 and initial_c of LSTM lstm_0, not from 0, and "
    refused = {
        "a run of rnn train starts every sequence from 0": ["train", "--task", "parity", "--init", path],
        ".json has no such state": ["trace", TEXT, "--model", path, *options, "--save-model", str(tmp_path / "k.json")],
    }
    for why, command in refused.items():
        found = call(*command)
        assert (found.code, starts + why in found.stderr) == (2, True), found.stderr
    assert not (tmp_path / "k.json").exists()
