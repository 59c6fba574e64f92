"""What rnn train takes and keeps: weights of --init that mean the same, pages of --save beside JSON."""

from pathlib import Path

import pytest

from tests.conftest import Command
from tests.support.trained import DATA, TrainedModels

SMALL = ("--hidden-size", "8", "--embedding-size", "8", "--sequence-length", "20", "--max-steps", "1")


def test_another_vocabulary_of_the_same_size(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    text = tmp_path / "other.txt"
    verse = (DATA / "verse.txt").read_text(encoding="utf-8")
    text.write_text(verse.translate(str.maketrans("etaoin", "oniate")), encoding="utf-8")
    init = ("--init", str(trained.path("lm")))
    other = call("train", str(text), "--task", "lm", *SMALL, *init)
    assert (other.code, other.stdout) == (2, "")
    assert "vocabulary's tokens are others than the data's: number 2 is 'e', here 'o'" in other.stderr
    assert call("train", str(DATA / "verse.txt"), "--task", "lm", *SMALL, *init).code == 0


def test_other_labels(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    table = tmp_path / "other.tsv"
    reviews = (DATA / "reviews.tsv").read_text(encoding="utf-8")
    table.write_text(reviews.replace("\tpositive", "\tawful").replace("\tnegative", "\tbad"), encoding="utf-8")
    flags = (*SMALL[:4], "--max-steps", "1", "--init", str(trained.path("classify")))
    result = call("train", str(table), "--task", "classify", *flags)
    assert (result.code, result.stdout) == (2, "")
    assert "its labels are others than the data's: number 0 is 'negative', here 'awful'" in result.stderr


@pytest.mark.parametrize("flags", [("--reset-before",), ("--cell", "lstm")])
def test_other_equations(call: Command, trained: TrainedModels, flags: tuple[str, ...]) -> None:
    command = ("train", str(DATA / "verse.txt"), "--task", "lm", *SMALL, *flags, "--init", str(trained.path("lm")))
    result = call(*command)
    assert (result.code, result.stdout) == (2, "")


RECALL = ("train", "--task", "recall:length=3", "--hidden-size", "4", "--max-steps", "1")


def test_the_page_is_saved_beside_json_too(call: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    assert call(*RECALL, "--json", "--save", str(page)).code == 0
    assert "Notice" in page.read_text(encoding="utf-8")


def test_a_run_is_no_one_document(call: Command, tmp_path: Path) -> None:
    result = call(*RECALL, "--save", str(tmp_path / "run.json"))
    assert (result.code, result.stdout) == (2, "")
    assert "--log" in result.stderr
    assert not list(tmp_path.iterdir())
