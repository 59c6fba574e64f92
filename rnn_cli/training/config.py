"""The settings of a training run: what the command line says, with each task's defaults filled in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rnn_cli.core.attention import NONE
from rnn_cli.core.cells import CELLS, cell_class
from rnn_cli.core.learning.clipping import GLOBAL_NORM, VALUE
from rnn_cli.core.learning.decay import ALL
from rnn_cli.core.learning.schedules import CONSTANT
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.errors import InputError
from rnn_cli.models.checks import SIZES
from rnn_cli.models.options import chosen_options
from rnn_cli.models.typed import typed
from rnn_cli.tasks import task_class
from rnn_cli.tasks.defaults import COMMON, FIRST, LAST, Default
from rnn_cli.tasks.options import DataOptions


@dataclass(frozen=True)
class RunConfig:
    """Everything that fixes a run. `CHANGEABLE` may differ when a run is resumed; the rest may not. What a new run takes
    where nothing is said stands in tasks/defaults.py; the values here are those of files that do not name a setting.

    cell_options are the cell's own, as "reset=before"; epochs and max_steps are totals; where both are given the run ends at what comes first.
    schedule_steps is the step at which the schedule of the learning rate has run its course; None: where the run ends.
    """

    task: str
    data: tuple[str, ...] = ()
    options: DataOptions = field(default_factory=DataOptions)
    cell: str = "gru"
    embedding_size: int = 32
    hidden_size: int = 64
    num_layers: int = 1
    bidirectional: bool = False
    readout_reads: str = FINAL_STATE
    attention: str = NONE
    cell_options: tuple[str, ...] = ()
    batch_size: int = 32
    epochs: int | None = None
    max_steps: int | None = None
    optimizer: str = "adam"
    learning_rate: float = 0.003
    momentum: float = 0.9
    weight_decay: float = 0.0
    decays: str = ALL
    schedule: str = CONSTANT
    warmup: int = 0
    schedule_steps: int | None = None
    clip_norm: float | None = 1.0
    clip_value: float | None = None
    dropout: float = 0.0
    dropout_embedding: float = 0.0
    dropout_state: float = 0.0
    teacher_forcing: float = 1.0
    initialization: str = "pytorch"
    forget_bias: float | None = None
    embedding_scale: float = 1.0
    init: str | None = None
    vectors: str | None = None
    freeze_vectors: bool = False
    seed: int = 0
    shuffle: bool = True
    dtype: str = "float32"
    keep: str = LAST
    patience: int | None = None
    eval_every: int | None = None
    checkpoint_every: int = 200
    threads: int = 1

    @property
    def options_of_cell(self) -> dict[str, str]:
        """The cell's own options by name."""
        return dict(one.split("=", 1) for one in self.cell_options)

    @property
    def clip(self) -> tuple[str, float] | None:
        """By value where that was asked for, else by global norm; None where the limit is 0."""
        if self.clip_value is not None:
            return (VALUE, self.clip_value)
        return (GLOBAL_NORM, self.clip_norm) if self.clip_norm else None


SETTINGS = tuple(one.name for one in fields(RunConfig) if one.name not in ("task", "data", "options"))
"""What a run is told beside its task and its data."""

CHANGEABLE = ("epochs", "max_steps", "checkpoint_every", "data")
"""May change on --resume: the totals, how often is saved, and where the same data lie."""


def all_defaults(task: str) -> dict[str, Default]:
    """The defaults of a task, by the names of the settings. InputError where there is no such task."""
    return {**COMMON, **task_class(task).run_defaults}


def settings_of(task: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a run, None for those that were not given. InputError where one is unknown."""
    for name in given:
        if name not in SETTINGS:
            raise InputError(f"no setting {name!r}; the settings are {', '.join(sorted(SETTINGS))}")
    every = {name: given.get(name) for name in SETTINGS}
    return {**{name: tuple(one) if isinstance(one, list) else one for name, one in every.items()}, "task": task}


def configure(given: dict[str, Any]) -> RunConfig:
    """The settings, from what was given (None: not given) and the task's defaults. InputError where they do not fit."""
    defaults = {name: one.start for name, one in all_defaults(given["task"]).items()}
    chosen = {key: value for key, value in given.items() if value is not None}
    if "epochs" in chosen or "max_steps" in chosen:
        defaults.pop("epochs", None)
        defaults.pop("max_steps", None)
    cell = chosen.get("cell", defaults["cell"])
    if cell in CELLS and cell_class(cell).keeps is None:
        defaults.pop("forget_bias", None)
    if "clip_value" in chosen and "clip_norm" in chosen:
        raise InputError("clip by norm (--clip-norm) or by value (--clip-value), not both")
    return RunConfig(**(defaults | chosen))


def to_json(config: RunConfig) -> dict[str, Any]:
    """For the checkpoint."""
    return asdict(config)


MOST = 10**15
"""The largest number of a count: more steps than anybody has time for, and exact in every number that it meets."""

RANGES: dict[str, tuple[int, int]] = {
    "embedding_size": SIZES["input_size"],
    "hidden_size": SIZES["hidden_size"],
    "num_layers": SIZES["num_layers"],
    "batch_size": (1, MOST),
    "epochs": (1, MOST),
    "max_steps": (1, MOST),
    "warmup": (0, MOST),
    "schedule_steps": (1, MOST),
    "seed": (0, 2**128 - 1),
    "patience": (1, MOST),
    "eval_every": (1, MOST),
    "checkpoint_every": (1, MOST),
    "threads": (1, 1024),
}
"""The least and the largest of each whole number among the settings."""


def _of_0_1_0(data: dict[str, Any]) -> list[str]:
    """The cell's options as version 0.1.0 kept them, in settings of their own."""
    old = {"activation": data["activation"], "reset_after": not data["reset_before"]}
    return [f"{name}={value}" for name, value in chosen_options(data["cell"], old)]


def _kept_before(data: dict[str, Any]) -> str:
    """Which weights a run keeps that began before --keep was there."""
    return LAST if data["patience"] is None else FIRST


def from_json(data: dict[str, Any]) -> RunConfig:
    """From a checkpoint. KeyError, TypeError or ValueError where it is damaged; check_choices looks at the values."""
    own = data if "cell_options" in data else {**data, "cell_options": _of_0_1_0(data)}
    config = typed(RunConfig, {"keep": _kept_before(data), **own}, "run.config.")
    if config.epochs is None and config.max_steps is None:
        raise ValueError("run.config has neither epochs nor max_steps: the run has no end")
    return config
