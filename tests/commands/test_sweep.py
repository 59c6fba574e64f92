"""rnn sweep, through the command: the page, the document, what is refused, and going on."""

import json
import re
import signal
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from rnn_cli.jobs import local
from rnn_cli.jobs.job import Outcome
from rnn_cli.sweep.results import Results
from rnn_cli.tasks import synthetic
from tests.conftest import Command
from tests.support.executors import here
from tests.support.faults import FULL, Fault, failing

SMALL = ("--task", "parity:length=3,examples=64", "--hidden-size", "2", "--max-steps", "3")


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local, "Process", lambda: here()[0])
    monkeypatch.setattr(synthetic, "VALIDATION", 100)  # its thousand examples take most of the time of so short a run
    monkeypatch.chdir(tmp_path)


def test_every_combination_is_trained_with_every_seed(call: Command) -> None:
    arguments = ("sweep", *SMALL, "--grid", "cell=rnn,gru", "--grid", "learning-rate=0.1,0.01", "--seeds", "2")
    document = call(*arguments, "--out", "s", "--json").document()
    runs = [(one["settings"]["cell"], one["settings"]["learning-rate"], one["seed"]) for one in document["runs"]]
    assert sorted(runs) == sorted(product(("rnn", "gru"), (0.1, 0.01), (0, 1)))
    assert {one["state"] for one in document["runs"]} == {"done"}
    assert [one["mean"] for one in document["settings"]] == sorted(
        (one["mean"] for one in document["settings"]), reverse=True
    )
    assert document["best"]["settings"] == document["settings"][0]["settings"]


def test_a_run_is_that_of_rnn_train(call: Command) -> None:
    document = call("sweep", *SMALL, "--grid", "cell=gru", "--seed", "5", "--out", "s", "--json").document()
    (run,) = document["runs"]
    events = call(
        "train", *SMALL, "--cell", "gru", "--seed", "5", "--out", "alone.safetensors", "--json"
    ).stdout.splitlines()
    assert run["metric"] == json.loads(events[-1])["metric"]["value"]
    swept, alone = (load_file(name) for name in (run["model"], "alone.safetensors"))
    assert all(np.array_equal(swept[name], alone[name]) for name in alone)


def test_the_page_names_the_best_and_what_failed(call: Command) -> None:
    page = call("sweep", *SMALL, "--grid", "learning-rate=0.01,1e39", "--seeds", "2", "--out", "s").stdout
    assert "2 settings, 2 seeds each: 4 runs; varied: learning-rate" in page
    assert "2 done, 2 failed; in s" in page
    assert "2 runs: 2-seed0, 2-seed1" in page
    assert "rnn evaluate s/runs/1-seed0.safetensors --seed 2" in page
    assert re.search(r"^  1  0\.01 +\d+\.\d% +\d+\.\d  2 of 2 +3$", page, re.MULTILINE)
    said = " ".join(page.split())
    assert "its scores on examples that another seed draws, of the 8 that there are" in said


def test_every_option_of_training_can_be_given(call: Command) -> None:
    """But those that say what becomes of one run's output."""
    own = {"--explain-defaults", "--overwrite", "--log", "--plot", "--watch", "--threads"}
    flags = [
        set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", call(name, "-h").stdout, re.MULTILINE))
        for name in ("train", "sweep")
    ]
    assert flags[0] - flags[1] == own


def test_a_kill_while_the_plan_is_written_costs_nothing(call: Command) -> None:
    """As it leaves the folder: what was being written lies there, and no plan."""
    arguments = ("sweep", *SMALL, "--out", "s", "--json")
    Path("s").mkdir()
    left = [Path("s") / f".{name}.{'0a' * 8}.tmp" for name in ("sweep.json", "session")]
    for one in left:
        one.write_text("{")
    assert call(*arguments).code == 0
    assert not any(one.exists() for one in left)
    for other in (".sweep.json.mine.tmp", f".notes.{'0a' * 8}.tmp"):
        (Path("t") / other).parent.mkdir(exist_ok=True)
        (Path("t") / other).write_text("mine")
        refused = call("sweep", *SMALL, "--out", "t")
        assert (refused.code, (Path("t") / other).read_text()) == (2, "mine")
        (Path("t") / other).unlink()


