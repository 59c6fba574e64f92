"""rnn evaluate: every score counted once more from what rnn predict and the network itself say, and pages that fit."""

import csv
import json
import re
from dataclasses import replace
from itertools import product
from math import log
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.core.learning.losses import CROSS_ENTROPY, loss_of
from rnn_cli.core.metrics.confusion import confusion_matrix, per_class
from rnn_cli.core.systems.single import Single
from rnn_cli.models.load import load_model
from rnn_cli.study.examples import open_subject
from rnn_cli.study.makeup import make_up
from rnn_cli.study.scores import Baseline, Classes, Evaluation, Score
from rnn_cli.study.training_part import training_part
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions
from rnn_cli.views.evaluate import _value
from rnn_cli.views.evaluate_notice import what_to_notice
from tests.conftest import Both, Command
from tests.support.command import Result
from tests.support.networks import slow_but
from tests.support.schemas import validate
from tests.support.trained import DATA, RUNS, SCORED_ALIKE, TrainedModels


def unread(result: Result) -> list[str]:
    """The lines on stderr that do not say how a file was read."""
    return [line for line in result.stderr.splitlines() if " read as: " not in line]


def document(result: Result) -> dict[str, object]:
    """The valid document of a run that went well, and said no more than how it read the data."""
    assert (result.code, unread(result)) == (0, [])
    valid: dict[str, object] = validate(result.document())
    return valid


FEW = ("--resamples", "20")
"""For a test of anything but the intervals."""

ONE_A_TASK = [name for name in RUNS if name not in ("classify-char", "translate-word", "forecast-steps", *SCORED_ALIKE)]


