"""What the settings of a run do: divergence, validation, first weights, order, threads, precision, class weights, defaults."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.learning.decay import DECAYS
from rnn_cli.core.learning.train import Reach
from rnn_cli.models.bundled import samples_directory
from rnn_cli.models.tensors import read_tensors
from rnn_cli.tasks import GENERATED, TASKS, task_class
from rnn_cli.tasks.defaults import Default, Known, Rounds
from rnn_cli.training.config import all_defaults, configure, from_json, to_json
from rnn_cli.views.train import SHARES, Trail, curve, curve_lines, duration, reach_curves
from tests.support.command import Result
from tests.support.networks import slow_if
from tests.support.runs import OUT, RUNS, SMALL, start

Command = Callable[..., Result]

CLASSIFY = ("train", "classify.tsv", "--task", "classify", *SMALL, "--batch-size", "4")


def events_of(result: Result) -> list[Any]:
    """The JSON lines of a run that went well."""
    assert result.code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def weights_of(path: str = OUT) -> dict[str, Any]:
    """The weights in a file, without the run's arrays."""
    arrays, _ = read_tensors(Path(path))
    return {name: array for name, array in arrays.items() if not name.startswith("run.")}


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_run_that_diverges(more: tuple[str, ...], call: Command, here: Path) -> None:
    flags = ("--lr", "1e38", "--optimizer", "sgd", "--epochs", "5", "--checkpoint-every", "1")
    result = call(*CLASSIFY, *flags, "--clip-norm", "0", "--out", OUT, *more)
    assert result.code == 3
    message = next(line for line in result.stderr.splitlines() if line.startswith("rnn: "))
    assert "step " in message
    assert "not finite" in message or "the loss left the finite range" in message
    assert re.search(rf"; {OUT} holds step \d+$", message)
    assert "the learning rate (1e+38) is too high" in result.stderr or "--clip-norm 1" in result.stderr
    assert "Traceback" not in result.stderr
    assert all(np.isfinite(array).all() for array in weights_of().values())
    assert call("inspect", OUT).code == 0
    again = call("train", "--resume", OUT)  # the file has the step before, and no gradient
    assert again.code == 3
    assert "gone on with at this step" in again.stderr


def test_a_first_step_that_diverges_is_not_put_down_to_the_learning_rate(call: Command, here: Path) -> None:
    result = call(*CLASSIFY, "--cell", "lstm", "--embedding-scale", "1e39", "--max-steps", "1")
    assert result.code == 3
    assert re.search(r"rnn: step 1: .*; no weight was changed by it\n", result.stderr)
    assert "no weight had been changed by then" in result.stderr
    assert "learning rate" not in result.stderr


def test_a_perplexity_beyond_all_numbers_is_no_result(call: Command, here: Path) -> None:
    """Loss and gradient stay finite: it is the measure that cannot be said."""
    flags = ("--lr", "1e9", "--optimizer", "sgd", "--clip-norm", "0", "--max-steps", "20", "--json")
    result = call("train", str(samples_directory() / "data" / "verse.txt"), "--task", "lm", *flags)
    assert result.code == 3
    assert re.search(r"rnn: step \d+: the validation loss is .*, and its perplexity beyond the range", result.stderr)
    assert "e+304" not in result.stdout + result.stderr


def test_the_last_good_checkpoint_is_that_before_the_step(call: Command, here: Path) -> None:
    """float32 holds 3.4e38: which parameter leaves the range is said, and no file is ever written with it."""
    result = call(
        *CLASSIFY, "--lr", "1e39", "--epochs", "5", "--checkpoint-every", "1", "--out", OUT, "--log", "log.jsonl"
    )
    assert result.code == 3
    assert "step 1: the update of " in result.stderr
    assert "it is not kept" in result.stderr
    events = [json.loads(line)["event"] for line in Path("log.jsonl").read_text().splitlines()]
    assert events == ["start", "checkpoint"]
    _, metadata = read_tensors(Path(OUT))
    assert metadata["run"]["progress"]["step"] == 0


