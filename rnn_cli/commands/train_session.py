"""Start or resume a run from the options of rnn train, and turn its end into an exit code."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from rnn_cli.commands.data_options import data_options
from rnn_cli.commands.options import cell_options
from rnn_cli.commands.train_options import DataFlags, NetworkFlags, OptimizationFlags, RunFlags
from rnn_cli.core.learning.train import Diverged
from rnn_cli.documents.defaults import defaults_document
from rnn_cli.errors import InputError, NumberError
from rnn_cli.locks import held, needs_lock
from rnn_cli.output.emit import Once, check_save, check_theme, emit, save_all
from rnn_cli.output.progress import say
from rnn_cli.output.signals import signals
from rnn_cli.output.tell import tell
from rnn_cli.output.train import complete_log, follow
from rnn_cli.paths import check_paths
from rnn_cli.tasks.options import side_by_side
from rnn_cli.threads import limit_threads
from rnn_cli.training.blas import small_products
from rnn_cli.training.explain import explain
from rnn_cli.training.run import Run
from rnn_cli.training.session import begin, check_out, check_resume, divergence_message, nothing_to_do, resume
from rnn_cli.views.defaults import defaults_page
from rnn_cli.views.train import data_block, data_lines, summary_page


@dataclass(frozen=True, eq=False)
class CommandLine:
    """What the command line of rnn train says; None is what it leaves open."""

    data: list[str]
    task: str | None
    network: NetworkFlags
    optimization: OptimizationFlags
    read: DataFlags
    keep: RunFlags
    seed: int | None

    @property
    def files(self) -> list[str]:
        """The files of the data, those of --source and --target among them."""
        return side_by_side(self.data, self.read.source, self.read.target)[0]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a run."""
        given = {**vars(self.network), **vars(self.optimization), "seed": self.seed, "task": self.task}
        chosen = cell_options(given.pop("activation"), given.pop("cell_option"), given.pop("reset_before"))
        given["cell_options"] = tuple(f"{name}={value}" for name, value in chosen.items()) or None
        return given | {name: getattr(self.keep, name) for name in ("checkpoint_every", "eval_every", "threads")}


def train_session(said: CommandLine) -> None:
    """Train, and leave with the contract's exit code."""
    keep = said.keep
    if keep.explain_defaults:
        explain_defaults(said)
        return
    check_files(keep)
    check_resume(keep.resume, keep.out)
    with ExitStack() as stack:
        come = stack.enter_context(signals())
        for option, name in (("--resume", keep.resume), ("--out", keep.out), ("--log", keep.log)):
            if name is not None and needs_lock(name):
                stack.enter_context(held(option, Path(name)))
        check_out(keep.out, keep.overwrite)  # what is there is looked at while nobody else can change it
        found = start(said)
        if found is None:
            return
        run, out = found
        check_paths({**run.reads, **{name: getattr(keep, name) for name in ("log", "save", "plot")}}, {"data": "DATA"})
        if run.resumed:
            for text in data_lines(run):
                say(text)
        else:
            tell(data_block(run), keep.no_color, anywhere=True, plain=keep.json)
        with limit_threads(run.config.threads), small_products(run.config.threads):
            try:
                watched = follow(
                    run,
                    out,
                    come,
                    as_json=keep.json,
                    log=keep.log,
                    overwrite=keep.overwrite,
                    watch=keep.watch,
                    precision=keep.precision,
                    no_color=keep.no_color,
                )
            except Diverged as error:
                raise NumberError(divergence_message(error, run, out)) from error
    page = partial(summary_page, watched, None if out is None else str(out))
    if keep.json:
        save_all(keep.save, Once(page), dict, "rnn train", keep.theme)
    else:
        emit(
            page,
            dict,
            title="rnn train",
            save=keep.save,
            theme=keep.theme,
            no_color=keep.no_color,
            pager=not keep.no_pager,
        )
    if keep.plot:
        from rnn_cli.commands.figures import save_figure
        from rnn_cli.plots.train import loss_figure

        save_figure(keep.plot, loss_figure(watched))
    if come.number is not None:
        raise typer.Exit(128 + come.number)


def start(said: CommandLine) -> tuple[Run, Path | None] | None:
    """The run and its file. None where a resumed run has nothing left to do, which is said."""
    keep, given, data, options = said.keep, said.settings, said.files, data_options(said.read)
    if keep.resume is None:
        run, notes = begin(data, said.task, given, options)
        for text in notes:
            say(text)
        return run, None if keep.out is None else Path(keep.out)
    run, out = resume(keep.resume, data, given, options)
    if not nothing_to_do(run, given):
        return run, out
    say(
        f"{keep.resume}: nothing to do: the run has made all its {run.progress.step:,} steps (--epochs or --max-steps raise the total)"
    )
    totals = given["epochs"], given["max_steps"]
    if keep.log is not None and totals == (None, None) and complete_log(keep.log, run, out.stem):
        say(f"{keep.log}: its last line was missing, and is written")
    return None


def explain_defaults(said: CommandLine) -> None:
    """What a run would take for each option and why."""
    keep = said.keep
    check_save(keep.save)
    check_theme(keep.theme)
    if keep.resume is not None:
        raise InputError("--explain-defaults is about a new run; what --resume goes on with stands in its file")
    given = said.settings
    found = explain(said.files, said.task, given, data_options(said.read))
    emit(
        partial(defaults_page, found),
        partial(defaults_document, found),
        as_json=keep.json,
        title="rnn train --explain-defaults",
        save=keep.save,
        theme=keep.theme,
        no_color=keep.no_color,
        pager=not keep.no_pager,
    )


def check_files(keep: RunFlags) -> None:
    """InputError where an output file cannot be written; the check runs before hours of training."""
    check_save(keep.save)
    check_theme(keep.theme)
    if any(Path(name).suffix == ".json" for name in keep.save):
        raise InputError("--save of a .json: a run has no one document; --log FILE writes its events as JSON lines")
    if keep.plot:
        from rnn_cli.plots.draw import check_plot

        check_plot(keep.plot)
