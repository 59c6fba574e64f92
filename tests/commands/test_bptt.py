"""rnn bptt through the real command: its numbers, documents and pages; every mistake; long texts; wrong gradients."""

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.gru import GRU
from rnn_cli.core.cells.lstm import LSTM
from rnn_cli.core.cells.rnn import VanillaRNN
from rnn_cli.core.fast.lstm import LstmKernel
from rnn_cli.core.state import State
from tests.support.command import Result
from tests.support.models import VANILLA
from tests.support.networks import slow_but, slow_if
from tests.support.schemas import validate
from tests.support.trained import DATA, TrainedModels

Command = Callable[..., Result]
NLP = ("bptt", "I love NLP", "--target", "positive")
MANY = ("bptt", "I love NLP", "--task", "many-to-many", "--targets", "positive negative positive")


def good(result: Result) -> Result:
    """The result of a command that must have gone well and quietly."""
    assert (result.code, result.stderr) == (0, "")
    return result


def document(result: Result) -> Any:
    """The valid document of a command that went well."""
    return validate(good(result).document())


def language_model() -> dict[str, Any]:
    """A model whose labels are its vocabulary, with an output at every step."""
    generator = np.random.default_rng(0)
    words = ["I", "love", "NLP", "."]

    def matrix(*shape: int) -> Any:
        return np.round(generator.standard_normal(shape), 2).tolist()

    return {
        "format": "rnn.model/1",
        "cell": "rnn",
        "task": "many-to-many",
        "vocabulary": {word: k for k, word in enumerate(words)},
        "labels": words,
        "embedding": {word: matrix(2) for word in words},
        "parameters": {
            "layers": [{"W_xh": matrix(3, 2), "W_hh": matrix(3, 3), "b_h": matrix(3)}],
            "readout": {"W_hy": matrix(4, 3), "b_y": matrix(4)},
        },
    }


# Its numbers


def test_the_three_residuals_of_the_first_example(call: Command) -> None:
    result = document(call(*NLP, "--check", "--json"))
    check = result["check"]
    assert check["passed"] is True
    assert check["methods"] == ["sum of contributions", "central differences", "complex step"]
    assert check["worst"]["central differences"]["error"] < 1e-6
    assert check["worst"]["complex step"]["error"] < 1e-12
    assert check["worst"]["sum of contributions"]["error"] == check["sum_residual"] < 1e-14
    assert (check["first_wrong"], check["wrong_at"], check["finite"]) == (None, None, True)


def test_the_first_example_by_hand(call: Command) -> None:
    result = document(call(*NLP, "--json"))
    trace = call("trace", "I love NLP", "--json").document()
    model = json.loads((Path(__file__).parents[2] / "samples/models/nlp.json").read_text())["parameters"]
    W_hh, W_xh = (np.array(model["layers"][0][name]) for name in ("W_hh", "W_xh"))
    W_hy = np.array(model["readout"]["W_hy"])
    x = np.array(trace["inputs"])
    h = [np.zeros(3), *(np.array(step["h"]) for step in trace["steps"])]
    error = np.array(trace["probabilities"]) - [0, 1]
    dh, sums = W_hy.T @ error, {"W_xh": np.zeros((3, 2)), "W_hh": np.zeros((3, 3)), "b_h": np.zeros(3)}
    assert result["loss"]["total"] == pytest.approx(-np.log(trace["probabilities"][1]))
    np.testing.assert_allclose(result["gradients"]["readout"]["W_hy"], np.outer(error, h[3]), atol=1e-15)
    for t in (3, 2, 1):
        step = result["steps"][t - 1]
        assert (step["t"], step["token"]) == (t, trace["tokens"][t - 1])
        np.testing.assert_allclose(step["dL_dh"], dh, atol=1e-15)
        da = dh * (1 - h[t] ** 2)
        np.testing.assert_allclose(step["dL_da"]["h"], da, atol=1e-15)
        for name, part in (("W_xh", np.outer(da, x[t - 1])), ("W_hh", np.outer(da, h[t - 1])), ("b_h", da)):
            np.testing.assert_allclose(step["contribution"][name], part, atol=1e-15)
            sums[name] += part
        np.testing.assert_allclose(result["gradients"]["inputs"][t - 1], W_xh.T @ da, atol=1e-15)
        dh = W_hh.T @ da
    for name, total in sums.items():
        np.testing.assert_allclose(result["gradients"]["layers"][0][name], total, atol=1e-15)
    np.testing.assert_allclose(result["gradients"]["layers"][0]["h0"], dh, atol=1e-15)