@pytest.mark.parametrize(
    ("clip", "lr", "held"),
    [("0", "30", "clip it with --clip-norm 1"), ("1e37", "30", "clip it with --clip-norm 1"), ("1", "1e39", "a lower --learning-rate or --clip-norm may hold it")],
)  # fmt: skip
def test_an_exploding_gradient_is_named_as_the_cause(clip: str, lr: str, held: str, call: Command, here: Path) -> None:
    flags = ("--cell", "rnn", "--activation", "relu", "--lr", lr, "--optimizer", "sgd", "--clip-norm", clip)
    wide = ("--embedding-scale", "1e4") if clip == "1" else ()
    result = call("train", "--task", "recall:length=60", *SMALL, *flags, *wide, "--max-steps", "50")
    assert result.code == 3
    assert "the gradient was exploding (its last finite norm was " in result.stderr
    assert result.stderr.endswith(f": {held}\n")


def test_validation(call: Command, here: Path) -> None:
    whole = len(Path("classify.tsv").read_text().splitlines()) - 1
    shutil.copy("classify.tsv", "held.tsv")
    for value, held in (("0", 0), ("0.25", round(0.25 * whole)), ("held.tsv", whole)):
        events = events_of(call(*CLASSIFY, "--epochs", "2", "--validation", value, "--json"))
        assert events[0]["validation_examples"] == held
        assert events[0]["examples"] == (whole if value in ("0", "held.tsv") else whole - held)
        assert [one["event"] for one in events].count("eval") == (2 if held else 0)
        assert (events[-1]["metric"] is None) == (held == 0)


def test_validation_without_flags_is_a_tenth(call: Command, here: Path) -> None:
    events = events_of(call(*CLASSIFY, "--epochs", "1", "--json"))
    assert (events[0]["examples"], events[0]["validation_examples"]) == (22, 2)


def test_evaluations_fall_due(call: Command, here: Path) -> None:
    events = events_of(call(*CLASSIFY, "--max-steps", "11", "--eval-every", "4", "--json"))
    assert [one["step"] for one in events if one["event"] == "eval"] == [4, 8, 11]
    events = events_of(call(*CLASSIFY, "--epochs", "2", "--json"))
    assert [one["step"] for one in events if one["event"] == "eval"] == [6, 12]


def test_the_first_of_both_totals_ends_the_run(call: Command, here: Path) -> None:
    for flags, steps in ((("--epochs", "1", "--max-steps", "99"), 6), (("--epochs", "9", "--max-steps", "3"), 3)):
        assert events_of(call(*CLASSIFY, *flags, "--json"))[-1]["step"] == steps


OVERFITS = (
    "--readout-reads",
    "final-state",
    "--epochs",
    "40",
    "--validation",
    "0.3",
    "--lr",
    "0.05",
    "--json",
    "--out",
    OUT,
    "--overwrite",
)


@pytest.mark.parametrize("keep", ["loss", "metric", "f1", "first"])
def test_patience_waits_for_a_better_step_by_what_is_kept(keep: str, call: Command, here: Path) -> None:
    events = events_of(call(*CLASSIFY, *OVERFITS, "--patience", "3", "--keep", keep))
    done, measured = events[-1], [one for one in events if one["event"] == "eval"]
    assert done["reason"] == "early stopping"
    score: dict[str, Any] = {
        "loss": lambda one: one["loss"],
        "metric": lambda one: (-one["metric"]["value"], one["loss"]),
        "f1": lambda one: (-one["macro_f1"], one["loss"]),
        "first": lambda one: -one["metric"]["value"],
    }
    best = min(measured, key=lambda one: (score[keep](one), one["step"]))
    said = {"step": best["step"], "value": best["metric"]["value"], "loss": best["loss"], "macro_f1": best["macro_f1"]}
    assert done["best"] == said
    waits = best["step"]
    if keep in ("metric", "f1"):  # of equal ones, patience counts from the first
        scores = [one["macro_f1"] if keep == "f1" else one["metric"]["value"] for one in measured]
        waits = measured[scores.index(max(scores))]["step"]
    assert done["step"] == measured[-1]["step"] == waits + 3 * 5
    assert (done["metric"], done["loss"]) == (best["metric"], best["loss"])
    assert (done["kept"]["step"], done["kept"]["by"]) == (best["step"], keep)


