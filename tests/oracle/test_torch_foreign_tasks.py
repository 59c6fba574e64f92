"""What models of PyTorch programs answer, and how good they are: PyTorch's own losses and answers to 1e-12."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Command
from tests.support.schemas import validate

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file: Any = pytest.importorskip("safetensors.torch").save_file

WORDS = ["[PAD]", "the", "cat", "sat", "on", "mat", "dog", ".", ",", "n't", "@-@", "big", "[UNK]", "<eos>"]
TEXT = "the cat sat on the mat .\nthe dog did n't sit @-@ on the big mat .\n\nBig cat , big dog .\n"
SENTENCES = [
    ("the cat sat", "good"),
    ("the dog", "bad"),
    ("big mat .", "good"),
    ("The dog barks", "bad"),
    ("cat", "bad"),
]
TAGGED = [("the cat sat", "D N V"), ("big dog sat on mat", "A N V P N")]


def saved(
    folder: Path, cell: str, embedding: str, readout: str, classes: int, **options: Any
) -> tuple[str, list[str], Any]:
    """A whole model in a file, how a command reads it, and what it computes: (logits of each step, of the final state)."""
    torch.manual_seed(0)
    size = 4 if embedding else len(WORDS)
    rows = torch.nn.Embedding(len(WORDS), size).double() if embedding else None
    rnn = getattr(torch.nn, cell)(size, 5, **options).double()
    head = torch.nn.Linear(5 * (1 + rnn.bidirectional), classes).double()
    parts = {embedding: rows, "rnn": rnn, readout: head}
    arrays = {f"{path}.{name}": tensor for path, part in parts.items() if part is not None for name, tensor in part.state_dict().items()}  # fmt: skip
    save_file(arrays, folder / "m.safetensors")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")

    def compute(text: list[str]) -> tuple[Any, Any]:
        ids = torch.tensor([WORDS.index(w) if w in WORDS else WORDS.index("[UNK]") for w in text])
        x = torch.nn.functional.one_hot(ids, len(WORDS)).double() if rows is None else rows(ids)
        with torch.no_grad():
            output, ends = rnn(x[:, None])
            final = ends[0] if cell == "LSTM" else ends
            last = torch.cat(list(final[-(1 + rnn.bidirectional) :, 0]))
            return head(output[:, 0]), head(last)

    return str(folder / "m.safetensors"), ["--vocab", str(folder / "vocab.txt")], compute


def cross_entropy(logits: Any, targets: list[int]) -> float:
    return float(torch.nn.functional.cross_entropy(logits, torch.tensor(targets)))


@pytest.mark.parametrize(("cell", "embedding"), [("LSTM", "encoder"), ("GRU", "encoder"), ("RNN", "")])
def test_the_perplexity_of_a_language_model(cell: str, embedding: str, tmp_path: Path, call: Command) -> None:
    options: dict[str, Any] = {} if cell == "RNN" else {"num_layers": 2}
    path, how, compute = saved(tmp_path, cell, embedding, "decoder", len(WORDS), **options)
    how += [] if embedding else ["--readout-reads", "every-step"]
    (tmp_path / "test.txt").write_text(TEXT)
    document = validate(
        call("evaluate", path, str(tmp_path / "test.txt"), *how, "--json", "--resamples", "0").document()
    )
    words = [word for line in TEXT.lower().splitlines() for word in [*line.split(), "<eos>"]]
    ids = [WORDS.index(word) if word in WORDS else WORDS.index("[UNK]") for word in words]
    loss = cross_entropy(compute(words)[0][:-1], ids[1:])
    assert document["scores"]["loss"]["value"] == pytest.approx(loss, abs=1e-12)
    assert document["scores"]["perplexity"]["value"] == pytest.approx(np.exp(loss), rel=1e-12)
    assert (document["task"], document["unknown_tokens"]) == ("lm", 2)
    after = call("predict", path, "the cat", *how, "--json").document()["predictions"][0]["likeliest"]
    logits = compute(["the", "cat"])[0][-1]
    wanted = torch.softmax(logits, 0)
    assert after[0]["label"] == WORDS[int(wanted.argmax())]
    assert after[0]["probability"] == pytest.approx(float(wanted.max()), abs=1e-12)


def test_what_a_language_model_writes_is_what_pytorch_finds_likeliest(tmp_path: Path, call: Command) -> None:
    path, how, compute = saved(tmp_path, "GRU", "encoder", "decoder", len(WORDS))
    document = validate(call("generate", path, "--prompt", "the cat", *how, "--temperature", "0", "--length", "6", "--json").document())  # fmt: skip
    words, never = ["the", "cat"], WORDS.index("[UNK]")
    for one in document["samples"][0]["tokens"]:
        logits = compute(words)[0][-1]
        probabilities = torch.log_softmax(logits, 0)
        logits[never] = -torch.inf
        assert one["token"] == WORDS[int(logits.argmax())]
        assert one["log_probability"] == pytest.approx(float(probabilities[logits.argmax()]), abs=1e-12)
        words.append(one["token"])
    assert len(words) == 8
    said = call("generate", path, *how, "--length", "3", "--seed", "5")
    assert said.code == 0  # without a prompt it begins after the end of a line, <eos>
    assert "embedding encoder.weight" in said.stderr


def test_a_classifier_is_measured(tmp_path: Path, call: Command) -> None:
    path, how, compute = saved(tmp_path, "LSTM", "embedding", "fc", 2, bidirectional=True)
    (tmp_path / "data.tsv").write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in SENTENCES))
    how += ["--labels", "bad,good"]
    document = validate(call("evaluate", path, str(tmp_path / "data.tsv"), *how, "--json").document())
    logits = torch.stack([compute(text.lower().split())[1] for text, _ in SENTENCES])
    truths = [["bad", "good"].index(label) for _, label in SENTENCES]
    assert document["scores"]["loss"]["value"] == pytest.approx(cross_entropy(logits, truths), abs=1e-12)
    right = (logits.argmax(1) == torch.tensor(truths)).double().mean()
    assert document["scores"]["accuracy"]["value"] == float(right)
    answers = call("predict", path, *(text for text, _ in SENTENCES), *how, "--json").document()["predictions"]
    for k, answer in enumerate(answers):
        wanted = torch.softmax(logits[k], 0).tolist()
        np.testing.assert_allclose(answer["probabilities"], wanted, atol=1e-12)


def test_a_tagger_is_measured(tmp_path: Path, call: Command) -> None:
    path, how, compute = saved(tmp_path, "LSTM", "word_embeddings", "hidden2tag", 5)
    tags = ["D", "N", "V", "A", "P"]
    lines = ["\n".join(map("\t".join, zip(w.split(), t.split(), strict=True))) for w, t in TAGGED]
    (tmp_path / "tags.txt").write_text("\n\n".join(lines) + "\n")
    how += ["--labels", ",".join(tags), "--readout-reads", "every-step"]
    document = validate(call("evaluate", path, str(tmp_path / "tags.txt"), *how, "--json").document())
    logits = torch.cat([compute(words.split())[0] for words, _ in TAGGED])
    truths = [tags.index(tag) for _, each in TAGGED for tag in each.split()]
    assert document["scores"]["loss"]["value"] == pytest.approx(cross_entropy(logits, truths), abs=1e-12)
    assert document["scores"]["accuracy"]["value"] == float((logits.argmax(1) == torch.tensor(truths)).double().mean())
