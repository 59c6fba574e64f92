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


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"tolerance": -1}, "tolerance: -1"),
        ({"tolerance": float("nan")}, "tolerance: nan"),
        ({"tolerance": "1e-3"}, "tolerance: '1e-3'"),
        ({"hints": 4}, "hints: 4"),
        ({"hints": "1"}, "hints: '1'"),
        ({"hints": 1, "why": True}, "why shows what hints=1 withholds"),
        ({"names": ["h"]}, "names: give"),
        ({"names": {"h": None}}, "names: give"),
        ({"arrays": 5}, "arrays: give"),
        ({"arrays": {1: np.ones(3)}, "h": None}, "nothing can be compared"),
    ],
)
def test_an_argument_that_a_check_cannot_have_is_refused(nlp: rnn.Model, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(rnn.InputError, match=says):
        rnn.check(nlp, "I love NLP", **{"h": np.ones((3, 3)), **asked})


def test_a_model_has_to_be_one_and_a_target_may_be_any_number() -> None:
    named: Any = "nlp"
    with pytest.raises(rnn.InputError, match="model: 'nlp' is no model"):
        rnn.check(named, "I love NLP", h=np.ones((3, 3)))
    model = rnn.build("rnn", labels=("0", "1"))
    x = np.ones((3, 2))
    loss = model.bptt(x, target="1").document()["loss"]["total"]
    for target in (1, np.int64(1), np.array(1)):
        assert rnn.check(model, x, target, loss=loss).passed


def test_a_gradient_alone_with_its_sign_turned_is_named(nlp: rnn.Model) -> None:
    h, dW_hh = nlp.trace("I love NLP").states("h"), _gradient(nlp, "W_hh")
    findings = rnn.check(nlp, "I love NLP", target="positive", h=h, dW_hh=-dW_hh).document()["findings"]
    assert [one["mistake"] for one in findings] == ["negated"]


def test_messages_name_arguments_and_no_options(nlp: rnn.Model) -> None:
    h = nlp.trace("I love NLP").states("h")
    for asked, says in (
        ({"wxyz": h}, "names= says what others are"),
        ({"arrays": {"mine": h}, "names": {"mine": "wxyz"}}, "names=: mine = wxyz: no such name here"),
        ({"dW_hh": np.ones((3, 3))}, r"give it \(target=\)"),
    ):
        with pytest.raises(rnn.InputError, match=says) as raised:
            rnn.check(nlp, "I love NLP", **asked)
        assert "--" not in str(raised.value)
    report = rnn.check(nlp, "I love NLP", h=h, wxyz=h)
    (left,) = report.document()["left_out"]
    assert left["why"].endswith("names= says what it is") and "--map" not in str(report)
