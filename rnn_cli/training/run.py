"""A training run as a generator of events: train, evaluate, save, stop early, stop when asked, and go on from a file.

Everything but `seconds` is a function of the settings and the data, so an interrupted and resumed run yields the same
events and the same bytes as one that was left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.batch import Batch
from rnn_cli.core.forward import InitialStates
from rnn_cli.core.optimizers import Optimizer
from rnn_cli.core.systems.base import System
from rnn_cli.core.train import Plan, Progress, StepEvent, train_steps
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.trained import Trained, save_trained
from rnn_cli.tasks.base import Prepared
from rnn_cli.training.config import RunConfig, to_json
from rnn_cli.training.free_running import own_words_of
from rnn_cli.training.measure import Measured, is_better, measure

DONE, EARLY, INTERRUPTED = "done", "early stopping", "interrupted"


@dataclass(frozen=True)
class Started:
    """The first event."""

    step: int
    total_steps: int
    steps_per_epoch: int
    examples: int
    validation_examples: int
    parameter_count: int


@dataclass(frozen=True)
class Evaluated:
    """The validation part, measured."""

    step: int
    epoch: int
    measured: Measured
    best: bool


@dataclass(frozen=True)
class Saving:
    """The checkpoint of this step is about to be written."""

    step: int
    epoch: int
    path: str


@dataclass(frozen=True)
class Finished:
    """The last event: why the run ended, and the last measure of the validation part."""

    step: int
    epoch: int
    reason: str
    measured: Measured | None


RunEvent = Started | StepEvent | Evaluated | Saving | Finished


@dataclass(eq=False)
class Run:
    """A run: its settings, data, system, and where it stands."""

    config: RunConfig
    prepared: Prepared
    system: System
    optimizer: Optimizer
    progress: Progress = field(default_factory=Progress)
    best: Array | None = None
    log_offset: int = 0

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch, the same in all of them."""
        return len(self.prepared.train.batches(0, self.config.seed, self.config.batch_size, self.config.shuffle))

    @property
    def total_steps(self) -> int:
        """The step at which the run ends."""
        limits = []
        if self.config.epochs is not None:
            limits.append(self.config.epochs * self.steps_per_epoch)
        if self.config.max_steps is not None:
            limits.append(self.config.max_steps)
        return min(limits)

    @property
    def plan(self) -> Plan:
        """What the training loop needs of the settings."""
        c = self.config
        return Plan(
            c.seed, self.total_steps, c.learning_rate, c.schedule, c.warmup, c.clip, c.dropout, c.teacher_forcing
        )


def new_run(config: RunConfig, prepared: Prepared, system: System) -> Run:
    """A run at its beginning."""
    optimizer = Optimizer(config.optimizer, config.weight_decay, config.momentum)
    return Run(config, prepared, system, optimizer)


