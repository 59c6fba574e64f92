"""Losses of a network without a readout, errors from elsewhere, means over steps, initial states: at the commands."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import rnn_cli as rnn
from tests.conftest import Command
from tests.support.schemas import validate

T, SIZE, H = 4, 2, 3


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bare RNN of both directions, a classifier, a sequence, and arrays that fit the RNN."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0).standard_normal
    shapes: dict[str, tuple[int, ...]] = {}
    for suffix in ("", "_reverse"):
        shapes |= {f"weight_ih_l0{suffix}": (H, SIZE), f"weight_hh_l0{suffix}": (H, H)}
        shapes |= {f"bias_{kind}_l0{suffix}": (H,) for kind in ("ih", "hh")}
    save_file({name: draw(shape) for name, shape in shapes.items()}, "rnn.safetensors")
    head = {"fc.weight": (2, 2 * H), "fc.bias": (2,)}
    every = {**{f"rnn.{name}": shape for name, shape in shapes.items()}, **head}
    save_file({name: draw(shape) for name, shape in every.items()}, "whole.safetensors")
    np.save("x.npy", draw((T, SIZE)))
    np.save("up.npy", draw((T, 2 * H)))
    np.save("row.npy", draw(2 * H))
    np.save("wide.npy", np.zeros((SIZE, T)))
    np.save("turned.npy", np.zeros((2 * H, T)))
    Path("short.csv").write_text("1,2\n3,4\n")
    Path("h0.json").write_text(json.dumps(draw((2, H)).tolist()))
    return tmp_path


BARE = ["--input", "x.npy", "-m", "rnn.safetensors"]


@pytest.mark.parametrize(
    ("asked", "kind", "entries"),
    [
        (["--loss", "sum"], "sum", T),
        (["--loss", "mse", "--target", "up.npy", "--reduction", "mean"], "mse", T),
        (["--loss", "mse", "--target", "row.npy"], "mse", 1),
        (["--loss", "cross-entropy", "--target", "5"], "cross-entropy", 1),
        (["--loss", "cross-entropy", "--targets", "0 1 5 2"], "cross-entropy", T),
        (["--dL-dh", "up.npy", "--state", "h=h0.json"], "dL-dh", T),
        (["--dL-dh", "row.npy"], "dL-dh", 1),
    ],
)
def test_the_gradient_of_each_is_checked(asked: list[str], kind: str, entries: int, at: Path, call: Command) -> None:
    document = validate(call("bptt", *BARE, *asked, "--check", "--json").document())
    assert document["loss"]["kind"] == kind
    assert document["loss"]["reduction"] == ("mean" if "mean" in asked else "sum")
    assert len(document["itemised"]["loss_steps"]) == entries
    assert document["check"]["passed"]
    assert "logits" not in document
    if "--targets" not in asked:
        assert validate(call("gradients", *BARE, *asked, "--json").document())["loss_kind"] == kind


def test_an_error_of_the_last_step_is_a_row_of_zeros_before_it(at: Path, call: Command) -> None:
    up = np.zeros((T, 2 * H))
    up[-1] = np.load("row.npy")
    np.save("padded.npy", up)
    one, all_steps = (call("bptt", *BARE, "--dL-dh", name, "--json").document() for name in ("row.npy", "padded.npy"))
    np.testing.assert_allclose(one["gradients"]["inputs"], all_steps["gradients"]["inputs"], rtol=0, atol=1e-15)
    long = call("bptt", *BARE, "--dL-dh", "padded.npy", "--checkpoint-every", "2", "--json").document()
    np.testing.assert_allclose(one["gradients"]["inputs"], long["gradients"]["inputs"], rtol=0, atol=1e-14)


def test_a_list_is_the_row_of_the_last_step_of_a_sequence_of_any_length(at: Path, call: Command) -> None:
    Path("row.json").write_text(json.dumps(np.load("row.npy").tolist()))
    for steps in (1, T, 2 * H):  # of as many steps as the outputs have units too
        np.save("x.npy", np.ones((steps, SIZE)))
        one, same = (call("bptt", *BARE, "--dL-dh", name, "--json").document() for name in ("row.npy", "row.json"))
        assert one["itemised"]["loss_steps"] == [steps]
        assert one["gradients"] == same["gradients"]


def test_the_mean_divides_every_error_by_the_steps(at: Path, call: Command) -> None:
    whole = ["--input", "x.npy", "-m", "whole.safetensors", "--readout-reads", "every-step", "--target", "class 1"]
    total, mean = (call("bptt", *whole, "--reduction", reduction, "--json").document() for reduction in ("sum", "mean"))
    assert mean["loss"]["total"] == pytest.approx(total["loss"]["total"] / T, rel=1e-14)
    np.testing.assert_allclose(np.array(mean["gradients"]["inputs"]) * T, total["gradients"]["inputs"], rtol=1e-12)
    assert f"every error is divided by {T}" in call("bptt", *whole, "--reduction", "mean").stdout
    numbers = call("bptt", *whole[:-2], "--targets", "1 1 1 1", "--json").document()
    assert numbers["loss"] == total["loss"]
    assert "class 0, class 1" in call("bptt", *whole[:-2], "--target", "2").stderr
    path = call("gradients", *whole[:-2], "--reduction", "mean", "--json").document()
    assert path["loss_reduction"] == "mean"
    assert path["target_is_prediction"]


@pytest.mark.parametrize("command", ["trace", "forward", "bptt", "gradients", "predict"])
def test_a_memory_starts_where_a_file_says(command: str, at: Path, call: Command) -> None:
    model = ["whole.safetensors"] if command == "predict" else ["-m", "whole.safetensors"]
    asked = [command, *model, "--input", "x.npy", *(["--target", "class 0"] if command == "bptt" else [])]
    without, h0 = call(*asked, "--json").document(), call(*asked, "--h0", "h0.json", "--json").document()
    assert call(*asked, "--state", "h=h0.json", "--json").document() == h0
    assert without != h0
    if command == "forward":
        starts = json.loads(Path("h0.json").read_text())
        assert [one["h0"] for one in h0["sequences"][0]["layers"]] == starts
        assert (
            "where the memory starts: as given" in call("trace", *asked[1:], "--h0", "h0.json", "--arithmetic").stdout
        )


REFUSED: dict[str, tuple[list[str], str]] = {
    "no loss": (BARE, "--loss sum, --loss mse --target FILE, --loss cross-entropy --target 0, or --dL-dh FILE"),
    "an unknown loss": ([*BARE, "--loss", "hinge"], "mse, sum, cross-entropy"),
    "a target of the sum": ([*BARE, "--loss", "sum", "--target", "1"], "--loss sum needs no --target"),
    "a loss beside an error": ([*BARE, "--dL-dh", "up.npy", "--loss", "mse"], "--dL-dh needs no --loss"),
    "no target": ([*BARE, "--loss", "mse"], "--target: 6 numbers, or FILE of 4×6"),
    "an index too large": ([*BARE, "--loss", "cross-entropy", "--target", "6"], "an index is 0 to 5"),
    "transposed": ([*BARE, "--dL-dh", "turned.npy"], "turned.npy: 6×4 numbers, and the outputs are 4×6"),
    "an input that is transposed": (["--input", "wide.npy", "-m", "rnn.safetensors", "--loss", "sum"], "looks transposed, 2 rows of 4"),
    "another shape": ([*BARE, "--dL-dh", "short.csv"], "short.csv: 2×2 numbers"),
    "a mean of an error": ([*BARE, "--dL-dh", "up.npy", "--reduction", "mean"], "--reduction has no meaning"),
    "an unknown reduction": ([*BARE, "--loss", "sum", "--reduction", "max"], "it can be sum or mean"),
    "a sheet": ([*BARE, "--loss", "sum", "--blank"], "asks for the loss of a readout, and rnn has none"),
    "an error at a readout": (
        ["--input", "x.npy", "-m", "whole.safetensors", "--dL-dh", "up.npy"], "--readout none leaves it out",
    ),
    "a state that it has not": ([*BARE, "--loss", "sum", "--c0", "h0.json"], "--c0: rnn has no state c; it has h"),
    "a state of another shape": ([*BARE, "--loss", "sum", "--h0", "short.csv"], "an initial state here is 2×3"),
    "a state twice": ([*BARE, "--loss", "sum", "--h0", "h0.json", "--state", "h=h0.json"], "both say where h starts"),
    "no pair": ([*BARE, "--loss", "sum", "--state", "h0.json"], "write NAME=FILE"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_refused(case: str, at: Path, call: Command) -> None:
    arguments, words = REFUSED[case]
    found = call("bptt", *arguments)
    assert found.code == 2
    assert words in " ".join(found.stderr.split())


@pytest.mark.parametrize(
    "option", ["--dL-dh {}", "--loss mse --target {}", "--loss sum --h0 {}", "--loss sum --state h={}"]
)
def test_a_result_is_not_written_over_what_is_read(option: str, at: Path, call: Command) -> None:
    Path("rows.json").write_text("[[0.0]]")
    found = call("bptt", *BARE, *option.format("rows.json").split(), "--save", "rows.json")
    assert found.code == 2
    assert "is what the command reads" in found.stderr
    assert Path("rows.json").read_text() == "[[0.0]]"


def test_python_says_the_same(at: Path, call: Command) -> None:
    asked = {"dL_dh": np.load("up.npy"), "state": {"h": json.loads(Path("h0.json").read_text())}}
    model, x = rnn.load("rnn.safetensors"), np.load("x.npy")
    said = ["--dL-dh", "up.npy", "--h0", "h0.json", "--json"]
    document = model.bptt(x, **asked).document()
    assert document["gradients"] == call("bptt", *BARE, *said).document()["gradients"]
    path = model.gradients(x, **asked).document()
    assert path["signals"] == call("gradients", *BARE, *said).document()["signals"]


@pytest.mark.parametrize("reads", ["last-output", "mean", "max"])
def test_pages_say_what_a_readout_reads(reads: str, at: Path, call: Command) -> None:
    symbol = "[forward h_T; backward h_T]" if reads == "last-output" else f"{reads}_t(h_t)"
    asked: list[Any] = ["-m", "whole.safetensors", "--input", "x.npy", "--readout-reads", reads]
    assert f"logits = W_hy {symbol} + b_y" in call("forward", *asked).stdout
    kept = call("forward", *asked, "--save-model", "kept.json", "--json").document()
    assert kept["model"]["readout_reads"] == reads
    again = validate(call("forward", "-m", "kept.json", "--input", "x.npy", "--json").document())
    assert again["sequences"][0]["logits"] == kept["sequences"][0]["logits"]
    assert f"reads {symbol}" in " ".join(call("inspect", "kept.json").stdout.replace("output[-1]: ", "").split())


def test_a_page_of_the_mean_has_a_row_for_each_step_that_is_read(at: Path, call: Command) -> None:
    asked = ["-m", "whole.safetensors", "--input", "x.npy", "--readout-reads", "mean", "--target", "class 0"]
    page = " ".join(call("bptt", *asked, "--truncate", "1").stdout.split())
    assert "the error enters at every step, through (1/4) W_hy^T (p - onehot)" in page
    assert "a row is a step that the one loss reads" in page
    assert "the error of every step read goes back through 1 step" in page
    assert all(f"h_{t} x_{t}" in page for t in range(1, T + 1))


def test_a_key_of_what_is_read_fits_one_answer(at: Path, call: Command) -> None:
    Path("m.json").write_text(
        json.dumps({"format": "rnn.model/1", "task": "many-to-many", "reads": "mean", "parameters": {
            "layers": [{"W_xh": [[1.0]], "W_hh": [[1.0]], "b_h": [0.0]}], "readout": {"W_hy": [[1.0]], "b_y": [0.0]}}})
    )  # fmt: skip
    found = call("inspect", "m.json")
    assert found.code == 4
    assert "reads mean is for many-to-one" in found.stderr
