"""From settings to a run, new or resumed, and what to say where a run diverged."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from rnn_cli.core.cells import make_cell
from rnn_cli.core.learning.schedules import CONSTANT, learning_rate
from rnn_cli.core.learning.train import Diverged
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.inputs.samples import require_data
from rnn_cli.models.load import load_model, require_model
from rnn_cli.models.tensors import read_tensors
from rnn_cli.models.trained import FORMAT
from rnn_cli.models.typed import typed
from rnn_cli.reading import shown
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.defaults import LAST, ONE_ANSWER, Known, apart
from rnn_cli.tasks.options import DataOptions, flag_of, of_new_run
from rnn_cli.training.build import build, check_choices
from rnn_cli.training.checkpoint import opened
from rnn_cli.training.config import CHANGEABLE, RunConfig, all_defaults, configure
from rnn_cli.training.idle import asked_in_vain
from rnn_cli.training.keeping import check_keep
from rnn_cli.training.run import Run, new_run, resumed_run, stopped_early, what_is_kept
from rnn_cli.training.vectors import begin_with_vectors, check_vectors, size_with_vectors


def check_out(out: str | None, overwrite: bool) -> None:
    """InputError where the model could not be saved: raised before hours of training."""
    if out is not None:
        path = Path(out)
        if path.suffix != ".safetensors":
            raise InputError(f"--out {out}: the name must end in .safetensors")
        if path.exists() and not overwrite:
            raise InputError(f"--out {out}: exists; --overwrite replaces it, --resume goes on from it")
        if not path.parent.is_dir():
            raise InputError(f"--out {out}: there is no folder {path.parent}")


def check_resume(name: str | None, out: str | None = None) -> None:
    """InputError where there is no file to go on from, or another to write: said before a lock is laid beside it."""
    if name is not None:
        if out is not None:
            raise InputError("--resume goes on in its own file; --out is for a new run")
        require_model(name, f"--resume {shown(name)}: no such file")


def begin(data: list[str], task: str | None, given: dict[str, Any], options: DataOptions) -> tuple[Run, list[str]]:
    """A new run, and what was asked for and changes nothing."""
    if task is None:
        raise InputError("give the --task, as in: rnn train reviews.tsv --task classify")
    kind = find_task(task)
    if kind.needs_data != bool(data):
        raise InputError(
            f"--task {task} needs DATA" if kind.needs_data else f"--task {task} makes its own examples: no DATA"
        )
    require_data(data)
    size = size_with_vectors(given.get("vectors"), given.get("embedding_size"))
    options = of_new_run(options, kind.accepts)
    config = configure({**given, "embedding_size": size, "data": tuple(data), "options": options})
    check_choices(config)
    check_vectors(config, kind.needs_data)
    prepared = kind.prepare(data, options, config.seed)
    if config.patience is not None and prepared.validation is None:
        why = prepared.unheld or "give --validation"
        raise InputError(f"--patience waits for a better validation part, and there is none: {why}")
    config = settled(config, given, prepared)
    check_keep(config.keep, prepared)
    run = new_run(config, prepared, build(config, prepared))
    if config.vectors is not None:
        run.vectors_found = begin_with_vectors(run.system, config, prepared)
    return run, [*enough_said(run, given), *asked_in_vain(config, given, known_of(config, prepared))]


def settled(config: RunConfig, given: dict[str, Any], prepared: Prepared) -> RunConfig:
    """The settings with what the data decide: how they were read, and each default that is a rule.

    How long a run goes that is told its length, and what a run keeps that is to keep its last step, is not for patience.
    """
    own = {name: one.rule for name, one in all_defaults(config.task).items() if one.rule and given[name] is None}
    if not open_ended(given):
        own.pop("epochs", None)
    elif config.epochs is not None and config.eval_every is None:
        config = replace(config, eval_every=apart(known_of(config, prepared).steps_per_epoch))
    if not open_ended(given) or given["keep"] == LAST:
        own.pop("patience", None)
    if config.init is not None and given[ONE_ANSWER] is None and prepared.shape == MANY_TO_ONE:
        own.pop(ONE_ANSWER, None)
        config = replace(config, readout_reads=load_model(config.init).network.architecture.reads)
    known = known_of(config, prepared)
    return replace(config, options=prepared.options, **{name: rule.of(known) for name, rule in own.items()})


def known_of(config: RunConfig, prepared: Prepared) -> Known:
    """What defaults that are rules ask of the data."""
    steps = len(prepared.train.batches(0, config.seed, config.batch_size, config.shuffle))
    held_out = 0 if prepared.validation is None else len(prepared.validation)
    every, level = config.eval_every or steps, prepared.encoding.level
    return Known(steps, level, held_out, every, prepared.mostly_rare, len(prepared.train), prepared.median_length)


def open_ended(given: dict[str, Any]) -> bool:
    """Whether the command line leaves open how long the run goes."""
    return given["epochs"] is None and given["max_steps"] is None


def enough_said(run: Run, given: dict[str, Any]) -> list[str]:
    """How long a run goes whose length was left open, in one line."""
    if run.config.epochs is None or not open_ended(given):
        return []
    epochs = "1 epoch" if run.config.epochs == 1 else f"{run.config.epochs:,} epochs"
    said = f"{epochs}: {run.total_steps:,} updates on {len(run.prepared.train):,} examples (--epochs)"
    if run.config.patience is None or given["patience"] is not None:
        return [said]
    until = f"or until {run.config.patience} evaluations in a row bring nothing better (--patience)"
    return [f"{said}, {until}"]


def resume(name: str, data: list[str], given: dict[str, Any], options: DataOptions) -> tuple[Run, Path]:
    """The run that a file holds. InputError where a flag would make it another run."""
    check_resume(name)
    arrays, metadata = read_tensors(Path(name))
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise ModelFileError(f"{name}: not a checkpoint of rnn train")
    checkpoint = opened(name, arrays, metadata)
    config = checkpoint.config
    if config is None:
        raise ModelFileError(f"{name}: it holds no run to go on with")
    refuse_changes(config, given, options)
    totals = {key: given[key] for key in ("epochs", "max_steps") if given[key] is not None}
    if totals:
        config = replace(config, **{"epochs": None, "max_steps": None, **totals})
    for key in ("checkpoint_every", "schedule_steps"):
        if given[key] is not None:
            config = replace(config, **{key: given[key]})
    if data:
        config = replace(config, data=tuple(data))
    check_choices(config)
    require_data(config.data)
    # What the reader found out when the run began stands: a later version may find out something else.
    settled = typed(DataOptions, checkpoint.trained.options)
    prepared = find_task(config.task).prepare(list(config.data), settled, config.seed)
    run = resumed_run(config, prepared, checkpoint, name)
    assert checkpoint.config is not None
    refuse_another_schedule(run, replace(run, config=checkpoint.config), given)
    return run, Path(name)


def refuse_another_schedule(run: Run, before: Run, given: dict[str, Any]) -> None:
    """InputError where a new total would bend the schedule: the steps that were made belong to the old one."""
    config, kept = run.config, before.schedule_steps
    if config.schedule == CONSTANT or run.schedule_steps == kept or run.progress.step >= run.total_steps:
        return
    if given["schedule_steps"] is not None:
        raise InputError(_refusal("schedule_steps", kept))
    flag = "--max-steps" if given["max_steps"] is not None else "--epochs"
    rate = learning_rate(config.schedule, config.learning_rate, kept + 1, kept, config.warmup)
    raise InputError(
        f"{flag}: the {config.schedule} schedule of this run ends at step {kept}; with {run.total_steps} steps it would "
        "have been another run from the start\n"
        f"--schedule-steps {kept} keeps it, with a learning rate of {rate:g} after that step; "
        "a new run with --init begins another"
    )


def refuse_changes(config: RunConfig, given: dict[str, Any], options: DataOptions) -> None:
    """InputError where a flag is given whose value differs from the run's and may not change."""
    cell = make_cell(config.cell, config.options_of_cell)
    for option, value in (one.split("=", 1) for one in given["cell_options"] or ()):
        kept = getattr(cell, option, "no option of its cell")
        if kept != value:
            raise InputError(_refusal(flag_of(option), kept))
    for name, value in given.items():
        may = name in (*CHANGEABLE, "cell_options") or (name == "schedule_steps" and config.schedule != CONSTANT)
        if value is not None and not may and getattr(config, name) != value:
            raise InputError(_refusal(flag_of(name), getattr(config, name)))
    for one in fields(DataOptions):
        value = getattr(options, one.name)
        if value != one.default and value != getattr(config.options, one.name):
            raise InputError(_refusal(flag_of(one.name), getattr(config.options, one.name)))


