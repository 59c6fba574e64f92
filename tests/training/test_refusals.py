"""What rnn train refuses: settings that cannot be, files that cannot be written, checkpoints that cannot be gone on from."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.models.tensors import read_tensors, write_tensors
from rnn_cli.models.trained import digest_of
from tests.support.command import Result, environment
from tests.support.runs import OUT, left_behind, put_back, start, stopped_after

Command = Callable[..., Result]

CLASSIFY = ("train", "classify.tsv", "--task", "classify", "--max-steps", "2")

BAD_VALUES: dict[str, tuple[tuple[str, ...], str]] = {
    "cell": (("--cell", "elman"), "rnn, lstm, gru"),
    "activation": (("--cell", "rnn", "--activation", "gelu"), "it can be tanh or relu"),
    "activation of a gated cell": (("--activation", "relu"), "--cell rnn"),
    "reset before": (("--cell", "lstm", "--reset-before"), "--cell gru"),
    "forget bias": (("--cell", "rnn", "--forget-bias", "1"), "--cell lstm"),
    "forget bias not finite": (("--forget-bias", "nan"), "finite"),
    "initialization": (("--initialization", "xavier"), "orthogonal"),
    "dtype": (("--dtype", "float16"), "float32, float64"),
    "optimizer": (("--optimizer", "lion"), "adamw"),
    "schedule": (("--schedule", "linear"), "cosine"),
    "no steps of a schedule": (("--schedule", "step", "--schedule-steps", "0"), "--schedule-steps"),
    "embedding size": (("--embedding-size", "0"), "--embedding-size"),
    "hidden size": (("--hidden-size", "-3"), "--hidden-size"),
    "layers": (("--num-layers", "0"), "--num-layers"),
    "embedding size of terabytes": (("--embedding-size", "1" + "0" * 18), "--embedding-size"),
    "hidden size of terabytes": (("--hidden-size", "1000000000"), "from 1 to 100,000"),
    "hidden size beyond memory": (("--hidden-size", "90000"), "at most 200,000,000"),
    "a million layers": (("--num-layers", "1000000"), "--num-layers"),
    "warm-up beyond floats": (("--warmup", "1" + "0" * 400), "--warmup"),
    "a column that is no digit": (("--label", "²"), "²"),
    "threads beyond reason": (("--threads", "100000"), "--threads"),
    "batch size": (("--batch-size", "0"), "--batch-size"),
    "epochs": (("--epochs", "0"), "--epochs"),
    "steps": (("--max-steps", "0"), "--max-steps"),
    "steps, no number": (("--max-steps", "many"), "--max-steps"),
    "learning rate 0": (("--learning-rate", "0"), "greater than 0"),
    "learning rate below 0": (("--lr", "-0.1"), "greater than 0"),
    "learning rate nan": (("--lr", "nan"), "finite"),
    "learning rate inf": (("--lr", "inf"), "finite"),
    "momentum": (("--optimizer", "momentum", "--momentum", "1"), "below 1"),
    "weight decay": (("--weight-decay", "-1"), "--weight-decay"),
    "weight decay nan": (("--weight-decay", "nan"), "finite"),
    "warm-up": (("--warmup", "-1"), "--warmup"),
    "clip norm": (("--clip-norm", "-1"), "--clip-norm"),
    "clip norm nan": (("--clip-norm", "nan"), "finite"),
    "clip value": (("--clip-value", "0"), "greater than 0"),
    "both ways of clipping": (("--clip-value", "1", "--clip-norm", "1"), "not both"),
    "dropout": (("--dropout", "1"), "out of range"),
    "dropout below 0": (("--dropout", "-0.1"), "out of range"),
    "teacher forcing": (("--teacher-forcing", "1.5"), "out of range"),
    "teacher forcing below 0": (("--teacher-forcing", "-1"), "out of range"),
    "patience": (("--patience", "0"), "--patience"),
    "patience without a validation part": (("--patience", "3", "--validation", "0"), "--validation"),
    "level": (("--level", "byte"), "word, char or whitespace"),
    "a column that is not there": (("--label", "mood"), "mood"),
    "min count": (("--min-count", "0"), "--min-count"),
    "validation": (("--validation", "1.5"), "fraction"),
    "validation below 0": (("--validation", "-0.1"), "fraction"),
    "a validation file that is not there": (("--validation", "none.tsv"), "none.tsv"),
    "another task's option": (("--window", "3"), "means nothing"),
    "checkpoint every": (("--checkpoint-every", "0"), "--checkpoint-every"),
    "eval every": (("--eval-every", "0"), "--eval-every"),
    "watch": (("--watch", "-1"), "--watch"),
    "threads": (("--threads", "0"), "--threads"),
    "seed": (("--seed", "-1"), "--seed"),
    "the suffix of --out": (("--out", "model.pt"), ".safetensors"),
    "a folder that is not there": (("--out", "none/model.safetensors"), "no folder none"),
    "the suffix of --save": (("--save", "page.pdf"), ".svg"),
    "the suffix of --plot": (("--plot", "loss.gif"), ".png"),
    "an --init that is not there": (("--init", "none.safetensors"), "none.safetensors"),
    "an --init of another kind": (("--init", "nlp"), "--init nlp"),
    "--resume of a file that is not there": (("--resume", "none.safetensors"), "no such file"),
    "--resume and --out": (("--resume", "a.safetensors", "--out", "b.safetensors"), "--out is for a new run"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD_VALUES))
def test_a_bad_value_is_refused(name: str, call: Command, here: Path) -> None:
    flags, says = BAD_VALUES[name]
    if "--cell" in flags or "--max-steps" not in flags:
        arguments = [*CLASSIFY, *flags]
    else:
        arguments = [*CLASSIFY[:4], *flags]
    before = sorted(path.name for path in here.iterdir())
    result = call(*arguments)
    assert (result.code, result.stdout) == (2, ""), result.stderr
    assert says in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert sorted(path.name for path in here.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "classify.tsv"), "--task"),
        (("train", "classify.tsv", "--task", "sing"), "the tasks are"),
        (("train", "--task", "classify"), "needs DATA"),
        (("train", "classify.tsv", "--task", "recall"), "no DATA"),
        (("train", "none.tsv", "--task", "classify"), "none.tsv"),
        (("train", "--task", "recall:length=-1"), "length"),
        (("train", "--task", "recall:colour=1"), "colour"),
        (("train", "text.txt", "--task", "lm", "--bidirectional"), "--bidirectional"),
        (("train", "describe.tsv", "--task", "describe", "--bidirectional"), "--bidirectional"),
        (("train", "text.txt", "--task", "lm", "--truncate", "20,5"), "--truncate"),
        (("train", "text.txt", "--task", "lm", "--truncate", "5"), "K1,K2"),
        (("train", "text.txt", "--task", "lm", "--truncate", "²,²"), "K1,K2"),
        (("train", "words.tsv", "--task", "tag", "--column", "²"), "--column"),
        (("train", "series.csv", "--task", "forecast", "--columns", "²"), "no column"),
        (("train", "--task", "copy:length=1000000"), "length runs from 1 to 10,000"),
        (("train", "--task", "copy:length=²"), "length=NUMBER"),
        (("train", "text.txt", "--task", "lm", "--sequence-length", "0"), "--sequence-length"),
        (("train", "series.csv", "--task", "forecast", "--columns", "c"), "c"),
        (("train", "series.csv", "--task", "forecast", "--window", "400"), "--window"),
        (("train", "classify.tsv", "--task", "classify:length=2"), "no settings"),
    ],
)
def test_a_task_and_data_that_do_not_fit(arguments: tuple[str, ...], says: str, call: Command, here: Path) -> None:
    result = call(*arguments)
    assert (result.code, result.stdout) == (2, "")
    assert says in result.stderr


def test_what_changes_nothing_is_said(call: Command, here: Path) -> None:
    result = call(*CLASSIFY, "--dropout", "0.3", "--teacher-forcing", "0.5", "--momentum", "0.5")
    assert result.code == 0
    for flag in ("--dropout", "--teacher-forcing", "--momentum"):
        assert f"{flag} " in result.stderr


def test_a_file_is_replaced_only_when_asked_to(call: Command, here: Path) -> None:
    Path(OUT).write_bytes(b"mine")
    result = call(*CLASSIFY, "--out", OUT)
    assert (result.code, result.stdout) == (2, "")
    assert "--overwrite" in result.stderr
    assert "--resume" in result.stderr
    assert Path(OUT).read_bytes() == b"mine"
    assert call(*CLASSIFY, "--out", OUT, "--overwrite").code == 0
    assert call("inspect", OUT).code == 0


STOPPED: list[tuple[bytes, bytes]] = []
"""What the run of `checkpoint` left behind, once it was made."""


@pytest.fixture
def checkpoint(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was stopped after four steps."""
    if not STOPPED:
        with stopped_after(monkeypatch, 4):
            assert call(*start("classify")).code == 130
        STOPPED.append(left_behind())
    put_back(STOPPED[0])
    return Path(OUT)


