"""Which task a file is for, where none is named: what stands beside days and hours is a series, and no text."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.study.data import look_at
from rnn_cli.tasks.options import DataOptions

START = datetime(2019, 3, 1)


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


def test_days_written_in_two_ways_are_pairs(tmp_path: Path) -> None:
    """A date is a text where it is turned into another."""
    data = written(tmp_path, "%Y-%m-%d", lambda k: f"{START + timedelta(days=k):%d %B %Y}")
    assert look_at(data, None, DataOptions()).prepared.task == "translate"


def test_numbers_beside_texts_are_labels(tmp_path: Path) -> None:
    data = written(tmp_path, "on %A we met", lambda k: str(k % 7))
    assert look_at(data, None, DataOptions()).prepared.task == "classify"
