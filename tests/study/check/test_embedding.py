"""The gradient of an embedding: the sum of dL/dx over the steps that read a row, and what is wrong with it as a rule."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.arrays import Array

TEXTS = ["I love NLP and I love deep learning", "I hate NLP", "I love love NLP"]
LABELS = ["positive", "negative", "positive"]
Rows = list[list[int | None]]


@cache
def errors() -> tuple[rnn.Model, Rows, list[Array]]:
    """A model, which row each step of each text reads, and dL/dx of each text by bptt."""
    model = rnn.load("nlp")
    known = model.loaded.rows
    rows = [[known.get(word) for word in text.split()] for text in TEXTS]
    found = [model.bptt(text, target=label).document() for text, label in zip(TEXTS, LABELS, strict=True)]
    return model, rows, [np.array(one["gradients"]["inputs"]) for one in found]


def summed(model: rnn.Model, rows: Rows, dx: list[Array]) -> Array:
    """The right one, word by word."""
    gradient = np.zeros((len(model.loaded.rows), dx[0].shape[1]))
    for own, each in zip(rows, dx, strict=True):
        for row, error in zip(own, each, strict=True):
            if row is not None:
                gradient[row] = gradient[row] + error
    return gradient


def places(rows: Rows) -> Iterator[tuple[int, int, int]]:
    """(sequence, step, row) of what is read, sequence by sequence."""
    return ((b, t, row) for b, own in enumerate(rows) for t, row in enumerate(own) if row is not None)


def assigned(
    order: Callable[[tuple[int, int, int]], tuple[int, ...]],
) -> Callable[[rnn.Model, Rows, list[Array]], Array]:
    """Rows that are assigned in this order, and not added to."""

    def made(model: rnn.Model, rows: Rows, dx: list[Array]) -> Array:
        gradient = np.zeros((len(model.loaded.rows), dx[0].shape[1]))
        for b, t, row in sorted(places(rows), key=order):
            gradient[row] = dx[b][t]
        return gradient

    return made


def averaged(model: rnn.Model, rows: Rows, dx: list[Array]) -> Array:
    """Each row divided by how often it is read."""
    often = np.bincount([row for _, _, row in places(rows)], minlength=len(model.loaded.rows))
    return summed(model, rows, dx) / np.maximum(often, 1)[:, None]


def check(model: rnn.Model, name: str, gradient: Array, **more: Array) -> rnn.CheckReport:
    return rnn.check(model, [text.split() for text in TEXTS], target=LABELS, arrays={name: gradient, **more})


def test_the_gradient_of_an_embedding_is_compared() -> None:
    model, rows, dx = errors()
    right = summed(model, rows, dx)
    for k, name in enumerate(("dE", "embedding.weight.grad", "grad_embedding", "dWe", "d_emb", "W_emb_grad")):
        assert check(model, name, right.T if k % 2 else right).passed, name
    wrong = right.copy()
    wrong[0, 0] += 0.01
    report = check(model, "dWe", wrong)
    assert not report.passed and not report.document()["explained"]
    assert "the row of i, column 1" in " ".join(report.page().lower().split())


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (assigned(lambda at: (at[1], at[0])), "the last step alone"),
        (assigned(lambda at: (-at[1], at[0])), "the first step alone"),
        (assigned(lambda at: at), "the last step of the last sequence alone"),
        (averaged, "how often its word is read"),
    ],
)
def test_a_word_that_comes_again_is_to_be_added(
    made: Callable[[rnn.Model, Rows, list[Array]], Array], words: str
) -> None:
    model, rows, dx = errors()
    (finding,) = check(model, "dE", made(model, rows, dx)).document()["findings"]
    assert finding["mistake"] == "overwritten"
    assert words in finding["says"]
    assert "np.add.at" in finding["fix"]


def test_inputs_that_are_no_rows_have_no_gradient_of_an_embedding() -> None:
    model, _, dx = errors()
    vectors = np.ones((3, dx[0].shape[1]))
    h = model.trace(vectors).states("h")
    report = rnn.check(model, vectors, target="positive", h=h, dE=np.ones((10, 2)))
    assert report.passed and "no rows of an embedding" in report.page()
