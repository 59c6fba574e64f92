"""Models that `rnn train` wrote, looked into by every command, for every shape of task."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.inputs.sequence import from_numbers
from rnn_cli.models.load import load_model
from rnn_cli.study.forward import forward_sequences
from rnn_cli.study.trace import trace_sequence
from tests.conftest import Both
from tests.support.command import Result
from tests.support.networks import slow_but, slow_if
from tests.support.schemas import validate
from tests.support.toys import describer, forecaster, translator
from tests.support.trained import TrainedModels

Command = Callable[..., Result]
SERIES = "date,wind,pressure,temperature\n2020-01-01,4,1010,10\n2020-01-02,6,1009,15\n2020-01-03,2,1000,5\n"


def good(result: Result) -> Result:
    """The result of a command that must have gone well; on stderr it may say how it read a file."""
    assert result.code == 0
    assert all(" read as: " in line for line in result.stderr.splitlines())
    return result


def document(result: Result) -> Any:
    """The valid document of a command that went well."""
    return validate(good(result).document())


def given(name: str) -> str:
    """A text for a model of RUNS."""
    if name == "describe":
        return "robot"
    return {"copy": "s1 s2 _ _ >", "translate": "9 June 1999", "translate-word": "9 June 1999"}.get(name, "The shy fox")


TEXTS = ("classify", "classify-char", "tag", "lm", "lm-word", "translate", "translate-word", "describe", "copy")


LOOKS = ("trace", "forward", "gradients", "inspect")
SOME = [(name, one) for k, name in enumerate(TEXTS) for i, one in enumerate(LOOKS) if (k + i) % 2 == 0]


@pytest.mark.parametrize(("name", "command"), slow_but(SOME, product(TEXTS, LOOKS)))
def test_every_model_of_words_can_be_looked_into(name: str, command: str, trained: TrainedModels, both: Both) -> None:
    path = str(trained.path(name))
    result, found = both(*(("inspect", path) if command == "inspect" else (command, given(name), "--model", path)))
    assert validate(found)["schema"] == f"rnn.{command}/1"
    page = good(result).stdout
    assert "nan" not in page.split()
    assert Path(path).stem in page


@pytest.mark.parametrize("name", slow_if(TEXTS, "translate", "classify-char", "lm-word"))
def test_every_model_of_words_has_a_right_gradient(name: str, trained: TrainedModels, both: Both) -> None:
    targets = {
        "classify": ("--target", "positive"),
        "classify-char": ("--target", "negative"),
        "tag": ("--targets", "DET ADJ NOUN"),
        "copy": ("--target", "s2"),
        "translate": ("--target", "1999-06-09"),
        "translate-word": ("--target", "1999-06-09"),
        "describe": ("--target", "XR-7"),
    }
    arguments = ("bptt", given(name), "--model", str(trained.path(name)), *targets.get(name, ()))
    page, found = both(*arguments, "--check")
    assert validate(found)["check"]["passed"] is True
    assert "Is the gradient right?" in good(page).stdout


# Texts


def test_a_model_of_characters_reads_characters(trained: TrainedModels, call: Command) -> None:
    path = str(trained.path("lm"))
    found = document(call("trace", "The ж", "--model", path, "--json"))
    assert found["tokens"] == list("The ж")
    assert found["known"] == [True] * 4 + [False]
    model = load_model(path)
    assert found["ids"][-1] == 0 == model.rows["<unk>"]
    assert found["inputs"][-1] == model.network.parameters["embedding"][0].tolist()
    page = good(call("trace", "The ж", "--model", path)).stdout
    assert "T | h | e | ␣ | ж" in page
    assert "not in the vocabulary: ж; each has the vector of <unk>" in page


def test_words_are_lower_cased_as_in_training(trained: TrainedModels, call: Command) -> None:
    found = document(call("trace", "THE FOOD", "--model", str(trained.path("classify")), "--json"))
    assert found["tokens"] == ["the", "food"]
    assert found["known"] == [True, True]
    tagged = document(call("trace", "The BOAT", "--model", str(trained.path("tag")), "--json"))
    assert tagged["tokens"] == ["The", "BOAT"]


def test_a_language_models_target_is_the_next_token(trained: TrainedModels, call: Command) -> None:
    path = str(trained.path("lm"))
    assert document(call("bptt", "fox", "--model", path, "--json"))["target"] == ["o", "x", None]
    path = str(trained.path("lm-word"))
    assert document(call("bptt", "the moon", "--model", path, "--json"))["target"] == ["moon", None]


def test_a_readout_of_many_classes_shows_the_likeliest(trained: TrainedModels, call: Command) -> None:
    path = str(trained.path("lm"))
    page = good(call("trace", "fo", "--model", path, "--no-arithmetic")).stdout
    found = document(call("trace", "fo", "--model", path, "--json"))
    best = np.argsort(found["probabilities"][0])[::-1][:3]
    row = next(line for line in page.splitlines() if line.startswith("  y_1"))
    shares = [f"{100 * found['probabilities'][0][k]:.1f}%" for k in best]
    assert [part for part in row.split() if part.endswith("%")] == shares
    assert f"the 3 likeliest of {len(found['logits'][0])} classes" in page


# Numbers


def test_a_forecast_scales_what_it_reads_and_says_numbers_in_the_datas_units(call: Command, tmp_path: Path) -> None:
    path = str(forecaster(tmp_path))
    (tmp_path / "s.csv").write_text(SERIES)
    arguments = ("--input", str(tmp_path / "s.csv"), "--model", path)
    for command in ("trace", "forward"):
        found = document(call(command, *arguments, "--json"))
        found = found if command == "trace" else found["sequences"][0]
        assert found["raw_inputs"] == [[10, 4], [15, 6], [5, 2]]
        assert found["inputs"] == [[0, 0], [1, 1], [-1, -1]]
        assert "probabilities" not in found
        assert np.allclose(found["prediction"], np.array(found["logits"]) * 2 + 4)
    page = good(call("trace", *arguments)).stdout
    assert "softmax" not in page
    assert "class" not in page.replace("classes", "")
    assert "temperature: (value - 10) / 5; wind: (value - 4) / 2" in " ".join(page.split())
    predicted = [f"wind +{k + 1} {value:.2f}" for k, value in enumerate(found["prediction"])]
    readout = next(line for line in page.splitlines() if line.startswith("  readout:"))
    assert readout.endswith(", ".join(predicted))


def test_a_forecasts_numbers_are_those_that_predict_gives(
    trained: TrainedModels, call: Command, tmp_path: Path
) -> None:
    path = trained.path("forecast")
    rows = Path(trained.data("forecast")[0]).read_text().splitlines()[:6]
    (tmp_path / "s.csv").write_text("\n".join(rows))
    found = document(call("trace", "--input", str(tmp_path / "s.csv"), "--model", str(path), "--json"))
    predicted = call("predict", str(path), "--input", str(tmp_path / "s.csv"), "--json").document()
    numbers = _numbers(predicted)
    for value in found["prediction"]:
        assert any(abs(value - other) < 1e-9 * max(1, abs(value)) for other in numbers)


def _numbers(data: Any) -> list[float]:
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [number for part in data for number in _numbers(part)]
    return [data] if isinstance(data, int | float) and not isinstance(data, bool) else []


def test_columns_are_taken_by_name_or_as_they_stand(call: Command, tmp_path: Path) -> None:
    path = str(forecaster(tmp_path))
    files = {"named.csv": SERIES, "plain.csv": "10,4\n15,6\n5,2\n", "rows.json": "[[10,4],[15,6],[5,2]]"}
    logits = []
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        logits.append(document(call("trace", "--input", str(tmp_path / name), "--model", path, "--json"))["logits"])
    assert logits[0] == logits[1] == logits[2]
    (tmp_path / "other.csv").write_text("temperature,rain\n1,2\n")
    result = call("trace", "--input", str(tmp_path / "other.csv"), "--model", path)
    assert (result.code, result.stdout) == (2, "")
    assert "no column 'wind', which the model reads; it has temperature, rain" in result.stderr
    result = call("trace", "hello", "--model", path)
    assert (result.code, result.stdout) == (2, "")
    assert "reads numbers, not words" in result.stderr


@pytest.mark.parametrize("name", ["trace", "forward", "bptt", "gradients"])
def test_rows_that_run_backwards_are_not_read_as_they_stand(name: str, call: Command, tmp_path: Path) -> None:
    path = str(forecaster(tmp_path))
    rows = [(f"2024-01-{day:02}", 10 + day % 3, 4 + day % 2) for day in range(1, 13)]
    for order, days in (("newest.csv", rows[::-1]), ("oldest.csv", rows)):
        lines = [f"{day},{one},{two}" for day, one, two in days]
        (tmp_path / order).write_text("\n".join(["date,temperature,wind", *lines]) + "\n")
    target = ("--target", "1,2") if name in ("bptt", "gradients") else ()
    result = call(name, "--input", str(tmp_path / "newest.csv"), "--model", path, *target)
    assert (result.code, result.stdout) == (2, "")
    assert f"{tmp_path / 'newest.csv'}: has rows that do not follow time" in result.stderr
    good(call(name, "--input", str(tmp_path / "oldest.csv"), "--model", path, *target))


def test_bptt_of_numbers_takes_targets_in_the_datas_units(call: Command, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(SERIES)
    arguments = ("bptt", "--input", str(tmp_path / "s.csv"), "--model", str(forecaster(tmp_path)))
    found = document(call(*arguments, "--target", "6,4", "--check", "--json"))
    trace = document(call("trace", *arguments[1:], "--json"))
    assert found["target"] == [6, 4]
    assert found["loss"]["kind"] == "mse"
    assert found["loss"]["total"] == pytest.approx(np.mean((np.array(trace["logits"]) - [1, 0]) ** 2))
    page = good(call(*arguments, "--target", "6,4")).stdout
    assert "scaled as in training" in page
    assert "wind +1,wind +2, as numbers in the units of the data" in call(*arguments).stderr
    assert call(*arguments, "--target", "6,4", "--loss", "cross-entropy").code == 2
    gradients = document(call("gradients", *arguments[1:], "--target", "6,4", "--json"))
    assert gradients["loss"] == pytest.approx(found["loss"]["total"])
    assert gradients["target"] == "6,4"
    assert document(call("gradients", *arguments[1:], "--json"))["loss"] is None


def test_numbers_at_every_step(call: Command, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(SERIES)
    arguments = ("--input", str(tmp_path / "s.csv"), "--model", str(forecaster(tmp_path, "many-to-many")))
    found = document(call("trace", *arguments, "--json"))
    assert np.allclose(found["prediction"], np.array(found["logits"]) * 2 + 4)
    assert np.array(found["prediction"]).shape == (3, 2)
    assert "softmax" not in good(call("trace", *arguments)).stdout
    assert document(call("bptt", *arguments, "--target", "6,4", "--check", "--json"))["target"] == [[6, 4]] * 3


def test_many_series_are_a_row_each_with_their_forecasts(call: Command, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("[[[10,4],[15,6]],[[5,2],[10,4],[15,6]]]")
    arguments = ("forward", "--input", str(tmp_path / "s.json"), "--model", str(forecaster(tmp_path)))
    found = document(call(*arguments, "--json"))["sequences"]
    page = good(call(*arguments)).stdout
    assert "prediction" not in page
    for row, sequence in zip([line for line in page.splitlines() if line.startswith("      ")], found, strict=False):
        assert f"{sequence['prediction'][0]:.4f}" in row


@pytest.mark.parametrize("name", ["adding", "forecast", "forecast-steps"])
def test_trained_models_of_numbers(
    name: str, trained: TrainedModels, call: Command, both: Both, tmp_path: Path
) -> None:
    size = load_model(str(trained.path(name))).network.architecture.input_size
    (tmp_path / "s.json").write_text(json.dumps(np.linspace(0, 1, 4 * size).reshape(4, size).tolist()))
    arguments = ("--input", str(tmp_path / "s.json"), "--model", str(trained.path(name)))
    for command in ("trace", "forward", "gradients"):
        page, found = both(command, *arguments)
        assert "softmax" not in good(page).stdout
        validate(found)
    for view in ("--blank", "--answers", "--why"):
        more = ("--why", "h[1][1]") if view == "--why" else (view,)
        assert "softmax" not in good(call("trace", *arguments, *more, "--steps", "1")).stdout
    good(call("inspect", str(trained.path(name))))


def test_a_worksheet_of_numbers_asks_for_the_datas_units(call: Command, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(SERIES)
    arguments = ("trace", "--input", str(tmp_path / "s.csv"), "--model", str(forecaster(tmp_path)), "--steps", "1")
    key = good(call(*arguments, "--answers")).stdout
    found = document(call(*arguments, "--json"))
    for k, value in enumerate(found["prediction"], start=1):
        row = next(line for line in key.splitlines() if f"prediction[{k}]" in line)
        assert row.split()[-1] == f"{value:+.4f}"
    assert "softmax" not in good(call(*arguments, "--blank")).stdout


# Numbers that leave the finite range


def test_where_numbers_leave_the_finite_range_there_is_no_prediction(call: Command, tmp_path: Path) -> None:
    """The page and the document show what could be computed; the message and code 3 say that it is not all."""
    layer = {"W_xh": [[1.0], [0.0]], "W_hh": [[1e200, 0], [0, 0]], "b_h": [0, 0]}
    model = {
        "format": "rnn.model/1",
        "activation": "relu",
        "labels": ["no", "yes"],
        "embedding": {"x": [1e200]},
        "parameters": {"layers": [layer], "readout": {"W_hy": [[1, 0], [-1, 0]], "b_y": [0, 0]}},
    }
    (tmp_path / "m.json").write_text(json.dumps(model))
    arguments = ("x x x", "--model", str(tmp_path / "m.json"))
    shown = call("trace", *arguments)
    page, said = shown.stdout, "W_hh h_{t-1} left the finite range at step 2, unit 1"
    assert (shown.code, said in shown.stderr) == (3, True)
    assert " ".join(page.split()).count(said) == 3  # the diagram, the readout, the notice
    assert "no prediction" in page
    assert "softmax" not in page
    assert "nan%" not in page
    written = call("trace", *arguments, "--json")
    found = written.document()
    assert (written.code, written.stderr) == (3, shown.stderr)
    assert found["prediction"] is None
    assert "steps[1].h[0]" in found["non_finite"]
    assert found["probabilities"] == [None, None]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_forecast_that_overflows_predicts_null(call: Command, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text("[[1e308, 1e308], [1e308, 1e308]]")
    arguments = ("--input", str(tmp_path / "s.json"), "--model", str(forecaster(tmp_path, activation="relu")))
    found = document(call("trace", *arguments, "--json"))
    assert None not in (*found["logits"], *found["prediction"])
    model = load_model(str(forecaster(tmp_path, activation="relu")))
    assert model.encoding is not None
    far = replace(model, encoding=replace(model.encoding, target_scales=(1e300,)))
    sequence = from_numbers(np.full((2, 2), 1e20), far, "x")
    for result in (trace_sequence(far, sequence), forward_sequences(far, [sequence])):
        assert str(result.left_range).startswith("the prediction left the finite range at output 1")


# Networks that read and write


def test_a_trace_of_both_networks(call: Command, tmp_path: Path) -> None:
    path = str(translator(tmp_path, "lstm", bidirectional=True))
    found = document(call("trace", "ab a", "--model", path, "--json"))
    assert found["tokens"] == list("ab a")
    assert "logits" not in found
    ends = {(step["direction"], step["t"]): step for step in found["steps"]}
    assert found["context"] == [
        {
            "layer": 0,
            "h": ends["forward", 4]["h"] + ends["backward", 1]["h"],
            "c": ends["forward", 4]["c"] + ends["backward", 1]["c"],
            "from": [
                {"layer": 0, "direction": "forward", "t": 4},
                {"layer": 0, "direction": "backward", "t": 1},
            ],
        }
    ]
    decoder = found["decoder"]
    assert decoder["steps"][0]["h_prev"] == found["context"][0]["h"]
    assert decoder["steps"][0]["c_prev"] == found["context"][0]["c"]
    assert decoder["tokens"][0] == "<bos>"
    assert decoder["tokens"][1:] == decoder["prediction"][: len(decoder["tokens"]) - 1]  # greedy: its own words
    assert decoder["forced"] is False


def test_the_two_networks_compute_what_the_trained_system_computes(trained: TrainedModels, call: Command) -> None:
    path = str(trained.path("translate"))
    found = document(call("trace", "9 June 1999", "--target", "1999-06-09", "--model", path, "--json"))
    forward = document(call("forward", "9 June 1999", "--target", "1999-06-09", "--model", path, "--json"))
    system = load_model(path).system
    assert isinstance(system, EncoderDecoder)
    from rnn_cli.core.learning.batch import Batch

    ids = [np.array(one["ids"])[:, None] for one in (found, found["decoder"])]
    lengths = [np.array([len(one)]) for one in ids]
    batch = Batch(ids[0], lengths[0], np.zeros_like(ids[1]), np.ones(ids[1].shape), ids[1], lengths[1])
    logits = system.forward(batch).logits[:, 0]
    assert np.allclose(found["decoder"]["logits"], logits, rtol=0, atol=1e-12)
    assert np.allclose(forward["sequences"][0]["decoder"]["logits"], logits, rtol=0, atol=1e-12)
    assert found["decoder"]["written"] == "1999-06-09"
    assert found["decoder"]["forced"] is True
    assert found["decoder"]["tokens"] == ["<bos>", *"1999-06-09"]


def test_what_is_written_is_what_predict_writes_greedily(trained: TrainedModels, call: Command) -> None:
    path = str(trained.path("translate"))
    found = document(call("trace", "12 May 2003", "--model", path, "--json"))
    predicted = good(call("predict", path, "12 May 2003", "--beam", "1", "--json")).stdout
    assert json.dumps(found["decoder"]["written"]) in predicted


def test_half_is_still_understood_for_network(call: Command, tmp_path: Path) -> None:
    arguments = ("trace", "ab", "--model", str(translator(tmp_path)))
    assert call(*arguments, "--half", "decoder").stdout == good(call(*arguments, "--network", "decoder")).stdout
    assert "--half" not in call("trace", "-h").stdout
    both = call(*arguments, "--half", "decoder", "--network", "encoder")
    assert (both.code, both.stdout) == (2, "")
    assert "--half is another name of --network" in both.stderr


def test_one_network_has_all_that_a_trace_has(call: Command, tmp_path: Path) -> None:
    arguments = ("trace", "ab", "--model", str(translator(tmp_path)))
    for network in ("encoder", "decoder"):
        for view in ((), ("--steps", "1"), ("--unit", "2"), ("--why", "h[1][1]"), ("--blank",), ("--answers",)):
            assert good(call(*arguments, "--network", network, *view)).stdout
    page = good(call(*arguments, "--network", "decoder")).stdout
    assert "The context" in page
    assert "where the memory starts: the context" in page
    why = document(call(*arguments, "--network", "decoder", "--why", "h[1][1]", "--json"))
    assert why["decoder"]["why"]["of"] == "h[1][1]"
    assert "why" not in why


def test_a_condition_starts_the_writing(call: Command, tmp_path: Path) -> None:
    path = str(describer(tmp_path))
    model = load_model(path)
    assert model.system is not None
    for k, condition in enumerate(("cat", "dog")):
        found = document(call("trace", condition, "--model", path, "--json"))
        row = model.system.parameters["condition"][k].tolist()
        assert found["context"] == [{"layer": 0, "h": row, "condition": condition}]
        assert found["steps"][0]["h_prev"] == row
        assert found["text"] == condition
        page = good(call("trace", condition, "--model", path)).stdout
        assert f"learnt for {condition}" in page
    bptt = document(call("bptt", "dog", "--target", "xy", "--model", path, "--check", "--json"))
    assert bptt["context"][0]["dL_dh"] == bptt["gradients"]["layers"][0]["h0"]
    assert bptt["target"] == ["x", "y", "<eos>"]


def test_bptt_goes_over_the_context(call: Command, both: Both, tmp_path: Path) -> None:
    path = str(translator(tmp_path, "gru"))
    result, found = both("bptt", "ab", "--target", "yx", "--model", path, "--check")
    validate(found)
    assert found["check"]["passed"] is True
    assert found["check"]["methods"] == ["sum of contributions", "central differences", "complex step"]
    assert found["target"] == "yx"
    assert len(found["loss"]["steps"]) == 3
    last = next(step for step in found["steps"] if step["t"] == 2)
    assert last["from_future"] == found["context"][0]["dL_dh"] == found["decoder"]["gradients"]["layers"][0]["h0"]
    assert "readout" not in found["gradients"]
    assert np.array(found["itemised"]["norms"]).shape == (3, 2)
    page = good(result).stdout
    for part in ("Back through the decoder", "Over the context", "Back through the encoder", "encoder", "holds"):
        assert part in page
    encoder = good(call("bptt", "ab", "--target", "yx", "--model", path, "--network", "encoder", "--steps", "1")).stdout
    assert "Back through the decoder" not in encoder
    assert "Step 1 of 2, backwards" in encoder
    assert "Step 2 of 2, backwards" not in encoder
    clipped = document(
        call("bptt", "ab", "--target", "yx", "--model", path, "--clip-norm", "0.01", "--lr", "1", "--json")
    )
    assert clipped["clipping"]["norm_after"] == pytest.approx(0.01)


def test_a_model_that_never_ends_is_stopped_and_says_so(call: Command, tmp_path: Path) -> None:
    path = str(translator(tmp_path))
    found = document(call("trace", "ab", "--model", path, "--json"))
    if not found["decoder"]["finished"]:
        assert len(found["decoder"]["steps"]) == 2 * 2 + 50
        assert "It did not come to an end" in good(call("trace", "ab", "--model", path, "--no-arithmetic")).stdout
    found = document(call("trace", "ab", "--target", "x", "--model", path, "--json"))
    assert found["decoder"]["finished"] is True


def test_a_token_that_is_not_known_to_the_writer_is_unk(call: Command, tmp_path: Path) -> None:
    found = document(call("trace", "ab", "--target", "xq", "--model", str(translator(tmp_path)), "--json"))
    assert found["decoder"]["written"] == "x<unk>"


def test_forward_of_many_texts(call: Command, tmp_path: Path) -> None:
    path = str(translator(tmp_path))
    (tmp_path / "t.txt").write_text("ab\nb a\n\na\n")
    arguments = ("forward", "--file", str(tmp_path / "t.txt"), "--model", path)
    found = document(call(*arguments, "--json"))["sequences"]
    assert [one["text"] for one in found] == ["ab", "b a", "a"]
    page = good(call(*arguments)).stdout
    for one in found:
        assert f"{one['text']} -> {one['decoder']['written'][:10]}" in page
    lines = good(call(*arguments, "--json", "--lines")).stdout.splitlines()
    assert [validate(json.loads(line))["sequences"][0] for line in lines] == found
    single = good(call(*arguments, "--only", "2")).stdout
    assert "The decoder writes" in single
    assert document(call(*arguments, "--only", "2", "--json"))["sequences"] == [found[1]]
    encoder = good(call(*arguments, "--only", "1", "--network", "encoder", "--explain-shapes")).stdout
    assert "The decoder writes" not in encoder


def test_gradients_through_the_encoder_and_from_a_condition(call: Command, tmp_path: Path) -> None:
    path = str(translator(tmp_path))
    found = document(call("gradients", "ab a", "--model", path, "--json"))
    assert found["tokens"] == list("ab a")
    assert found["loss"] is None
    (tmp_path / "d").mkdir()
    path = str(describer(tmp_path / "d"))
    found = document(call("gradients", "cat", "--target", "xy", "--model", path, "--json"))
    bptt = document(call("bptt", "cat", "--target", "xy", "--model", path, "--json"))
    assert found["loss"] == pytest.approx(bptt["loss"]["total"])
    assert found["target"] == "xy"
    assert found["target_is_prediction"] is False


def test_inspect_shows_both_networks(call: Command, tmp_path: Path) -> None:
    found = document(call("inspect", str(translator(tmp_path)), "--json"))
    assert found["trained_for"] == "translate"
    assert found["decoder"]["output_size"] == 5
    page = good(call("inspect", str(translator(tmp_path)))).stdout
    assert "Parameters of the encoder" in page
    assert "Parameters of the decoder" in page
    (tmp_path / "d").mkdir()
    path = str(describer(tmp_path / "d"))
    assert document(call("inspect", path, "--json"))["conditions"] == ["cat", "dog"]
    assert "conditions" in good(call("inspect", path)).stdout


REFUSALS: dict[str, tuple[tuple[str, ...], str]] = {
    "no network said": (("trace", "ab", "--steps", "1"), "--steps is about one of two networks"),
    "why without network": (("trace", "ab", "--why", "h[1][1]"), "add --network encoder or --network decoder"),
    "a strange network": (("trace", "ab", "--network", "middle"), "--network middle: it can be encoder or decoder"),
    "no target": (("bptt", "ab"), "give the --target: the text that should be written"),
    "an empty target": (("bptt", "ab", "--target", ""), "--target is empty"),
    "targets": (("bptt", "ab", "--target", "x", "--targets", "x y"), "--targets has no meaning for"),
    "truncation": (("bptt", "ab", "--target", "x", "--truncate", "2"), "--truncate has no meaning for"),
    "a loss": (("bptt", "ab", "--target", "x", "--loss", "mse"), "--loss has no meaning for"),
    "a target of the gradient": (("gradients", "ab", "--target", "x"), "rnn bptt --target"),
    "float32": (("forward", "ab", "--dtype", "float32"), "--dtype float32 is for models of one network"),
}


@pytest.mark.parametrize("name", list(REFUSALS))
def test_refusals(name: str, call: Command, tmp_path: Path) -> None:
    arguments, message = REFUSALS[name]
    result = call(*arguments, "--model", str(translator(tmp_path)))
    assert (result.code, result.stdout) == (2, "")
    assert message in result.stderr


def test_refusals_of_other_models(call: Command, tmp_path: Path) -> None:
    path = str(describer(tmp_path))
    result = call("trace", "cow", "--model", path)
    assert (result.code, result.stdout) == (2, "")
    assert "'cow' is none of them: cat, dog" in result.stderr
    assert "nothing is read here" in call("trace", "cat", "--network", "encoder", "--model", path).stderr
    for option in (("--network", "decoder"), ("--target", "x")):
        result = call("trace", "I love NLP", *option)
        assert (result.code, result.stdout) == (2, "")
        assert f"{option[0]} is for a model that writes a text" in result.stderr


def test_hostile_tokens_of_a_writer_are_drawn_safely(call: Command, tmp_path: Path) -> None:
    page = good(call("trace", "ab\x1b[31m", "--target", "x\x1b]0;y", "--model", str(translator(tmp_path)))).stdout
    assert "\x1b" not in page


RESIDUAL = re.compile(r"\d\.\de[+-]\d\d  (1e-\d\d)  holds  .*")
"""A residual is rounding error: its size and place depend on the machine."""


@pytest.mark.parametrize("name", ["trace-encoder-decoder", "bptt-encoder-decoder", "trace-condition", "trace-numbers"])
@pytest.mark.parametrize("width", [80, 120])
def test_pages(
    name: str,
    width: int,
    call: Command,
    golden: Callable[[str, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.csv").write_text(SERIES)
    make: dict[str, Callable[[Path], Path]] = {"trace-condition": describer, "trace-numbers": forecaster}
    make.get(name, translator)(tmp_path)
    arguments = {
        "trace-encoder-decoder": ("trace", "ab a", "--target", "yx"),
        "bptt-encoder-decoder": ("bptt", "ab a", "--target", "yx", "--no-arithmetic"),
        "trace-condition": ("trace", "dog", "--target", "xyx", "--no-arithmetic"),
        "trace-numbers": ("trace", "--input", "s.csv"),
    }[name]
    page = good(call(*arguments, "--model", "toy.safetensors")).stdout
    commands = re.compile(r"(Next)? +rnn ")  # to be copied as they stand: they are never broken
    assert max(len(line) for line in page.splitlines() if not commands.match(line)) <= width
    golden(f"{name}-{width}", RESIDUAL.sub(r"<small> \1  holds  <quantity>", page))
