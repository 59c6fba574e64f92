"""rnn predict: the answers of every kind of model, streams, marks, and pages on which tags stand under their words."""

import csv
import json
import re
import subprocess
import sys
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from rnn_cli.core.decode import greedy
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.models.load import load_model
from rnn_cli.output.tables import TABLES
from tests.conftest import Command
from tests.support.command import Result, environment, strict_json
from tests.support.models import changed
from tests.support.schemas import validate
from tests.support.trained import DATA, TrainedModels


def predictions(result: Result) -> Any:
    """The predictions of a run that went well, in a valid document; a table says how it was read."""
    assert result.code == 0, result.stderr
    assert all(" read as: " in line or "left out: " in line for line in result.stderr.splitlines())
    return validate(result.document())["predictions"]


TEXTS = {
    "classify": ["The soup was not bad.", "The zzz was rude"],
    "classify-char": ["Bad soup", "x"],
    "tag": ["She can book the old boat", "我爱 boat"],
    "lm": ["The grey", "\t"],
    "lm-word": ["The grey mouse", "qqq"],
    "translate": ["9 June 1999", "§"],
    "translate-word": ["9 June 1999", "qqq"],
    "describe": ["island", "elf"],
    "copy": ["s1 s2 _ _ > _ _", "s3"],
}


