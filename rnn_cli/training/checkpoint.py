"""A checkpoint at the door: what the file says of its task and its run, each field by itself and all of them against each other.

Every command that reads one comes through here, so that none meets a field that does not fit in the middle of its work. What
needs the data, as whether they are those that the run began with, is for who goes on with the run: training/run.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from reprlib import repr as shortened
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.optimizers import SLOTS
from rnn_cli.core.learning.train import Progress
from rnn_cli.core.network import Architecture
from rnn_cli.errors import ModelFileError
from rnn_cli.models.fit import Finding, hold
from rnn_cli.models.trained import DAMAGED, Trained, trained_from, type_of
from rnn_cli.models.typed import typed
from rnn_cli.reading import parsing
from rnn_cli.tasks import find_task, task_class
from rnn_cli.tasks.base import ENCODER_DECODER, ONE_TO_MANY, Needs
from rnn_cli.tasks.defaults import F1, LAST, LOSS
from rnn_cli.tasks.options import FOUND, DataOptions, check_options, validation_fraction
from rnn_cli.training.build import blueprint_of, check_choices
from rnn_cli.training.config import MOST, RunConfig, from_json
from rnn_cli.training.keeping import KEEPS

SLOT, STATE = "optimizer.", "state."
"""What the names of the optimiser's arrays, and of carried states, begin with."""


@dataclass(frozen=True)
class SavedRun:
    """Where a run stands, as its checkpoint says it; `kept_step` is the step whose weights the file holds."""

    config: dict[str, Any]
    progress: Progress
    updates: int
    fingerprint: str
    log_offset: int
    ended: bool
    log_digest: str = ""
    vectors_found: int | None = None
    kept_step: int | None = None
    kept_by: str | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained system, and the run that a file goes on with; None for both where it cannot go on."""

    trained: Trained
    config: RunConfig | None = None
    run: SavedRun | None = None


def opened(source: str, arrays: Mapping[str, Array], metadata: Any, dtype: Any = None) -> Checkpoint:
    """Read a checkpoint's arrays and metadata. ModelFileError says which field is damaged or does not fit the others.

    `dtype` is the type of the computation; None means the type in the file.
    """
    trained = trained_from(source, arrays, metadata, dtype)
    with parsing(source, DAMAGED, ModelFileError):
        task = find_task(trained.task)
        options = typed(DataOptions, trained.options, "options.")
        check_options(task.name, options, task.accepts)
        validation_fraction(options)
        task.settled(options, trained.encoding)
        needs = task.needs(options, trained.encoding)
        if not trained.run:
            hold(_network(trained, needs))
            return Checkpoint(trained)
        run = typed(SavedRun, trained.run, "run.")
        config = from_json(run.config)
        check_choices(config)
        hold(_settings(trained, config, needs))
        hold(_counts(run, set(trained.run["progress"])))
        hold(_arrays(trained, config, run, type_of(arrays)))
        return Checkpoint(trained, config, run)


def _network(trained: Trained, needs: Needs) -> Iterator[Finding]:
    """Without a run's settings, the task says less of the network."""
    blueprint = trained.system.blueprint
    kind = needs.shape if needs.shape in (ENCODER_DECODER, ONE_TO_MANY) else "single"
    last = blueprint.networks[-1]
    yield f"blueprint.kind is {blueprint.kind}, and {needs.task} takes {kind}", blueprint.kind == kind
    yield f"blueprint.loss is {blueprint.loss}, and {needs.task} takes {needs.loss}", blueprint.loss == needs.loss
    wanted = needs.output_size
    yield f"blueprint has {last.output_size} outputs, and {needs.task} takes {wanted}", last.output_size == wanted
    if kind == "single":
        yield f"blueprint.reader.task is {last.task}, and {needs.task} takes {needs.shape}", last.task == needs.shape


def _settings(trained: Trained, config: RunConfig, needs: Needs) -> Iterator[Finding]:
    yield f"run.config.task is {config.task}, and task {trained.task}", config.task == trained.task
    task = find_task(config.task)
    there = "names files, and its task needs none" if config.data else "names no file, and its task needs one"
    yield f"run.config.data {there}", task.needs_data == bool(config.data)
    progress = trained.run["progress"]
    for keep, name in ((LOSS, "best_loss"), (F1, "best_f1")):
        lost = config.keep == keep and progress.get("best") is not None and progress.get(name) is None
        yield f"run.progress.{name} is missing, by which its best weights are kept", not lost
    fits = blueprint_of(config, needs) == trained.system.blueprint
    yield "blueprint has networks that are not those of run.config, options and encoding", fits
    settled = task.settled(config.options, trained.encoding)
    options = typed(DataOptions, trained.options)
    for one in fields(DataOptions):
        there, here = getattr(options, one.name), getattr(settled, one.name)
        if one.name in FOUND and here is None:
            continue
        yield f"options.{one.name} is {shortened(there)}, and by run.config {shortened(here)}", there == here