def test_the_macro_f1_of_a_run_is_that_of_its_answers(call: Command, here: Path) -> None:
    """Counted once more from what the kept weights answer; a run of the file goes on with the best as if never ended."""
    held = Path("held.tsv")
    lines = Path("classify.tsv").read_text().splitlines()
    held.write_text("\n".join([lines[0], *lines[1:12]]) + "\n")
    more = ("--validation", str(held), "--keep", "f1", "--lr", "0.05", "--overwrite")
    done = events_of(call(*CLASSIFY, *more, "--epochs", "6", "--out", OUT, "--json"))[-1]
    true = [line.split("\t")[1] for line in lines[1:12]]
    answers = [call("predict", OUT, line.split("\t")[0], "--json").document() for line in lines[1:12]]
    found = [one["predictions"][0]["prediction"] for one in answers]
    each = []
    for label in {*true, *found}:
        right = sum(a == b == label for a, b in zip(true, found, strict=True))
        each.append(2 * right / (true.count(label) + found.count(label)))
    assert done["best"]["macro_f1"] == pytest.approx(sum(each) / len(each))
    page = call(*CLASSIFY, *more, "--epochs", "6", "--out", "page.safetensors")
    assert f", macro F1 {done['best']['macro_f1']:.4f}" in page.stdout
    assert "it has the best macro F1, of equal ones the smallest loss" in page.stdout
    resumed = events_of(call("train", "--resume", OUT, "--epochs", "9", "--json"))[-1]
    at_once = events_of(call(*CLASSIFY, *more, "--epochs", "9", "--out", "whole.safetensors", "--json"))[-1]
    assert resumed["best"] == at_once["best"]
    assert Path(OUT).read_bytes() == Path("whole.safetensors").read_bytes()


def test_answers_that_are_no_classes_have_no_macro_f1(call: Command, here: Path) -> None:
    for data, task in (("text.txt", "lm"), ("translate.tsv", "translate"), ("series.csv", "forecast")):
        refused = call("train", data, "--task", task, "--keep", "f1", "--max-steps", "1", *SMALL)
        assert refused.code == 2
        assert f"--keep f1: the answers of {task} are no classes, and have no macro F1" in refused.stderr
    assert call("train", "words.tsv", "--task", "tag", "--keep", "f1", "--max-steps", "1", *SMALL).code == 0


def test_the_weights_of_the_smallest_validation_loss_are_kept(call: Command, here: Path) -> None:
    """A run to exactly that step ends with the same weights, and a run that keeps its last step with others."""
    done = events_of(call(*CLASSIFY, *OVERFITS))[-1]
    kept, of = weights_of(), call("inspect", OUT, "--json").document()["kept"]
    assert of == {**done["kept"], "of_steps": 200}
    assert 0 < done["kept"]["step"] < 200 == done["step"]
    assert f"{done['kept']['step']}  the step of 200 whose weights these are" in call("inspect", OUT).stdout
    assert call(*CLASSIFY, *OVERFITS, "--max-steps", str(done["kept"]["step"])).code == 0
    assert all(np.array_equal(weights_of()[name], array) for name, array in kept.items())
    last = events_of(call(*CLASSIFY, *OVERFITS, "--keep", "last"))[-1]
    assert (last["kept"]["step"], last["kept"]["by"], last["best"]) == (200, "last", last["best"])
    assert last["loss"] > done["loss"]
    assert not np.array_equal(weights_of()["embedding"], kept["embedding"])
    without = events_of(call(*CLASSIFY, *OVERFITS, "--validation", "0", "--epochs", "2"))[-1]
    assert (without["kept"]["step"], without["kept"]["by"]) == (without["step"], "last")


@pytest.mark.parametrize("unit", slow_if((1024, 1000), 1024))
def test_the_unit_of_a_column_does_not_decide_which_step_is_kept(unit: int, call: Command, here: Path) -> None:
    """One column follows a rule and the other is noise, so that they are at their best at different steps."""
    draw = np.random.default_rng(5)
    rows = [(np.sin(k / 3), value) for k, value in enumerate(draw.normal(size=120))]
    kept = {}
    for scale in (1, unit):
        lines = ["a,b", *(f"{a!r},{scale * b!r}" for a, b in [(float(a), float(b)) for a, b in rows])]
        Path("two.csv").write_text("\n".join(lines) + "\n")
        command = ("train", "two.csv", "--task", "forecast", "--window", "6", "--hidden-size", "8", "--form", "level")
        events = events_of(call(*command, "--epochs", "25", "--lr", "0.02", "--dtype", "float64", "--json"))
        kept[scale] = events[-1]["kept"]["step"]
        steps = {one["step"]: one["metric"]["value"] for one in events if one["event"] == "eval"}
    assert kept[1] == kept[unit] < events[-1]["step"]
    assert kept[unit] != min(steps, key=lambda step: steps[step]), "by its metric another step would be kept"


