"""rnn train --attention, and what every command shows of such a model: numbers recomputed from its arrays, pages, refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from rnn_cli.core.activations import sigmoid
from rnn_cli.core.attention import SCORES
from rnn_cli.errors import ModelFileError
from rnn_cli.models.tensors import read_tensors
from rnn_cli.models.trained import trained_from
from rnn_cli.views.clean import clean
from tests.conftest import Both, Command
from tests.support.networks import slow_if
from tests.support.schemas import validate
from tests.support.trained import DATA, TrainedModels

TEXT, WRITTEN = "9 June 1999", "1999-06-09"
EVERY = pytest.mark.parametrize("name", SCORES)
DATES = str(DATA / "dates.tsv")
TRACED: dict[tuple[str, ...], dict[str, Any]] = {}


def traced(call: Command, trained: TrainedModels, name: str, *more: str) -> dict[str, Any]:
    """The document of a forced text, and with it what it must hold; nobody changes it."""
    if (name, *more) not in TRACED:
        model = str(trained.path(f"translate-{name}"))
        found = call("trace", TEXT, "--model", model, "--target", WRITTEN, *more, "--json").document()
        TRACED[name, *more] = validate(found)
    return TRACED[name, *more]


@EVERY
def test_every_number_of_a_trace_follows_from_the_file(name: str, call: Command, trained: TrainedModels) -> None:
    document = traced(call, trained, name)
    path = trained.path(f"translate-{name}")
    w = {key: array.astype(np.float64) for key, array in load_file(path).items() if not key.startswith("run.")}
    looks = document["decoder"]["attention"]
    assert looks["score"] == name
    assert looks["reads"] == document["tokens"]
    by_direction = {
        direction: [step["h"] for step in document["steps"] if step["direction"] == direction]
        for direction in ("forward", "backward")
    }
    h = np.concatenate([by_direction["forward"], by_direction["backward"]], axis=-1)
    states = np.array([step["h"] for step in document["decoder"]["steps"]])
    assert len(looks["steps"]) == len(states) == len(WRITTEN) + 1
    for u, (s, step) in enumerate(zip(states, looks["steps"], strict=True)):
        if name == "dot":
            scores = h @ s
        elif name == "general":
            scores = h @ w["attention.W_a"].T @ s
        else:
            scores = np.tanh(w["attention.W_as"] @ s + h @ w["attention.W_ah"].T) @ w["attention.v_a"]
        shares = np.exp(scores) / np.exp(scores).sum()
        read = np.tanh(w["attention.W_c"] @ np.concatenate([shares @ h, s]) + w["attention.b_c"])
        logits = w["decoder.readout.W_hy"] @ read + w["decoder.readout.b_y"]
        for found, right in (("scores", scores), ("shares", shares), ("context", shares @ h), ("read", read)):
            np.testing.assert_allclose(step[found], right, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(document["decoder"]["logits"][u], logits, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(np.sum(list(step["terms"].values()), axis=0), step["pre_activation"], rtol=1e-12)
        assert step["writes"] == [*WRITTEN, "<eos>"][u]


@EVERY
def test_forward_and_trace_agree_and_a_part_is_a_part(name: str, call: Command, trained: TrainedModels) -> None:
    model, whole = str(trained.path(f"translate-{name}")), traced(call, trained, name)
    arguments = ("forward", TEXT, "--model", model, "--target", WRITTEN, "--json")
    (run,) = validate(call(*arguments).document())["sequences"]
    np.testing.assert_allclose(run["decoder"]["logits"], whole["decoder"]["logits"], rtol=1e-11, atol=1e-13)
    shares = [step["shares"] for step in whole["decoder"]["attention"]["steps"]]
    np.testing.assert_allclose(run["decoder"]["attention"]["shares"], shares, rtol=1e-11, atol=1e-15)
    part = traced(call, trained, name, "--network", "decoder", "--steps", "2:3")
    assert part["decoder"]["attention"]["steps"] == whole["decoder"]["attention"]["steps"][1:3]


@EVERY
def test_the_backward_pass_is_itemised_and_checked(name: str, both: Both, trained: TrainedModels) -> None:
    model = str(trained.path(f"translate-{name}"))
    page, document = both("bptt", "3 May", "--model", model, "--target", "05-03", "--check")
    assert validate(document)["check"]["passed"]
    looks = document["decoder"]["attention"]
    given = np.array(looks["remembered"]["norms"])
    together = np.linalg.norm(looks["remembered"]["dL_dh"], axis=-1)
    assert (together <= given.sum(axis=0) * (1 + 1e-12)).all()
    for step in looks["steps"]:
        assert sum(step["dL_dscores"]) == pytest.approx(0, abs=1e-12), "shares that add up to 1 leave nothing in common"
    sent = {(step["direction"], step["t"]): step["from_output"] for step in document["steps"]}
    for t, row in enumerate(looks["remembered"]["dL_dh"], start=1):
        np.testing.assert_allclose([*sent["forward", t], *sent["backward", t]], row, rtol=1e-10, atol=1e-15)
    assert "Back through the attention" in page.stdout
    assert "this is all the error that reaches it" not in page.stdout


@pytest.mark.parametrize("name", slow_if(SCORES, *list(SCORES)[1:]))
def test_the_page_writes_the_look_back_out(name: str, call: Command, trained: TrainedModels) -> None:
    model = str(trained.path(f"translate-{name}"))
    page = call("trace", TEXT, "--model", model, "--target", WRITTEN, "--arithmetic").stdout
    shares = [step["shares"] for step in traced(call, trained, name)["decoder"]["attention"]["steps"]]
    assert "α_1,1   e^(" in page
    assert "logits = W_hy s~_u + b_y" in page
    assert "all that the decoder knows" not in page
    rows = page.partition("\nAlignment")[2].partition("\nReadout")[0]
    for u, row in enumerate(shares, start=1):
        most = int(np.argmax(row))
        (found,) = [one for one in rows.splitlines() if one.split()[:1] == [str(u)]]
        assert f"({most + 1})" in found
        assert f"{100 * row[most]:.0f}" in found
    assert max(map(len, rows.splitlines())) <= 80


def test_a_long_text_is_folded(call: Command, trained: TrainedModels, monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns that were looked at most, in order, each with its share; the others are counted."""
    monkeypatch.setenv("COLUMNS", "80")
    model, text = str(trained.path("translate-general")), "3 May 2001 or 4 June 2012, but not on 5 July 1999"
    arguments = ("trace", text, "--model", model, "--target", "3-5")
    rows = call(*arguments).stdout.partition("\nAlignment")[2].partition("\nReadout")[0]
    assert f"Columns are the 40 of {len(text)} words read" in " ".join(rows.split())
    steps = call(*arguments, "--json").document()["decoder"]["attention"]["steps"]
    summed = np.sum([step["shares"] for step in steps], axis=0)
    kept = [clean(text[t]) for t in sorted(np.argsort(-summed, kind="stable")[:40])]
    headers = [line.split()[3:] for line in rows.splitlines() if line.split()[:2] == ["u", "written"]]
    assert [sign for one in headers for sign in one[1:]] == kept
    assert max(map(len, rows.splitlines())) <= 80


