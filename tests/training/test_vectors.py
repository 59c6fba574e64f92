"""--vectors of rnn train: rows that begin with them, stay or are learnt, and runs that are resumed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.models.tensors import read_tensors
from tests.support.command import Result
from tests.support.runs import OUT
from tests.support.schemas import validate

Command = Callable[..., Result]

ROWS: dict[str, list[float]] = {
    "sun": [0.5, 1.5],
    "Rain": [9.0, 9.0],
    "good": [2.0, -1.0],
    "bad": [-3.0, 0.25],
    "s": [4.0, 4.0],
    "a": [5.0, 6.0],
}
SMALL = ("--hidden-size", "4", "--batch-size", "4", "--dtype", "float64", "--vectors", "v.txt")
CLASSIFY = ("train", "classify.tsv", "--task", "classify", *SMALL)


@pytest.fixture
def vectors(here: Path) -> Path:
    """The data, and a file of vectors beside them."""
    (here / "v.txt").write_text("".join(f"{token} {row[0]} {row[1]}\n" for token, row in ROWS.items()))
    return here


def _embedding(name: str = "embedding") -> tuple[Any, list[str]]:
    """The rows of a model that was saved, and their tokens."""
    arrays, metadata = read_tensors(Path(OUT))
    encoding = metadata["encoding"]
    return arrays[name], encoding["labels" if name.startswith("decoder") else "vocabulary"]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "momentum"])
def test_a_frozen_embedding_stays_as_it_begins(optimizer: str, vectors: Path, call: Command) -> None:
    found = call(*CLASSIFY, "--optimizer", optimizer, "--weight-decay", "0.1", "--freeze-vectors", "--max-steps", "4", "--out", OUT, "--json")  # fmt: skip
    events = [validate(json.loads(line)) for line in found.stdout.splitlines()]
    rows, tokens = _embedding()
    assert events[0]["vectors"] == {"file": "v.txt", "size": 2, "tokens": len(tokens), "found": 3, "frozen": True}
    for token in ("sun", "good", "bad"):
        np.testing.assert_array_equal(rows[tokens.index(token)], ROWS[token])
    assert "3 of the 8 tokens begin with its vector of 2 numbers, kept fixed" in found.stderr
    weights = read_tensors(Path(OUT))[0]["readout.W_hy"]
    call(*CLASSIFY, "--optimizer", optimizer, "--freeze-vectors", "--max-steps", "5", "--out", OUT, "--overwrite")
    assert not np.array_equal(read_tensors(Path(OUT))[0]["readout.W_hy"], weights)  # the others are learnt


def test_vectors_are_learnt_on(vectors: Path, call: Command) -> None:
    assert call(*CLASSIFY, "--max-steps", "3", "--out", OUT).code == 0
    rows, tokens = _embedding()
    change = rows[tokens.index("good")] - ROWS["good"]
    assert 0 < np.abs(change).max() < 0.1


@pytest.mark.parametrize("more", [(), ("--freeze-vectors",)])
def test_a_resumed_run_ends_with_the_same_bytes(more: tuple[str, ...], vectors: Path, call: Command) -> None:
    flags = ("--optimizer", "adamw", "--weight-decay", "0.1", *more)
    assert call(*CLASSIFY, *flags, "--max-steps", "6", "--out", OUT).code == 0
    whole = Path(OUT).read_bytes()
    assert call(*CLASSIFY, *flags, "--max-steps", "3", "--out", OUT, "--overwrite").code == 0
    (vectors / "v.txt").unlink()  # its numbers are in the model
    resumed = call("train", "--resume", OUT, "--max-steps", "6")
    assert resumed.code == 0, resumed.stderr
    assert "3 of the 8 tokens begin with its vector" in resumed.stderr
    assert Path(OUT).read_bytes() == whole


@pytest.mark.parametrize(
    ("data", "embedding", "token"),
    [
        (("translate.tsv", "--task", "translate"), "encoder.embedding", "s"),
        (("describe.tsv", "--task", "describe"), "decoder.embedding", "s"),
        (("text.txt", "--task", "lm", "--level", "word"), "embedding", "good"),
        (("words.tsv", "--task", "tag"), "embedding", "good"),
    ],
)
def test_every_task_that_reads_words_takes_them(
    data: tuple[str, ...], embedding: str, token: str, vectors: Path, call: Command
) -> None:
    found = call("train", *data, *SMALL, "--freeze-vectors", "--max-steps", "1", "--out", OUT)
    assert found.code == 0, found.stderr
    rows, tokens = _embedding(embedding)
    np.testing.assert_array_equal(rows[tokens.index(token)], ROWS[token])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*CLASSIFY, "--embedding-size", "3"), "--embedding-size 3: the vectors of v.txt have 2 numbers each"),
        ((*CLASSIFY, "--init", "nlp"), "--vectors and --init both say"),
        (("train", "series.csv", "--task", "forecast", "--vectors", "v.txt"), "reads numbers, not words"),
        (("train", "--task", "copy:length=3", "--vectors", "v.txt"), "the tokens of copy:length=3 are no words"),
        (("train", "classify.tsv", "--task", "classify", "--freeze-vectors"), "there is none"),
        ((*CLASSIFY[:-1], "absent.txt"), "absent.txt: no such file"),
        ((*CLASSIFY, "--log", "v.txt"), "is what the command reads (--vectors v.txt)"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], words: str, vectors: Path, call: Command) -> None:
    found = call(*arguments)
    assert (found.code, found.stdout) == (2, "")
    assert words in found.stderr
