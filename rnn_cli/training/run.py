"""A training run as a generator of events: train, evaluate, save, stop early, stop when asked, and go on from a file.

Everything but `seconds` is a function of the settings and the data, so an interrupted and resumed run yields the same
events and the same bytes as one that was left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.decay import decayed
from rnn_cli.core.learning.optimizers import Optimizer
from rnn_cli.core.learning.train import Diverged, Plan, Progress, StepEvent, train_steps
from rnn_cli.core.state import InitialStates, State
from rnn_cli.core.systems.base import System
from rnn_cli.errors import InputError, ModelFileError, RnnError, SystemRefused
from rnn_cli.models.tensors import read_tensors
from rnn_cli.models.trained import DAMAGED, Trained, save_trained
from rnn_cli.reading import parsing
from rnn_cli.tasks import task_class
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.defaults import LAST
from rnn_cli.training.checkpoint import SLOT, STATE, Checkpoint, opened
from rnn_cli.training.config import RunConfig, to_json
from rnn_cli.training.free_running import own_words_of
from rnn_cli.training.keeping import Kept, improves
from rnn_cli.training.measure import Measured, measure
from rnn_cli.training.vectors import embedding_of

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
    """The checkpoint of this step is about to be written. `asked`: because a signal asked, in the middle of the run."""

    step: int
    epoch: int
    path: str
    asked: bool = False


@dataclass(frozen=True)
class Finished:
    """The last event: why the run ended, and the last measure of the validation part."""

    step: int
    epoch: int
    reason: str
    measured: Measured | None


@dataclass(frozen=True, eq=False)
class Standing:
    """Which evaluation was the best so far, how many came after it, and its weights where they are kept."""

    best: float | None
    best_loss: float | None
    best_f1: float | None
    best_step: int
    since_best: int
    weights: Array | None


@dataclass(frozen=True, eq=False)
class Ended:
    """What the file of a finished run holds beside its weights, so that a higher total goes on as if it had been
    there from the start: where the evaluations stood before the one that every run ends with, and, where the file's
    weights are the best ones, the last."""

    standing: Standing
    last_weights: Array | None


@dataclass(frozen=True)
class LogMark:
    """A place in a log: its length in bytes there, and the SHA-256 of them ("" where version 0.1.0 wrote none)."""

    offset: int = 0
    digest: str = sha256().hexdigest()


RunEvent = Started | StepEvent | Evaluated | Saving | Finished


@dataclass(eq=False)
class Run:
    """A run: its settings, data, system, and where it stands.

    best         the best weights so far, where --keep asks for them
    shown        the step whose weights the system holds where that is not the one that the run has reached
    log          where the log ended when the checkpoint that the run resumes from was written
    resumed      whether the run goes on from a checkpoint
    saved        the step of the checkpoint that the run's file holds; None where it holds none of this run
    ended        whether the checkpoint that the run resumes from is that of its end
    vectors_found   how many tokens began with a vector of --vectors; None without
    """

    config: RunConfig
    prepared: Prepared
    system: System
    optimizer: Optimizer
    progress: Progress = field(default_factory=Progress)
    best: Array | None = None
    shown: int | None = None
    log: LogMark = LogMark()
    resumed: bool = False
    saved: int | None = None
    ended: bool = False
    vectors_found: int | None = None

    @property
    def reads(self) -> dict[str, Any]:
        """The files that the run reads, by the names of the options; a resumed run knows them from its checkpoint."""
        config = self.config
        return {
            "data": list(config.data),
            "validation": config.options.validation,
            "init": config.init,
            "vectors": config.vectors,
        }

    @property
    def keeps_best(self) -> bool:
        """Whether the best weights are kept, and not the last."""
        return self.config.keep != LAST and self.prepared.validation is not None

    @property
    def kept(self) -> Kept:
        """Which weights the system holds."""
        reached = self.progress.step
        return Kept(reached, reached, LAST) if self.shown is None else Kept(self.shown, reached, self.config.keep)

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
    def schedule_steps(self) -> int:
        """The step at which the schedule of the learning rate has run its course."""
        return self.config.schedule_steps or self.total_steps

    @property
    def frozen(self) -> tuple[str, ...]:
        """The parameters that are not learnt."""
        return (embedding_of(self.system, self.prepared.encoding)[0],) if self.config.freeze_vectors else ()

    @property
    def plan(self) -> Plan:
        """What the training loop needs of the settings."""
        c = self.config
        return Plan(
            c.seed, self.total_steps, c.learning_rate, c.schedule, c.warmup, c.clip, c.dropout,
            c.dropout_embedding, c.dropout_state, c.teacher_forcing, schedule_steps=self.schedule_steps, frozen=self.frozen,
        )  # fmt: skip


def new_run(config: RunConfig, prepared: Prepared, system: System) -> Run:
    """A run at its beginning."""
    optimizer = Optimizer(config.optimizer, config.weight_decay, config.momentum, decayed=_decayed(config, system))
    return Run(config, prepared, system, optimizer)


def _decayed(config: RunConfig, system: System) -> tuple[slice, ...]:
    return decayed(system.parameters.shapes, config.decays)


def resumed_run(config: RunConfig, prepared: Prepared, checkpoint: Checkpoint, source: str) -> Run:
    """A run where a checkpoint left it. InputError where the data are others; ModelFileError where the file contradicts them."""
    trained, saved = checkpoint.trained, checkpoint.run
    if saved is None:
        raise ModelFileError(f"{source}: it holds no run to go on with")
    if saved.fingerprint != prepared.fingerprint:
        if not config.data:  # what is generated from the file's own settings cannot have changed
            raise ModelFileError(f"{source}: {DAMAGED} (run.fingerprint is not that of its task and seed)")
        raise InputError(
            "the data are not those that the run began with, or an older version read them otherwise: "
            "a run goes on with the same data only, read in the same way"
        )
    progress = replace(saved.progress, state=_state_from(trained.arrays))
    slots = {name.removeprefix(SLOT): array for name, array in trained.arrays.items() if name.startswith(SLOT)}
    optimizer = Optimizer(
        config.optimizer, config.weight_decay, config.momentum, step=saved.updates, slots=slots,
        decayed=_decayed(config, trained.system),
    )  # fmt: skip
    run = Run(config, prepared, trained.system, optimizer, progress, trained.arrays.get("best"), resumed=True)
    run.log = LogMark(saved.log_offset, saved.log_digest)
    run.saved, run.ended, run.vectors_found = progress.step, saved.ended, saved.vectors_found
    with parsing(source, DAMAGED, ModelFileError):
        _check_against_data(run, trained)
    if "last" in trained.arrays:  # the file's weights are the best ones; the run goes on from its last
        trained.system.parameters.flat[...] = trained.arrays["last"]
    return run


def _check_against_data(run: Run, trained: Trained) -> None:
    """ValueError where the file says what its own data contradict."""
    config, progress = run.config, run.progress
    here, there = run.prepared.encoding, trained.encoding
    for name in ("vocabulary", "labels", "columns", "target_columns"):
        if getattr(here, name) != getattr(there, name):
            raise ValueError(f"encoding.{name} is not that of its data")
    for name in ("means", "scales", "target_means", "target_scales"):  # processors differ in the last digits of a sum
        if not np.allclose(getattr(here, name), getattr(there, name), rtol=1e-6):
            raise ValueError(f"encoding.{name} are not those of its data")
    if progress.step != progress.epoch * run.steps_per_epoch + progress.batch or progress.batch >= run.steps_per_epoch:
        raise ValueError("run.progress: step, epoch and batch contradict each other")
    streams = {len(array) for state in progress.state.values() for array in state.values()}
    if progress.batch and streams:
        order = run.prepared.train.batches(progress.epoch, config.seed, config.batch_size, config.shuffle)
        if streams != {len(order[0])}:
            raise ValueError(f"the carried state is not that of {len(order[0])} sequences")


@dataclass
class Asked:
    """What is asked of a run from outside; it looks at the end of each step.

    stop    to save and to stop
    save    to save and to go on; the run takes it back when it has
    """

    stop: bool = False
    save: bool = False


def run_events(
    run: Run, out: Path | None, *, asked: Asked, log_mark: Callable[[], LogMark], watch: int = 0
) -> Iterator[RunEvent]:
    """Train to the end, or until `asked` says stop at a step's end; then the last weights are saved.

    After the event Saving, whoever iterates has written its log; `log_mark` then says where that ends. Diverged also
    where an evaluation leaves the finite range. A run that has made all its steps yields its first event and its last.
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
    if out is not None and progress.step == 0 and not run.resumed:
        yield from _save(run, out, log_mark)
    plan = Plan(**{**asdict(run.plan), "clip": run.plan.clip, "watch": watch})
    own_words = own_words_of(run.system, run.prepared.encoding)
    measured: Measured | None = None
    standing = _standing(run)
    # A kill may have come between the last evaluation that patience allows and the file of the run's end.
    reason = EARLY if stopped_early(run) else DONE
    steps = train_steps(run.system, run.optimizer, plan, progress, _NextBatch(run), own_words)
    for event in () if reason == EARLY else steps:
        yield event
        last, due = progress.step == total, _evaluation_due(config, progress)
        if last or due:
            standing = _standing(run)
            measured = validation_measured(run)
            if measured is not None:
                if not (isfinite(measured.value) and isfinite(measured.loss)):
                    what = f"the validation loss is {measured.loss:.3g}, and its {measured.metric} beyond the range of numbers"
                    raise Diverged(progress.step, what, None, event.grad_norm, event.learning_rate, updated=True)
                better = _note_best(run, measured)
                yield Evaluated(progress.step, progress.epoch, measured, better)
        if due:  # a longer run would not evaluate here, so a resumed run does not go on from this evaluation
            standing = _standing(run)
            if stopped_early(run):
                reason = EARLY
        if reason == DONE and not last and asked.stop:
            reason = INTERRUPTED
        regular = progress.step % config.checkpoint_every == 0
        warned, asked.save = asked.save, False  # taken back first: one that comes while the file is written is another
        if out is not None and not last and (regular or warned or reason == INTERRUPTED):
            in_the_middle = warned and not regular and reason != INTERRUPTED
            yield from _save(run, out, log_mark, in_log=regular, asked=in_the_middle)
        if reason != DONE:
            break
    if reason != INTERRUPTED:
        last_weights: Array | None = None
        if run.best is not None:
            last_weights = run.system.parameters.flat.copy()
            measured = _with_best(run)
        if out is not None:
            yield from _save(run, out, log_mark, ended=Ended(standing, last_weights))
    yield Finished(progress.step, progress.epoch, reason, measured)


