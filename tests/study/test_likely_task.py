"""Which task a file is for, where none is named: what stands beside days and hours is a series, and no text."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.study.data import look_at
from rnn_cli.tasks.options import DataOptions

START = datetime(2019, 3, 1)


WORDS = ["dull", "fine", "film", "good", "lovely", "music", "plot", "story"]


def rows(path: Path, head: str, row: Callable[[int], str], count: int = 80) -> list[str]:
    path.write_text(f"{head}\n" + "".join(f"{row(k)}\n" for k in range(count)))
    return [str(path)]


def text(k: int, words: int = 6) -> str:
    return " ".join(WORDS[(k * (j + 3) + j * j) % len(WORDS)] for j in range(words))


def written(folder: Path, time: str, beside: Callable[[int], str], rows: int = 60) -> list[str]:
    """A table of a day for each row, as `time` writes it, and what stands beside it."""
    path = folder / "data.csv"
    cells = [f"{START + timedelta(days=k):{time}},{beside(k)}\n" for k in range(rows)]
    path.write_text("day,value\n" + "".join(cells))
    return [str(path)]


@pytest.mark.parametrize("time", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M", "%d %B %Y"])
def test_few_different_numbers_beside_days_are_a_series(time: str, tmp_path: Path) -> None:
    """Counts repeat as labels do, and a date has the five tokens of a text."""
    assert look_at(written(tmp_path, time, lambda k: str(k % 7)), None, DataOptions()).prepared.task == "forecast"


def test_words_beside_days_are_for_no_task_that_is_sure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"say with --task what it is for"):
        look_at(written(tmp_path, "%Y-%m-%d", lambda k: "abcdefg"[k % 7]), None, DataOptions())


@pytest.mark.parametrize("row", ["{day},{label}", "{label},{day}", "{seconds},{label}", "{year},{label}"])
def test_what_stands_beside_a_time_alone_is_asked_about_in_any_order(row: str, tmp_path: Path) -> None:
    """There is no other number that could be forecast, and a label beside a date is no text to write."""
    data = rows(
        tmp_path / "a.csv",
        re.sub(r"[{}]", "", row),
        lambda k: row.format(
            day=f"{START + timedelta(days=k):%Y-%m-%d}",
            seconds=1_600_000_000 + 60 * k,
            year=1900 + k,
            label="ab"[k % 2],
        ),
    )
    with pytest.raises(InputError, match=r"say with --task what it is for"):
        look_at(data, None, DataOptions())


def test_a_name_beside_days_and_numbers_leaves_them_a_series(tmp_path: Path) -> None:
    data = rows(
        tmp_path / "a.csv",
        "Date,Open,High,Name",
        lambda k: f"{START + timedelta(days=k):%Y-%m-%d},{k % 9}.5,{k % 11}.25,A",
    )
    assert look_at(data, None, DataOptions()).prepared.task == "forecast"


def test_reasons_are_cut_between_lines_alone(tmp_path: Path) -> None:
    """Labels, and names of files, may hold what ends the first line of a message."""
    data = rows(tmp_path / "e;14.csv", "text,label", lambda k: f"{WORDS[k % 5]} {k},{'a;x' if k % 2 else 'b;y'}")
    with pytest.raises(InputError) as raised:
        look_at(data, None, DataOptions())
    assert "classify: 2 different answers over 80 examples, the commonest 'a;x' (40); " in str(raised.value)


def test_days_written_in_two_ways_are_pairs(tmp_path: Path) -> None:
    """A date is a text where it is turned into another."""
    data = written(tmp_path, "%Y-%m-%d", lambda k: f"{START + timedelta(days=k):%d %B %Y}")
    assert look_at(data, None, DataOptions()).prepared.task == "translate"


def test_numbers_beside_texts_are_labels(tmp_path: Path) -> None:
    data = written(tmp_path, "on %A we met", lambda k: str(k % 7))
    assert look_at(data, None, DataOptions()).prepared.task == "classify"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Datum;Temp;Druck", lambda k: f"{START + timedelta(days=k):%d.%m.%Y};{k % 9},{k % 7};{1013 + k % 7}"),
        ("hour,sensor,value", lambda k: f"{START + timedelta(hours=k // 2):%Y-%m-%d %H:%M},{'ab'[k % 2]},0.{k % 6}{k}"),
    ],
)
def test_numbers_beside_a_time_are_no_texts(head: str, row: Callable[[int], str], tmp_path: Path) -> None:
    assert look_at(rows(tmp_path / "a.csv", head, row), None, DataOptions()).prepared.task == "forecast"


@pytest.mark.parametrize(
    ("head", "row", "says"),
    [
        ("title,body,stars", lambda k: f"{text(k, 3)} {k},{text(k)} {k},{k % 5}", "choose with --text"),
        ("text,score", lambda k: f"{text(k)} {k},0.{k * 37 % 1000:03d}", "its values hardly ever repeat"),
        ("text,price", lambda k: f"{text(k)} {k},{k * 37 % 1000}.5", "forecast: 1 column of numbers, 62 windows"),
    ],
)
def test_numbers_beside_texts_without_a_time_need_not_be_a_series(
    head: str, row: Callable[[int], str], says: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        look_at(rows(tmp_path / "a.csv", head, row), None, DataOptions())
    asked, tasks = str(raised.value).splitlines()
    assert asked.endswith("say with --task what it is for:")
    assert says in tasks
    assert "forecast: " in tasks


def test_a_series_that_is_damaged_is_spoken_of_beside_what_its_numbers_could_be(tmp_path: Path) -> None:
    data = rows(tmp_path / "a.csv", "a;b", lambda k: f"{k % 9},5;{'?' if k % 8 == 0 else k % 7}")
    with pytest.raises(InputError, match=r"classify: 9 different answers.*; forecast: .*10 of 80 rows cannot be read"):
        look_at(data, None, DataOptions())


def test_numbers_beside_lists_are_no_series(tmp_path: Path) -> None:
    """The id of a sentence counts on; its words and tags are what it is for."""
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(f'{{"id": "{k}", "tokens": ["{text(k, 1)}", "x"], "tags": [{k % 3}, 0]}}\n' for k in range(40))
    )
    assert look_at([str(path)], None, DataOptions()).prepared.task == "tag"
