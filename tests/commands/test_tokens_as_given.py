"""Text that is cut already, from the command line: perplexity per word, ids, and a vocabulary's own tokens."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.models.load import load_model
from tests.conftest import Command
from tests.support.schemas import validate

LINES = [
    "the <unk> co. said it 's up N %",
    "it has n't e-mail <unk> , mr. <unk> said",
    "shares of the u.s. co. fell N to N",
    "mr. <unk> said the state-of-the-art <unk> is n't up",
]
TEXT = "".join(f" {LINES[(3 * k + k // 5) % 4]} \n" for k in range(40))
QUICK = ("--hidden-size", "8", "--embedding-size", "4", "--max-steps", "12", "--validation", "0", "--json")


def train(call: Command, folder: Path, text: str, *options: str) -> Path:
    (folder / "text.txt").write_text(text)
    out = folder / "model.safetensors"
    result = call("train", str(folder / "text.txt"), "--task", "lm", "--out", str(out), *QUICK, *options)
    assert result.code == 0, result.stderr
    return out


def loss_by_hand(path: Path, tokens: list[str]) -> float:
    """The sum of -log p of every token but the first, by a GRU written out from the weights of the file."""
    model = load_model(str(path))
    vocabulary = model.vocabulary or {}
    p = model.network.parameters
    ids = [vocabulary.get(token, vocabulary["<unk>"]) for token in tokens]
    hidden = model.network.architecture.hidden_size
    h = np.zeros(hidden)
    total = 0.0
    where = "layers.0.forward."
    for k, following in pairwise(ids):
        a = p[where + "W_x"] @ p["embedding"][k] + p[where + "b"]
        b = p[where + "W_h"] @ h
        r, z = (1 / (1 + np.exp(-(a + b)[n * hidden : (n + 1) * hidden])) for n in (0, 1))
        n = np.tanh(a[2 * hidden :] + r * (b[2 * hidden :] + p[where + "b_hn"]))
        h = (1 - z) * n + z * h
        logits = p["readout.W_hy"] @ h + p["readout.b_y"]
        total -= logits[following] - math.log(np.exp(logits).sum())
    return total


@pytest.mark.parametrize("level", ["whitespace", "word", "char"])
def test_perplexity_per_word_is_that_of_a_computation_of_its_own(call: Command, tmp_path: Path, level: str) -> None:
    """Words are counted as the Penn Treebank's are: by str.split, and one for each line end; the first is only read."""
    from rnn_cli.inputs.tokens import tokenize

    path = train(call, tmp_path, TEXT, "--level", level)
    document = validate(
        call("evaluate", str(path), str(tmp_path / "text.txt"), "--json", "--resamples", "0").document()
    )
    words = sum(len(line.split()) + 1 for line in TEXT.splitlines()) - (level != "char")
    tokens = [*TEXT] if level == "char" else [
        token for line in TEXT.splitlines() for token in [*tokenize(line, level), "\n"]
    ]  # fmt: skip
    loss = loss_by_hand(path, tokens)
    assert document["words"] == words
    assert document["answers"] == len(tokens) - 1
    assert document["scores"]["perplexity"]["value"] == pytest.approx(math.exp(loss / (len(tokens) - 1)), rel=1e-5)
    per_word = document["scores"].get("perplexity_per_word", document["scores"]["perplexity"])
    assert per_word["value"] == pytest.approx(math.exp(loss / words), rel=1e-4)
    assert ("perplexity_per_word" in document["scores"]) == (level != "whitespace")
    bits = document["scores"]["bits_per_token"]["value"] * (len(tokens) - 1) / words
    assert per_word["value"] == pytest.approx(2**bits, rel=1e-6)
    page = call("evaluate", str(path), str(tmp_path / "text.txt"), "--resamples", "0").stdout
    assert f"a token is   {document['token']}" in page
    assert "line end" in document["token"]


def test_text_written_at_white_space_reads_as_it_was_learnt(call: Command, tmp_path: Path) -> None:
    path = train(call, tmp_path, TEXT, "--level", "whitespace")
    document = validate(
        call("generate", str(path), "--prompt", "the <unk> co. is n't", "--length", "30", "--json").document()
    )
    (sample,) = document["samples"]
    words = {*TEXT.split(), "\n"}
    assert all(token in words for token in sample["text"].split())
    step = call("trace", "the <unk> co. is n't", "--model", str(path), "--json").document()
    assert step["tokens"] == ["the", "<unk>", "co.", "is", "n't"]
    assert step["known"] == [True] * 5


