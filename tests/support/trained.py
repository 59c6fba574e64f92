"""Small trained models, one for each task, made by a real run of a few steps when a test first asks for one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rnn_cli.core.attention import NONE, SCORES
from rnn_cli.models.bundled import samples_directory
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions
from rnn_cli.training.build import build
from rnn_cli.training.config import configure
from rnn_cli.training.run import Asked, LogMark, new_run, run_events

DATA = samples_directory() / "data"

RUNS: dict[str, tuple[str, str | None, DataOptions, dict[str, Any]]] = {
    "classify": ("classify", "reviews.tsv", DataOptions(), {}),
    "classify-char": ("classify", "reviews.tsv", DataOptions(level="char"), {}),
    "tag": ("tag", "sentences.conllu", DataOptions(word_parts="affixes"), {"max_steps": 60}),
    "lm": ("lm", "verse.txt", DataOptions(sequence_length=20), {}),
    "lm-word": ("lm", "verse.txt", DataOptions(level="word", sequence_length=20), {}),
    "translate": ("translate", "dates.tsv", DataOptions(), {"max_steps": 60, "hidden_size": 16, "attention": NONE}),
    "translate-word": ("translate", "dates.tsv", DataOptions(level="word"), {"bidirectional": False}),
    **{
        f"translate-{name}": ("translate", "dates.tsv", DataOptions(), {"max_steps": 20, "attention": name})
        for name in SCORES
    },
    "describe": ("describe", "names.tsv", DataOptions(), {"max_steps": 60}),
    "forecast": ("forecast", "weather.csv", DataOptions(window=5, horizon=2), {"max_steps": 60}),
    "forecast-steps": ("forecast", "weather.csv", DataOptions(window=5, targets=("wind",), every_step=True), {}),
    "copy": ("copy:length=3,memory=2,symbols=3", None, DataOptions(), {}),
    "adding": ("adding:length=4", None, DataOptions(), {}),
}
"""For each model its task, its data, how they are read, and the settings that differ from those of all."""


SCORED_ALIKE = tuple(f"translate-{name}" for name in SCORES)[1:]
"""What differs from another model in the score of its attention alone."""


class TrainedModels:
    """The models by their names in RUNS; each is trained once, whichever of the processes of the tests asks first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "unfinished").mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """The file of a model."""
        path = self.folder / f"{name}.safetensors"
        with self._alone(name):
            if not path.exists():
                self._train(name, self.folder / "unfinished" / f"{os.getpid()}-{path.name}").replace(path)
        return path

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Wait until no other process trains this model; where there is no such lock, each trains it for itself."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            with suppress(ImportError):
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _train(self, name: str, path: Path) -> Path:
        task, data, options, settings = RUNS[name]
        files = () if data is None else (str(DATA / data),)
        common: dict[str, Any] = {"max_steps": 30, "hidden_size": 8, "embedding_size": 8, "learning_rate": 0.01}
        config = configure({**common, **settings, "task": task, "data": files, "options": options})
        prepared = find_task(task).prepare(list(files), options, config.seed)
        run = new_run(config, prepared, build(config, prepared))
        for _ in run_events(run, path, asked=Asked(), log_mark=LogMark):
            pass
        return path

    def data(self, name: str) -> list[str]:
        """The data of a model's training; [] for a generated task."""
        file = RUNS[name][1]
        return [] if file is None else [str(DATA / file)]


def first_lines(name: str, folder: Path, lines: int = 400) -> str:
    """The first lines of bundled data as a file of the same name: for tests whose subject is not the data."""
    text = (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / name).write_text("".join(text[:lines]), encoding="utf-8")
    return str(folder / name)