@pytest.mark.parametrize(
    ("name", "width"),
    slow_but(
        [*product(ONE_A_TASK, ["80"]), ("classify", "160")], [*product(RUNS, ["80"]), *product(ONE_A_TASK, ["160"])]
    ),
)
def test_every_task_has_a_page_and_a_document(
    both: Both, trained: TrainedModels, name: str, width: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    held_out = [] if RUNS[name][1] is None else ["--held-out"]
    data = trained.data(name)
    if name.startswith("translate") and f"{name} {width}" != "translate 80":
        # every text is written: one run that writes all of the held-out part will do
        few = tmp_path / "few.tsv"
        few.write_text("".join(Path(data[0]).read_text(encoding="utf-8").splitlines(keepends=True)[:40]))
        data, held_out = [str(few)], []
    arguments = ("evaluate", str(trained.path(name)), *data, *held_out, *FEW)
    page, found = both(*arguments)
    assert unread(page) == []
    for part in ("Scores", "95% interval", "Notice", "Next"):
        assert part in page.stdout
    longest = max(map(len, page.stdout.split("Next")[0].splitlines()))
    assert longest <= int(width)
    for score in validate(found)["scores"].values():
        if score["interval"] is None:
            assert score["low"] is score["high"] is None
        else:
            assert score["low"] < score["high"]
            assert score["low"] <= score["value"] <= score["high"] or score["interval"] == "percentile"


def test_classes_are_counted_as_predict_names_them(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    rows = list(csv.reader((DATA / "reviews.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"))[1:81]
    sentences = tmp_path / "texts.txt"
    sentences.write_text("\n".join(text for text, _ in rows), encoding="utf-8")
    data = tmp_path / "reviews.tsv"
    data.write_text("\n".join("\t".join(row) for row in rows), encoding="utf-8")
    path = str(trained.path("classify"))
    said = [
        one["prediction"] for one in call("predict", path, "--file", str(sentences), "--json").document()["predictions"]
    ]
    true = [label for _, label in rows]
    found = call("evaluate", path, str(data), "--json", "--resamples", "0").document()
    right = sum(a == b for a, b in zip(said, true, strict=True))
    assert found["scores"]["accuracy"]["value"] == right / len(rows)
    labels = [one["label"] for one in found["classes"]]
    f1s = []
    for k, label in enumerate(labels):
        tp = sum(a == b == label for a, b in zip(said, true, strict=True))
        f1s.append(2 * tp / (said.count(label) + true.count(label)))
        assert found["classes"][k]["f1"] == {
            "value": pytest.approx(f1s[-1]), "low": None, "high": None, "interval": None,
        }  # fmt: skip
        for j, other in enumerate(labels):
            assert found["confusion"][k][j] == sum(b == label and a == other for a, b in zip(said, true, strict=True))
    assert found["scores"]["macro_f1"]["value"] == pytest.approx(sum(f1s) / len(f1s))
    assert found["baseline"]["scores"]["accuracy"] == max(map(true.count, labels)) / len(true)


def test_the_loss_of_tags_is_the_mean_over_all_words(call: Command, trained: TrainedModels) -> None:
    path = trained.path("tag")
    model = load_model(str(path))
    assert isinstance(model.system, Single)
    assert model.encoding is not None
    examples, _ = find_task("tag").load([str(DATA / "sentences.conllu")], DataOptions(), model.encoding)
    losses: list[float] = []
    whole = 0
    for k in range(len(examples)):
        batch = examples.collate(np.array([k]))
        done = model.system.forward(batch)
        losses += loss_of(CROSS_ENTROPY, done.logits[:, 0], batch.targets[:, 0]).each.tolist()
        whole += bool((done.logits[:, 0].argmax(axis=-1) == batch.targets[:, 0]).all())
    found = call("evaluate", str(path), str(DATA / "sentences.conllu"), "--json", "--resamples", "0").document()
    assert found["answers"] == len(losses)
    assert found["scores"]["loss"]["value"] == pytest.approx(np.mean(losses), abs=1e-12)
    assert found["scores"]["sequences"]["value"] == whole / len(examples)


def test_a_language_models_perplexity_is_that_of_one_run_over_the_text(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    text = (DATA / "verse.txt").read_text(encoding="utf-8")[:401]
    path = tmp_path / "verse.txt"
    path.write_text(text, encoding="utf-8")
    model = load_model(str(trained.path("lm")))
    assert isinstance(model.system, Single)
    assert model.vocabulary is not None
    ids = np.array([model.vocabulary[character] for character in text])
    from rnn_cli.core.forward import run_forward

    run = run_forward(model.network, model.network.parameters["embedding"][ids[:-1]][:, None])
    assert run.logits is not None
    mean = float(loss_of(CROSS_ENTROPY, run.logits[:, 0], ids[1:]).each.mean())
    found = document(call("evaluate", str(trained.path("lm")), str(path), "--json"))
    scores = found["scores"]
    assert isinstance(scores, dict)
    assert found["answers"] == 400
    assert scores["loss"]["value"] == pytest.approx(mean, abs=1e-12)
    assert scores["perplexity"]["value"] == pytest.approx(np.exp(mean))
    assert scores["bits_per_token"]["value"] == pytest.approx(mean / log(2))


def test_translations_are_those_of_predict(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in (DATA / "dates.tsv").read_text(encoding="utf-8").splitlines()[1:31]]
    path = str(trained.path("translate"))
    texts = [source for source, _ in rows]
    for beam in ("1", "3"):
        predictions = call("predict", path, *texts, "--beam", beam, "--json").document()["predictions"]
        said = [one["prediction"] for one in predictions]
        data = tmp_path / f"{beam}.tsv"  # half of the references are what the model writes
        references = [a if k % 2 and a else b for k, (a, (_, b)) in enumerate(zip(said, rows, strict=True))]
        data.write_text("".join(f"{text}\t{target}\n" for text, target in zip(texts, references, strict=True)))
        found = document(call("evaluate", path, str(data), "--no-header", "--beam", beam, *FEW, "--json"))
        scores, bleu = found["scores"], found["bleu"]
        assert isinstance(scores, dict)
        assert isinstance(bleu, dict)
        exact = sum(a == b for a, b in zip(said, references, strict=True))
        assert exact >= 10
        assert scores["exact_match"]["value"] == exact / len(rows)
        assert bleu["tokens_written"] == sum(map(len, said))
        assert bleu["beam"] == int(beam)


@pytest.mark.parametrize("orders", [1, 2, 3, 4])
def test_bleu_is_called_by_the_longest_runs_of_the_references(
    both: Both, trained: TrainedModels, tmp_path: Path, orders: int
) -> None:
    data = tmp_path / "short.tsv"
    data.write_text("".join(f"9 June 1999\t{'1999'[:k]}\n" for k in range(1, orders + 1)) * 2, encoding="utf-8")
    shown, found = both("evaluate", str(trained.path("translate")), str(data), "--no-header", *FEW)
    page = " ".join(shown.stdout.split())
    assert validate(found)["bleu"]["orders"] == orders
    assert re.findall(r"BLEU-\d", page)[0] == f"BLEU-{orders}"
    assert re.findall(r"p_(\d) ", page)[-1] == str(orders)
    assert ("this is BLEU-" in page) == (orders < 4)


def test_a_perplexity_beyond_all_floats_is_a_power_of_ten() -> None:
    scores = {"loss": Score(800.0), "perplexity": Score(float("inf"))}
    found = Evaluation("lm", "char", 1, 9, 9, 0, scores)
    assert _value("perplexity", float("inf"), found, 4) == "2.726e+347"
    assert _value("perplexity", float(np.exp(705)), found, 4) == f"{np.exp(705):+.2e}"[1:]


def test_forecast_errors_are_in_the_units_of_the_data_beside_the_last_value(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    rows = list(csv.DictReader((DATA / "weather.csv").read_text(encoding="utf-8").splitlines()))[:40]
    names = ["temperature", "pressure", "wind"]
    values = np.array([[float(row[name]) for name in names] for row in rows])
    data = tmp_path / "weather.csv"
    data.write_text("date,wind,temperature,pressure\n" + "".join(f"x,{w},{t},{p}\n" for t, p, w in values))
    path = str(trained.path("forecast"))
    errors, last = [], []
    for end in range(5, 39):
        window = tmp_path / "window.json"
        window.write_text(json.dumps(values[end - 5 : end].tolist()))
        (answer,) = call("predict", path, "--input", str(window), "--json").document()["predictions"]
        errors.append(np.array(answer["prediction"]) - values[end : end + 2])
        last.append(values[end - 1] - values[end : end + 2])
    found = document(call("evaluate", path, str(data), *FEW, "--json"))
    columns = found["columns"]
    assert isinstance(columns, list)
    assert found["examples"] == 34
    for k, column in enumerate(columns):
        assert column["name"] == names[k]
        error, still = np.array(errors)[..., k], np.array(last)[..., k]
        assert column["mae"]["value"] == pytest.approx(np.abs(error).mean())
        assert column["rmse"]["value"] == pytest.approx(np.sqrt((error**2).mean()))
        assert column["mae_by_step"] == pytest.approx(np.abs(error).mean(axis=0))
        assert column["persistence"]["mae"] == pytest.approx(np.abs(still).mean())
        assert column["persistence"]["rmse"] == pytest.approx(np.sqrt((still**2).mean()))


def test_generated_tasks_need_no_data_and_stand_beside_chance(call: Command, trained: TrainedModels) -> None:
    path = str(trained.path("copy"))
    page = call("evaluate", path).stdout
    assert "guessing is right in 1 of 3 cases" in page
    assert "33.3%" in page
    assert "always to answer 1 has a squared error of 0.1667" in call("evaluate", str(trained.path("adding"))).stdout
    refused = call("evaluate", path, "x.tsv")
    assert (refused.code, refused.stdout) == (2, "")


def test_generated_tasks_stand_beside_all_that_training_stood_beside(call: Command, trained: TrainedModels) -> None:
    """One who keeps one of two symbols is right half the time, and in a third of the rest."""
    copied = call("evaluate", str(trained.path("copy")), *FEW, "--json").document()
    assert {one["name"]: one["scores"]["accuracy"] for one in copied["baselines"]} == {
        "one-kept": pytest.approx(1 / 2 + 1 / 2 / 3),
        "guess": pytest.approx(1 / 3),
    }
    assert copied["baseline"]["name"] == "one-kept"
    numbers = call("evaluate", str(trained.path("adding")), *FEW, "--json").document()["baselines"]
    assert {one["name"]: one["scores"] for one in numbers} == {
        "one-kept": {"loss": pytest.approx(1 / 12)},  # the variance of the other number
        "guess": {"loss": pytest.approx(1 / 6)},
    }


def test_intervals_are_a_function_of_the_seed(call: Command, both: Both, trained: TrainedModels) -> None:
    arguments = ("evaluate", str(trained.path("classify")), *trained.data("classify"), "--json", "--resamples", "100")
    first = call(*arguments)
    assert call(*arguments).stdout == first.stdout
    other = call(*arguments, "--seed", "1").document()
    assert other["scores"]["loss"]["low"] != first.document()["scores"]["loss"]["low"]
    page, none = both(*arguments[:-3], "--resamples", "0")
    assert all(score["low"] is None for score in none["scores"].values())
    assert "95%" not in page.stdout


def test_held_out_is_the_part_that_training_measured(call: Command, both: Both, tmp_path: Path) -> None:
    data = DATA / "reviews.tsv"
    out = tmp_path / "m.safetensors"
    options = ("--task", "classify", "--max-steps", "20", "--hidden-size", "8", "--dtype", "float64")
    events = call("train", str(data), *options, "--out", str(out), "--json").stdout.splitlines()
    done = json.loads(events[-1])
    found = call("evaluate", str(out), str(data), "--held-out", *FEW, "--json").document()
    assert found["data"]["held_out"]
    assert not found["data"]["trained_on"]
    assert found["examples"] == 60
    assert found["scores"]["loss"]["value"] == pytest.approx(done["loss"], abs=1e-9)
    assert found["scores"]["accuracy"]["value"] == done["metric"]["value"]
    whole, document = both("evaluate", str(out), str(data), *FEW)
    assert "--held-out" in whole.stdout
    assert document["data"]["trained_on"]


def test_other_data_than_those_of_training(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    path = str(trained.path("classify"))
    table = tmp_path / "table.csv"
    table.write_text("n,verdict,words\n1,positive,The soup was good\n2,unheard,The soup\n3,negative,qqq zzz\n")
    arguments = ("evaluate", path, str(table), "--text", "words", "--label", "verdict")
    found = document(call(*arguments, "--json"))
    data = found["data"]
    assert isinstance(data, dict)
    assert (found["examples"], data["bad_rows"], found["unknown_tokens"]) == (3, 0, 2)
    assert found["unlearnt_labels"] == [{"label": "unheard", "count": 1, "lines": [f"{table}:3"]}]
    strict = call(*arguments, "--strict")
    assert (strict.code, strict.stdout) == (2, "")
    assert "table.csv:3:" in strict.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nlp", "x.tsv"], "not written by rnn train"),
        (["none.safetensors", "x.tsv"], "no such model file"),
        (["MODEL"], "give the DATA"),
        (["MODEL", "none.tsv"], "none.tsv"),
        (["MODEL", "DATA", "--beam", "2"], "--beam is for models that translate"),
        (["MODEL", "DATA", "--column", "3"], "means nothing"),
        (["MODEL", "DATA", "--held-out", "--strict"], "leave the options of reading out"),
        (["MODEL", "OTHER", "--held-out"], "not the data"),
        (["MODEL", "DATA", "--save", "x.doc"], "expected one of"),
    ],
)
def test_mistakes_have_a_message_and_code_2(
    call: Command, trained: TrainedModels, tmp_path: Path, arguments: list[str], says: str
) -> None:
    other = tmp_path / "other.tsv"
    other.write_text("good\tpositive\n")
    names = {"MODEL": str(trained.path("classify")), "DATA": str(DATA / "reviews.tsv"), "OTHER": str(other)}
    result = call("evaluate", *(names.get(one, one) for one in arguments))
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr
    assert len(result.stderr.splitlines()) <= 2


def test_a_page_and_a_document_are_saved(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    page, data = tmp_path / "page.txt", tmp_path / "data.json"
    arguments = ("evaluate", str(trained.path("tag")), *trained.data("tag"), *FEW)
    result = call(*arguments, "--save", str(page), "--save", str(data))
    assert result.code == 0
    assert page.read_text(encoding="utf-8") == result.stdout
    validate(json.loads(data.read_text()))
    assert data.read_text() == call(*arguments, "--json").stdout


def test_numbers_that_are_too_large_are_said_with_code_3(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    data = tmp_path / "large.csv"
    data.write_text("temperature,pressure,wind\n" + "1e200,2,3\n" * 9)
    result = call("evaluate", str(trained.path("forecast")), str(data))
    assert (result.code, result.stdout) == (3, "")
    assert "not a finite number" in result.stderr


def test_labels_of_the_data_reach_the_terminal_without_their_escapes(call: Command, tmp_path: Path) -> None:
    data, model = tmp_path / "hostile.tsv", str(tmp_path / "hostile.safetensors")
    data.write_text("text\tlabel\n" + "one two\ta\u202eb\x9b\nthree four\tc\n" * 20, encoding="utf-8")
    trained = call("train", str(data), "--task", "classify", "--max-steps", "2", "--out", model)
    page = call("evaluate", model, str(data), "--resamples", "5")
    assert (trained.code, page.code) == (0, 0)
    assert "a\\u202eb\\x9b" in page.stdout
    assert not {"\u202e", "\x9b"} & {*(trained.stdout + trained.stderr + page.stdout + page.stderr)}


@pytest.mark.parametrize(("low", "said"), [(0.0, "not clearly better"), (0.6, "commonest mistake")])
def test_an_interval_that_begins_at_zero_is_no_clear_gain(low: float, said: str) -> None:
    true, called = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0])
    f1 = (Score(0.8), Score(2 / 3))
    classes = Classes(("a", "b"), 2, confusion_matrix(true, called, 2), per_class(true, called, 2), f1)
    scores = {"accuracy": Score(0.75, low, 1.0)}
    found = Evaluation("classify", "word", 4, 4, 4, 0, scores, Baseline("always a", {"accuracy": 0.5}), classes)
    assert said in what_to_notice(found)


@pytest.mark.parametrize(("name", "score"), [("tag", "accuracy"), ("lm", "perplexity"), ("classify", "macro_f1")])
def test_held_out_data_are_beside_the_baseline_of_training(
    call: Command, both: Both, trained: TrainedModels, name: str, score: str
) -> None:
    task, data, options, _ = RUNS[name]
    files = [str(DATA / str(data))]
    page, document = both("evaluate", str(trained.path(name)), *files, "--held-out", *FEW)
    found = document["baseline"]
    best = make_up(find_task(task).prepare(files, options, 0)).baseline
    assert best is not None
    assert found["how"] == best.how
    assert found["scores"][score] == pytest.approx(best.scores[score])
    assert best.how in " ".join(page.stdout.split())
    alone = call("evaluate", str(trained.path(name)), *files, *FEW, "--json").document()["baseline"]["how"]
    assert "training" not in alone


def test_spans_are_counted_where_tags_mark_them(call: Command, both: Both, tmp_path: Path) -> None:
    data, model = tmp_path / "names.txt", str(tmp_path / "names.safetensors")
    sentences = ["Ann B-PER\nLee I-PER\nsaw O\nRome B-LOC", "he O\nsaw O\nAnn B-PER", "Rome B-LOC\nfell O"]
    data.write_text("\n\n".join(sentences * 12) + "\n")
    settings = ("--hidden-size", "4", "--max-steps", "2", "--learning-rate", "0.02", "--embedding-scale", "1")
    trained = call("train", str(data), "--task", "tag", *settings, "--out", model)
    assert "span F1 100.0%" in " ".join(trained.stderr.split())  # each word has one tag
    answers = tmp_path / "answers.tsv"
    arguments = ("evaluate", model, str(data), "--held-out", "--resamples", "50")
    shown, found = both(*arguments, "--save-predictions", str(answers))
    page = shown.stdout
    header, *lines = (row.split("\t") for row in answers.read_text().splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    spans: dict[str, set[tuple[str, ...]]] = {"truth": set(), "answer": set()}
    for key, these in spans.items():
        for k, row in enumerate(rows):
            start = row[key] != "O" and (
                row[key][0] == "B"
                or k == 0
                or rows[k - 1]["line"] != row["line"]
                or rows[k - 1][key] == "O"
                or rows[k - 1][key][2:] != row[key][2:]
            )
            if start:
                end = k + 1
                while end < len(rows) and rows[end]["line"] == row["line"] and rows[end][key] == f"I-{row[key][2:]}":
                    end += 1
                these.add((row[key][2:], str(k), str(end)))
    right, called, there = len(spans["truth"] & spans["answer"]), len(spans["answer"]), len(spans["truth"])
    assert 0 < right < called  # it has learnt a little
    assert found["scores"]["span_recall"]["value"] == pytest.approx(right / there)
    assert found["scores"]["span_precision"]["value"] == pytest.approx(right / called)
    assert found["scores"]["span_f1"]["value"] == pytest.approx(2 * right / (called + there))
    by_word = next(one for one in found["baselines"] if one["name"] == "tag-of-word")
    assert by_word["scores"]["span_f1"] == 1
    assert "span F1" in page
    for one in found["spans"]:
        true, said = ({span for span in some if span[0] == one["type"]} for some in spans.values())
        hits = len(true & said)
        assert (one["found"], one["called"], one["there"]) == (hits, len(said), len(true))
        assert one["precision"] == pytest.approx(hits / max(len(said), 1))
        assert one["recall"] == pytest.approx(hits / len(true))
        assert one["f1"]["value"] == pytest.approx(2 * hits / (len(said) + len(true)))
        assert one["f1"]["low"] <= one["f1"]["value"] <= one["f1"]["high"]
        cells = next(row for row in page.split("Spans", 1)[1].splitlines() if row.split()[:1] == [one["type"]])
        assert cells.split()[-3:] == [str(hits), str(len(said)), str(len(true))]
    assert [one["type"] for one in found["spans"]] == ["LOC", "PER"]


@pytest.mark.parametrize("task", ["classify", "forecast"])
def test_simple_answers_stand_beside_other_data_while_the_training_part_is_there(
    call: Command, both: Both, tmp_path: Path, task: str
) -> None:
    name = {"classify": "reviews.tsv", "forecast": "weather.csv"}[task]
    lines = (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True)
    train, other, model = tmp_path / name, tmp_path / f"other-{name}", str(tmp_path / "m.safetensors")
    train.write_text("".join(lines[:120]), encoding="utf-8")
    other.write_text("".join([lines[0], *lines[120:220]]), encoding="utf-8")
    window = ("--window", "4") if task == "forecast" else ()
    assert call("train", str(train), "--task", task, *window, "--max-steps", "2", "--out", model).code == 0
    page, there = both("evaluate", model, str(other), "--resamples", "0")
    options = DataOptions(validation=str(other), window=4 if window else None)
    whole = DataOptions(window=4 if window else None)
    prepared = find_task(task).prepare([str(train)], whole, 0)
    learnt, _ = find_task(task).load([str(other)], options, prepared.encoding)
    made = make_up(replace(prepared, validation=learnt)).baselines
    main = "mae" if window else "accuracy"
    assert {one["name"]: one["scores"][main] for one in there["baselines"]} == {
        one.name: pytest.approx(one.scores[main]) for one in made
    }
    for column in there.get("columns", ()):
        stays = next(one for one in column["baselines"] if one["name"] == "last-value")
        assert {key: stays[key] for key in ("mae", "rmse", "mae_by_step")} == column["persistence"]
    assert all(one.how in " ".join(page.stdout.split()) for one in made)
    train.write_text("".join(lines[:119]), encoding="utf-8")
    gone, without = both("evaluate", model, str(other), "--resamples", "0")
    assert "files are gone, have changed" in " ".join(gone.stdout.split())
    assert len(without["baselines"]) == 1


def test_no_training_part_is_read_where_a_model_names_none(trained: TrainedModels) -> None:
    path = str(trained.path("classify"))
    subject = open_subject(path, load_model(path), trained.data("classify"), DataOptions(), False, 0)
    assert training_part(subject.model) is not None
    for data in (None, [], "reviews.tsv", [0], ["-"], ["no such file"], ["a\0b"], ["/dev/zero"]):
        config = {**subject.model.run["config"], "data": data}
        named = replace(subject.model, run={**subject.model.run, "config": config})
        assert training_part(named) is None, data