def test_init_starts_from_a_models_weights(call: Command, here: Path) -> None:
    assert call(*CLASSIFY, "--epochs", "2", "--out", "first.safetensors").code == 0
    events = events_of(
        call(*CLASSIFY, "--epochs", "1", "--init", "first.safetensors", "--json", "--out", OUT, "--lr", "1e-9")
    )
    for name, array in weights_of("first.safetensors").items():
        np.testing.assert_allclose(weights_of()[name], array, atol=1e-6)
    assert events[0]["event"] == "start"
    for flags in (("--hidden-size", "5"), ("--cell", "lstm"), ("--num-layers", "2")):
        result = call(*CLASSIFY, *flags, "--epochs", "1", "--init", "first.safetensors")
        assert (result.code, result.stdout) == (2, "")
        assert "--init first.safetensors" in result.stderr


def test_init_of_a_damaged_file(call: Command, here: Path) -> None:
    Path("bad.safetensors").write_bytes(b"no")
    assert call(*CLASSIFY, "--init", "bad.safetensors").code == 4


@pytest.mark.parametrize("name", ["translate, half free running", "describe", "a text with carried state"])
def test_init_of_every_system(name: str, call: Command, here: Path) -> None:
    assert call(*start(name)).code == 0
    before = weights_of()
    result = call(
        "train", *RUNS[name], *SMALL, "--validation", "0.2", "--out", "next.safetensors", "--init", OUT, "--lr", "1e-9"
    )
    assert result.code == 0, result.stderr
    for key, array in before.items():
        np.testing.assert_allclose(weights_of("next.safetensors")[key], array, atol=1e-6)


def test_no_shuffle_keeps_the_order_of_the_file(call: Command, here: Path) -> None:
    one, two = (
        events_of(call(*CLASSIFY, "--epochs", "2", "--lr", "1e-12", "--validation", "0", "--json", *flags))
        for flags in (("--no-shuffle",), ("--shuffle",))
    )
    losses = [[round(e["loss"], 6) for e in events if e["event"] == "step"] for events in (one, two)]
    assert losses[0][:6] == losses[0][6:]
    assert losses[1][:6] != losses[1][6:]
    assert sorted(losses[0]) != sorted(losses[1])


def test_precision(call: Command, here: Path) -> None:
    losses = {}
    for dtype in ("float32", "float64"):
        events = events_of(call(*CLASSIFY, "--epochs", "1", "--dtype", dtype, "--json", "--out", OUT, "--overwrite"))
        assert events[0]["dtype"] == events[0]["model"]["dtype"] == dtype
        arrays, _ = read_tensors(Path(OUT))
        assert {str(array.dtype) for array in arrays.values()} == {dtype}
        losses[dtype] = [one["loss"] for one in events if one["event"] == "step"]
    assert losses["float32"] != losses["float64"]
    np.testing.assert_allclose(losses["float32"], losses["float64"], rtol=1e-4)


def test_threads(call: Command, here: Path) -> None:
    for threads in ("1", "2"):
        assert events_of(call(*CLASSIFY, "--epochs", "1", "--threads", threads, "--json"))[0]["threads"] == int(threads)
    assert events_of(call(*CLASSIFY, "--epochs", "1", "--json"))[0]["threads"] == 1


def test_balanced_classes_count_the_same(call: Command, here: Path) -> None:
    rows = ["text\tlabel", *["sun\tmany"] * 27, *["rain\tfew"] * 3]
    Path("uneven.tsv").write_text("\n".join(rows) + "\n")
    first = {}
    for flags in ((), ("--balanced",)):
        command = ("train", "uneven.tsv", "--task", "classify", *SMALL, "--batch-size", "30", "--validation", "0")
        events = events_of(
            call(*command, "--epochs", "1", "--json", "--out", OUT, "--overwrite", "--lr", "1e-9", *flags)
        )
        first[flags] = next(one["loss"] for one in events if one["event"] == "step")
    from rnn_cli.core.activations import softmax
    from rnn_cli.core.forward import run_forward
    from rnn_cli.models.load import load_model

    network = load_model(OUT).network
    encoding = load_model(OUT).encoding
    assert encoding is not None
    ids = np.array([[encoding.vocabulary.index("sun"), encoding.vocabulary.index("rain")]])
    logits = run_forward(network, network.parameters["embedding"][ids]).logits
    assert logits is not None
    p = softmax(logits)
    many, few = (-np.log(p[k, encoding.labels.index(label)]) for k, label in enumerate(("many", "few")))
    assert first[()] == pytest.approx(0.9 * many + 0.1 * few, rel=1e-4)
    assert first["--balanced",] == pytest.approx(0.5 * many + 0.5 * few, rel=1e-4)


