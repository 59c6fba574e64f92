"""--vectors: words for a network that has no embedding, and what is said of those that have none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.conftest import Command
from tests.support.schemas import validate
from tests.test_next_lines import paste, suggested

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


CLASSES = "label,text\ngood,the Soup\nbad,soup boils.\n"
TAGS = "the\tbad\nsoup\tgood\n\nsoup\tbad\n\n"


@pytest.mark.parametrize(("data", "reads"), [(CLASSES, "final-state"), (TAGS, "every-step")])
def test_data_are_evaluated_as_each_text_is_predicted(
    data: str, reads: str, model: str, vectors: str, tmp_path: Path, call: Command
) -> None:
    path, answers = tmp_path / f"d.{'csv' if data == CLASSES else 'tsv'}", tmp_path / "answers.jsonl"
    path.write_text(data)
    said = ["--vectors", vectors, "--labels", "bad,good", "--readout-reads", reads]
    found = call("evaluate", model, str(path), *said, "--resamples", "0", "--save-predictions", str(answers), "--json")
    document = _document(found)
    words = 5 if data == CLASSES else 2
    assert document["read"][vectors] | {"words": words, "size": 3} == document["read"][vectors]
    texts = ["the Soup", "soup boils."] if data == CLASSES else ["the soup", "soup"]
    own = [_document(call("predict", model, one, *said, "--json"))["predictions"][0] for one in texts]
    given = [json.loads(line) for line in answers.read_text().splitlines()]
    expected = (
        [one["prediction"] for one in own] if data == CLASSES else [tag for one in own for tag in one["prediction"]]
    )
    assert [one["answer"] for one in given] == expected


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_what_is_suggested_reads_the_words_again(
    command: str, model: str, vectors: str, tmp_path: Path, call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    (tmp_path / "d.csv").write_text(CLASSES)
    read = str(tmp_path / "d.csv") if command == "evaluate" else "the soup"
    page = call(command, model, read, "--vectors", vectors, "--labels", "bad,good").stdout
    lines = suggested(page)
    assert any(line.startswith(("rnn predict", "rnn trace")) for line in lines)
    for line in lines:
        paste(call, line)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["evaluate", "MODEL", "-", "--labels", "a,b"], "give DATA as files"),
        (["evaluate", "MODEL", "DATA"], "nothing names its 2 answers"),
        (["generate", "MODEL"], "--vectors: a network that writes reads each token that it wrote"),
    ],
)
def test_where_vectors_mean_nothing_they_are_refused(
    words: list[str], says: str, model: str, vectors: str, tmp_path: Path, call: Command
) -> None:
    (tmp_path / "d.csv").write_text(CLASSES)
    names = {"MODEL": model, "DATA": str(tmp_path / "d.csv")}
    found = call(*(names.get(word, word) for word in words), "--vectors", vectors)
    assert (found.code, found.stdout) == (2, "")
    assert says in found.stderr
