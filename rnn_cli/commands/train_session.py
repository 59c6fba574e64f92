"""From the options of rnn train to a run, new or resumed, and from its end to an exit code."""

import signal
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import typer

from rnn_cli.commands.train_options import DataFlags, NetworkFlags, OptimizationFlags, RunFlags
from rnn_cli.core.cells import make_cell
from rnn_cli.core.learning.train import Diverged
from rnn_cli.errors import InputError, ModelFileError, NumberError
from rnn_cli.inputs.samples import require_data
from rnn_cli.models.options import flag_of
from rnn_cli.models.tensors import read_tensors
from rnn_cli.models.trained import FORMAT, trained_from
from rnn_cli.output.emit import emit, save_result
from rnn_cli.output.progress import say
from rnn_cli.output.threads import limit_threads
from rnn_cli.output.train import follow
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions
from rnn_cli.training.blas import small_products
from rnn_cli.training.build import build, check_choices
from rnn_cli.training.config import CHANGEABLE, RunConfig, configure, from_json
from rnn_cli.training.run import Run, new_run, resumed_run
from rnn_cli.views.train import data_lines, summary_page


def train_session(
    data: list[str],
    task: str | None,
    network: NetworkFlags,
    optimization: OptimizationFlags,
    read: DataFlags,
    keep: RunFlags,
    seed: int | None,
) -> None:
    """Train, and leave with the contract's exit code."""
    check_files(keep)
    given = {**vars(network), **vars(optimization), "seed": seed, "task": task}
    given["cell_options"] = cell_options(given.pop("activation"), given.pop("reset_before"))
    given |= {name: getattr(keep, name) for name in ("checkpoint_every", "eval_every", "threads")}
    options = data_options(read)
    out: Path | None
    if keep.resume is not None:
        run, out = resume(keep.resume, data, given, options)
        if run.progress.step >= run.total_steps or _ended(run, given):
            say(
                f"{keep.resume}: nothing to do: the run has made all its {run.progress.step:,} steps (--epochs or --max-steps raise the total)"
            )
            return
        if run.progress.since_best and _stopped_early(run):
            run.progress.since_best = 0  # asked to go on, it is given its patience anew
    else:
        run, out = begin(data, task, given, options, keep)
    for text in data_lines(run):
        say(text)
    with limit_threads(run.config.threads), small_products(run.config.threads):
        try:
            watched, number = follow(
                run,
                out,
                as_json=keep.json,
                log=keep.log,
                watch=keep.watch,
                precision=keep.precision,
                no_color=keep.no_color,
            )
        except Diverged as error:
            raise NumberError(divergence_message(error, out)) from error
    page = lambda: summary_page(watched, None if out is None else str(out))  # noqa: E731
    if keep.json:
        for name in keep.save:
            save_result(Path(name), page, dict)
    else:
        emit(page, dict, save=keep.save, no_color=keep.no_color)
    if keep.plot:
        from rnn_cli.plots.draw import save_plots
        from rnn_cli.plots.train import loss_figure

        save_plots(keep.plot, loss_figure(watched))
    if number is not None:
        raise typer.Exit(130 if number == signal.SIGINT else 143)


def check_files(keep: RunFlags) -> None:
    """InputError where a file that is to be written cannot be: said before hours of training."""
    from rnn_cli.output.emit import check_save

    check_save(keep.save)
    if any(Path(name).suffix == ".json" for name in keep.save):
        raise InputError("--save of a .json: a run has no one document; --log FILE writes its events as JSON lines")
    if keep.plot:
        from rnn_cli.plots.draw import check_plot

        check_plot(keep.plot)
    if keep.resume is not None and keep.out is not None:
        raise InputError("--resume goes on in its own file; --out is for a new run")
    if keep.out is not None:
        path = Path(keep.out)
        if path.suffix != ".safetensors":
            raise InputError(f"--out {keep.out}: the name must end in .safetensors")
        if path.exists() and not keep.overwrite:
            raise InputError(f"--out {keep.out}: exists; --overwrite replaces it, --resume goes on from it")
        if not path.parent.is_dir():
            raise InputError(f"--out {keep.out}: there is no folder {path.parent}")


def data_options(read: DataFlags) -> DataOptions:
    """The flags as the tasks take them."""
    values: dict[str, Any] = dict(vars(read))
    for name in ("columns", "targets"):
        if values[name] is not None:
            values[name] = tuple(part.strip() for part in values[name].split(","))
    return DataOptions(**values)