def test_a_model_that_learnt_unk_in_three_words_goes_on_reading_it_so(call: Command, tmp_path: Path) -> None:
    path = train(call, tmp_path, TEXT, "--level", "word")
    assert call("trace", "<unk> e", "--model", str(path), "--json").document()["tokens"] == ["<", "unk", ">", "e"]
    without = train(call, tmp_path, TEXT.replace("<unk>", "dog"), "--level", "word", "--overwrite")
    found = call("trace", "<unk> said", "--model", str(without), "--json").document()
    assert (found["tokens"], found["ids"][0]) == (["<unk>", "said"], 0)


@pytest.mark.parametrize(
    "command",
    [("forward",), ("trace",), ("bptt", "--target", "positive"), ("gradients",), ("predict", "nlp")],
    ids=lambda command: command[0],
)
def test_ids_stand_for_the_words_that_have_them(call: Command, command: tuple[str, ...]) -> None:
    by_text = call(command[0], *command[1:], "I love NLP", "--json")
    vocabulary = load_model("nlp").vocabulary or {}
    ids = ",".join(str(vocabulary[word]) for word in ("I", "love", "NLP"))
    assert json.loads(call(*command, "--ids", ids, "--json").stdout) == json.loads(by_text.stdout)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("forward", "--ids", "0,99"), "--ids 0,99: nlp has no id 99: its ids are 0 to"),
        (("forward", "--ids", "1,b"), "'b' is no id"),
        (("forward", "--ids", "1,,2"), "'' is no id"),
        (("forward", "--ids", "-1"), "'-1' is no id"),
        (("trace", "--ids", "0", "--cell", "lstm"), "reads numbers at each step, not ids"),
        (("forward", "I love NLP", "--ids", "0"), "give one of TEXT, --file, --input and --ids"),
        (("predict", "nlp", "I love NLP", "--ids", "0"), "give one of TEXT, --file, --input and --ids"),
    ],
)
def test_ids_that_cannot_be(call: Command, arguments: tuple[str, ...], says: str) -> None:
    result = call(*arguments)
    assert result.code == 2
    assert says in result.stderr


def test_a_list_of_tokens_and_the_ids_of_a_written_model(call: Command, tmp_path: Path) -> None:
    """A model written by hand whose tokens are no words: found whole in a text, by ids, and as a list in Python."""
    vectors = {"[CLS]": [0.1], "e-mail": [0.2], "U.S.": [0.3], "▁love": [0.4], "<unk>": [0.5]}
    layer = {"W_xh": [[0.5]], "W_hh": [[0.25]], "b_h": [0.0]}
    parameters = {"layers": [layer], "readout": {"W_hy": [[1.0], [-1.0]], "b_y": [0.0, 0.0]}}
    model = {"format": "rnn.model/1", "labels": ["a", "b"], "embedding": vectors, "parameters": parameters}
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model))
    by_text = call("forward", "[CLS] ▁love e-mail U.S. <unk>", "--model", str(path), "--json").document()["sequences"][
        0
    ]
    assert by_text["tokens"] == ["[CLS]", "▁love", "e-mail", "U.S.", "<unk>"]
    assert by_text["known"] == [True] * 5
    assert by_text["inputs"] == [[0.1], [0.4], [0.2], [0.3], [0.5]]
    assert call("forward", "--ids", "0,3,1,2,4", "--model", str(path), "--json").document()["sequences"][0] == by_text
    listed = rnn.load(str(path)).forward(by_text["tokens"]).document()["sequences"][0]
    assert listed["inputs"] == by_text["inputs"]


def test_a_classifier_that_found_its_level_itself_is_measured_and_resumed(call: Command, tmp_path: Path) -> None:
    """Its run was asked for no level, and its file has the one that the reader found: that is no damage."""
    data, out = tmp_path / "cut.tsv", tmp_path / "cut.safetensors"
    data.write_text("".join(f"the <unk> is n't {k % 7} 's {('bad', 'good')[k % 2]}\t{k % 2}\n" for k in range(60)))
    said = call("train", str(data), "--task", "classify", "--max-steps", "1", "--out", str(out), "--json")
    assert json.loads(said.stdout.splitlines()[0])["read"][str(data)]["level"] == "whitespace"
    measured = call("evaluate", str(out), str(data), "--held-out", "--json")
    assert (measured.code, json.loads(measured.stdout)["examples"]) == (0, 6), measured.stderr
    resumed = call("train", "--resume", str(out), "--max-steps", "2", "--json")
    assert (resumed.code, json.loads(resumed.stdout.splitlines()[-1])["step"]) == (0, 2), resumed.stderr