def _refusal(flag: str, value: object) -> str:
    flags = ", ".join(flag_of(one) for one in CHANGEABLE if one != "data")
    return f"{flag} cannot change on --resume (it is {value}); these can: {flags}, --log, --watch and the place of the data"


def nothing_to_do(run: Run, given: dict[str, Any]) -> bool:
    """Whether a resumed run has made all its steps, or stopped early and no higher total was asked for.

    A run that stopped early and is asked to go on starts with full patience.
    """
    if run.progress.step >= run.total_steps:
        return True
    if stopped_early(run):
        if given["epochs"] is None and given["max_steps"] is None:
            return run.ended  # a kill may have come before the file of the end was written
        run.progress.since_best = 0
    return False


def divergence_message(error: Diverged, run: Run, out: Path | None) -> str:
    """What went out of the finite range, why most likely, and what is left."""
    changed = "it is not kept" if error.updated else "no weight was changed by it"
    return f"step {error.step}: {error.what}; {changed}{what_is_kept(run, out)}\n{_likely_cause(error, run)}"


def _likely_cause(error: Diverged, run: Run) -> str:
    """Why a run diverged, by what is known of the step before. The first step has none, and no learning rate acted on it."""
    before = error.previous_norm
    if before is None and error.step > 1:
        return (
            "the run was gone on with at this step, so that the gradient before it is not known: it may have exploded, "
            f"or the learning rate ({error.learning_rate:g}) is too high"
        )
    if before is None:
        return "no weight had been changed by then: an input holds huge numbers, or the weights begin too large"
    if before > 100:
        clipped = run.config.clip is not None and run.config.clip[1] < before
        hold = "a lower --learning-rate or --clip-norm may hold it" if clipped else "clip it with --clip-norm 1"
        return f"the gradient was exploding (its last finite norm was {before:.3g}): {hold}"
    return f"most likely the learning rate ({error.learning_rate:g}) is too high, or an input holds huge numbers"