NETWORKS = {
    "bundled": NLP,
    "relu": (*NLP, "--activation", "relu"),
    "lstm": (*NLP, "--cell", "lstm", "--num-layers", "2", "--bidirectional"),
    "gru": (*MANY, "--cell", "gru", "--bidirectional"),
    "gru before": (*MANY, "--cell", "gru", "--reset-before", "--num-layers", "3"),
    "mse": ("bptt", "I love NLP", "--target", "0.5,-1", "--loss", "mse"),
    "mse each": ("bptt", "I love", "--task", "many-to-many", "--targets", "1,0;0,1", "--loss", "mse"),
    "one word": ("bptt", "love", "--target", "negative"),
    "unknown words": ("bptt", "foo bar foo", "--target", "negative", "--cell", "lstm"),
}
OPTIONS = {
    "plain": (),
    "truncated": ("--truncate", "2"),
    "chunks": ("--truncate", "1,2"),
    "sweep": ("--truncate-sweep",),
    "clipped": ("--clip-norm", "0.01"),
    "clipped by value": ("--clip-value", "0.001", "--lr", "2"),
}


PAIRS = list(product(NETWORKS, OPTIONS))
ORDINARY = [pair for k, pair in enumerate(PAIRS) if pair[1] == "plain" or pair[0] == "gru" or k % 5 == 1]
"""Each network as it is, each option on one of two directions with a loss at every step, and on one or two others: the check
of a network's gradient is the same for all options."""


@pytest.mark.parametrize(("network", "option"), slow_but(ORDINARY, PAIRS))
def test_every_document_is_valid_adds_up_and_passes(call: Command, network: str, option: str) -> None:
    result = document(call(*NETWORKS[network], *OPTIONS[option], "--check", "--json"))
    assert result["check"]["passed"]
    T = len(result["tokens"])
    for layer in result["gradients"]["layers"]:
        own = [s for s in result["steps"] if (s["layer"], s["direction"]) == (layer["layer"], layer["direction"])]
        assert [step["t"] for step in own] == list(range(1, T + 1))
        for name in own[0]["contribution"]:
            total = sum(np.array(step["contribution"][name]) for step in own)
            np.testing.assert_allclose(layer[name], total, atol=1e-14)
        for step in own:
            np.testing.assert_allclose(np.add(step["from_output"], step["from_future"]), step["dL_dh"], atol=1e-15)
        assert ("c0" in layer) == (result["model"]["cell"] == "lstm")
    assert np.shape(result["itemised"]["norms"]) == (len(result["loss"]["steps"]), T)
    assert (result["truncation"] is not None) == (option in ("truncated", "chunks"))
    assert (result["clipping"] is not None) == option.startswith("clipped")
    assert ("truncation_sweep" in result) == (option == "sweep")
    if option == "sweep":
        assert [one["k2"] for one in result["truncation_sweep"]] == list(range(1, T + 1))
        assert result["truncation_sweep"][-1]["norm_share"] == 1
    if option == "clipped":
        clipping = result["clipping"]
        assert clipping["norm_after"] <= 0.01 * (1 + 1e-12)
        assert clipping["norm_after"] == pytest.approx(clipping["norm_before"] * clipping["scale"])


def test_truncation_of_the_first_example(call: Command) -> None:
    full = document(call(*NLP, "--json"))
    cut = document(call(*NLP, "--truncate", "1", "--json"))
    assert cut["gradients"]["layers"][0]["W_hh"] == full["steps"][2]["contribution"]["W_hh"]
    assert cut["truncation"]["k1"] is None
    assert cut["truncation"]["k2"] == 1
    assert [(one["loss_step"], one["step"]) for one in cut["truncation"]["cut"]] == [(3, 2), (3, 1)]
    assert 0 < cut["truncation"]["norm_share"] < 1
    whole = document(call(*NLP, "--truncate", "3", "--json"))
    assert whole["gradients"] == full["gradients"]
    assert whole["truncation"]["cut"] == []