def _counts(run: SavedRun, given: set[str]) -> Iterator[Finding]:
    progress = run.progress
    names = {one.name for one in fields(Progress)} - {"state"}
    said = given | {"best_loss", "best_f1"}  # which runs of earlier versions did not keep
    yield f"run.progress has {shortened(given)}, not {', '.join(sorted(names))}", said == names
    counts = {f"progress.{name}": getattr(progress, name) for name in names - {"best", "best_loss", "best_f1"}}
    for name, count in {
        **counts,
        "updates": run.updates,
        "log_offset": run.log_offset,
        "vectors_found": run.vectors_found or 0,
        "kept_step": run.kept_step or 0,
    }.items():
        yield f"run.{name} is {shortened(count)}, which is no count", 0 <= count <= MOST
    for name in ("clipped", "best_step", "since_best", "epoch", "batch"):
        count = getattr(progress, name)
        yield f"run.progress.{name} is {count}, and the run made {progress.step} steps", count <= progress.step
    yield f"run.updates is {run.updates}, and the run made {progress.step} steps", run.updates == progress.step
    best = (progress.best is None) == (progress.best_step == 0)
    yield f"run.progress.best is {progress.best}, and best_step {progress.best_step}", best
    kept = run.kept_step, run.kept_by
    known = kept == (None, None) or (run.kept_step is not None and run.kept_by in KEEPS)
    known = known and (run.kept_step or 0) <= progress.step
    what = f"run.kept_step is {kept[0]} and run.kept_by {shortened(kept[1])}, and the run made {progress.step} steps"
    yield what, known
    digits = set("0123456789abcdef")
    fingerprint = len(run.fingerprint) == 64 and set(run.fingerprint) <= digits
    yield f"run.fingerprint is {shortened(run.fingerprint)}, which is no SHA-256", fingerprint


def _arrays(trained: Trained, config: RunConfig, run: SavedRun, stored: "np.dtype[Any]") -> Iterator[Finding]:
    """The run's arrays: there are those that the run needs and no others, each as large as the weights."""
    yield f"run.config.dtype is {config.dtype}, and the arrays are {stored}", stored == np.dtype(config.dtype)
    slots = {f"{SLOT}{name}" for name in SLOTS[config.optimizer]} if run.updates else set()
    wanted = slots | ({"best"} if config.keep != LAST and run.progress.best is not None else set())
    allowed = wanted | ({"last"} if config.keep != LAST and run.ended else set())
    states = {name for name in trained.arrays if name.startswith(STATE)}
    found = set(trained.arrays) - states
    for name in sorted((wanted - found) | (found - allowed)):
        yield f"the array run.{name} {'is missing' if name in wanted else 'belongs to no such run'}", False
    flat = trained.system.parameters.flat
    for name in sorted(found):
        array = trained.arrays[name]
        yield f"run.{name} has the shape {array.shape}, and there are {flat.size} weights", array.shape == flat.shape
        yield f"run.{name} holds a number that is not finite", bool(np.isfinite(array).all())
        yield f"run.{name} holds a number below 0", name != f"{SLOT}square" or bool((array >= 0).all())
    reader = trained.system.blueprint.reader
    if reader is not None and task_class(config.task).running:
        if states or run.progress.batch:
            yield from _carried({name: trained.arrays[name] for name in sorted(states)}, reader)
    else:
        yield f"the array run.{min(states, default='')} is a state, and {config.task} carries none", not states


def _carried(states: Mapping[str, Array], reader: Architecture) -> Iterator[Finding]:
    """A state for each layer and direction, of the same sequences."""
    layers = [f"{STATE}{layer}.{direction}" for layer in range(reader.num_layers) for direction in reader.directions]
    wanted = {f"{layer}.{name}" for layer in layers for name in reader.make_cell().states}
    for name in sorted(wanted ^ set(states)):
        yield f"the array run.{name} {'is missing' if name in wanted else 'is a state of no layer'}", False
    streams = {array.shape[:1] for array in states.values()}
    yield "the arrays run.state are not of the same sequences", len(streams) == 1
    for name, array in states.items():
        shaped = array.ndim == 2 and array.shape[1] == reader.hidden_size
        yield f"run.{name} has the shape {array.shape}, not {reader.hidden_size} numbers a sequence", shaped
        yield f"run.{name} holds a number that is not finite", bool(np.isfinite(array).all())
