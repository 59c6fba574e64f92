"""translate from two files side by side: trained, resumed and measured, and what cannot be."""

import json
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.support.command import Result

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
SMALL = ("--hidden-size", "3", "--embedding-size", "2", "--json")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A source and its target, the words backwards."""
    monkeypatch.chdir(tmp_path)
    Path("a.en").write_text("".join(f"{word}\n" for word in WORDS))
    Path("a.ne").write_text("".join(f"{word[::-1]}\n" for word in WORDS))
    Path("a.tsv").write_text("".join(f"{word}\t{word[::-1]}\n" for word in WORDS))
    return "a.en", "a.ne"


def test_two_files_train_as_the_table_of_both_does(call: Command, two: tuple[str, str]) -> None:
    source, target = two
    run = ["--task", "translate", "--max-steps", "2", *SMALL]
    found = call("train", "--source", source, "--target", target, "--out", "m.safetensors", *run)
    assert found.code == 0
    assert "a.en read as: the source, line by line beside a.ne" in found.stderr
    table = call("train", "a.tsv", *run)
    assert losses(found) == losses(table)
    assert len(losses(found)) == 2

    whole = call("train", "--source", source, "--target", target, "--out", "n.safetensors", *run, "--max-steps", "4")
    for again in ((), ("--source", source, "--target", target)):
        Path("copy.safetensors").write_bytes(Path("m.safetensors").read_bytes())
        assert call("train", "--resume", "copy.safetensors", *again, "--max-steps", "4", "--json").code == 0
        assert Path("copy.safetensors").read_bytes() == Path("n.safetensors").read_bytes()
    assert whole.code == 0

    beside = call("evaluate", "m.safetensors", "--source", source, "--target", target, "--json", "--resamples", "0")
    of_table = call("evaluate", "m.safetensors", "a.tsv", "--json", "--resamples", "0")
    assert (beside.document()["scores"], beside.document()["examples"]) == (of_table.document()["scores"], len(WORDS))
    held = call("evaluate", "m.safetensors", "--source", source, "--target", target, "--held-out", "--json")
    assert held.document()["data"] | {"notes": []} == {
        "files": [source, target], "held_out": True, "trained_on": False, "rows": 8, "bad_rows": 0, "duplicates": 0,
        "notes": [],
    }  # fmt: skip


def losses(found: Result) -> list[float]:
    """The loss of each step of a run."""
    events = [json.loads(line) for line in found.stdout.splitlines()]
    return [one["loss"] for one in events if one["event"] == "step"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--task", "translate", "--source", "a.en"], "--source FILE and --target FILE go together"),
        (["--task", "translate", "--source", "a.en", "--target", "a.en"], "are the same file"),
        (["a.tsv", "--task", "translate", "--source", "a.en", "--target", "a.ne"], "DATA, or --source and --target"),
        (["--task", "classify", "--source", "a.en", "--target", "a.ne"], "--source means nothing to --task classify"),
        (["--task", "translate", "--source", "a.en", "--target", "short"], "a.en has 8 lines and short 1"),
        (["--task", "translate", "--source", "a.en", "--target", "a.ne", "--log", "a.ne"], "is what the command reads"),
    ],
)  # fmt: skip
def test_what_cannot_be(call: Command, two: tuple[str, str], arguments: list[str], says: str) -> None:
    Path("short").write_text("eno\n")
    found = call("train", *arguments, *SMALL)
    assert (found.code, found.stdout) == (2, "")
    assert says in found.stderr


def test_a_validation_of_two_files(call: Command, two: tuple[str, str]) -> None:
    source, target = two
    found = call(
        "train", "--source", source, "--target", target, "--validation", "a.en,a.ne", "--task", "translate",
        "--max-steps", "1", *SMALL,
    )  # fmt: skip
    assert found.code == 0
    assert "8 validation rows also in the training part" in found.stderr
