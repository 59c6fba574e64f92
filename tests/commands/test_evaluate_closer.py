"""Calibration, slices and two models on the same examples: counted once more from the answers that are saved."""

import csv
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.models.load import load_model
from rnn_cli.study.reading import read_text
from tests.conftest import Command
from tests.support.networks import slow_if
from tests.support.schemas import validate
from tests.support.trained import DATA, RUNS, SCORED_ALIKE, TrainedModels

Row = dict[str, str]
NO_DRAWS = ("--resamples", "0")


def answered(call: Command, path: Path, data: Path, folder: Path, *more: str) -> tuple[Any, list[Row]]:
    """The document of an evaluation, and every answer from the table that it saved."""
    table = folder / "answers.csv"
    result = call("evaluate", str(path), str(data), "--json", *NO_DRAWS, "--save-predictions", str(table), *more)
    assert result.code == 0, result.stderr
    with table.open(encoding="utf-8") as file:
        return validate(result.document()), list(csv.DictReader(file))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Reviews, every third with a word that no model knows, and some labels turned round so that there are mistakes."""
    rows = list(csv.reader((DATA / "reviews.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"))[1:71]
    labels = sorted({label for _, label in rows})
    for k, row in enumerate(rows):
        row[0] += " qqqq" * (k % 3 == 0)
        row[1] = labels[1 - labels.index(row[1])] if k % 7 == 0 else row[1]
    data = tmp_path / "mixed.tsv"
    data.write_text("\n".join("\t".join(row) for row in rows), encoding="utf-8")
    return data


def test_calibration_and_slices_are_those_of_the_saved_answers(
    call: Command, trained: TrainedModels, mixed: Path, tmp_path: Path
) -> None:
    path = trained.path("classify")
    found, rows = answered(call, path, mixed, tmp_path)
    sure, right = (
        np.array([float(row["probability"]) for row in rows]),
        np.array([row["right"] == "true" for row in rows]),
    )
    assert 0 < right.mean() < 1
    error = 0.0
    for one in found["calibration"]["bins"]:
        here = (sure >= one["low"]) & (sure < one["high"])
        assert one["answers"] == here.sum()
        if here.any():
            assert one["said"] == pytest.approx(sure[here].mean())
            assert one["right"] == pytest.approx(right[here].mean())
            error += abs(float(right[here].sum() - sure[here].sum()))
    assert found["calibration"]["expected_error"] == pytest.approx(error / len(rows))
    model = load_model(str(path))
    known = [read_text(row["text"], model, 0).known or () for row in rows]
    sizes = np.array([len(one) for one in known])
    shares = np.array([one.count(False) / len(one) for one in known])
    for by, values in (("length", sizes), ("unknown", shares)):
        parts = [one for one in found["slices"] if one["by"] == by]
        assert len(parts) > 1
        assert sum(one["examples"] for one in parts) == len(rows)
        for one in parts:
            here = (values >= one["from"]) & (values <= one["to"])
            assert (one["examples"], one["answers"]) == (here.sum(), here.sum())
            assert one["value"] == pytest.approx(right[here].mean())
            assert one["low"] is one["high"] is None  # no intervals were asked for
    (first, *_) = call("evaluate", str(path), str(mixed), "--json", "--resamples", "9").document()["slices"]
    assert first["low"] < first["value"] < first["high"]


def test_two_models_are_held_against_each_other_answer_by_answer(
    call: Command, trained: TrainedModels, mixed: Path, tmp_path: Path
) -> None:
    a, b = trained.path("classify"), trained.path("classify-char")
    found, rows = answered(call, a, mixed, tmp_path, "--against", str(b))
    _, others = answered(call, b, mixed, tmp_path)
    pairs = [(one["right"] == "true", other["right"] == "true") for one, other in zip(rows, others, strict=True)]
    only = [pairs.count((True, False)), pairs.count((False, True))]
    against = found["against"]
    assert against["right_alone"] == only
    assert against["values"] == pytest.approx(
        [np.mean([one for one, _ in pairs]), np.mean([other for _, other in pairs])]
    )
    assert against["difference"]["value"] == pytest.approx((only[0] - only[1]) / len(pairs))
    tail = sum(comb(sum(only), k) for k in range(min(only) + 1)) / 2 ** sum(only)
    assert (against["test"], against["p"]) == ("mcnemar", pytest.approx(min(1, 2 * tail)))
    page = call("evaluate", str(a), str(mixed), "--against", str(b), "--resamples", "50").stdout
    assert f"alone is right {only[0]:,} times" in page
    assert ("do not tell them apart" in page) == (against["p"] >= 0.05)
    turned = call("evaluate", str(b), str(mixed), "--against", str(a), "--json", *NO_DRAWS).document()["against"]
    assert (turned["p"], turned["right_alone"]) == (against["p"], only[::-1])


def test_the_next_token_is_calibrated_by_its_own_probability(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    text = (DATA / "verse.txt").read_text(encoding="utf-8")[:60]
    (tmp_path / "verse.txt").write_text(text, encoding="utf-8")
    path = str(trained.path("lm"))
    result = call("evaluate", path, str(tmp_path / "verse.txt"), "--json", *NO_DRAWS)
    bins = validate(result.document())["calibration"]["bins"]
    p = np.array(call("trace", text, "--model", path, "--json").document()["probabilities"])[:-1]
    labels = result.document()["model"]["labels"]
    sure, right = p.max(axis=1), np.array([labels[k] for k in p.argmax(axis=1)]) == np.array(list(text[1:]))
    for one in bins:
        here = (sure >= one["low"]) & (sure < one["high"])
        assert one["answers"] == here.sum()
        if here.any():
            assert (one["said"], one["right"]) == (
                pytest.approx(sure[here].mean(), rel=1e-6),
                pytest.approx(right[here].mean()),
            )


@pytest.mark.parametrize(
    "name", slow_if(RUNS, *SCORED_ALIKE, "classify-char", "lm-word", "translate", "forecast-steps")
)
def test_a_model_is_as_good_as_itself(call: Command, trained: TrainedModels, name: str, tmp_path: Path) -> None:
    path, data = str(trained.path(name)), trained.data(name)
    if name.startswith("translate"):  # a few rows, because every text is written
        few = tmp_path / "few.tsv"
        few.write_text("".join(Path(data[0]).read_text(encoding="utf-8").splitlines(keepends=True)[:9]))
        data = [str(few)]
    result = call("evaluate", path, *data, "--against", path, "--json", "--resamples", "20")
    assert result.code == 0, result.stderr
    against = validate(result.document())["against"]
    assert against["values"][0] == against["values"][1]
    assert (against["p"], against["difference"]["value"]) == (1.0, 0.0)
    score = result.document()["scores"].get(against["metric"])
    if score is not None:
        assert against["values"][0] == pytest.approx(score["value"])


def test_only_the_same_examples_are_paired(call: Command, trained: TrainedModels) -> None:
    path, data = str(trained.path("tag")), trained.data("tag")
    refused = call("evaluate", path, *data, *NO_DRAWS, "--against", str(trained.path("classify")))
    assert refused.code == 2
    lm, verse = str(trained.path("lm")), trained.data("lm")
    refused = call("evaluate", lm, *verse, *NO_DRAWS, "--against", str(trained.path("lm-word")))
    assert refused.code == 2
    assert "has another vocabulary" in refused.stderr
    refused = call(
        "evaluate",
        str(trained.path("forecast")),
        *trained.data("forecast"),
        *NO_DRAWS,
        "--against",
        str(trained.path("forecast-steps")),
    )
    assert refused.code == 2
    assert "--against" in refused.stderr
    refused = call("evaluate", lm, "-", "--against", lm)
    assert refused.code == 2
    assert "--against reads DATA once for each model" in refused.stderr
