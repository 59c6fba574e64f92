"""rnn data: what training would begin with, on the page and in the document, and nothing trained."""

import json
import re
from pathlib import Path

import pytest

import rnn_cli as rnn
from rnn_cli.tasks import TASKS
from tests.conftest import Both, Command
from tests.support.schemas import validate
from tests.support.trained import DATA

SAMPLES = {
    "classify": "reviews.tsv", "tag": "sentences.conllu", "lm": "verse.txt", "translate": "dates.tsv",
    "describe": "names.tsv", "forecast": "weather.csv",
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_sample_that_is_known_without_being_named(
    call: Command, both: Both, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    data = str(DATA / SAMPLES[task])
    unnamed = call("data", data, "--json")
    if task == "describe":  # names with their kinds could be classified as well
        assert unnamed.code == 2
        assert "classify: 5 different answers" in unnamed.stderr
        assert "describe: 5 different answers" in unnamed.stderr
        unnamed = call("data", data, "--task", task, "--json")
    found = validate(unnamed.document())
    assert found["task"] == task
    assert {one["task"] for one in found["fits"]} == (set(TASKS) if task != "describe" else set())
    assert found["examples"] == found["training_examples"] + found["validation_examples"]
    named, of_the_same = both("data", data, "--task", task)
    assert all(line in named.stdout.replace("\n", " ") for line in named.stderr.splitlines())
    assert max(map(len, named.stdout.split("Next")[0].splitlines())) <= 80
    assert "baseline" in named.stdout
    assert found | {"fits": []} == of_the_same


def test_the_first_examples_are_what_the_network_sees(call: Command, tmp_path: Path) -> None:
    data = tmp_path / "a.tsv"
    data.write_text("label\ttext\n\nx\tOne two\ny\tone three\nx\tfour\n")
    options = ("--task", "classify", "--min-count", "2", "--validation", "0", "--json")
    first = call("data", str(data), *options).document()["first"]
    unknown, one = 0, 1
    assert first == [
        {
            "file": str(data),
            "line": 3,
            "text": "One two",
            "tokens": ["one", "<unk>"],
            "ids": [one, unknown],
            "label": "x",
        },
        {
            "file": str(data),
            "line": 4,
            "text": "one three",
            "tokens": ["one", "<unk>"],
            "ids": [one, unknown],
            "label": "y",
        },
        {"file": str(data), "line": 5, "text": "four", "tokens": ["<unk>"], "ids": [unknown], "label": "x"},
    ]


def test_a_window_is_in_the_units_of_the_data(call: Command, tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text("u,v\n" + "".join(f"{k % 5 + 0.5},{k * k % 7}\n" for k in range(30)))
    found = call("data", str(data), "--task", "forecast", "--window", "3", "--horizon", "2", "--json").document()
    second = found["first"][1]
    assert second["window"] == [pytest.approx([k % 5 + 0.5, k * k % 7]) for k in (1, 2, 3)]
    assert second["target_values"] == [pytest.approx([k % 5 + 0.5, k * k % 7]) for k in (4, 5)]
    assert found["columns"] == ["u", "v"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give the DATA"),
        (["none.tsv"], "no such file"),
        (["-"], "give the --task"),
        (["both.csv"], "--task what it is for:\nclassify: 2 different answers over 60 examples"),
        (["damaged.csv"], "lm: a text of 7 tokens; translate: 2 examples"),
        (["both.csv", "--task", "classify", "--window", "3"], "means nothing"),
        (["both.csv", "--task", "nothing"], "the tasks are"),
        (["letter.rtf"], "rnn: letter.rtf: an RTF document"),
    ],
)
def test_what_training_refuses_is_refused(
    call: Command, arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("both.csv").write_text("".join(f"{50 + k},{7 + k % 2}\n" for k in range(60)))
    Path("letter.rtf").write_text("{\\rtf1\\ansi good\\tab yes}")
    Path("damaged.csv").write_text('a,b\n"x,1\n')
    result = call("data", *arguments)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_training_shows_the_same_and_holds_its_result_against_it(call: Command, tmp_path: Path) -> None:
    data = tmp_path / "a.tsv"
    rows = ["good\tyes", "bad\tno", "fine\tyes", "poor\tno", "good\tyes", "well\tYES", "\tno"]
    data.write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    arguments = (str(data), "--task", "classify", "--allow-left-out", "0.5")
    looked = call("data", *arguments, "--json").document()
    run = call("train", *arguments, "--max-steps", "2", "--hidden-size", "2", "--json")
    start = validate(json.loads(run.stdout.splitlines()[0]))
    same = ("read", "left_out", "classes", "alike", "lengths", "vocabulary", "unknown_share", "duplicates", "baseline")
    assert {key: start[key] for key in same} == {key: looked[key] for key in same}
    assert [one["count"] for one in start["left_out"]] == [1]
    for words in ("alike: 'YES', 'yes'", "a single example: YES", "1 row left out: ", "1 row equal to an earlier one"):
        assert words in run.stderr
        assert words in call("data", *arguments).stdout
    page = call("train", *arguments, "--max-steps", "2", "--hidden-size", "2")
    assert "1 row left out: " in page.stdout
    assert re.search(
        r"Against +always yes, (?:the|one of the) commonest labels? of the\s+training part \(accuracy ", page.stdout
    )


def test_python_has_it_too() -> None:
    result = rnn.data(DATA / "reviews.tsv", level="char")
    assert result.document()["task"] == "classify"
    assert "characters" in result.page()
    with pytest.raises(rnn.InputError, match="no setting 'hidden_size'"):
        rnn.data(DATA / "reviews.tsv", hidden_size=3)