def test_bad_rows_are_said_and_counted(call: Command, here: Path) -> None:
    with Path("classify.tsv").open("a") as file:
        file.write("only one cell\n")
    result = call(*CLASSIFY, "--epochs", "1", "--json")
    assert events_of(result)[0]["bad_rows"] == 1
    assert "1 row left out" in result.stderr
    assert "classify.tsv:26" in result.stderr
    assert call(*CLASSIFY, "--epochs", "1", "--strict").code == 2


def test_a_schedule_with_a_warm_up(call: Command, here: Path) -> None:
    flags = ("--max-steps", "10", "--schedule", "cosine", "--warmup", "4", "--lr", "0.01", "--json")
    rates = [one["learning_rate"] for one in events_of(call(*CLASSIFY, *flags)) if one["event"] == "step"]
    assert rates[:5] == pytest.approx([0.0025, 0.005, 0.0075, 0.01, 0.01])
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_defaults_are_the_tasks_own() -> None:
    for task in (*TASKS, *GENERATED):
        own, config = all_defaults(task), configure({"task": task})
        assert {key: getattr(config, key) for key in own} == {key: one.start for key, one in own.items()}
        assert task_class(task).run_defaults.items() <= own.items()
        assert all(re.fullmatch(r"[^.]([^.]|\.\d)*\.", one.reason) for one in own.values()), "one sentence each"
        assert (config.max_steps is None) == (task in TASKS)
        assert config.patience is None
    recall = configure({"task": "recall:length=60"})
    assert (recall.max_steps, recall.epochs, recall.forget_bias) == (2000, None, 4.0)
    assert configure({"task": "recall", "cell": "rnn"}).forget_bias is None
    assert configure({"task": "recall", "cell": "lstm"}).forget_bias == 4.0
    assert configure({"task": "recall", "forget_bias": 0.5}).forget_bias == 0.5
    assert configure({"task": "classify"}).forget_bias is None
    assert configure({"task": "classify", "max_steps": 5}).epochs is None
    assert configure({"task": "recall", "epochs": 5}).max_steps is None


