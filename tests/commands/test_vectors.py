"""--vectors: words for a network that has no embedding, and what is said of those that have none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.conftest import Command
from tests.support.schemas import validate

ROWS: dict[str, list[float]] = {
    "the": [0.5, -1.0, 0.25],
    "soup": [0.1, 0.2, 0.3],
    "Soup": [9, 9, 9],
    ".": [1, 1, 1],
    "<unk>": [0, 0, 2],
}


@pytest.fixture
def vectors(tmp_path: Path) -> str:
    path = tmp_path / "v.txt"
    path.write_text("".join(f"{token} {' '.join(map(str, row))}\n" for token, row in ROWS.items()))
    return str(path)


@pytest.fixture
def model(tmp_path: Path) -> str:
    """An LSTM of vectors with a readout, as PyTorch programs save it."""
    generator = np.random.default_rng(0)
    shapes = {"lstm.weight_ih_l0": (8, 3), "lstm.weight_hh_l0": (8, 2), "fc.weight": (2, 2), "fc.bias": (2,)}
    save_file({name: generator.standard_normal(shape) for name, shape in shapes.items()}, tmp_path / "m.safetensors")
    return str(tmp_path / "m.safetensors")


def _document(found: Any) -> Any:
    assert found.code == 0, found.stderr
    return validate(json.loads(found.stdout))


@pytest.mark.parametrize("command", ["forward", "trace", "bptt", "gradients", "predict"])
def test_a_text_is_read_as_the_numbers_of_its_words(
    command: str, model: str, vectors: str, tmp_path: Path, call: Command
) -> None:
    (tmp_path / "x.json").write_text(json.dumps([ROWS["the"], ROWS["soup"], ROWS["<unk>"], ROWS["."]]))
    where = [model] if command == "predict" else ["--model", model]
    more = ["--labels", "bad,good", "--json", *(["--target", "good"] if command == "bptt" else [])]
    text = _document(call(command, *where, "The soup boils.", "--vectors", vectors, *more))
    numbers = _document(call(command, *where, "--input", str(tmp_path / "x.json"), *more))
    assert text["read"][vectors] == {
        "vectors": 5, "size": 3, "words": 4, "found": 3, "in_lower_case": 1, **{k: v for k, v in text["read"][vectors].items() if k == "encoding"},
    }  # fmt: skip
    for key in ("steps", "predictions", "sequences"):
        for ours, theirs in zip(text.get(key, []), numbers.get(key, []), strict=True):
            for name in ("h", "probabilities", "inputs", "dL_dh", "product"):
                if name in ours:
                    assert ours[name] == theirs[name]
    tokens = text.get("tokens") or (text.get("predictions") or text.get("sequences"))[0]["tokens"]
    assert tokens == ["The", "soup", "boils", "."]


def test_what_was_found_is_said(model: str, vectors: str, call: Command) -> None:
    said = call("forward", "The soup boils.", "--model", model, "--vectors", vectors).stderr
    assert "5 vectors of 3 numbers; 3 of 4 words have one, 1 of them in lower case; none for boils" in said


def test_a_network_is_built_for_them(vectors: str, tmp_path: Path, call: Command) -> None:
    kept = tmp_path / "kept.json"
    first = _document(call("forward", "The soup", "--cell", "gru", "--vectors", vectors, "--save-model", str(kept), "--json"))  # fmt: skip
    assert first["model"]["input_size"] == 3
    again = _document(call("forward", "The soup", "--model", str(kept), "--json"))
    assert again["sequences"][0]["layers"][0]["h"] == first["sequences"][0]["layers"][0]["h"]


def test_without_a_row_for_unknown_words_one_is_refused(model: str, tmp_path: Path, call: Command) -> None:
    (tmp_path / "w.txt").write_text("the 1 2 3\nunk 1 2 3\n")
    found = call("forward", "the soup", "--model", model, "--vectors", str(tmp_path / "w.txt"))
    assert (found.code, found.stdout) == (2, "")
    assert "lacks 'soup', and has no token that stands for unknown words" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a", "--model", "nlp"], "nlp has vectors of its own"),
        (["a"], "give the --model that reads them"),
        (["--input", "x.csv", "--model", "MODEL"], "--vectors are for the words of a text"),
        (["a", "--cell", "rnn", "--input-size", "4"], "vectors of 3 numbers"),
    ],
)
def test_what_is_refused(arguments: list[str], words: str, model: str, vectors: str, call: Command) -> None:
    found = call("forward", *(model if one == "MODEL" else one for one in arguments), "--vectors", vectors)
    assert (found.code, found.stdout) == (2, "")
    assert words in found.stderr