def test_every_run_failed(call: Command) -> None:
    result = call("sweep", *SMALL, "--learning-rate", "1e39", "--out", "s")
    assert result.code == 2, result.stderr
    assert "every run failed; the first: step " in result.stderr
    assert "No run has a score" in result.stdout


def test_every_run_was_refused_by_the_system(call: Command, tmp_path: Path) -> None:
    """The disk of the workers is full: that is no fault of the settings, and all is run once there is room."""
    with failing(tmp_path / "s" / "runs", Fault(FULL, 0)):
        result = call("sweep", *SMALL, "--out", "s")
    assert result.code == 1, result.stderr
    assert re.search(r"\nrnn: every run failed; the first: .*No space left on device\n$", result.stderr)
    assert call("sweep", "--resume", "s").code == 0


def test_what_is_done_is_not_done_again(call: Command) -> None:
    arguments = ("sweep", *SMALL, "--grid", "cell=rnn,gru", "--out", "s", "--json")
    first = call(*arguments).document()
    records = Path("s/runs.jsonl").read_bytes()
    assert call(*arguments).document() == first  # even the seconds: they are those of the record
    assert call("sweep", "--resume", "s", "--json").document() == first
    assert Path("s/runs.jsonl").read_bytes() == records


def test_an_interrupted_sweep_goes_on(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two runs the first is asked to stop; the second sitting does the rest, and the tables agree."""
    arguments = ("--grid", "cell=rnn,gru", "--seeds", "2", "--json")
    whole = call("sweep", *SMALL, *arguments, "--out", "whole").document()
    seen: list[Outcome] = []
    add = Results.add

    def stop_after_two(self: Results, k: int, seed: int, outcome: Outcome) -> None:
        add(self, k, seed, outcome)
        seen.append(outcome)
        if len(seen) == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Results, "add", stop_after_two)
    stopped = call("sweep", *SMALL, *arguments[:-1], "--out", "s")
    assert stopped.code == 130
    assert Path("s/runs.jsonl").read_text().count('"state": "done"') == 2
    assert "rnn sweep --resume s " in stopped.stdout
    second = call("sweep", "--resume", "s", "--json").document()
    for document in (whole, second):
        for run in document["runs"]:
            del run["seconds"], run["model"]
    assert second["runs"] == whole["runs"]
    assert second["settings"] == whole["settings"]


def test_halving_stops_the_worse_ones(call: Command) -> None:
    small = ("--task", "parity:length=3,examples=64", "--hidden-size", "4", "--max-steps", "9", "--eval-every", "1")
    rates = ("--grid", "learning-rate=0.0001,0.001,0.01,0.03,0.05,0.1,0.2,0.3,0.5")
    document = call("sweep", *small, *rates, "--halving", "3", "--out", "s", "--json").document()
    steps = sorted(one["step"] for one in document["runs"])
    assert steps == [1] * 6 + [3, 3, 9]
    assert [one["state"] for one in document["runs"]].count("paused") == 8
    assert document["best"]["step"] == 9
    again = call("sweep", "--resume", "s", "--json").document()
    assert again == document


def test_the_page_of_a_halved_sweep_says_who_ran_how_far(call: Command) -> None:
    small = ("--task", "parity:length=3,examples=64", "--hidden-size", "2", "--max-steps", "4", "--eval-every", "1")
    ran = call("sweep", *small, "--grid", "learning-rate=0.1,0.01,0.001,0.2", "--halving", "2", "--out", "s")
    page, lines = ran.stdout, ran.stderr.splitlines()
    assert [line[line.index("(") :] for line in lines] == [f"(stage {k} of 3)" for k in (1, 1, 1, 1, 2, 2, 3)]
    said = (
        "halving by 2: 4 to 1/4 of their steps, 2 to 1/2 of their steps, 1 to the end; of equal ones the first goes on"
    )
    assert said in " ".join(page.split())
    assert "The best first, of those whose runs all went to their end; the others follow" in " ".join(page.split())
    few = call("sweep", *small, "--grid", "learning-rate=0.1,0.01", "--halving", "3", "--out", "few").stdout
    assert "2 settings are too few, and every run goes to its end" in " ".join(few.split())


def test_draws_are_settings(call: Command) -> None:
    document = call(
        "sweep", *SMALL[:2], "--max-steps", "2", "--random", "3", "--grid", "hidden-size=2..5", "--grid",
        "learning-rate=1e-3..1e-1:log", "--grid", "bidirectional=yes,no", "--out", "s", "--json",
    ).document()  # fmt: skip
    assert len(document["runs"]) == 3
    for run in document["runs"]:
        said = run["settings"]
        assert said["hidden-size"] in (2, 3, 4, 5)
        assert 1e-3 <= said["learning-rate"] <= 1e-1
        assert isinstance(said["bidirectional"], bool)
        shapes = {name: array.shape for name, array in load_file(run["model"]).items()}
        assert any(said["hidden-size"] in shape for shape in shapes.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*SMALL,), "give the folder of the sweep: --out DIR"),
        (("--out", "s"), "give the --task"),
        (
            (*SMALL, "--out", "s", "--grid", "hidden=3"),
            "--grid hidden: is no option of rnn train that a sweep can vary",
        ),
        ((*SMALL, "--out", "s", "--grid", "batch-size=3,x"), "--grid batch-size=x: "),
        ((*SMALL, "--out", "s", "--grid", "batch-size=0"), "--grid batch-size=0: "),
        ((*SMALL, "--out", "s", "--grid", "cell=rnn,lsmt"), "--grid cell=lsmt: --cell lsmt: it can be "),
        ((*SMALL, "--out", "s", "--grid", "bidirectional=maybe"), "it can be yes or no"),
        ((*SMALL, "--out", "s", "--grid", "seed=1,2"), "--grid seed: is no option of rnn train that a sweep can vary"),
        ((*SMALL, "--out", "s", "--grid", "window=3"), "--window means nothing to --task parity"),
        ((*SMALL, "--out", "s", "--random", "3"), "--random draws values of --grid"),
        ((*SMALL, "--out", "no/such/s"), "there is no folder no/such"),
        ((*SMALL, "--out", "full"), "is there and holds something else"),
        (("--resume", "full"), "full: holds no sweep (sweep.json is missing)"),
        (("--resume", "s", "--grid", "cell=rnn"), "--grid would make it another one"),
        (("--resume", "s", "--max-steps", "9"), "--max-steps would make it another one"),
        (("--resume", "s", "--seeds", "1"), "--seeds would make it another one"),
        (("lines.tsv", "--resume", "s"), "DATA would make it another one"),
        ((*SMALL, "--out", "s", "--grid", "hiden-size=3"), "did you mean hidden-size?"),
        (
            (*SMALL, "--out", "s", "--grid", "max-steps=3,4"),
            "--max-steps is given for all runs, and --grid max-steps varies it",
        ),
        (("lines.tsv", "--task", "classify", "--out", "s"), "lines.tsv: no such file"),
        (("--task", "classify", "--out", "s"), "--task classify needs DATA"),
        (("-", "--task", "classify", "--out", "s"), "stdin can be read once"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(
    arguments: tuple[str, ...], said: str, call: Command, tmp_path: Path
) -> None:
    Path("full").mkdir()
    Path("full/notes.txt").write_text("mine", encoding="utf-8")
    result = call("sweep", *arguments)
    assert result.code == 2, result.stderr
    assert said in " ".join(result.stderr.split())
    assert not Path("s").exists()
    assert [one.name for one in Path("full").iterdir()] == ["notes.txt"]


def test_another_sweep_in_the_folder_is_refused(call: Command) -> None:
    call("sweep", *SMALL, "--grid", "cell=rnn", "--out", "s")
    before = Path("s/sweep.json").read_bytes()
    result = call("sweep", *SMALL, "--grid", "cell=gru", "--out", "s")
    assert result.code == 2, result.stderr
    assert "--out s: holds another sweep; --resume s goes on with that one" in result.stderr
    assert Path("s/sweep.json").read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "rnn.sweep-plan/1", "task": 3}', '{"format": "rnn.sweep-plan/2"}']
)
def test_a_damaged_plan_is_refused(text: str, call: Command) -> None:
    Path("s").mkdir()
    Path("s/sweep.json").write_text(text, encoding="utf-8")
    result = call("sweep", "--resume", "s")
    assert result.code == 2, result.stderr
    assert "s/sweep.json" in result.stderr