FIXED: list[tuple[str, ...]] = [
    ("--cell", "lstm"), ("--embedding-size", "9"), ("--hidden-size", "9"), ("--num-layers", "2"), ("--bidirectional",),
    ("--initialization", "identity"), ("--forget-bias", "1"), ("--init", "nlp"), ("--dtype", "float64"),
    ("--batch-size", "9"), ("--optimizer", "sgd"), ("--learning-rate", "0.5"), ("--momentum", "0.5"),
    ("--weight-decay", "0.5"), ("--schedule", "cosine"), ("--schedule-steps", "9"), ("--warmup", "9"), ("--clip-norm", "9"), ("--clip-value", "9"),
    ("--dropout", "0.5"), ("--teacher-forcing", "0.5"), ("--patience", "9"), ("--no-shuffle",), ("--reset-before",),
    ("--eval-every", "9"), ("--threads", "2"), ("--seed", "9"), ("--task", "tag"), ("--level", "char"),
    ("--keep-case",), ("--text", "label"), ("--label", "text"), ("--no-header",), ("--min-count", "9"),
    ("--max-vocabulary", "9"), ("--validation", "0.5"), ("--strict",), ("--deduplicate",), ("--balanced",),
]  # fmt: skip


@pytest.mark.parametrize("flags", FIXED, ids=lambda flags: " ".join(flags))
def test_a_flag_that_would_make_it_another_run_is_refused(
    flags: tuple[str, ...], call: Command, checkpoint: Path
) -> None:
    before = checkpoint.read_bytes()
    result = call("train", "--resume", OUT, *flags)
    assert (result.code, result.stdout) == (2, "")
    positive = {
        "--keep-case": "--lowercase",
        "--no-header": "--header",
        "--no-shuffle": "--shuffle",
        "--reset-before": "--reset",
    }
    name = positive.get(flags[0], flags[0])
    assert f"{name} cannot change on --resume" in result.stderr
    for one in ("--epochs", "--max-steps", "--checkpoint-every", "--log", "--watch", "the place of the data"):
        assert one in result.stderr
    assert checkpoint.read_bytes() == before