def last_event(run: Run) -> Finished:
    """The last event of a run that has ended, made once more: a kill may have come before it was in the log."""
    measured = validation_measured(run)
    if measured is not None and not _evaluation_due(run.config, run.progress):
        _note_best(run, measured)
    if run.best is not None:
        measured = _with_best(run)
    return Finished(run.progress.step, run.progress.epoch, EARLY if stopped_early(run) else DONE, measured)


def stopped_early(run: Run) -> bool:
    """Whether as many evaluations as --patience allows brought nothing better."""
    return run.config.patience is not None and run.progress.since_best >= run.config.patience


def _evaluation_due(config: RunConfig, progress: Progress) -> bool:
    if config.eval_every is not None:
        return progress.step % config.eval_every == 0
    return progress.batch == 0


def _standing(run: Run) -> Standing:
    progress = run.progress
    return Standing(
        progress.best, progress.best_loss, progress.best_f1, progress.best_step, progress.since_best, run.best
    )


def validation_measured(run: Run) -> Measured | None:
    """The validation part, measured with the weights at hand; None where nothing is held out."""
    if run.prepared.validation is None:
        return None
    name = run.config.task.partition(":")[0]
    return measure(run.system, run.prepared.validation, run.prepared.encoding, name, run.config.batch_size)


