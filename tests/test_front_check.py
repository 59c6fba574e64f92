"""rnn.check: numbers of another program from Python, and the error that a test of one's own raises."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.arrays import Array
from tests.support.schemas import validate


def _gradient(model: rnn.Model, name: str) -> Array:
    document = model.bptt("I love NLP", target="positive").document()
    return np.array(document["gradients"]["layers"][0][name])


@pytest.fixture(scope="module")
def nlp() -> rnn.Model:
    return rnn.load("nlp")


class Tensor:
    """What is asked of a tensor of PyTorch."""

    def __init__(self, array: Array) -> None:
        self.array = array

    def detach(self) -> "Tensor":
        return self

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> Array:
        return self.array


def test_right_numbers_pass_in_every_form_that_python_has_for_them(nlp: rnn.Model, tmp_path: Path) -> None:
    h, dW_hh = nlp.trace("I love NLP").states("h"), _gradient(nlp, "W_hh")
    np.savez(tmp_path / "mine.npz", h=h, dW_hh=dW_hh)
    forms: list[Any] = [
        {"h": h, "dW_hh": dW_hh},
        {"h": list(h), "dW_hh": dW_hh.tolist()},
        {"h": [tuple(row) for row in h], "dW_hh": Tensor(dW_hh)},
        {"arrays": {"hs": h, "Whh.grad": dW_hh}},
        {"arrays": tmp_path / "mine.npz"},
        {"mine": h, "dW_hh": dW_hh, "names": {"mine": "h"}},
    ]
    for given in forms:
        report = rnn.check(nlp, "I love NLP", target="positive", **given)
        report.raise_for_mistakes()
        assert report.passed
        assert {one["verdict"] for one in validate(report.document())["compared"]} == {"right"}
    assert rnn.check(nlp, ["I", "love", "NLP"], h=h).passed


def test_a_mistake_is_an_assertion_error_that_says_what_the_page_says(nlp: rnn.Model) -> None:
    biased = nlp.trace("I love NLP").states("h") + 0.25
    report = rnn.check(nlp, "I love NLP", h=biased)
    with pytest.raises(rnn.Mismatch) as raised:
        report.raise_for_mistakes()
    assert isinstance(raised.value, AssertionError)
    assert isinstance(raised.value, rnn.CheckFailed)
    assert raised.value.exit_code == 5
    assert str(raised.value).strip() == str(report).strip()
    assert "\x1b" not in str(raised.value)
    assert "step 1, unit 1" in str(raised.value)
    assert "<result of check" in repr(report)
    assert "wrong" in report._repr_html_()


def test_a_named_mistake_has_its_name_in_the_error(nlp: rnn.Model) -> None:
    weights = nlp.loaded.network.named(0, "forward")
    W, U, b = (weights[name] for name in ("W_xh", "W_hh", "b_h"))
    inputs = np.array(nlp.trace("I love NLP").document()["inputs"])
    h, states = np.zeros(len(U)), []
    for x_t in inputs:
        h = np.tanh(W @ x_t + U.T @ h + b)
        states.append(h)
    report = rnn.check(nlp, "I love NLP", h=states)
    assert [one["mistake"] for one in report.document()["findings"]] == ["transposed"]
    with pytest.raises(AssertionError, match="transposed"):
        report.raise_for_mistakes()
    h, both = np.zeros(len(U)), []
    for x_t in inputs:
        h = np.tanh(W @ x_t + U.T @ h)
        both.append(h)
    report_of_two = rnn.check(nlp, "I love NLP", h=both)
    assert {one["mistake"] for one in report_of_two.document()["findings"]} == {"no-bias", "transposed"}
    assert rnn.check(nlp, "I love NLP", h=states, hints=0).document()["findings"] == []
    assert "W_hh" in rnn.check(nlp, "I love NLP", h=states, why=True).page()


def test_several_sequences_are_a_batch_with_a_target_each() -> None:
    model = rnn.build("gru", input_size=3, hidden_size=4, task="many-to-many")
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(T, 3)) for T in (4, 2)]
    h = np.full((4, 2, 4), np.nan)
    for b, one in enumerate(x):
        h[: len(one), b] = model.forward(one).states("h")
    targets = [["positive"] * 4, ["negative", "positive"]]
    losses = [
        model.bptt(one, targets=wanted).document()["loss"]["total"] for one, wanted in zip(x, targets, strict=True)
    ]
    assert rnn.check(model, x, targets, h=h, loss=sum(losses)).passed
    assert not rnn.check(model, x, targets, h=h, loss=sum(losses) + 1).passed
    with pytest.raises(rnn.InputError, match="2 sequences have 1 targets"):
        rnn.check(model, x, targets[:1], h=h)


def test_where_the_memory_starts_is_said_with_state() -> None:
    model = rnn.build("rnn", input_size=2, hidden_size=3)
    x, start = np.ones((2, 2)), {"h": np.full((1, 3), 0.3)}
    h = model.forward(x, state=start).states("h")
    assert rnn.check(model, x, h=h, state=start).passed
    assert not rnn.check(model, x, h=h).passed


def test_what_cannot_be_compared_is_refused(nlp: rnn.Model) -> None:
    with pytest.raises(rnn.InputError, match="give the arrays"):
        rnn.check(nlp, "I love NLP")
    with pytest.raises(rnn.InputError, match="h: not a number"):
        rnn.check(nlp, "I love NLP", h=[["a"]])
    with pytest.raises(rnn.InputError, match="nothing can be compared"):
        rnn.check(nlp, "I love NLP", wxyz=np.ones(3))
    with pytest.raises(rnn.InputError, match="no class 'good'"):
        rnn.check(nlp, "I love NLP", target="good", h=np.ones((3, 3)))