def resumed_run(config: RunConfig, prepared: Prepared, trained: Trained) -> Run:
    """A run where a checkpoint left it. InputError where the data are others; ModelFileError where it is damaged."""
    saved = trained.run
    if saved["fingerprint"] != prepared.fingerprint:
        raise InputError("the data are not those that the run began with: a run goes on with the same data only")
    try:
        where = dict(saved["progress"])
        optimizer = Optimizer(config.optimizer, config.weight_decay, config.momentum, step=int(saved["updates"]))
        size = trained.system.parameters.flat.size
        for name, array in trained.arrays.items():
            if name.startswith("optimizer."):
                optimizer.slots[name.removeprefix("optimizer.")] = array
            if not name.startswith("state.") and array.shape != (size,):
                raise ValueError(f"{name} has another size than the weights")
        progress = Progress(**where, state=_state_from(trained.arrays))
        return Run(
            config, prepared, trained.system, optimizer, progress, trained.arrays.get("best"), int(saved["log_offset"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"the checkpoint is damaged ({error})") from error


def run_events(
    run: Run, out: Path | None, *, stop: Callable[[], bool], log_position: Callable[[], int], watch: int = 0
) -> Iterator[RunEvent]:
    """Train to the end, or until `stop` says so at a step's end; then the last weights are saved.

    After the event Saving, whoever iterates has written its log; `log_position` then says how long that is.
    """
    config, progress = run.config, run.progress
    total, per_epoch = run.total_steps, run.steps_per_epoch
    yield Started(
        progress.step,
        total,
        per_epoch,
        len(run.prepared.train),
        0 if run.prepared.validation is None else len(run.prepared.validation),
        run.system.parameters.flat.size,
    )
    if out is not None and progress.step == 0:
        yield from _save(run, out, log_position)
    plan = Plan(**{**asdict(run.plan), "clip": run.plan.clip, "watch": watch})
    own_words = own_words_of(run.system, run.prepared.encoding)
    measured: Measured | None = None
    reason = DONE
    for event in train_steps(run.system, run.optimizer, plan, progress, _Ahead(run), own_words):
        yield event
        last = progress.step == total
        if _evaluate_now(config, progress, last):
            measured = _measured(run)
            if measured is not None:
                better = _note_best(run, measured)
                yield Evaluated(progress.step, progress.epoch, measured, better)
        if config.patience is not None and progress.since_best >= config.patience:
            reason = EARLY
        if reason == DONE and not last and stop():
            reason = INTERRUPTED
        due = progress.step % config.checkpoint_every == 0
        if out is not None and not last and (due or reason == INTERRUPTED):
            yield from _save(run, out, log_position, in_log=due)
        if reason != DONE:
            break
    if reason != INTERRUPTED:
        if config.patience is not None and run.best is not None:
            run.system.parameters.flat[...] = run.best
            measured = _measured(run)
        if out is not None:
            yield from _save(run, out, log_position, ended=True)
    yield Finished(progress.step, progress.epoch, reason, measured)


def _evaluate_now(config: RunConfig, progress: Progress, last: bool) -> bool:
    if config.eval_every is not None:
        return progress.step % config.eval_every == 0 or last
    return progress.batch == 0 or last


def _measured(run: Run) -> Measured | None:
    if run.prepared.validation is None:
        return None
    name = run.config.task.partition(":")[0]
    return measure(run.system, run.prepared.validation, run.prepared.encoding, name, run.config.batch_size)


def _note_best(run: Run, measured: Measured) -> bool:
    progress = run.progress
    better = is_better(measured.metric, measured.value, progress.best)
    if better:
        progress.best, progress.best_step, progress.since_best = measured.value, progress.step, 0
        if run.config.patience is not None:
            run.best = run.system.parameters.flat.copy()
    else:
        progress.since_best += 1
    return better


def _save(
    run: Run, out: Path, log_position: Callable[[], int], ended: bool = False, in_log: bool = True
) -> Iterator[Saving]:
    """Save. `in_log` False: an uninterrupted run would not save here, so its log would not say so."""
    before = log_position()
    yield Saving(run.progress.step, run.progress.epoch, str(out))
    save_trained(out, checkpoint_of(run, log_position() if in_log else before, ended))


def checkpoint_of(run: Run, log_offset: int, ended: bool) -> Trained:
    """All that it takes to go on."""
    progress = asdict_without_state(run.progress)
    arrays = {f"optimizer.{name}": array for name, array in run.optimizer.slots.items()}
    for (layer, direction), (h, c) in run.progress.state.items():
        if run.prepared.task == "lm":
            arrays[f"state.{layer}.{direction}.h"] = h
            if c is not None:
                arrays[f"state.{layer}.{direction}.c"] = c
    if run.best is not None:
        arrays["best"] = run.best
    saved = {
        "config": to_json(run.config),
        "progress": progress,
        "updates": run.optimizer.step,
        "fingerprint": run.prepared.fingerprint,
        "log_offset": log_offset,
        "ended": ended,
    }
    return Trained(run.config.task, run.system, run.prepared.encoding, asdict(run.prepared.options), saved, arrays)


def asdict_without_state(progress: Progress) -> dict[str, Any]:
    """The progress but for its arrays."""
    return {key: value for key, value in vars(progress).items() if key != "state"}


def _state_from(arrays: Any) -> InitialStates:
    state: InitialStates = {}
    for name, array in arrays.items():
        if name.startswith("state.") and name.endswith(".h"):
            _, layer, direction, _ = name.split(".")
            state[int(layer), direction] = (array, arrays.get(f"state.{layer}.{direction}.c"))
    return state


class _Ahead:
    """The next batch from where a run stands; keeps the order of the epoch at hand."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.epoch = -1
        self.order: Any = ()

    def __call__(self, progress: Progress) -> tuple[Batch, bool]:
        config = self.run.config
        if progress.epoch != self.epoch:
            self.epoch = progress.epoch
            self.order = self.run.prepared.train.batches(progress.epoch, config.seed, config.batch_size, config.shuffle)
        batch = self.run.prepared.train.collate(self.order[progress.batch])
        return batch, progress.batch + 1 == len(self.order)
