"""A label that training did not have is a wrong answer, in training's own measure too; and every answer can be traced to its line."""

import csv
import json
from math import log
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.support.schemas import validate
from tests.support.trained import DATA, TrainedModels

ROWS = [("The soup was good", "positive"), ("so so", "neither"), ("The film was bad", "negative"), ("well", "neither")]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Texts with a blank line between them, so that lines are not counted from the rows."""
    path = tmp_path / "new.tsv"
    path.write_text("text\tlabel\n\n" + "".join(f"{text}\t{label}\n" for text, label in ROWS))
    return path


def table_of(path: Path, delimiter: str) -> list[dict[str, str]]:
    """The rows of a table by its columns."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter=delimiter))


def test_labels(call: Command, trained: TrainedModels, table: Path, tmp_path: Path) -> None:
    model, answers = str(trained.path("classify")), tmp_path / "answers.jsonl"
    said = call("predict", model, *(text for text, _ in ROWS), "--json").document()["predictions"]
    right = [one["prediction"] == label for one, (_, label) in zip(said, ROWS, strict=True)]
    result = call("evaluate", model, str(table), "--json", "--save-predictions", str(answers), "--resamples", "0")
    found = validate(result.document())
    assert found["answers"] == len(ROWS)
    assert found["scores"]["accuracy"]["value"] == sum(right) / len(ROWS)
    p = [dict(zip(("negative", "positive"), one["probabilities"], strict=True)) for one in said]
    assert found["answers_with_loss"] == 2
    assert found["scores"]["loss"]["value"] == pytest.approx(-(log(p[0]["positive"]) + log(p[2]["negative"])) / 2)
    assert [(one["label"], one["true"], one["learnt"]) for one in found["classes"]][2] == ("neither", 2, False)
    assert [sum(row) for row in found["confusion"]] == [1, 1, 2]
    kept = [json.loads(line) for line in answers.read_text().splitlines()]
    for one, line, wanted, (text, label), ok in zip(kept, (3, 4, 5, 6), said, ROWS, right, strict=True):
        place = {"file": str(table), "line": line, "text": text, "truth": label, "answer": wanted["prediction"]}
        assert one == place | {"probability": pytest.approx(max(wanted["probabilities"])), "right": ok}
    wrong = sorted((one for one in kept if not one["right"]), key=lambda one: -one["probability"])
    assert found["worst_mistakes"] == wrong
    page = call("evaluate", model, str(table)).stdout
    assert "neither  not learnt" in page
    assert "over 2 of 4 answers" in page
    assert page.index(wrong[0]["text"]) < page.index(wrong[1]["text"])


def test_training_measures_a_validation_file_as_evaluate_does(call: Command, table: Path, tmp_path: Path) -> None:
    model, data = str(tmp_path / "m.safetensors"), str(DATA / "reviews.tsv")
    sizes = ("--hidden-size", "4", "--max-steps", "3", "--dtype", "float64")
    run = call("train", data, "--task", "classify", "--validation", str(table), *sizes, "--out", model, "--json")
    done = json.loads(run.stdout.splitlines()[-1])
    assert "2 labels that training did not have" in run.stderr
    scores = call("evaluate", model, str(table), "--json").document()["scores"]
    assert done["metric"]["value"] == scores["accuracy"]["value"]
    assert done["loss"] == pytest.approx(scores["loss"]["value"])


def test_tags(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    model, data, answers = str(trained.path("tag")), tmp_path / "new.txt", tmp_path / "answers.csv"
    data.write_text("the DET\noh WOW\n\n\nnow ADV\n")
    found = validate(
        call(
            "evaluate",
            model,
            str(data),
            "--column",
            "2",
            "--json",
            "--save-predictions",
            str(answers),
            "--resamples",
            "0",
        ).document()
    )
    kept = table_of(answers, ",")
    assert [(one["line"], one["word"], one["text"], one["truth"]) for one in kept] == [
        *(("1", "1", "the", "DET"), ("1", "2", "oh", "WOW"), ("5", "1", "now", "ADV")),
    ]
    right = [one["right"] == "true" for one in kept]
    assert right == [one["answer"] == one["truth"] for one in kept]
    assert found["scores"]["accuracy"]["value"] == sum(right) / 3
    assert found["scores"]["sequences"]["value"] == right[2] / 2


def test_no_label_that_was_learnt_is_another_column(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    data = tmp_path / "new.tsv"
    data.write_text("2021\tThe soup was good\n2022\tThe film was bad\n2021\tso so\n")
    result = call("evaluate", str(trained.path("classify")), str(data), "--label", "1", "--text", "2", "--no-header")
    assert (result.code, result.stdout) == (2, "")
    assert "they are 2021, 2022, training had negative, positive" in result.stderr
    assert "--label" in result.stderr


def test_answers_of_texts_and_of_numbers(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    answers, few = tmp_path / "answers.tsv", tmp_path / "few.tsv"
    few.write_text("\n".join((DATA / "dates.tsv").read_text(encoding="utf-8").splitlines()[:4]))
    model = str(trained.path("translate"))
    assert call("evaluate", model, str(few), "--save-predictions", str(answers), "--resamples", "0").code == 0
    for k, row in enumerate(table_of(answers, "\t"), start=2):
        said = call("predict", model, row["text"], "--json").document()["predictions"][0]["hypotheses"][0]
        assert (int(row["line"]), row["answer"]) == (k, said["text"])
        assert log(float(row["probability"])) == pytest.approx(said["log_probability"])
    model, rows = str(trained.path("forecast")), (DATA / "weather.csv").read_text(encoding="utf-8").splitlines()[:9]
    (tmp_path / "read.csv").write_text("\n".join(rows[:6]))
    (tmp_path / "all.csv").write_text("\n".join(rows))
    forecast = call("predict", model, "--input", str(tmp_path / "read.csv"), "--json").document()["predictions"][0]
    assert (
        call("evaluate", model, str(tmp_path / "all.csv"), "--save-predictions", str(answers), "--resamples", "0").code
        == 0
    )
    kept = table_of(answers, "\t")[:6]
    assert [float(one["answer"]) for one in kept] == pytest.approx([v for step in forecast["prediction"] for v in step])
    for one in kept:
        true = dict(zip(rows[0].split(","), rows[5 + int(one["step"])].split(","), strict=True))[one["column"]]
        assert float(one["truth"]) == pytest.approx(float(true))


def test_a_language_model_gives_no_answers(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    model, data = str(trained.path("lm")), str(DATA / "verse.txt")
    for name, says in (("a.csv", "rnn generate"), ("a.xlsx", "expected one of .csv, .tsv, .jsonl")):
        refused = call("evaluate", model, data, "--save-predictions", str(tmp_path / name))
        assert (refused.code, refused.stdout) == (2, "")
        assert says in refused.stderr
        assert not (tmp_path / name).exists()
    assert call("evaluate", model, data, "--save-predictions", data).code == 2
