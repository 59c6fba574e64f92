"""rnn.train: a network learns a task from data, with the flags of `rnn train` as settings."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, fields, replace
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.cells import option_names
from rnn_cli.core.learning.train import Diverged
from rnn_cli.core.systems import make_system
from rnn_cli.documents.train import EventWriter
from rnn_cli.errors import InputError, NumberError
from rnn_cli.front.model import Model
from rnn_cli.front.quiet import quiet
from rnn_cli.locks import held, needs_lock
from rnn_cli.models.trained import Trained as Saved
from rnn_cli.models.trained import model_of
from rnn_cli.models.typed import typed
from rnn_cli.output.emit import Once
from rnn_cli.output.jsonable import as_json_reads
from rnn_cli.output.notebook import page_html, page_text
from rnn_cli.output.train import Journal
from rnn_cli.paths import check_paths
from rnn_cli.study.networks import shell_flags
from rnn_cli.tasks.options import DataOptions, side_by_side
from rnn_cli.threads import limit_threads
from rnn_cli.training.blas import small_products
from rnn_cli.training.config import SETTINGS as RUN_SETTINGS
from rnn_cli.training.config import RunConfig
from rnn_cli.training.run import Asked, LogMark, Run, checkpoint_of, run_events
from rnn_cli.training.session import begin, check_out, check_resume, divergence_message, nothing_to_do
from rnn_cli.training.session import resume as resumed
from rnn_cli.views.train import Watched, data_lines, summary_page

DATA_SETTINGS = tuple(one.name for one in fields(DataOptions))
SHORT = {"lr": "learning_rate"}
LISTS = ("columns", "targets")
"""Settings of data that are several names; as text they have commas between them."""


class Trained:
    """A run that has ended.

    model     what was trained, ready for `forward`, `predict`, `evaluate`, …
    events    the run's events as `rnn train --json` prints them, one dict each
    notes     what a person should know of the data and the settings, one sentence each
    """

    def __init__(
        self, model: Model, events: list[dict[str, Any]], notes: list[str], watched: Watched, out: str | None
    ) -> None:
        self.model, self.events, self.notes = model, events, tuple(notes)
        self._watched, self._out = watched, out

    def page(self, precision: int = 4) -> str:
        """The page that `rnn train` prints at the end; `precision` is the number of decimals of a loss."""
        self._watched.digits = precision
        return page_text(self._once())

    def _once(self) -> Once:
        return Once(lambda: summary_page(self._watched, self._out))

    def __str__(self) -> str:
        return self.page().rstrip("\n")

    def __repr__(self) -> str:
        return f"<trained model {self.model.name}: print() shows the run>"

    def _repr_html_(self) -> str:
        return page_html(self._once())


@quiet
def train(
    data: "str | PathLike[str] | Iterable[str | PathLike[str]] | None" = None,
    task: str | None = None,
    *,
    out: "str | PathLike[str] | None" = None,
    overwrite: bool = False,
    resume: "str | PathLike[str] | None" = None,
    log: "str | PathLike[str] | None" = None,
    watch: int = 0,
    **settings: Any,
) -> Trained:
    """Train a network, without a word on stdout.

    data        a file, several, or a folder; None for a task that generates its examples, and beside source and target
    task        "classify", "tag", "lm", "translate", "describe", "forecast", or "copy:length=20" and its like
    out         where the model is saved, as it goes (.safetensors); `overwrite` replaces it
    resume      go on from a saved run
    log         a file that gets every event as a JSON line
    watch       every so many steps, measure how far back the gradient reaches
    settings    the other flags of `rnn train`: cell, hidden_size, epochs, max_steps, learning_rate, level, …

    InputError where a setting is unknown or does not fit; NumberError where the run diverges: the last good checkpoint
    is in `out`; ModelFileError where `resume` is damaged; SystemRefused where a file cannot be written.

    >>> import rnn_cli as rnn
    >>> trained = rnn.train(task="parity:length=4", cell="rnn", hidden_size=4, max_steps=3)
    >>> [event["event"] for event in trained.events]
    ['start', 'step', 'step', 'step', 'eval', 'done']
    """
    files = (
        [] if data is None else [fspath(data)] if isinstance(data, str | PathLike) else [fspath(one) for one in data]
    )
    files, parallel = side_by_side(files, _path(settings.pop("source", None)), _path(settings.pop("target", None)))
    if parallel:
        settings["parallel"] = True
    place, from_, journal = (None if one is None else fspath(one) for one in (out, resume, log))
    check_paths({**settings, "data": files, "out": place, "log": journal, "resume": from_})
    given, options = read_settings(settings, task)
    check_resume(from_, place)
    with ExitStack() as stack:
        for name, path in (("resume", from_), ("out", place), ("log", journal)):
            if path is not None and needs_lock(path):
                stack.enter_context(held(name, Path(path)))
        check_out(place, overwrite)
        notes: list[str] = []
        if from_ is not None:
            run, _ = resumed(from_, files, given, options)
            if nothing_to_do(run, given):
                raise InputError(
                    f"{from_}: nothing to do: the run has made all its {run.progress.step:,} steps "
                    "(epochs or max_steps raise the total)"
                )
            place = from_
        else:
            run, notes = begin(files, task, given, options)
        check_paths({**run.reads, "out": place, "log": journal}, {"data": "data"})
        watched = Watched(run, kept=place is not None)
        events = _follow(run, place, journal, overwrite, watch, watched)
    return Trained(_model(run, place), events, [*notes, *data_lines(run)], watched, place)


def _follow(
    run: Run, out: str | None, log: str | None, overwrite: bool, watch: int, watched: Watched
) -> list[dict[str, Any]]:
    """Run to the end; the documents of the events."""
    name = run.config.task if out is None else Path(out).stem
    timed = EventWriter(run, name, timed=True)
    path = None if out is None else Path(out)
    documents: list[dict[str, Any]] = []
    journal = Journal(log, run, name, overwrite)
    try:
        with limit_threads(run.config.threads), small_products(run.config.threads):
            for event in run_events(run, path, asked=Asked(), log_mark=journal.log.mark, watch=watch):
                watched.see(event)
                journal.write(event)
                documents.append(as_json_reads(timed.document(event)))
    except Diverged as error:
        raise NumberError(divergence_message(error, run, path)) from error
    finally:
        journal.log.close()
    return documents


def _model(run: Run, out: str | None) -> Model:
    """The trained system, computing in float64 as a model that is loaded does."""
    saved, system = checkpoint_of(run, LogMark()), run.system
    double = make_system(system.blueprint, system.parameters.flat.astype(np.float64))
    name = run.config.task if out is None else Path(out).stem
    trained = Saved(saved.task, double, saved.encoding, asdict(run.prepared.options), saved.run)
    source = out or "FILE"
    flags = None if out is None else shell_flags({"model": out})
    model = replace(model_of(name, trained, run.config.dtype), flags=flags)
    return Model(model, source)


def read_settings(settings: dict[str, Any], task: str | None) -> tuple[dict[str, Any], DataOptions]:
    """The settings as a run takes them, None for those that were not given. InputError where one cannot be."""
    own = {name: str(settings.pop(name)) for name in option_names() if name in settings}
    if settings.pop("reset_before", False):
        own["reset"] = "before"
    known = (*RUN_SETTINGS, *DATA_SETTINGS, *option_names())
    values: dict[str, Any] = {"cell_options": tuple(f"{name}={value}" for name, value in own.items()) or None}
    for name, value in settings.items():
        full = SHORT.get(name, name)
        if full not in known:
            close = get_close_matches(name, known, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else f"the settings are {', '.join(sorted(known))}"
            raise InputError(f"no setting {name!r}; {hint}")
        values[full] = value.item() if isinstance(value, np.generic) else value
    given = {name: values.get(name) for name in RUN_SETTINGS} | {"task": task}
    of_data = {name: _of_data(name, values[name]) for name in DATA_SETTINGS if values.get(name) is not None}
    try:
        typed(RunConfig, {"task": "", **{name: value for name, value in given.items() if value is not None}})
        options = typed(DataOptions, of_data)
    except TypeError as error:
        raise InputError(f"a setting: {error}") from error
    return given, options


def _path(value: Any) -> str | None:
    return None if value is None else fspath(value)


def _of_data(name: str, value: Any) -> Any:
    """A setting of the data: --validation is text, also where it is a share; columns are several names."""
    if name == "validation":
        return str(value) if isinstance(value, float | int) else fspath(value)
    if name in LISTS and isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    return value