def test_the_flags_of_the_run_may_be_said_again(call: Command, checkpoint: Path) -> None:
    flags = ("--task", "classify", "--cell", "gru", "--batch-size", "4", "--hidden-size", "4", "--validation", "0.2")
    assert call("train", "classify.tsv", "--resume", OUT, *flags, "--epochs", "2").code == 0


def test_what_may_change(call: Command, checkpoint: Path) -> None:
    result = call(
        "train", "--resume", OUT, "--epochs", "3", "--checkpoint-every", "2", "--watch", "3", "--log", "new.jsonl"
    )
    assert result.code == 0
    events = [json.loads(line) for line in Path("new.jsonl").read_text().splitlines()]
    assert [one["step"] for one in events if one["event"] == "checkpoint"] == [6, 8, 10, 12, 14, 15]
    assert [one["step"] for one in events if "reach" in one] == [6, 9, 12, 15]


def test_changed_data_are_refused(call: Command, checkpoint: Path) -> None:
    before = checkpoint.read_bytes()
    text = Path("classify.tsv").read_text()
    for changed in (text.replace("sun", "moon", 1), text + "sun\tup\n", "\n".join(text.splitlines()[:-1])):
        Path("classify.tsv").write_text(changed)
        result = call("train", "--resume", OUT)
        assert (result.code, result.stdout) == (2, "")
        assert "the data are not those" in result.stderr
    assert checkpoint.read_bytes() == before


