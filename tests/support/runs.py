"""Small training runs for tests: data sets of a few lines, and runs that are stopped or killed at a step of their own choice."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rnn_cli.core.learning.train import StepEvent
from rnn_cli.output.signals import Signals
from rnn_cli.output.train import Journal
from rnn_cli.training.run import Asked, RunEvent
from tests.support.command import Result

OUT, LOG = "model.safetensors", "log.jsonl"

Command = Callable[..., Result]


def write_data(folder: Path) -> None:
    """A data set for each task, small and of unequal lengths."""
    draw = random.Random(0)
    words = ["sun", "rain", "good", "bad", "very", "not", "tree"]

    def sentence() -> list[str]:
        return draw.choices(words, k=draw.randint(1, 7))

    texts = [sentence() for _ in range(24)]
    rows = [f"{' '.join(text)}\t{'up' if 'good' in text else 'down' if 'bad' in text else 'flat'}" for text in texts]
    files = {
        "classify.tsv": ["text\tlabel", *rows],
        "translate.tsv": ["source\ttarget"] + [f"{''.join(t)[:9]}\t{''.join(t)[:9][::-1]}" for t in texts],
        "describe.tsv": ["condition\ttext"] + [f"{draw.choice('ab')}\t{t[0]}{t[-1]}" for t in texts],
        "words.tsv": [line for t in texts for line in (*(f"{w}\t{w[0].upper()}" for w in t), "")],
        "series.csv": ["a,b"] + [f"{draw.random():.3f},{k % 5}" for k in range(40)],
        "text.txt": [" ".join(sentence()) for _ in range(14)],
    }
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


SMALL = ("--hidden-size", "4", "--embedding-size", "3")

RUNS: dict[str, tuple[str, ...]] = {
    "classify": ("classify.tsv", "--task", "classify", "--batch-size", "4", "--epochs", "2", "--cell", "gru"),
    "classify in the order of the file": (
        "classify.tsv", "--task", "classify", "--batch-size", "5", "--epochs", "2", "--no-shuffle", "--balanced",
        "--readout-reads", "max",
        "--cell", "rnn", "--activation", "relu", "--clip-value", "0.01",
    ),
    "two layers with dropout": (
        "classify.tsv", "--task", "classify", "--batch-size", "6", "--epochs", "3", "--num-layers", "2",
        "--dropout", "0.4", "--bidirectional", "--cell", "lstm", "--dtype", "float64",
    ),
    "the same dropout at all steps": (
        "classify.tsv", "--task", "classify", "--batch-size", "6", "--epochs", "3", "--dropout-embedding", "0.3",
        "--dropout-state", "0.5",
    ),
    "patience": (
        "classify.tsv", "--task", "classify", "--batch-size", "4", "--epochs", "4", "--patience", "3",
        "--eval-every", "2", "--learning-rate", "0.2",
    ),
    "a text with carried state": (
        "text.txt", "--task", "lm", "--batch-size", "3", "--sequence-length", "12", "--epochs", "2", "--cell", "lstm",
    ),
    "a text, back through two chunks": (
        "text.txt", "--task", "lm", "--batch-size", "2", "--truncate", "9,20", "--max-steps", "14",
        "--num-layers", "2", "--dropout", "0.2",
    ),
    "words of a text, a vanilla cell": (
        "text.txt", "--task", "lm", "--level", "word", "--batch-size", "2", "--sequence-length", "4",
        "--cell", "rnn", "--max-steps", "12",
    ),
    "translate, half free running": (
        "translate.tsv", "--task", "translate", "--batch-size", "4", "--epochs", "2", "--teacher-forcing", "0.5",
        "--bidirectional", "--cell", "gru", "--attention", "additive",
    ),
    "describe": (
        "describe.tsv", "--task", "describe", "--batch-size", "5", "--epochs", "2", "--teacher-forcing", "0.3",
        "--num-layers", "2", "--dropout", "0.3", "--cell", "lstm",
    ),
    "tag": ("words.tsv", "--task", "tag", "--batch-size", "5", "--epochs", "2"),
    "forecast": (
        "series.csv", "--task", "forecast", "--window", "6", "--batch-size", "8", "--epochs", "2", "--every-step",
    ),
    "recall": ("--task", "recall:length=5,examples=160", "--batch-size", "64", "--max-steps", "8"),
    "momentum with a cosine": (
        "classify.tsv", "--task", "classify", "--batch-size", "8", "--epochs", "3", "--optimizer", "momentum",
        "--momentum", "0.8", "--schedule", "cosine", "--warmup", "3", "--weight-decay", "0.01",
    ),
    "sgd in steps": (
        "classify.tsv", "--task", "classify", "--batch-size", "8", "--epochs", "3", "--optimizer", "sgd",
        "--schedule", "step", "--clip-norm", "0.1", "--readout-reads", "mean",
    ),
    "rmsprop": ("classify.tsv", "--task", "classify", "--batch-size", "8", "--epochs", "2", "--optimizer", "rmsprop"),
    "adamw": (
        "classify.tsv", "--task", "classify", "--batch-size", "8", "--epochs", "2", "--optimizer", "adamw",
        "--weight-decay", "0.1", "--initialization", "orthogonal", "--seed", "7", "--decays", "matrices",
    ),
}  # fmt: skip
"""Runs of few steps that together use everything a checkpoint must hold."""


def start(name: str) -> list[str]:
    """The command line of one of RUNS, with a file and a log."""
    return ["train", *RUNS[name], *SMALL, "--validation", "0.2", "--out", OUT, "--log", LOG] if "recall" not in name else [
        "train", *RUNS[name], *SMALL, "--out", OUT, "--log", LOG,
    ]  # fmt: skip


class StopAfter(Asked):
    """What a run looks at after every step: Ctrl-C, once so many steps are done."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.save = False

    @property
    def stop(self) -> bool:  # type: ignore[override]
        """True when the steps are done."""
        self.left -= 1
        return self.left <= 0


@contextmanager
def stopped_after(patch: pytest.MonkeyPatch, steps: int) -> Iterator[None]:
    """Runs within the block see Ctrl-C after so many of their steps."""

    @contextmanager
    def signals() -> Iterator[Signals]:
        yield Signals(StopAfter(steps), signal.SIGINT)

    with patch.context() as inside:
        inside.setattr("rnn_cli.commands.train_session.signals", signals)
        yield


@contextmanager
def killed_at(patch: pytest.MonkeyPatch, step: int) -> Iterator[None]:
    """Runs within the block end at once, with nothing saved any more, as their log is about to get this step."""
    write = Journal.write

    def until(self: Journal, event: RunEvent) -> None:
        if isinstance(event, StepEvent) and event.step == step:
            raise KeyboardInterrupt
        write(self, event)

    with patch.context() as inside:
        inside.setattr(Journal, "write", until)
        yield


def left_behind() -> tuple[bytes, bytes]:
    """The file and the log of a run."""
    return Path(OUT).read_bytes(), Path(LOG).read_bytes()


def put_back(left: tuple[bytes, bytes]) -> None:
    """Put the file and the log of a run where it left them."""
    Path(OUT).write_bytes(left[0])
    Path(LOG).write_bytes(left[1])
