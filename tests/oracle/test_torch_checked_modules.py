"""Modules of PyTorch that people wrote held against the cells: right ones pass in every convention, mistakes are named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.study.check.module import check_module, check_torch
from rnn_cli.study.check.report import Report

torch = pytest.importorskip("torch")

from tests.oracle import torch_handmade as handmade  # noqa: E402  (it needs PyTorch)

FILE = str(Path(handmade.__file__))
I, H = handmade.INPUTS, handmade.SIZE  # noqa: E741  (the letters of the shapes)


def _checked(module: Any, cell: str, **options: str) -> Report:
    rng = np.random.default_rng(0)
    return check_torch(module, cell, options, [rng.standard_normal((4, I)) for _ in range(2)])


def _named(report: Report) -> set[str]:
    return {one.mistake for one in (*report.findings, *report.behaviour)}


RIGHT = {
    "packed": (handmade.PackedGRU, "gru", {}, "called as forward(x, h)"),
    "gate by gate": (handmade.GateByGate, "lstm", {}, "called as forward(x, (h, c))"),
    "textbook": (handmade.TextbookGRU, "gru", {"reset": "before"}, "its gates stand in the order z r n"),
    "joined": (handmade.Joined, "lstm", {}, "its weights read [h, x], h first"),
    "tutorial": (lambda: handmade.Tutorial(I, H, 2), "rnn", {}, "not read: i2o.weight, i2o.bias"),
    "stack": (handmade.Stack, "gru", {}, "called as forward(x)"),
    "RNNCell": (lambda: torch.nn.RNNCell(I, H), "rnn", {}, "called as forward(x, h)"),
    "RNNCell, relu": (lambda: torch.nn.RNNCell(I, H, nonlinearity="relu"), "rnn", {"activation": "relu"}, ""),
    "GRUCell": (lambda: torch.nn.GRUCell(I, H), "gru", {}, "called as forward(x, h)"),
    "LSTMCell, no bias": (lambda: torch.nn.LSTMCell(I, H, bias=False), "lstm", {}, ""),
    "LSTM, both ways": (lambda: torch.nn.LSTM(I, H, 2, bidirectional=True), "lstm", {}, "called as forward(x)"),
    "GRU, batch first": (lambda: torch.nn.GRU(I, H, 2, batch_first=True), "gru", {}, "the batch comes first"),
    "square": (lambda: torch.nn.LSTM(I, I), "lstm", {}, ""),
}


@pytest.mark.parametrize("what", RIGHT)
def test_a_right_module_passes_and_its_conventions_are_said(what: str) -> None:
    make, cell, options, said = RIGHT[what]
    for seed in range(3):
        torch.manual_seed(seed)
        report = _checked(make(), cell, **options)
        assert report.passed, report.compared
        assert not _named(report)
        assert any(said in line for line in report.said)
        assert {one.key.name for one in report.compared} >= {"h", "dx"}


@pytest.mark.parametrize("what", ["joined", "gate by gate", "GRU, batch first", "stack"])
@pytest.mark.parametrize(("steps", "batch"), [(1, 1), (1, 3), (4, 1), (3, 3)])
def test_one_step_and_one_sequence_do_not_hide_which_axis_is_which(what: str, steps: int, batch: int) -> None:
    make, cell, options, _ = RIGHT[what]
    torch.manual_seed(0)
    rng = np.random.default_rng(1)
    report = check_torch(make(), cell, options, [rng.standard_normal((steps, I)) for _ in range(batch)])
    assert report.passed, report.compared


WRONG = {
    "no-tanh-of-c": (handmade.NoTanh, "lstm"),
    "future-dropped": (handmade.NoFuture, "lstm"),
    "detached": (handmade.Detached, "lstm"),
    "reset-side": (handmade.TextbookGRU, "gru"),
    "state-kept": (handmade.Keeps, "gru"),
    "wrong-activation": (lambda: torch.nn.RNNCell(I, H, nonlinearity="relu"), "rnn"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_in_a_module_is_named(mistake: str) -> None:
    make, cell = WRONG[mistake]
    for seed in range(3):
        torch.manual_seed(seed)
        report = _checked(make(), cell)
        assert not report.passed
        assert _named(report) == {mistake}


def test_the_module_and_pytorch_are_left_as_they_were() -> None:
    module = handmade.Keeps().train()
    before = {name: one.clone() for name, one in module.state_dict().items()}
    _checked(module, "gru")
    assert module.training
    assert not hasattr(module, "kept")
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
    assert all(one.grad is None and one.dtype == torch.float32 for one in module.parameters())
    assert torch.get_default_dtype() == torch.float32


def test_from_python_a_module_is_checked_on_an_input_of_the_model() -> None:
    torch.manual_seed(0)
    model = rnn.build("lstm", input_size=I, hidden_size=7)
    x = np.random.default_rng(0).normal(size=(6, I))
    rnn.check(model, x, module=handmade.GateByGate()).raise_for_mistakes()
    with pytest.raises(rnn.Mismatch, match="no-tanh-of-c"):
        rnn.check(model, x, module=handmade.NoTanh()).raise_for_mistakes()
    with pytest.raises(rnn.InputError, match="reads vectors of 3 numbers, and x has 2"):
        rnn.check(rnn.build("lstm"), x[:, :2], module=handmade.GateByGate())
    with pytest.raises(rnn.InputError, match=r"no torch\.nn\.Module"):
        rnn.check(model, x, module=3)
    with pytest.raises(rnn.InputError, match="leave arrays, target and state out"):
        rnn.check(model, x, module=handmade.GateByGate(), h=x)


def test_what_is_not_understood_is_asked_for_and_can_be_said() -> None:
    class Odd(torch.nn.Module):  # type: ignore[name-defined]  # torch is a name of importorskip
        def __init__(self) -> None:
            super().__init__()
            self.alpha, self.beta = torch.nn.Linear(I, H), torch.nn.Linear(H, H)

        def forward(self, x: Any, h: Any) -> Any:
            return torch.tanh(self.alpha(x) + self.beta(h))

    x = np.ones((3, I))
    model = rnn.build("rnn", input_size=I)
    with pytest.raises(rnn.InputError, match="names= says what they are") as refused:
        rnn.check(model, x, module=Odd())
    assert "alpha.weight, alpha.bias, beta.weight, beta.bias" in str(refused.value)
    names = {"alpha.weight": "W_xh", "alpha.bias": "b_h", "beta.weight": "W_hh", "beta.bias": "b_h"}
    assert rnn.check(model, x, module=Odd(), names=names).passed


def test_what_cannot_be_called_says_what_it_raised() -> None:
    class Broken(handmade.PackedGRU):
        def forward(self, x: Any, h: Any) -> Any:
            raise ValueError("no idea")

    with pytest.raises(rnn.InputError, match=r"forward\(x\) -> output, h_n: ValueError: no idea"):
        _checked(Broken(), "gru")


def test_a_module_of_a_file_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    report = check_module(FILE, "Tutorial", "rnn")
    assert report.passed
    broken = tmp_path / "broken.py"
    broken.write_text("import torch\n\nclass Net(torch.nn.Module):\n    def __init__(self):\n        1 / 0\n")
    with pytest.raises(rnn.InputError, match=r"Net: it raises ZeroDivisionError: .* at broken\.py:5"):
        check_module(str(broken), "Net", "gru")