def _note_best(run: Run, measured: Measured) -> bool:
    progress = run.progress
    better, anew = improves(run.config.keep, measured, progress)
    progress.since_best = 0 if anew else progress.since_best + 1
    if better:
        progress.best, progress.best_loss, progress.best_step = measured.value, measured.loss, progress.step
        progress.best_f1 = measured.macro_f1
        if run.keeps_best:
            run.best = run.system.parameters.flat.copy()
    return better


def _with_best(run: Run) -> Measured | None:
    """Put the best weights in the place of the last, and measure them."""
    run.system.parameters.flat[...] = run.best
    run.shown = run.progress.best_step
    return validation_measured(run)


def _save(
    run: Run,
    out: Path,
    log_mark: Callable[[], LogMark],
    ended: Ended | None = None,
    in_log: bool = True,
    asked: bool = False,
) -> Iterator[Saving]:
    """Save. `in_log` False: an uninterrupted run would not save here, so its log would not say so."""
    before = log_mark()
    yield Saving(run.progress.step, run.progress.epoch, str(out), asked)
    try:
        save_trained(out, checkpoint_of(run, log_mark() if in_log else before, ended))
    except OSError as error:
        raise SystemRefused(
            f"{out}: step {run.progress.step} was not saved: {error.strerror or error}{what_is_kept(run, out)}"
        ) from error
    run.saved = run.progress.step


