"""A tagger whose words have parts, in every command that reads words: one sum makes the vector, wherever it is made."""

import json
import re
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from tests.conftest import Both
from tests.support.command import Result
from tests.support.schemas import validate
from tests.support.trained import TrainedModels

Command = Callable[..., Result]
TEXT = "The shy zebras sees this zebra"


@pytest.fixture
def path(trained: TrainedModels) -> str:
    return str(trained.path("tag"))


def by_hand(model: Model, words: list[str]) -> np.ndarray:
    """The vectors, from the names alone: the word's row and the row of every beginning and end that it has."""
    assert model.encoding is not None
    parameters, encoding = model.network.parameters, model.encoding
    vectors = []
    for word in words:
        x = parameters["embedding"][model.rows.get(word, 0)].copy()
        for row, name in enumerate(encoding.parts):
            has = word.startswith(name[:-1]) if row < len(encoding.prefixes) else word.endswith(name[1:])
            x += parameters["parts"][row] * has
        vectors.append(x)
    return np.array(vectors)


def test_every_command_reads_the_same_sum(path: str, call: Command) -> None:
    model = load_model(path)
    x = by_hand(model, TEXT.split())
    assert np.abs(x - model.network.parameters["embedding"][[model.rows.get(w, 0) for w in TEXT.split()]]).max() > 0.001
    traced = validate(call("trace", TEXT, "--model", path, "--json").document())
    np.testing.assert_allclose(traced["inputs"], x, atol=1e-12)
    for terms, own in zip(traced["input_terms"], x, strict=True):
        np.testing.assert_allclose(np.sum([one["vector"] for one in terms], axis=0), own, atol=1e-12)
    zebras = [one["name"] for one in traced["input_terms"][2]]
    assert zebras[0] == "<unk>"
    assert "-s" in zebras
    forward = validate(call("forward", TEXT, "--model", path, "--json").document())["sequences"][0]
    np.testing.assert_allclose(forward["inputs"], x, atol=1e-12)
    assert forward["parts"] == [[one["name"] for one in terms[1:]] for terms in traced["input_terms"]]
    predicted = validate(call("predict", path, TEXT, "--json").document())
    np.testing.assert_allclose(predicted["predictions"][0]["probabilities"], forward["probabilities"], atol=1e-12)
    page = call("trace", TEXT, "--model", path).stdout
    assert "those of its beginnings (ab-) and ends (-yz) are added" in " ".join(page.split())
    sums = {t + 1: [one["name"] for one in terms] for t, terms in enumerate(traced["input_terms"])}
    said = [" ".join(text.split()) for text in page.splitlines() if re.match(r"  x_\d+ +=", text)]
    assert said == [f"x_{t} = {' + '.join(terms)}" for t, terms in sums.items() if len(terms) > 1]


def test_evaluation_and_prediction_answer_alike(path: str, call: Command, tmp_path: Path) -> None:
    """The one reads a padded batch of a file, the other a text."""
    data = tmp_path / "two.txt"
    words = [TEXT.split(), ["Zebra", "zebras", "sees"]]
    data.write_text("\n\n".join("\n".join(f"{word} NOUN" for word in one) for one in words) + "\n")
    answers = tmp_path / "answers.tsv"
    call("evaluate", path, str(data), "--resamples", "0", "--save-predictions", str(answers))
    said = [line.split("\t") for line in answers.read_text().splitlines()]
    column = said[0].index("answer")
    for k, one in enumerate(words):
        document = call("forward", " ".join(one), "--model", path, "--json").document()["sequences"][0]
        start = 1 + len(words[0]) * k
        assert [row[column] for row in said[start : start + len(one)]] == document["prediction"]


@pytest.mark.parametrize("every", [(), ("--checkpoint-every", "2")])
def test_the_gradient_of_a_part_is_that_of_all_words_that_have_it(path: str, call: Command, every: Any) -> None:
    text, target = "zebras sees cats", ("--target", "NOUN")
    document = validate(call("bptt", text, "--model", path, *target, *every, "--json").document())
    model = load_model(path)
    names = document["gradients"]["parts"]
    sequence = encode_text(text, model, 0)
    assert sequence.parts is not None
    assert set(names) == {model.parts[row] for own in sequence.parts for row in own}
    dx = np.array(document["gradients"]["inputs"])
    has = [[text.split()[t].endswith("s") for t in range(3)], [text.split()[t].startswith("s") for t in range(3)]]
    for name, words in zip(("-s", "s-"), has, strict=True):
        np.testing.assert_allclose(names[name], dx[words].sum(axis=0), atol=1e-14)
    assert document["check"]["passed"]