def begin(
    data: list[str], task: str | None, given: dict[str, Any], options: DataOptions, keep: RunFlags
) -> tuple[Run, Path | None]:
    """A new run."""
    if task is None:
        raise InputError("give the --task, as in: rnn train reviews.tsv --task classify")
    kind = find_task(task)
    if kind.needs_data != bool(data):
        raise InputError(
            f"--task {task} needs DATA" if kind.needs_data else f"--task {task} makes its own examples: no DATA"
        )
    require_data(data)
    config = configure({**given, "data": tuple(data), "options": options})
    check_choices(config)
    prepared = kind.prepare(data, options, config.seed)
    if config.patience is not None and prepared.validation is None:
        raise InputError("--patience waits for a better validation part, and there is none: give --validation")
    for text in without_effect(config, given, prepared.has_decoder):
        say(text)
    run = new_run(config, prepared, build(config, prepared))
    return run, None if keep.out is None else Path(keep.out)


def resume(name: str, data: list[str], given: dict[str, Any], options: DataOptions) -> tuple[Run, Path]:
    """The run that a file holds. InputError where a flag would make it another run."""
    path = Path(name)
    if not path.exists():
        raise InputError(f"--resume {name}: no such file")
    arrays, metadata = read_tensors(path)
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise ModelFileError(f"{name}: not a checkpoint of rnn train")
    trained = trained_from(name, arrays, metadata)
    try:
        config = from_json(trained.run["config"])
        check_choices(config)
    except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        raise ModelFileError(f"{name}: its settings are damaged ({error})") from error
    refuse_changes(config, given, options)
    totals = {key: given[key] for key in ("epochs", "max_steps") if given[key] is not None}
    if totals:
        config = replace(config, **{"epochs": None, "max_steps": None, **totals})
    if given["checkpoint_every"] is not None:
        config = replace(config, checkpoint_every=given["checkpoint_every"])
    if data:
        config = replace(config, data=tuple(data))
    kind = find_task(config.task)
    prepared = kind.prepare(list(config.data), config.options, config.seed)
    return resumed_run(config, prepared, trained), path


def cell_options(activation: str | None, reset_before: bool | None) -> tuple[str, ...] | None:
    """The flags of cells' own options as settings of a run; None where none was given."""
    given = {"activation": activation, "reset": "before" if reset_before else None}
    return tuple(f"{name}={value}" for name, value in given.items() if value is not None) or None


def refuse_changes(config: RunConfig, given: dict[str, Any], options: DataOptions) -> None:
    """InputError where a flag is given whose value differs from the run's and may not change."""
    cell = make_cell(config.cell, config.options_of_cell)
    for option, value in (one.split("=", 1) for one in given["cell_options"] or ()):
        kept = getattr(cell, option) if option in cell.options else "no option of its cell"
        if kept != value:
            raise InputError(_refusal(flag_of(option), kept))
    for name, value in given.items():
        changes = value is not None and name not in (*CHANGEABLE, "cell_options") and getattr(config, name) != value
        if changes:
            raise InputError(_refusal(_flag(name), getattr(config, name)))
    for one in fields(DataOptions):
        value = getattr(options, one.name)
        if value != one.default and value != getattr(config.options, one.name):
            raise InputError(_refusal(_flag(one.name), getattr(config.options, one.name)))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refusal(flag: str, value: object) -> str:
    flags = ", ".join(_flag(one) for one in CHANGEABLE if one != "data")
    return f"{flag} cannot change on --resume (it is {value}); these can: {flags}, --log, --watch and the place of the data"


def _stopped_early(run: Run) -> bool:
    return run.config.patience is not None and run.progress.since_best >= run.config.patience


def _ended(run: Run, given: dict[str, Any]) -> bool:
    """Whether the run stopped early and no higher total was asked for."""
    return _stopped_early(run) and given["epochs"] is None and given["max_steps"] is None


def without_effect(config: RunConfig, given: dict[str, Any], decoder: bool) -> list[str]:
    """What was asked for and changes nothing."""
    notes = []
    if config.dropout and config.num_layers == 1:
        notes.append("--dropout acts between layers: with one layer it changes nothing")
    if config.teacher_forcing < 1 and not decoder:
        notes.append(f"--teacher-forcing is for networks that write: in {config.task} it changes nothing")
    if given["momentum"] is not None and config.optimizer != "momentum":
        notes.append(f"--momentum is for --optimizer momentum: with {config.optimizer} it changes nothing")
    return notes


def divergence_message(error: Diverged, out: Path | None) -> str:
    """What went out of the finite range, why most likely, and what is left."""
    if error.previous_norm > 100:
        cause = f"the gradient was exploding (its norm was {error.previous_norm:.3g} a step before): clip it with --clip-norm 1"
    else:
        cause = f"most likely the learning rate ({error.learning_rate:g}) is too high, or an input holds huge numbers"
    changed = "it is not kept" if error.updated else "no weight was changed by it"
    kept = f"; the last good checkpoint is in {out}" if out is not None and out.exists() else ""
    return f"step {error.step}: {error.what}; {changed}{kept}\n{cause}"