def test_the_gradient_of_a_word_read_twice_is_the_sum(call: Command) -> None:
    result = document(call("bptt", "love I love", "--target", "negative", "--json"))
    inputs = np.array(result["gradients"]["inputs"])
    embedding = result["gradients"]["embedding"]
    np.testing.assert_allclose(embedding["love"], inputs[0] + inputs[2], atol=1e-16)
    np.testing.assert_allclose(embedding["I"], inputs[1], atol=1e-16)


def test_unknown_words_share_the_gradient_of_their_row(call: Command, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(VANILLA))
    model = str(tmp_path / "m.json")
    result = document(call("bptt", "foo a bar", "--model", model, "--target", "yes", "--json"))
    inputs = np.array(result["gradients"]["inputs"])
    embedding = result["gradients"]["embedding"]
    assert set(embedding) == {"<unk>", "a"}
    np.testing.assert_allclose(embedding["<unk>"], inputs[0] + inputs[2], atol=1e-16)


def test_a_language_models_target_is_the_next_word(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "lm.json"
    path.write_text(json.dumps(language_model()))
    result = document(call("bptt", "I love NLP .", "--model", str(path), "--json", "--check"))
    assert result["target"] == ["love", "NLP", ".", None]
    assert [step["weight"] for step in result["loss"]["steps"]] == [1, 1, 1, 0]
    assert result["loss"]["total"] == pytest.approx(sum(step["loss"] for step in result["loss"]["steps"][:3]))
    assert not any(result["itemised"]["norms"][3])
    page = good(call("bptt", "I love NLP .", "--model", str(path))).stdout
    assert "no target" in page
    one = call("bptt", "I", "--model", str(path))
    assert one.code == 2
    assert "two words" in one.stderr
    given = document(call("bptt", "I love NLP .", "--model", str(path), "--targets", "I I I I", "--json"))
    assert given["target"] == ["I"] * 4


def test_numbers_as_input(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("0.1,0.2,0.3\n0.4,-0.5,0.6\n")
    result = document(call("bptt", "--input", str(path), "--cell", "gru", "--target", "negative", "--json", "--check"))
    assert (result["tokens"], result["text"]) == (None, None)
    assert result["model"]["input_size"] == 3
    assert np.shape(result["gradients"]["inputs"]) == (2, 3)
    assert [step["token"] for step in result["steps"]] == [None, None]
    page = good(call("bptt", "--input", str(path), "--cell", "gru", "--target", "negative", "--truncate", "1")).stdout
    assert "x_2" in page


# Mistakes


MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "no target": (("bptt", "I love NLP"), "--target"),
    "unknown target": (("bptt", "I love NLP", "--target", "foo"), "negative, positive"),
    "no readout": (("bptt", "this movie", "--model", "imdb", "--target", "x"), "no readout"),
    "targets of one output": (("bptt", "I love NLP", "--targets", "positive"), "--target"),
    "both targets": ((*NLP, "--targets", "positive"), "not both"),
    "too few targets": ((*MANY[:-1], "positive negative"), "names 2, but the sequence has 3"),
    "no targets": (MANY[:-2], "give 3 --targets"),
    "truncate 0": ((*NLP, "--truncate", "0"), "--truncate 0"),
    "truncate x": ((*NLP, "--truncate", "x"), "--truncate x"),
    "truncate nothing": ((*NLP, "--truncate", ""), "--truncate"),
    "truncate negative": ((*NLP, "--truncate=-1"), "--truncate -1"),
    "truncate a fraction": ((*NLP, "--truncate", "1.5"), "--truncate 1.5"),
    "truncate three": ((*NLP, "--truncate", "1,2,3"), "--truncate 1,2,3"),
    "truncate k2 < k1": ((*NLP, "--truncate", "3,2"), "at least K1"),
    "clip norm 0": ((*NLP, "--clip-norm", "0"), "greater than 0"),
    "clip norm negative": ((*NLP, "--clip-norm=-1"), "greater than 0"),
    "clip norm nan": ((*NLP, "--clip-norm", "nan"), "not a finite number"),
    "clip value inf": ((*NLP, "--clip-value", "inf"), "not a finite number"),
    "clip value word": ((*NLP, "--clip-value", "much"), "--clip-value"),
    "clip twice": ((*NLP, "--clip-norm", "1", "--clip-value", "1"), "not both"),
    "lr nan": ((*NLP, "--lr", "nan"), "not a finite number"),
    "unknown loss": ((*NLP, "--loss", "foo"), "cross-entropy or mse"),
    "mse of a label": ((*NLP, "--loss", "mse"), "2 numbers"),
    "mse too many": (("bptt", "I", "--loss", "mse", "--target", "1,2,3"), "2 finite numbers"),
    "mse nan": (("bptt", "I", "--loss", "mse", "--target", "1,nan"), "2 finite numbers"),
    "no such step": ((*NLP, "--steps", "9"), "--steps"),
    "no such unit": ((*NLP, "--unit", "9"), "--unit"),
    "no such layer": ((*NLP, "--layer", "1"), "--layer"),
    "no such direction": ((*NLP, "--direction", "backward"), "--direction"),
    "no words": (("bptt", "", "--target", "positive"), "no word"),
    "no input": (("bptt", "--target", "positive"), "sentence"),
    "unknown format": ((*NLP, "--save", "x.pdf"), "--save x.pdf"),
    "no such model": ((*NLP, "--model", "nope"), "nope"),
    "no such file": (("bptt", "--file", "nope.txt", "--target", "positive"), "nope.txt"),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mistake_is_said_in_a_line_or_two(call: Command, mistake: str) -> None:
    arguments, says = MISTAKES[mistake]
    result = call(*arguments)
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("rnn: ")
    assert len(result.stderr.splitlines()) <= 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("truncate", ["99", "99999999999999999999999999", "1,99999999999999999999", "2,2"])
def test_more_steps_than_there_are_cut_nothing(call: Command, truncate: str) -> None:
    result = document(call(*NLP, "--truncate", truncate, "--json"))
    if truncate != "2,2":
        assert result["truncation"]["norm_share"] == 1
    good(call(*NLP, "--truncate", truncate))


def test_one_word_has_no_way_back(call: Command) -> None:
    page = good(call("bptt", "love", "--target", "positive", "--check", "--truncate", "1", "--truncate-sweep")).stdout
    assert "nothing goes back through time" in " ".join(page.split())


def test_numbers_out_of_range_are_said_and_fail_a_check(call: Command, tmp_path: Path) -> None:
    model = json.loads(json.dumps(VANILLA))
    model["activation"] = "relu"
    model["parameters"]["layers"][0]["W_hh"] = [[1e200] * 3] * 3
    (tmp_path / "m.json").write_text(json.dumps(model))
    arguments = ("bptt", "a b a b a", "--model", str(tmp_path / "m.json"), "--target", "yes")
    result = validate(call(*arguments, "--json").document())
    assert result["check"]["finite"] is False
    assert result["check"]["passed"] is False
    assert result["non_finite"]
    for more in ((), ("--check",)):
        failed = call(*arguments, *more)
        assert failed.code == 3
        assert len(failed.stderr.splitlines()) == 1
        assert "left the finite range at step 3, unit 1" in failed.stderr
        assert "left the finite range at step 3, unit 1" in " ".join(failed.stdout.split())


# Long texts


@pytest.fixture
def long_text(tmp_path: Path) -> str:
    """A file with one sentence of 2,000 words."""
    words = random.Random(0).choices(["I", "love", "NLP", "hate", "it", "cats", "foo", "bar"], k=2000)
    (tmp_path / "long.txt").write_text(" ".join(words) + "\n")
    return str(tmp_path / "long.txt")


AT_LENGTH = [(), pytest.param(("--cell", "gru"), marks=pytest.mark.slow),
             pytest.param(("--cell", "rnn", "--task", "many-to-many"), marks=pytest.mark.slow)]  # fmt: skip


@pytest.mark.parametrize("more", AT_LENGTH)
def test_two_thousand_words(call: Command, long_text: str, more: tuple[str, ...]) -> None:
    start = time.process_time()
    page = good(call("bptt", "--file", long_text, "--target", "positive", "--check", *more)).stdout
    assert time.process_time() - start < 60
    assert "Is the gradient right?" in page
    assert len(page.splitlines()) < 300


CUTS = [("--truncate", "5"), ("--truncate", "5,10"), ("--truncate-sweep",)]


@pytest.mark.parametrize("option", slow_if(CUTS, CUTS[1]))
def test_too_long_to_keep_the_losses_apart(call: Command, long_text: str, option: tuple[str, ...]) -> None:
    network = ("--cell", "rnn", "--hidden-size", "16", "--task", "many-to-many")
    result = call("bptt", "--file", long_text, "--target", "positive", *network, *option)
    assert (result.code, result.stdout) == (2, "")
    assert option[0] in result.stderr
    assert "2000 steps" in result.stderr
    assert len(result.stderr.splitlines()) == 1


# Wrong gradients


def spoil(monkeypatch: pytest.MonkeyPatch, cell: Any, change: Callable[[Any, Any], Any]) -> None:
    right = cell.trace_step_backward
    monkeypatch.setattr(
        cell, "trace_step_backward", lambda self, p, step, error: change(right(self, p, step, error), step)
    )


def wrong(name: str, **what: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A change of the parts of one contribution."""

    def change(back: Any, step: Any) -> Any:
        parts = tuple(
            replace(one, **{part: new(one, step) for part, new in what.items()}) if one.name == name else one
            for one in back.contributions
        )
        return replace(back, contributions=parts)

    return change


def before(back: Any, **errors: Array) -> Any:
    """The gradient of a step with other errors of the state before it."""
    return replace(back, before=State(**{**back.before, **errors}))


WRONG: dict[str, tuple[Any, tuple[str, ...], Callable[[Any, Any], Any], str]] = {
    "W_hh": (VanillaRNN, (), wrong("W_hh", left=lambda one, step: 1.01 * one.left), "W_hh"),
    "off by one": (VanillaRNN, (), wrong("W_hh", right=lambda one, step: step.state.h), "W_hh"),
    "b": (VanillaRNN, (), wrong("b_h", left=lambda one, step: 0 * one.left), "b_h"),
    "inputs": (VanillaRNN, (), lambda back, step: replace(back, dx=-back.dx), "x"),
    "h_0": (VanillaRNN, (), lambda back, step: before(back, h=1.01 * back.before.h), "h_{t-1}"),
    "forget gate": (LSTM, ("--cell", "lstm"), wrong("W_hf", right=lambda one, step: step.state.h), "W_hf"),
    "cell state": (LSTM, ("--cell", "lstm"), lambda back, step: before(back, c=back.error.c), "c_{t-1}"),
    "update gate": (GRU, ("--cell", "gru"), wrong("W_xz", left=lambda one, step: -one.left), "W_xz"),
}


@pytest.mark.parametrize("mistake", slow_if(WRONG, "off by one", "b", "h_0", "forget gate"))
def test_a_wrong_backward_fails_the_check_and_is_named(
    call: Command, monkeypatch: pytest.MonkeyPatch, mistake: str, tmp_path: Path
) -> None:
    cell, network, change, quantity = WRONG[mistake]
    spoil(monkeypatch, cell, change)
    page = tmp_path / "page.txt"
    result = call(*NLP, *network, "--check", "--json", "--save", str(page))
    assert result.code == 5
    assert f"the gradient of {quantity} is wrong, from step 3 on backwards" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "WRONG" in page.read_text(encoding="utf-8")
    check = validate(result.document())["check"]
    assert (check["passed"], check["first_wrong"]) == (False, quantity)
    assert check["wrong_at"] == {"t": 3, "layer": 0, "direction": "forward"}
    unasked = call(*NLP, *network)
    assert (unasked.code, unasked.stderr) == (0, "")
    assert "WRONG" in unasked.stdout


def test_a_wrong_kernel_fails_the_check_and_is_named(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    right = LstmKernel.backward

    def spoilt(self: LstmKernel, *arguments: Any) -> Any:
        found = right(self, *arguments)
        packed = dict(found.packed)
        packed["W_h"] = packed["W_h"].copy()
        packed["W_h"][9:] *= 1.01
        return replace(found, packed=packed)

    monkeypatch.setattr(LstmKernel, "backward", spoilt)
    result = call(*NLP, "--cell", "lstm", "--check")
    assert result.code == 5
    assert "the gradient of W_ho is wrong in the batch kernel" in result.stderr


# Its pages


PAGES = {
    "bptt-nlp": NLP,
    "bptt-lstm-many": (*MANY, "--cell", "lstm", "--hidden-size", "2", "--steps", "2"),
    "bptt-truncated": (*MANY, "--cell", "gru", "--hidden-size", "2", "--truncate", "2", "--no-arithmetic"),
    "bptt-truncated-nlp": (*NLP, "--truncate", "2", "--no-arithmetic", "--clip-norm", "0.1"),
    "bptt-chunks-bidirectional": (
        *("bptt", "I love NLP and it likes cats", "--task", "many-to-many", "--target", "positive"),
        *("--cell", "rnn", "--bidirectional", "--truncate", "2,3", "--no-arithmetic", "--truncate-sweep"),
    ),
}

RESIDUAL = re.compile(r"\d\.\de[+-]\d\d  (1e-\d\d)  holds  .*")
"""A residual is rounding error: its size and place depend on the machine."""


@pytest.mark.parametrize("name", list(PAGES))
def test_page(name: str, call: Command, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = good(call(*PAGES[name])).stdout
    assert max(map(cell_len, page.splitlines())) <= 80
    golden(name, RESIDUAL.sub(r"<small> \1  holds  <quantity>", page))


@pytest.mark.parametrize("name", slow_if(NETWORKS, "bundled", "relu", "gru before", "mse", "one word"))
def test_nothing_is_wider_than_the_page(name: str, call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = good(call(*NETWORKS[name], "--truncate", "2", "--truncate-sweep", "--clip-value", "0.01")).stdout
    wide = [line for line in page.splitlines() if cell_len(line) > 80]
    assert not wide
    assert "\x1b" not in page


def test_the_saved_files_hold_the_page_and_the_document(call: Command, tmp_path: Path) -> None:
    svg, text, saved = (str(tmp_path / name) for name in ("flow.svg", "flow.txt", "flow.json"))
    good(call(*NLP, "--save", svg, "--save", text, "--save", saved))
    assert "Backwards" in Path(text).read_text()
    assert Path(svg).read_text().startswith("<svg")
    assert validate(json.loads(Path(saved).read_text())) == document(call(*NLP, "--json"))


@pytest.mark.parametrize("text", ["\x1b[31mred\x1b[0m", "[/x] [bold]b[/bold]", "\u202ereversed", "愛 NLP 𝕏"])
def test_hostile_words_change_nothing_but_their_cells(call: Command, text: str) -> None:
    page = good(call("bptt", text, "--target", "positive", "--truncate", "1", "--truncate-sweep")).stdout
    assert "\x1b" not in page
    assert "\u202e" not in page
    document(call("bptt", text, "--target", "positive", "--json"))


def test_the_same_command_gives_the_same_bytes_in_another_process(rnn: Command, call: Command) -> None:
    arguments = (*NLP, "--cell", "lstm", "--check", "--json")
    assert rnn(*arguments).raw == call(*arguments).raw


def test_numbers_at_every_step_have_no_targets_of_their_own(call: Command, trained: TrainedModels) -> None:
    result = call("bptt", "--input", str(DATA / "weather.csv"), "-m", str(trained.path("forecast-steps")))
    assert (result.code, result.stdout) == (2, "")
    assert "--targets" in result.stderr


@pytest.mark.parametrize("W_xh", [0.0, 1.0])
def test_a_sum_of_outputs_may_fall_below_0(call: Command, tmp_path: Path, W_xh: float) -> None:
    file = tmp_path / "m.json"
    layer = {"W_xh": [[W_xh]], "W_hh": [[0.5]], "b_h": [0.0]}
    model = {"format": "rnn.model/1", "embedding": {"a": [1.0]}, "parameters": {"layers": [layer]}}
    file.write_text(json.dumps(model))
    asked = "bptt", "a a a", "--model", str(file), "--loss", "sum", "--lr", "5"
    descent = document(call(*asked, "--json"))["descent"]
    assert descent["loss_promised"] < 0
    assert descent["loss_after"] < min(0.0, descent["loss_before"])
    page = good(call(*asked)).stdout
    assert not any(words in page for words in ("No loss is below 0", "nothing is left to learn"))


def test_where_no_error_arrives_none_is_told_of(call: Command, tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    layer = {"W_xh": [[1.0]], "W_hh": [[0.5]], "b_h": [0.0]}
    weights = {"layers": [layer], "readout": {"W_hy": [[1.0]], "b_y": [0.0]}}
    model = {"format": "rnn.model/1", "task": "many-to-many", "labels": ["only"], "embedding": {"a": [1.0]}}
    file.write_text(json.dumps({**model, "parameters": weights}))
    asked = "bptt", "a a", "--model", str(file), "--targets", "only only"
    assert not np.any([step["dL_dh"] for step in document(call(*asked, "--json"))["steps"]])
    assert "Notice  No error arrives at any step: dL/dh is 0 at each." in good(call(*asked)).stdout