def test_the_alignment_as_a_figure(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    model, file = str(trained.path("translate-dot")), tmp_path / "alignment.svg"
    assert call("trace", TEXT, "--model", model, "--plot", str(file)).code == 0
    drawn = file.read_text()
    assert "where the decoder looks back (dot attention)" in drawn
    assert all(f">{word}<" in drawn for word in ("J", "u", "n", "e"))
    plain = str(trained.path("translate"))
    assert call("trace", TEXT, "--model", plain, "--plot", str(file)).code == 2


def test_the_decoder_alone_has_its_attention(call: Command, trained: TrainedModels) -> None:
    """On the page of rnn forward, and among the weights."""
    model = str(trained.path("translate-general"))
    arguments = ("forward", TEXT, "--model", model, "--network", "decoder")
    page = call(*arguments, "--explain-shapes").stdout
    assert "logits = W_hy s~_u + b_y" in page
    assert "\nAlignment" in page
    assert "W_hy multiplies what each row of output found" in page
    weights = validate(call(*arguments, "--json", "--weights").document())["weights"]
    arrays = load_file(model)
    assert {name: np.shape(array) for name, array in weights["attention"].items()} == {
        key.removeprefix("attention."): array.shape for key, array in arrays.items() if key.startswith("attention.")
    }


@EVERY
def test_inspect_lists_the_weights(name: str, call: Command, trained: TrainedModels) -> None:
    path = trained.path(f"translate-{name}")
    document = validate(call("inspect", str(path), "--json").document())
    listed = {one["name"]: one["shape"] for one in document["attention"]["parameters"]}
    arrays = load_file(path)
    assert listed == {
        key.removeprefix("attention."): list(array.shape)
        for key, array in arrays.items()
        if key.startswith("attention.")
    }
    assert "Parameters of the attention" in call("inspect", str(path)).stdout


def test_what_is_predicted_is_what_is_traced(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    model = str(trained.path("translate-general"))
    predicted = validate(call("predict", model, TEXT, "--json").document())
    document = validate(call("trace", TEXT, "--model", model, "--json").document())["decoder"]
    assert document["written"] == predicted["predictions"][0]["prediction"]
    likely = np.array(document["probabilities"]).max(axis=-1)
    said = predicted["predictions"][0]["hypotheses"][0]["log_probability"]
    assert np.log(likely).sum() == pytest.approx(said, rel=1e-5)  # predict computes as training does, in float32
    few = tmp_path / "few.tsv"
    few.write_text("\n".join(Path(DATES).read_text().splitlines()[:12]) + "\n")
    scores = [validate(call("evaluate", model, str(few), *more, "--json").document()) for more in ((), ("--beam", "2"))]
    assert scores[0]["scores"]["loss"] == scores[1]["scores"]["loss"]


def test_refusals(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    dot, plain = (str(trained.path(name)) for name in ("translate-dot", "translate"))
    small = ("--max-steps", "2", "--hidden-size", "8", "--embedding-size", "8")
    for arguments, says in (
        (("train", DATES, "--task", "translate", "--attention", "sharp"), "it can be none, additive, dot, general"),
        (
            ("train", str(DATA / "names.tsv"), "--task", "describe", "--attention", "dot"),
            "describe has no decoder that",
        ),
        (
            ("train", str(DATA / "reviews.tsv"), "--task", "classify", "--attention", "dot"),
            "classify has no decoder that",
        ),
        (
            ("train", DATES, "--task", "translate", *small, "--attention", "general", "--init", dot),
            "--attention dot takes its",
        ),
        (("train", DATES, "--task", "translate", *small, "--attention", "dot", "--init", plain), "attention is none"),
        (("train", "--resume", dot, "--attention", "general"), "--attention cannot change on --resume (it is dot)"),
        (("bptt", TEXT, "--model", dot, "--target", WRITTEN, "--network", "decoder", "--blank"), "has no rows for the"),
        (("trace", TEXT, "--model", dot, "--network", "decoder", "--unit", "readout"), "reads what its decoder finds"),
        (("convert", dot, str(tmp_path / "m.onnx")), "has two networks"),
    ):
        refused = call(*arguments)
        assert (refused.code, says in refused.stderr) == (2, True), (arguments, refused.stderr)
        assert len(refused.stderr.splitlines()) <= 2


def test_a_file_whose_attention_is_another_is_damaged(trained: TrainedModels) -> None:
    """Its name, or that of a network that has none."""
    for name, key, value, says in (
        ("translate-dot", "attention", "sharp", "not none or additive or dot or general"),
        ("translate-dot", "attention", "general", "W_a"),
        ("classify", "attention", "dot", "and the kind is single"),
    ):
        arrays, metadata = read_tensors(trained.path(name))
        changed = json.loads(json.dumps(metadata))
        changed["blueprint"][key] = value
        from rnn_cli.models.trained import digest_of

        changed["digest"] = digest_of(arrays, changed)
        with pytest.raises(ModelFileError, match=says):
            trained_from("m.safetensors", arrays, changed)


def test_a_file_without_attention_says_nothing_of_it(trained: TrainedModels) -> None:
    """It is the file that earlier versions wrote, and that they open."""
    assert "attention" not in read_tensors(trained.path("translate"))[1]["blueprint"]


UNFOLDED = ("logits[3][4]", "alpha[2][11]", "k[11][2]", "s~[1][5]")


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        pytest.param(name, one, marks=() if (i + k) % len(SCORES) == 0 or one.startswith("k") else pytest.mark.slow)
        for i, name in enumerate(SCORES)
        for k, one in enumerate(UNFOLDED)
    ],
)
def test_a_number_unfolds_into_those_it_is_made_of(
    name: str, quantity: str, call: Command, trained: TrainedModels
) -> None:
    """Each is the function of the sum of its products, and a factor that is unfolded has the value that it has there."""
    if quantity.startswith("k"):
        refused = call(
            "trace", TEXT, "--model", str(trained.path(f"translate-{name}")), "--network", "decoder", "--why", quantity
        )
        assert (refused.code, "this network has" in refused.stderr) == (2, True)
        return
    why = traced(call, trained, name, "--network", "decoder", "--why", quantity)["decoder"]["why"]
    numbers = {one["name"]: one for one in why["numbers"]}
    functions: dict[str, Any] = {"": float, "tanh": np.tanh, "exp": np.exp, "ln": np.log, "sigmoid": sigmoid}
    assert {"dot": "h[1][1]", "general": "k[1][1]", "additive": "q[1][1]"}[name] in numbers or quantity != "s~[1][5]"
    for one in numbers.values():
        summed = sum(term["value"] for term in one["terms"])
        assert functions[one["formula"]](summed) == pytest.approx(one["value"], rel=1e-9, abs=1e-12), one["name"]
        for term in one["terms"]:
            assert np.prod([factor["value"] for factor in term["factors"]]) == pytest.approx(term["value"], rel=1e-9)
            for factor in term["factors"]:
                if factor["name"] in numbers:
                    assert factor["value"] == pytest.approx(numbers[factor["name"]]["value"], rel=1e-9, abs=1e-15)