@pytest.mark.parametrize("name", list(TEXTS))
@pytest.mark.parametrize("width", [80, 160])
def test_every_task_has_a_page_for_one_and_for_many(
    call: Command, trained: TrainedModels, name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    path = str(trained.path(name))
    for texts in (TEXTS[name][:1], TEXTS[name]):
        page = call("predict", path, *texts)
        assert (page.code, page.stderr) == (0, "")
        assert "Notice" in page.stdout
        assert "Next" in page.stdout
        assert max(map(cell_len, page.stdout.split("Next")[0].splitlines())) <= width
        found = predictions(call("predict", path, *texts, "--json"))
        assert [one["text"] for one in found] == texts


def test_a_hand_written_classifier_answers_as_forward_does(call: Command) -> None:
    for text in ("I love NLP", "hats"):
        (one,) = predictions(call("predict", "nlp", text, "--json"))
        (other,) = call("forward", text, "--json").document()["sequences"]
        assert one["prediction"] == other["prediction"]
        assert one["probabilities"] == other["probabilities"]
        assert one["likeliest"][0]["label"] == one["prediction"]
    assert "not in the vocabulary: hats" in call("predict", "nlp", "hats").stdout


def test_top_lists_so_many_labels(call: Command, trained: TrainedModels) -> None:
    (one,) = predictions(call("predict", str(trained.path("lm")), "The", "--top", "4", "--json"))
    probabilities = np.array(one["probabilities"])
    assert [entry["probability"] for entry in one["likeliest"]] == np.sort(probabilities)[::-1][:4].tolist()
    assert one["prediction"] == one["likeliest"][0]["label"]
    page = call("predict", str(trained.path("lm")), "The", "--top", "4").stdout
    assert f"{len(probabilities) - 4} more share" in page


def test_tags_stand_under_their_words_wide_ones_too(call: Command, trained: TrainedModels) -> None:
    page = call("predict", str(trained.path("tag")), "She 我爱 the e\u0301te\u0301 boat").stdout
    words, tags = (line for line in page.splitlines() if line.startswith("  She") or "DET" in line)
    (one,) = predictions(call("predict", str(trained.path("tag")), "She 我爱 the e\u0301te\u0301 boat", "--json"))
    assert one["known"] == [True, False, False, True, False, True]
    assert len(one["prediction"]) == len(one["tokens"]) == 6
    columns = [cell_len(words[: words.index(word)]) for word in one["tokens"]]
    assert all(cell_len(tags[:k]) in columns for k, sign in enumerate(tags) if sign != " " and tags[k - 1] == " ")
    assert "我*" in words
    assert "not in the vocabulary: 我, 爱" in page


def test_many_tags_go_on_in_blocks_that_fit(
    call: Command, trained: TrainedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    page = call("predict", str(trained.path("tag")), "She can book the old boat near the green garden .").stdout
    part = page[page.index("Tags") : page.index("Notice")].splitlines()[2:]
    assert max(map(len, part)) <= 40
    assert sum("DET" in line for line in part) == 2


def test_a_translation_is_greedy_and_its_beam_holds_log_probabilities(call: Command, trained: TrainedModels) -> None:
    path = trained.path("translate")
    model = load_model(str(path))
    assert isinstance(model.system, EncoderDecoder)
    assert model.encoding is not None
    assert model.vocabulary is not None
    ids = np.array([model.vocabulary[character] for character in "9 June 1999"])
    state, _ = model.system.begin(ids[:, None], np.array([len(ids)]))
    written = greedy(model.system.decoder, state, 1, 1, 2, 60)[0]
    (one,) = predictions(call("predict", str(path), "9 June 1999", "--json"))
    assert one["prediction"] == "".join(model.encoding.labels[k] for k in written)
    (beam,) = predictions(call("predict", str(path), "9 June 1999", "--beam", "4", "--json"))
    scores = [each["log_probability"] for each in beam["hypotheses"]]
    assert scores == sorted(scores, reverse=True)
    assert 1 < len(scores) <= 4
    page = call("predict", str(path), "9 June 1999", "--beam", "4").stdout
    assert all(f"{score:.4f}" in page for score in scores)


@pytest.mark.parametrize("columns", ["42", "100"])
def test_that_a_text_was_stopped_stands_beside_its_numbers(
    columns: str, call: Command, trained: TrainedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the text is, which has a block to itself where it has no room beside them."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("rnn_cli.study.predict.at_most", lambda _: 4)
    page = call("predict", str(trained.path("translate")), "9 June 1999").stdout
    assert re.search(r"  1 +-\d\.\d{4} +0\.\d+  \(has no end yet\)( |$)", page, re.MULTILINE)


def test_a_forecast_reads_columns_by_name_and_the_last_window(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    path = str(trained.path("forecast"))
    names = ["temperature", "pressure", "wind"]
    rows = np.random.default_rng(0).uniform(0, 10, (9, 3)).round(2)
    matrix, table = tmp_path / "m.json", tmp_path / "t.csv"
    matrix.write_text(json.dumps(rows.tolist()))
    table.write_text("wind,x,pressure,temperature\n" + "".join(f"{w},{t},{p},{t}\n" for t, p, w in rows))
    (one,) = predictions(call("predict", path, "--input", str(matrix), "--json"))
    (other,) = predictions(call("predict", path, "--input", str(table), "--json"))
    assert one == other
    assert one["columns"] == names
    assert np.shape(one["prediction"]) == (2, 3)
    assert one["last"] == rows[-1].tolist()
    assert one["steps_read"] == 5
    matrix.write_text(json.dumps([rows[-5:].tolist(), rows[:3].tolist()]))
    window, short = predictions(call("predict", path, "--input", str(matrix), "--json"))
    assert window["prediction"] == one["prediction"]
    assert short["steps_read"] == 3
    matrix.write_text(json.dumps(rows[:3].tolist()))
    assert "was given 3" in call("predict", path, "--input", str(matrix)).stdout


def test_a_forecast_of_some_columns_after_every_step(call: Command, trained: TrainedModels) -> None:
    path = str(trained.path("forecast-steps"))
    (one,) = predictions(call("predict", path, "--input", str(DATA / "weather.csv"), "--json"))
    assert one["columns"] == ["wind"]
    assert np.shape(one["prediction"]) == (1, 1)
    page = call("predict", path, "--input", str(DATA / "weather.csv")).stdout
    assert "+1" in page
    assert "last" in page


def test_what_comes_after_a_bad_row_is_what_is_gone_on_from(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    path, table = str(trained.path("forecast")), tmp_path / "t.csv"
    head = "temperature,pressure,wind\n"
    table.write_text(head + "1,2,3\n" * 6 + "1,,3\n" + "4,5,6\n" * 2)
    (one,) = predictions(call("predict", path, "--input", str(table), "--json"))
    assert one["steps_read"] == 2
    table.write_text(head + "1,2,3\n" * 6 + "1,,3\n")
    result = call("predict", path, "--input", str(table))
    assert (result.code, result.stdout) == (2, "")
    assert "t.csv:8:" in result.stderr


def test_a_forecast_goes_on_from_the_last_rows_in_time_of_each_series(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    path, table, matrix = str(trained.path("forecast")), tmp_path / "t.csv", tmp_path / "m.json"
    rows = np.random.default_rng(1).uniform(0, 10, (6, 3)).round(2).tolist()
    matrix.write_text(json.dumps(rows))
    (right,) = predictions(call("predict", path, "--input", str(matrix), "--json"))
    lines = [f"2021-03-0{k + 1},{','.join(map(str, row))}\n" for k, row in enumerate(rows)]
    head = "date,temperature,pressure,wind\n"
    table.write_text(head + "".join(reversed(lines)))
    result = call("predict", path, "--input", str(table), "--json")
    assert predictions(result) == [right]
    assert "newest first" in result.stderr
    table.write_text("town," + head + "".join(f"{town},{line}" for line in lines for town in ("Ayr", "Bath")))
    both = predictions(call("predict", path, "--input", str(table), "--json"))
    assert both == [{**right, "series": "Ayr"}, {**right, "series": "Bath"}]
    assert "of Bath, after 5 steps" in call("predict", path, "--input", str(table)).stdout
    (one,) = predictions(call("predict", path, "--input", str(table), "--time", "none", "--series", "none", "--json"))
    assert one["last"] == rows[-1]
    assert one != right


def test_options_of_a_series_are_for_a_model_that_forecasts(
    call: Command, trained: TrainedModels, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("1,2\n")
    arguments = (["--input", str(tmp_path / "t.csv")], ["a text"])
    for source in arguments:
        result = call("predict", str(trained.path("classify")), *source, "--time", "date")
        assert (result.code, result.stdout) == (2, "")
        assert "--time" in result.stderr


def test_a_file_is_answered_line_by_line(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    texts = ["The soup was bad.", "The soup was good", "A zzz"]
    file = tmp_path / "texts.txt"
    file.write_text("\n\n".join(texts) + "\n")
    path = str(trained.path("classify"))
    whole = predictions(call("predict", path, "--file", str(file), "--json"))
    lines = call("predict", path, "--file", str(file), "--json", "--lines").stdout.splitlines()
    assert [validate(strict_json(line))["predictions"] for line in lines] == [[one] for one in whole]
    for one in whole:
        (alone,) = predictions(call("predict", path, one["text"], "--json"))
        np.testing.assert_allclose(alone["probabilities"], one["probabilities"], rtol=0, atol=1e-12)


def test_a_pipe_is_answered_before_its_next_line(trained: TrainedModels, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rnn_cli", "predict", str(trained.path("tag")), "--file", "-", "--json", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(None),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for text in ("the boat", "she"):
        process.stdin.write(text + "\n")
        process.stdin.flush()
        assert strict_json(process.stdout.readline())["predictions"][0]["text"] == text
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()


def test_a_text_cannot_act_on_the_terminal(call: Command, trained: TrainedModels) -> None:
    for name in ("classify", "tag", "lm", "translate"):
        for texts in (["\x1b[2J soup"], ["\x1b[2J soup", "\u202esoup [/x]"]):
            page = call("predict", str(trained.path(name)), *texts).stdout
            assert "\x1b" not in page
            assert "\u202e" not in page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give a text"),
        (["soup", "--file", "x.txt"], "not several"),
        (["-", "soup"], "give it alone"),
        ([""], "holds no word"),
        (["soup", "--beam", "2"], "--beam is for"),
        (["soup", "--lines"], "--json --lines"),
        (["--input", "x.json"], "reads text"),
        (["--file", "none.txt"], "none.txt"),
    ],
)
def test_mistakes_have_a_message_and_code_2(
    call: Command, trained: TrainedModels, arguments: list[str], says: str
) -> None:
    result = call("predict", str(trained.path("classify")), *arguments)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_what_a_model_cannot_read_is_said(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    matrix = tmp_path / "m.json"
    matrix.write_text("[[1, 2]]")
    for name, arguments, says in (
        ("describe", ["iland"], "did you mean island?"),
        ("copy", ["s1 s9"], "'s9' is not in the vocabulary: s1, s2, s3"),
        ("forecast", ["warm"], "--input FILE"),
        ("forecast", ["--input", str(matrix)], "rows of 2 numbers"),
    ):
        result = call("predict", str(trained.path(name)), *arguments)
        assert (result.code, result.stdout) == (2, "")
        assert says in result.stderr


def test_a_network_without_a_readout_predicts_nothing(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "bare.json"
    layer = {"W_xh": [[1.0]], "W_hh": [[0.5]], "b_h": [0.0]}
    path.write_text(json.dumps({"format": "rnn.model/1", "cell": "rnn", "parameters": {"layers": [layer]}}))
    result = call("predict", str(path), "x")
    assert result.code == 2
    assert "no readout" in result.stderr


def test_a_model_of_one_class_is_sure_whatever_it_reads(call: Command, tmp_path: Path) -> None:
    one = changed("parameters.readout", {"W_hy": [[1, 2, 3]], "b_y": [0]}) | {"labels": ["only"]}
    model = tmp_path / "one.json"
    model.write_text(json.dumps(one), encoding="utf-8")
    page = call("predict", str(model), "a b")
    assert (page.code, page.stderr) == (0, "")
    assert "one class" in page.stdout


@pytest.mark.parametrize("name", [*TEXTS, "forecast"])
def test_a_table_holds_the_answers_of_the_document_with_their_lines(
    call: Command, trained: TrainedModels, tmp_path: Path, name: str
) -> None:
    texts = [text for text in TEXTS.get(name, []) if text.strip()]
    file, tables = tmp_path / "texts.txt", [tmp_path / f"answers{ending}" for ending in TABLES]
    file.write_text("\n\n" + "\n\n\n".join(texts) + "\n", encoding="utf-8")
    source = ("--input", str(DATA / "weather.csv")) if name == "forecast" else ("--file", str(file))
    tables[0].write_text("what was there before")
    saved = [part for one in tables for part in ("--save", str(one))]
    answers = predictions(call("predict", str(trained.path(name)), *source, *saved, "--json"))
    comma, tab, lines = (one.read_text(encoding="utf-8").splitlines() for one in tables)
    rows = [json.loads(line) for line in lines]
    assert list(csv.reader(comma)) == list(csv.reader(tab, delimiter="\t"))
    as_text = [{key: "" if v is None else str(v) for key, v in row.items()} for row in rows]
    assert list(csv.DictReader(comma)) == as_text
    if name == "forecast":
        assert [list(row.values()) for row in rows] == [
            [1, None, s, *v] for s, v in enumerate(answers[0]["prediction"], 1)
        ]
        return
    assert [one["line"] for one in answers] == [3 + 3 * k for k in range(len(texts))]
    expected = []
    for one in answers:
        several = isinstance(one["prediction"], list)
        said = one["prediction"] if several else [one["prediction"]]
        each = one.get("probabilities", []) if several else [one.get("probabilities")]
        for k, label in enumerate(said):
            p = exp(one["hypotheses"][0]["log_probability"]) if "hypotheses" in one else max(each[k])
            expected.append((one["line"], one["tokens"][k] if several else one["text"], label, p))
    assert [(row["line"], row["text"], row["prediction"], row["probability"]) for row in rows] == expected


def test_a_tie_is_called_one(call: Command, tmp_path: Path) -> None:
    layer = {"W_xh": [[1.0]], "W_hh": [[1.0]], "b_h": [0.0]}
    readout = {"W_hy": [[0.0], [0.0]], "b_y": [0.0, 0.0]}
    model = {"format": "rnn.model/1", "labels": ["no", "yes"], "embedding": {"a": [1.0]}}
    (tmp_path / "m.json").write_text(json.dumps({**model, "parameters": {"layers": [layer], "readout": readout}}))
    page = call("predict", str(tmp_path / "m.json"), "a").stdout
    assert "the first and the second, “yes”, are equally likely" in " ".join(page.split())
    verdict = call("gradients", "a a", "--model", str(tmp_path / "m.json"), "--target", "no").stdout
    assert "asks for no change of any state" in " ".join(verdict.split())  # b_y is asked to change all the same
