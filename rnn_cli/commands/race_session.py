"""A race from the options of rnn race: its plan, its runs, what is measured at the end, and the exit code."""

from dataclasses import asdict, fields, replace
from pathlib import Path

import typer

from rnn_cli.commands.data_options import data_options
from rnn_cli.commands.figures import save_figure
from rnn_cli.commands.options import OutputOptions, PlotOptions
from rnn_cli.commands.race import RaceFlags
from rnn_cli.commands.train_options import DataFlags
from rnn_cli.commands.worker_options import WorkerOptions
from rnn_cli.front.presenting import emit, figure
from rnn_cli.output.progress import share_done
from rnn_cli.output.race import follow_race
from rnn_cli.output.signals import signals
from rnn_cli.race.folder import begin_folder, check_folder
from rnn_cli.race.run import Race
from rnn_cli.race.setup import cache_folder, plan_for
from rnn_cli.tasks.options import side_by_side


def race_session(
    context: typer.Context,
    named: list[str],
    flags: RaceFlags,
    worker: WorkerOptions,
    read: DataFlags,
    figures: PlotOptions,
    shown: OutputOptions,
) -> None:
    """Run the race, show it, and leave with the contract's exit code."""
    plan = plan_for(
        side_by_side(named, read.source, read.target)[0],
        task=flags.task,
        options=asdict(data_options(read)),
        cells=flags.cells,
        parameters=flags.parameters,
        seeds=flags.seeds,
        seed=flags.seed,
        max_steps=flags.max_steps,
        lengths=flags.lengths,
        longest=flags.longest,
        solved=flags.solved,
        gentle=not flags.from_scratch,
        words=_words(context),
    )
    folder = cache_folder(plan) if flags.folder is None else Path(flags.folder)
    check_folder(folder, plan)
    with signals() as come, worker.engine(folder) as engine:
        begin_folder(folder, plan)
        race = Race(plan, engine)
        come.running = True
        said = follow_race(race, come, quiet=shown.json, no_color=shown.no_color)
    with share_done("measured why", not shown.json, shown.no_color) as watch:
        result = replace(race.measured(watch) if race.ended else race.result(), said=tuple(said))
    emit(result, shown)
    if figures.plot:
        save_figure(figures.plot, figure(result))
    if come.number is not None:
        raise typer.Exit(128 + come.number)


def _words(context: typer.Context) -> list[str]:
    """The options that were given, but for those of what is shown, to print the command again."""
    shown = {one.name for group in (OutputOptions, PlotOptions) for one in fields(group)}
    words: list[str] = []
    for one in context.command.params:
        value = context.params[str(one.name)]
        if one.param_type_name == "argument" or one.name in shown or value in (None, one.default):
            continue
        name = one.opts[0] if value is not False else one.secondary_opts[0]
        words += [name] if isinstance(value, bool) else [name, str(value)]
    return words