@pytest.mark.parametrize(("size", "per_epoch", "epochs", "apart"), [("30", 1, 30, 20), ("2", 11, 10, 22)])
def test_small_data_are_learnt_for_enough_updates(
    size: str, per_epoch: int, epochs: int, apart: int, call: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty updates stand for the thousand here."""
    rounds = Default(Rounds(10, 30), "So that the test is short.")
    monkeypatch.setattr(task_class("classify"), "run_defaults", {"epochs": rounds})
    command = ("train", "classify.tsv", "--task", "classify", *SMALL, "--batch-size", size, "--json")
    result = call(*command, "--out", OUT)
    events = events_of(result)
    steps = epochs * per_epoch
    assert (events[0]["steps_per_epoch"], events[0]["total_steps"], events[-1]["step"]) == (per_epoch, steps, steps)
    assert f"{epochs} epochs: {steps} updates on 22 examples (--epochs)\n" in result.stderr
    measured = [one["step"] for one in events if one["event"] == "eval"]
    assert measured == [*range(apart, steps, apart), steps]
    given = call(*command, "--epochs", "3")
    assert events_of(given)[-1]["step"] == 3 * per_epoch
    assert " updates on " not in given.stderr


def test_the_rounds_of_large_data_are_the_tasks_own() -> None:
    for steps in (1, 7, 999, 1000, 4321):
        for least in (5, 30):
            rounds = Rounds(least).of(Known(steps, "word", 0))
            assert rounds >= least
            assert rounds * steps >= 1000
            assert rounds == least or (rounds - 1) * steps < 1000


def test_patience_is_a_default_of_runs_whose_length_is_left_open(call: Command, here: Path) -> None:
    asked = ("train", "classify.tsv", "--task", "classify", "--explain-defaults", "--json", "--batch-size", "2")

    def patience(*more: str) -> Any:
        said = call(*asked, *more).document()["settings"]
        return next((one["value"] for one in said if one["option"] == "--patience"), None)

    assert patience() == 10  # 200 updates, measured every 22
    assert patience("--eval-every", "100") == 3
    assert patience("--patience", "2") == 2
    for more in (("--epochs", "90"), ("--max-steps", "90"), ("--keep", "last"), ("--validation", "0")):
        assert patience(*more) is None, more
    run = call("train", "classify.tsv", "--task", "classify", *SMALL, "--lr", "0.1", "--eval-every", "10", "--json")
    assert "or until 20 evaluations in a row bring nothing better (--patience)" in run.stderr
    assert events_of(run)[-1]["reason"] == "early stopping"


def test_what_the_data_decide(call: Command, here: Path) -> None:
    """A classifier of words begins with small vectors, and few held-out texts choose the step by their accuracy."""
    rows = [f"{'sun' if k % 3 else 'rain'} {k % 7}\t{'up' if k % 3 else 'down'}" for k in range(1000)]
    Path("many.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n")
    for held_out, level, keep, scale in ((0.499, "word", "metric", 0.03), (0.5, "char", "loss", 1.0)):
        more = ("--validation", str(held_out), "--level", level, "--explain-defaults", "--json")
        said = call("train", "many.tsv", "--task", "classify", *more).document()["settings"]
        found = {one["option"]: one["value"] for one in said}
        assert (found["--keep"], found["--embedding-scale"]) == (keep, scale)
        assert found["--readout-reads"] == ("max" if level == "word" else "final-state")
    for common, keep in ((800, "f1"), (500, "loss")):  # two of three classes, or one, are rarer than a sixth
        labels = ["up"] * common + ["down"] * (950 - common) + ["flat"] * 50
        Path("many.tsv").write_text("text\tlabel\n" + "".join(f"{k}\t{label}\n" for k, label in enumerate(labels)))
        said = call("train", "many.tsv", "--task", "classify", "--validation", "0.5", "--explain-defaults", "--json")
        assert {one["option"]: one["value"] for one in said.document()["settings"]}["--keep"] == keep
    known = Known(1, "word", 0, examples=3999)
    rule = all_defaults("classify")["readout_reads"].rule
    assert rule is not None
    cases = {(3999, 1, "word"): True, (4000, 29.5, "word"): False, (4000, 30, "word"): True, (9, 30, "char"): False}
    for (examples, median, level), most in cases.items():
        found = rule.of(replace(known, examples=examples, median_length=median, level=level))
        assert found == ("max" if most else "final-state")


def test_an_embedding_begins_as_wide_as_it_is_asked_to(call: Command, here: Path) -> None:
    begun = {}
    for scale in ("1", "0.25"):
        flags = ("--max-steps", "1", "--lr", "1e-30", "--embedding-scale", scale, "--out", OUT, "--overwrite")
        assert call(*CLASSIFY, *flags).code == 0
        begun[scale] = weights_of()
    np.testing.assert_allclose(begun["0.25"].pop("embedding"), begun["1"].pop("embedding") / 4, rtol=1e-6)
    assert all(np.array_equal(array, begun["1"][name]) for name, array in begun["0.25"].items())
    assert call(*CLASSIFY, "--embedding-scale", "0").code == 2


@pytest.mark.parametrize("decays", list(DECAYS))
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_weight_decay_acts_on_what_is_asked_for(decays: str, optimizer: str, call: Command, here: Path) -> None:
    """With a learning rate that is next to nothing, the decay is all that moves a weight."""
    runs = {}
    for wd in ("0", "0.5e18"):
        flags = ("--max-steps", "1", "--lr", "1e-18", "--dtype", "float64", "--out", OUT, "--overwrite")
        more = ("--optimizer", optimizer, "--weight-decay", wd, "--decays", decays, "--clip-norm", "0")
        assert call(*CLASSIFY, *flags, *more).code == 0
        runs[wd] = weights_of()
    for name, array in runs["0"].items():
        table, bias = name == "embedding", array.ndim == 1
        acts = {"all": True, "weights": not bias, "matrices": not bias and not table}[decays]
        np.testing.assert_allclose(runs["0.5e18"][name], array / 2 if acts else array, rtol=1e-9, err_msg=name)


def test_what_is_given_counts_more_than_a_default() -> None:
    config = configure({"task": "lm", "hidden_size": 7, "learning_rate": None})
    assert (config.hidden_size, config.learning_rate) == (7, 0.005)


def test_settings_travel_through_a_file() -> None:
    for task in (*TASKS, "copy:length=3"):
        config = configure({"task": task, "data": ("a", "b"), "clip_value": 0.5, "shuffle": False})
        assert from_json(json.loads(json.dumps(to_json(config)))) == config


def test_clipping_by_value_or_norm_or_not_at_all() -> None:
    assert configure({"task": "lm"}).clip == ("global norm", 1.0)
    assert configure({"task": "lm", "clip_norm": 0.0}).clip is None
    assert configure({"task": "lm", "clip_value": 0.5}).clip == ("value", 0.5)


def test_a_trail_needs_no_more_room_for_more_steps() -> None:
    trail = Trail()
    values = np.random.default_rng(0).standard_normal(50_000)
    for value in values:
        trail.add(float(value))
    assert len(trail.values) <= SHARES
    assert np.mean(trail.means) == pytest.approx(values[: len(trail.means) * trail.stride].mean(), abs=1e-12)
    np.testing.assert_allclose(trail.means[3], values[3 * trail.stride : 4 * trail.stride].mean())
    few = Trail()
    for value in (1.0, 5.0, 2.0):
        few.add(value)
    assert (few.values, few.stride) == ([1.0, 5.0, 2.0], 1)


def test_a_curve() -> None:
    assert curve([1, 2, 3, 4, 5, 6, 7, 8], 8) == "▁▂▃▄▅▆▇█"
    assert curve([1, 10, 100], 5, logarithmic=True) == "▁▅█  "
    assert curve([], 4) == "    "
    assert curve([3.0] * 9, 4) == "▁▁▁▁"
    assert len(curve([float(k % 7) for k in range(1000)], 33)) == 33
    assert curve([0.0, 1.0], 2, logarithmic=True) == "▁█"


def test_curves_of_reach_have_one_scale_that_is_printed() -> None:
    norms = [np.array([1e-1, 1e-3, 1e-5, 0.0]), np.array([3e-7, 3e-7, 1e-8])]
    lines = reach_curves(
        [(step, Reach(np.arange(len(one)), one)) for step, one in zip((20, 40), norms, strict=True)], 10, "dL/dh"
    )
    drawn = [text.plain.split("reach ")[1][6:] for text in lines[:2]]
    assert "▁ 1e-08 to █ 1e-01" in lines[2].plain
    for signs, one in zip(drawn, norms, strict=True):
        for sign, value in zip(signs.ljust(len(one)), one, strict=True):
            height = int((np.log10(value) + 8) / 7 * 8 + 1e-9) if value else -1
            assert sign == ("▁▂▃▄▅▆▇█"[min(height, 7)] if value else " ")
    assert reach_curves([(1, Reach(np.arange(2), np.zeros(2)))], 10, "dL/dh") == []


def test_a_curve_says_what_its_lowest_and_highest_signs_stand_for() -> None:
    trail = Trail()
    for value in (0.0, 2.0, 3.0, 5.0):
        trail.add(value)
    texts = [text.plain.strip() for text in curve_lines("loss", trail, 2, "", "", extremes=True)]
    assert texts == ["loss        ▁█", "▁ 1 to █ 4", "single steps 0 to 5"]
    texts = [text.plain.strip() for text in curve_lines("loss", trail, 4, "", "", extremes=True)]
    assert texts[1:] == ["▁ 0 to █ 5"], "each sign is a single step: the same twice"


def test_durations() -> None:
    assert [duration(s) for s in (0, 59.6, 61, 3600, 36_000.2)] == ["0:00", "1:00", "1:01", "1:00:00", "10:00:00"]


def test_the_extremes_are_those_of_every_value() -> None:
    """The means of shares would hide a spike."""
    trail = Trail()
    for value in [1.0] * (3 * SHARES) + [50.0] + [1.0] * SHARES + [-2.0]:
        trail.add(value)
    assert (trail.low, trail.high) == (-2.0, 50.0)
    assert max(trail.values) < 50
