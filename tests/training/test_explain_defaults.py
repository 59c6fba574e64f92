"""rnn train --explain-defaults: every option with a true value and a reason, and a command that gives the same run."""

import json
import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from rnn_cli.models.tensors import read_tensors
from rnn_cli.tasks import GENERATED, TASKS, find_task, synthetic, task_class
from rnn_cli.tasks.defaults import COMMON, NOTHING_HELD_OUT, Default, Rounds
from rnn_cli.tasks.options import AS_BEFORE
from rnn_cli.training.config import RunConfig, all_defaults
from tests.conftest import Command
from tests.support.generated import small
from tests.support.networks import slow_if
from tests.support.runs import OUT
from tests.support.schemas import validate

FILES = {
    "classify": "classify.tsv", "tag": "words.tsv", "lm": "text.txt", "translate": "translate.tsv",
    "describe": "describe.tsv", "forecast": "series.csv",
}  # fmt: skip
SOME = slow_if([*TASKS, *GENERATED], *[name for name in GENERATED if name not in ("copy", "adding")])
SMALL = ("--hidden-size", "3", "--embedding-size", "2")


def asked(task: str, *more: str) -> list[str]:
    """A command line that leaves open what it can."""
    if task in GENERATED:
        return ["train", "--task", small(task, examples=32), *SMALL, "--max-steps", "3", *more]
    window = ("--window", "6") if task == "forecast" else ()
    return ["train", FILES[task], "--task", task, *SMALL, *window, *more]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs whose length is left open make a few updates."""
    monkeypatch.setattr(synthetic, "VALIDATION", 100)
    for task in TASKS:
        kind = task_class(task)
        monkeypatch.setattr(kind, "run_defaults", {**kind.run_defaults, "epochs": Default(Rounds(1, 3), "A test.")})


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("task", SOME)
def test_the_command_gives_the_same_run_to_the_bit(task: str, call: Command, here: Path) -> None:
    arguments = asked(task)
    said = validate(call(*arguments, "--explain-defaults", "--json").document())
    page = call(*arguments, "--explain-defaults").stdout
    command = page.splitlines()[-1]
    assert shlex.split(command) == said["command"]
    left = []
    for words in (arguments, said["command"][1:]):
        result = call(*words, "--out", OUT, "--overwrite")
        assert result.code == 0, result.stderr
        left.append(Path(OUT).read_bytes())
    assert left[0] == left[1]
    run = read_tensors(Path(OUT))[1]["run"]["config"]
    named = {one["option"][2:].replace("-", "_"): one["value"] for one in said["settings"]}
    every = {**run, **run["options"]}
    every |= {name: word for name, word in AS_BEFORE.items() if every[name] is None}
    assert named == {name: every[name] for name in named}, "the run took other values"
    beside = {"task", "data", "options", "cell_options"}
    assert {name for name, value in run.items() if value is not None} - beside <= set(named)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "more",
    [
        ("--cell", "rnn", "--activation", "relu", "--clip-value", "0.5", "--patience", "2", "--no-shuffle"),
        ("--optimizer", "momentum", "--momentum", "0.5", "--weight-decay", "0.01", "--validation", "0", "--level", "char"),
        ("--max-steps", "2", "--word-parts", "none"),
        ("--max-steps", "2", "--form", "level", "--seed", "3", "--dropout-state", "0.2"),
        ("--max-steps", "2", "--keep", "last", "--balanced", "--text", "text", "--bidirectional", "--schedule", "cosine", "--warmup", "1"),
    ],
)  # fmt: skip
def test_what_is_given_is_said_and_kept(more: tuple[str, ...], call: Command, here: Path) -> None:
    task = "tag" if "--word-parts" in more else "forecast" if "--form" in more else "classify"
    arguments = asked(task, *more)
    said = call(*arguments, "--explain-defaults", "--json").document()
    given = {one["option"] for one in said["settings"] if one["given"]}
    assert {word for word in more if word.startswith("--")} - {"--activation", "--no-shuffle"} <= given
    assert all(one["reason"] == "The command line says so." for one in said["settings"] if one["given"])
    left = []
    for words in (arguments, said["command"][1:]):
        assert call(*words, "--out", OUT, "--overwrite").code == 0
        left.append(Path(OUT).read_bytes())
    assert left[0] == left[1]


@pytest.mark.parametrize("task", [*TASKS, *GENERATED])
def test_values_and_reasons_are_those_of_the_registry(task: str, call: Command, here: Path) -> None:
    said = validate(call("train", "--task", task, "--explain-defaults", "--json").document())
    assert (said["command"] is None) == (task in TASKS)
    found = {one["option"][2:].replace("-", "_"): one for one in said["settings"]}
    own = {**all_defaults(task), **find_task(task).data_defaults}
    accepted = find_task(task).accepts | {one.name for one in fields(RunConfig)}
    for name, default in own.items():
        if name in accepted and default.value is not None:
            assert found[name]["value"] == default.said
            assert found[name].get("idle") or found[name]["reason"] == default.reason
            assert not found[name]["given"]
    page = " ".join(call("train", "--task", task, "--explain-defaults").stdout.split())
    assert all(one["reason"] in page for one in said["settings"])


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("task", SOME)
def test_what_changes_nothing_is_said_and_changes_nothing(task: str, call: Command, here: Path) -> None:
    """Held to the weights of a run, which are the same with another value of every such option, and of no other."""
    others = {
        "--embedding-scale": "0.5", "--teacher-forcing": "0.25", "--momentum": "0.5", "--decays": "all", "--dropout": "0.2",
    }  # fmt: skip
    settings = call(*asked(task), "--explain-defaults", "--json").document()["settings"]
    idle = [
        word
        for one in settings
        if one["idle"] and one["option"] in others
        for word in (one["option"], others[one["option"]])
    ]
    assert {"--momentum", "--decays", "--dropout"} <= set(idle)
    idle += ["--no-shuffle" for one in settings if one["idle"] and one["option"] == "--shuffle"]
    assert ("--no-shuffle" in idle) == (find_task(task).running or task in GENERATED)
    others["--readout-reads"] = "mean"
    changing = [
        (one["option"], others[one["option"]])
        for one in settings
        if not one["idle"] and one["option"] in ("--embedding-scale", "--teacher-forcing", "--readout-reads")
    ]
    left = []
    for more in ((), idle, *changing):
        result = call(*asked(task), *more, "--max-steps", "2", "--out", OUT, "--overwrite")
        assert result.code == 0, result.stderr
        left.append(
            {name: array.tobytes() for name, array in read_tensors(Path(OUT))[0].items() if not name.startswith("run.")}
        )
    assert left[0] == left[1]
    assert left[0] not in left[2:]


@pytest.mark.parametrize("task", TASKS)
def test_a_long_value_is_wrapped_in_its_own_column(task: str, call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = call("train", "--task", task, "--explain-defaults").stdout.splitlines()
    assert max(map(len, page)) <= 80
    assert len({len(found[0]) for line in page if (found := re.match(r"  --\S+ +", line))}) == 1


def test_options_that_change_nothing_stand_behind_the_others(call: Command) -> None:
    """In a group of their own, where a reason begins in the same column as above; a rule has its line to itself."""
    lines = call("train", "--task", "classify", "--explain-defaults").stdout.splitlines()
    start = next(k for k, text in enumerate(lines) if text.startswith("Change nothing in this run"))
    words = {text.split()[0]: k for k, text in enumerate(lines) if text.startswith("  --")}
    idle = {"--attention", "--teacher-forcing", "--momentum", "--decays", "--dropout", "--freeze-vectors"}
    assert {option for option, k in words.items() if k > start} == idle
    column = lines[words["--cell"]].index("Gates")
    assert lines[words["--momentum"]].index("Only") == column
    assert lines[words["--epochs"] + 1].index("Ten") == column


@pytest.mark.parametrize("more", [("--weight-decay", "0.1"), ("--optimizer", "momentum"), ("--num-layers", "2")])
def test_an_option_changes_something_where_another_uses_it(more: tuple[str, str], call: Command) -> None:
    said = call("train", "--task", "classify", *more, "--explain-defaults", "--json").document()["settings"]
    option = {"--weight-decay": "--decays", "--optimizer": "--momentum", "--num-layers": "--dropout"}[more[0]]
    assert [one["idle"] for one in said if one["option"] == option] == [False]


@pytest.mark.parametrize("task", TASKS)
def test_no_option_stands_twice(task: str, call: Command) -> None:
    """Without data some options are said by their rule, and not also as what old files have in their place."""
    said = call("train", "--task", task, "--explain-defaults", "--json").document()["settings"]
    options = [one["option"] for one in said]
    assert sorted(set(options)) == sorted(options)


def test_the_help_says_the_same_defaults(call: Command) -> None:
    text = " ".join(call("train", "-h").stdout.split())
    for name in ("cell", "embedding_size", "batch_size", "optimizer", "decays", "weight_decay", "clip_norm"):
        value = COMMON[name].value
        shown = f"{value:g}" if isinstance(value, int | float) else value
        assert f"[default: {shown}]" in text[text.index(f" --{name.replace('_', '-')} ") :][:400], name


def test_nothing_is_written_or_refused_in_vain(call: Command, here: Path) -> None:
    before = sorted(Path().iterdir())
    assert call(*asked("classify"), "--explain-defaults", "--out", OUT, "--log", "log.jsonl").code == 0
    assert sorted(Path().iterdir()) == before
    assert call(*asked("classify"), "--explain-defaults", "--save", "page.txt").code == 0
    assert "--hidden-size" in Path("page.txt").read_text(encoding="utf-8")
    assert call(*asked("classify"), "--max-steps", "1", "--out", OUT).code == 0
    refused = call("train", "--resume", OUT, "--explain-defaults")
    assert (refused.code, refused.stdout) == (2, "")
    assert call("train", "--explain-defaults").code == 2
    assert json.loads(call(*asked("tag"), "--explain-defaults", "--json").stdout)["data"] == ["words.tsv"]


def test_an_option_that_changes_nothing_is_told_so(call: Command, here: Path) -> None:
    series = ("train", "series.csv", "--task", "forecast", "--window", "6", "--max-steps", "1")
    told = call(*series, "--embedding-scale", "2", "--decays", "all").stderr
    assert "--embedding-scale changes nothing: the task reads numbers, which have no embedding\n" in told
    assert "--decays changes nothing: with --weight-decay 0 nothing decays\n" in told
    told = call(*asked("classify"), "--validation", "0", "--keep", "loss", "--max-steps", "1").stderr
    assert "--keep changes nothing: no example is held out, and the last weights are kept\n" in told
    assert "changes nothing" not in call(*asked("classify"), "--keep", "loss", "--max-steps", "1").stderr
    settings = call(*asked("classify"), "--validation", "0", "--explain-defaults", "--json").document()["settings"]
    assert NOTHING_HELD_OUT in {one["option"]: one["reason"] for one in settings}["--keep"]


def test_how_weights_are_drawn_changes_nothing_beside_those_of_a_model(call: Command, here: Path) -> None:
    assert call(*asked("tag"), "--max-steps", "1", "--out", "first.safetensors").code == 0
    more = ("--init", "first.safetensors", "--max-steps", "1")
    said = call(*asked("tag"), *more, "--explain-defaults", "--json").document()["settings"]
    idle = {one["option"]: one["reason"] for one in said if one["idle"]}
    assert {"--initialization", "--embedding-scale"} <= set(idle)
    assert idle["--initialization"] == "The weights are those of --init."
    left = []
    for drawn in ((), ("--initialization", "orthogonal", "--embedding-scale", "2")):
        told = call(*asked("tag"), *more, *drawn, "--out", OUT, "--overwrite")
        assert told.code == 0
        assert [option in told.stderr for option in ("--initialization changes", "--embedding-scale changes")] == [
            bool(drawn)
        ] * 2
        left.append([array.tobytes() for array in read_tensors(Path(OUT))[0].values()])
    assert left[0] == left[1]


def test_the_command_that_says_all_asks_for_nothing_in_vain(call: Command, here: Path) -> None:
    """What changes nothing and is a default is said by it, and nobody wished for it."""
    more = ("--max-steps", "1", "--validation", "0")
    command = call(*asked("classify"), *more, "--explain-defaults", "--json").document()["command"]
    assert {"--keep", "--decays", "--dropout"} <= set(command)
    told = call(*command[1:])
    assert (told.code, "changes nothing" in told.stderr) == (0, False)