def test_what_has_no_parts_refuses_them(path: str, call: Command, tmp_path: Path) -> None:
    for target in ("a.json", "a.keras", "a.onnx"):
        refused = call("convert", path, str(tmp_path / target))
        assert refused.code == 2
        assert "adds vectors of the beginnings and ends of words" in refused.stderr
        assert "--word-parts none" in refused.stderr
    assert "adds vectors" in call("trace", TEXT, "--model", path, "--save-model", str(tmp_path / "b.json")).stderr
    assert "adds vectors" in call("inspect", path, "--code", "pytorch").stderr
    copy = str(tmp_path / "copy.safetensors")
    assert call("convert", path, copy, "--to", "rnn").code == 0
    same = call("diff", path, copy, TEXT, "--json").document()
    assert same["equal"]
    assert "parts" in [one["name"] for one in same["arrays"]]
    arrays = [call("forward", TEXT, "--model", one, "--json").document()["sequences"][0] for one in (path, copy)]
    assert arrays[0] == arrays[1]


def test_the_parts_are_named_where_a_model_is_inspected(path: str, call: Command, tmp_path: Path) -> None:
    model = load_model(path)
    found = validate(call("inspect", path, "--json").document())
    assert found["parts"] == list(model.parts)
    sizes = {one["name"]: one["count"] for one in found["parameters"]}
    assert sizes["parts"] == len(model.parts) * model.network.architecture.input_size
    page = " ".join(call("inspect", path).stdout.split())
    assert f"{sizes['parts']:,} in the parts of words" in page
    program = tmp_path / "program.py"
    program.write_text(call("inspect", path, "--code", "numpy").stdout)
    ran: dict[str, Any] = runpy.run_path(str(program))
    tokens = call("inspect", path, "--code", "numpy", "--json").document()["code"]["tokens"]
    np.testing.assert_allclose(ran["x"], by_hand(model, tokens), atol=1e-12)


def test_a_run_with_parts_goes_on_as_if_it_had_not_stopped(call: Command, tmp_path: Path) -> None:
    data = tmp_path / "a.txt"
    data.write_text("\n\n".join(f"{c}ing V\n{c}s N\nthe D" for c in "abcdefghijkl") + "\n")
    common = ("--task", "tag", "--hidden-size", "3", "--embedding-size", "2", "--batch-size", "4", "--json")
    whole, half = str(tmp_path / "whole.safetensors"), str(tmp_path / "half.safetensors")
    events = [
        call("train", str(data), *common, "--max-steps", "6", "--out", whole),
        call("train", str(data), *common, "--max-steps", "3", "--out", half),
        call("train", "--resume", half, "--max-steps", "6", "--json"),
    ]
    assert [one.code for one in events] == [0, 0, 0]
    losses = [[e["loss"] for e in map(json.loads, one.stdout.splitlines()) if e["event"] == "step"] for one in events]
    assert losses[0] == losses[1] + losses[2]
    learnt = [load_model(one).network.parameters["parts"] for one in (whole, half)]
    np.testing.assert_array_equal(learnt[0], learnt[1])
    assert np.abs(learnt[0]).min() > 0  # every part was read, and learnt
    assert call("evaluate", whole, str(data), "--held-out", "--resamples", "0").code == 0
    plain = str(tmp_path / "plain.safetensors")
    assert call("train", str(data), *common, "--max-steps", "1", "--word-parts", "none", "--out", plain).code == 0
    for asked, start, takes in (("none", whole, "affixes"), ("affixes", plain, "none")):
        refused = call("train", str(data), *common, "--max-steps", "1", "--word-parts", asked, "--init", start)
        assert refused.code == 2
        assert f"--word-parts {takes} begins a run as it is" in refused.stderr
    again = call("train", str(data), *common, "--max-steps", "1", "--init", whole, "--word-parts", "affixes")
    assert again.code == 0


def test_the_data_are_shown_with_their_parts(call: Command, both: Both, tmp_path: Path) -> None:
    data = tmp_path / "a.txt"
    data.write_text("\n\n".join(f"{c}ing V\n{c}s N" for c in "abcdefgh") + "\n")
    page, found = both("data", str(data), "--task", "tag")
    validate(found)
    assert found["word_parts"] == 4
    assert " ".join(page.stdout.split()).count("4 beginnings and ends of words: -g, -ing, -ng, -s (--word-parts)") == 1
    assert found["first"][0]["parts"] == [["-g", "-ng", "-ing"], ["-s"]]
    without = call("data", str(data), "--task", "tag", "--word-parts", "none", "--json").document()
    assert "word_parts" not in without
    assert "parts" not in without["first"][0]


def test_a_file_whose_parts_are_not_those_of_its_network_is_damaged(path: str) -> None:
    from rnn_cli.models.fit import check_fit

    model = load_model(path)
    assert model.system is not None
    assert model.encoding is not None
    check_fit(model.system.blueprint, model.encoding)
    for encoding, said in (
        (replace(model.encoding, suffixes=model.encoding.suffixes[1:]), "parts of words, and the network"),
        (replace(model.encoding, suffixes=(*model.encoding.suffixes[:-1], model.encoding.suffixes[0])), "a name twice"),
    ):
        with pytest.raises(ValueError, match=said):
            check_fit(model.system.blueprint, encoding)