def what_is_kept(run: Run, out: Path | None) -> str:
    """The end of a sentence: which checkpoint of this run the file holds, after it was read once more."""
    if out is None or run.saved is None or not out.exists():
        return ""
    try:
        kept = opened(str(out), *read_tensors(out)).run
    except RnnError:
        kept = None
    return f"; and what {out} holds now is damaged" if kept is None else f"; {out} holds step {kept.progress.step}"


def checkpoint_of(run: Run, log: LogMark, ended: Ended | None = None) -> Trained:
    """All that it takes to go on."""
    progress = asdict_without_state(run.progress)
    standing = _standing(run) if ended is None else ended.standing
    progress |= {
        "best": standing.best,
        "best_loss": standing.best_loss,
        "best_f1": standing.best_f1,
        "best_step": standing.best_step,
        "since_best": standing.since_best,
    }
    arrays = {f"{SLOT}{name}": array for name, array in run.optimizer.slots.items()}
    if task_class(run.prepared.task).running:
        for (layer, direction), state in run.progress.state.items():
            arrays |= {f"{STATE}{layer}.{direction}.{name}": array for name, array in state.items()}
    if standing.weights is not None:
        arrays["best"] = standing.weights
    if ended is not None and ended.last_weights is not None:
        arrays["last"] = ended.last_weights
    saved = {
        "config": to_json(run.config),
        "progress": progress,
        "updates": run.optimizer.step,
        "fingerprint": run.prepared.fingerprint,
        "log_offset": log.offset,
        "log_digest": log.digest,
        "ended": ended is not None,
        "kept_step": run.kept.step,
        "kept_by": run.kept.by,
    }
    if run.vectors_found is not None:
        saved["vectors_found"] = run.vectors_found
    return Trained(run.config.task, run.system, run.prepared.encoding, asdict(run.prepared.options), saved, arrays)


def asdict_without_state(progress: Progress) -> dict[str, Any]:
    """The progress but for its arrays."""
    return {key: value for key, value in vars(progress).items() if key != "state"}


def _state_from(arrays: Any) -> InitialStates:
    states: dict[tuple[int, str], dict[str, Array]] = {}
    for key, array in arrays.items():
        if key.startswith(STATE):
            _, layer, direction, name = key.split(".")
            states.setdefault((int(layer), direction), {})[name] = array
    return {where: State(**found) for where, found in states.items()}


class _NextBatch:
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