def test_a_changed_validation_file_is_refused(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy("classify.tsv", "held.tsv")
    with stopped_after(monkeypatch, 2):
        assert call(*CLASSIFY[:4], "--validation", "held.tsv", "--epochs", "3", "--out", OUT).code == 130
    Path("held.tsv").write_text(Path("held.tsv").read_text() + "sun\tup\n")
    assert call("train", "--resume", OUT).code == 2


def test_a_truncated_checkpoint(call: Command, checkpoint: Path) -> None:
    whole = checkpoint.read_bytes()
    for size in (0, 1, 7, 8, 100, len(whole) // 2, len(whole) - 1):
        checkpoint.write_bytes(whole[:size])
        result = call("train", "--resume", OUT)
        assert (result.code, result.stdout) == (4, ""), size
        assert OUT in result.stderr
        assert checkpoint.read_bytes() == whole[:size]


def test_flipped_bits(request: pytest.FixtureRequest, call: Command, checkpoint: Path) -> None:
    """Anywhere: in the lengths, the header, the metadata, the numbers. Never a traceback, never a run that goes on."""
    whole = checkpoint.read_bytes()
    draw = np.random.default_rng(0)
    count = 120 if request.config.getoption("--run-slow") else 40
    places = {*draw.integers(0, len(whole), count).tolist(), *range(12)}
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(draw.integers(8))
        checkpoint.write_bytes(bytes(damaged))
        result = call("train", "--resume", OUT)
        assert (result.code, result.stdout) == (4, ""), (place, result.stderr)
        assert "fault of rnn" not in result.stderr


def edited(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Write a checkpoint that says something else, with a digest that fits."""
    arrays, metadata = read_tensors(path)
    change(arrays, metadata)
    metadata["digest"] = digest_of(arrays, metadata)
    write_tensors(path, arrays, metadata)


def drop(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Take an array away."""
    return lambda arrays, metadata: arrays.pop(name)


def put(value: object, *path: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Say something else in the metadata."""

    def change(arrays: dict[str, Any], metadata: dict[str, Any]) -> None:
        at = metadata
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


def reshape(name: str, array: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Another array under the name."""
    return lambda arrays, metadata: arrays.update({name: array})


HOSTILE: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "no embedding": drop("embedding"),
    "no readout": drop("readout.W_hy"),
    "no optimiser state": drop("run.optimizer.mean"),
    "another optimiser's state": reshape("run.optimizer.velocity", np.zeros(3, np.float32)),
    "an optimiser state of another size": reshape("run.optimizer.mean", np.zeros(3, np.float32)),
    "an optimiser state of another type": reshape("run.optimizer.mean", np.zeros(3, np.int64)),
    "an array too many": reshape("strange", np.zeros(3, np.float32)),
    "weights that are not finite": reshape("readout.b_y", np.full(3, np.nan, np.float32)),
    "weights of another shape": reshape("readout.b_y", np.zeros(9, np.float32)),
    "another format": put("rnn.checkpoint/9", "format"),
    "no run": put({}, "run"),
    "a run that is a list": put([], "run"),
    "no progress": put(None, "run", "progress"),
    "a step below 0": put(-4, "run", "progress", "step"),
    "a step that is a text": put("4", "run", "progress", "step"),
    "a step that the batches contradict": put(9, "run", "progress", "step"),
    "a batch beyond the epoch": put(99, "run", "progress", "batch"),
    "an unknown count": put(1, "run", "progress", "strange"),
    "no settings": put({}, "run", "config"),
    "settings that are a text": put("gru", "run", "config"),
    "an update count that is a text": put("x", "run", "updates"),
    "a log offset below 0": put(-1, "run", "log_offset"),
    "an unknown cell": put("elman", "blueprint", "reader", "cell"),
    "a size below 0": put(-4, "blueprint", "reader", "hidden_size"),
    "a size of terabytes": put(10**12, "blueprint", "reader", "hidden_size"),
    "an unknown system": put("transformer", "blueprint", "kind"),
    "an unknown loss": put("hinge", "blueprint", "loss"),
    "an encoding that is a number": put(3, "encoding"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_file_that_was_made_to_deceive(name: str, call: Command, checkpoint: Path) -> None:
    edited(checkpoint, HOSTILE[name])
    before = checkpoint.read_bytes()
    result = call("train", "--resume", OUT)
    assert (result.code, result.stdout) == (4, ""), result.stderr
    assert "fault of rnn" not in result.stderr
    assert checkpoint.read_bytes() == before


def test_a_carried_state_that_is_missing(call: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stopped_after(monkeypatch, 3):
        call(*start("a text with carried state"))
    whole = Path(OUT).read_bytes()
    for name in ("run.state.0.forward.h", "run.state.0.forward.c"):
        for change in (drop(name), reshape(name, np.zeros((7, 4), np.float32))):
            Path(OUT).write_bytes(whole)
            edited(Path(OUT), change)
            result = call("train", "--resume", OUT)
            assert (result.code, result.stdout) == (4, ""), result.stderr


def test_the_data_that_only_the_checkpoint_knows_are_not_written_over(call: Command, checkpoint: Path) -> None:
    data = Path("classify.tsv").read_bytes()
    Path("page.txt").symlink_to("classify.tsv")
    result = call("train", "--resume", str(checkpoint), "--epochs", "9", "--save", "page.txt")
    assert (result.code, result.stdout) == (2, "")
    assert "--save page.txt: is what the command reads (DATA classify.tsv)" in result.stderr
    assert Path("classify.tsv").read_bytes() == data


def test_a_checkpoint_that_is_not_there(call: Command, here: Path) -> None:
    for name in ("none.safetensors", "none/model.safetensors"):
        result = call("train", "--resume", name)
        assert (result.code, result.stdout) == (2, "")
        assert result.stderr == f"rnn: --resume {name}: no such file\n"
    assert not list(here.glob(".*"))


def test_files_of_another_kind(call: Command, here: Path) -> None:
    write_tensors(Path("plain.safetensors"), {"weight_ih_l0": np.zeros((4, 3))}, {"format": "other"})
    Path("text.safetensors").write_text("no tensors at all")
    for name in ("plain.safetensors", "text.safetensors"):
        result = call("train", "--resume", name)
        assert (result.code, result.stdout) == (4, ""), name
        assert name in result.stderr


def test_a_full_disk(here: Path) -> None:
    """A file may grow to 8 kB only; the checkpoint before the first step needs more, nothing half is left."""
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); "
        "from rnn_cli.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *CLASSIFY, "--out", OUT],
        cwd=here, env=environment(None), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert f"{OUT}: step 0 was not saved: File too large" in done.stderr
    assert not Path(OUT).exists()
    assert not list(here.glob(".*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_log(call: Command, here: Path) -> None:
    for out in ([], ["--out", OUT]):
        result = call(*CLASSIFY, "--log", "/dev/full", *out)
        assert result.code == 1
        assert "--log /dev/full: No space left" in result.stderr
    assert call(*CLASSIFY, "--log", "/dev/null").code == 0


def test_a_log_that_cannot_be_opened(call: Command, here: Path) -> None:
    result = call(*CLASSIFY, "--log", "none/log.jsonl")
    assert result.code in (1, 2)
    assert "none/log.jsonl" in result.stderr
