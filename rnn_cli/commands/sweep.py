"""rnn sweep: one run of rnn train for each setting and seed, and which setting is best."""

from dataclasses import field
from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import OutputOptions, group, with_options
from rnn_cli.commands.train_options import DataFlags, NetworkFlags, OptimizationFlags
from rnn_cli.commands.worker_options import WorkerOptions
from rnn_cli.tasks.defaults import by

EVERYDAY = ("task", "grid", "random", "seeds", "folder", "resume", "workers")


@group
class SweepFlags:
    """Which runs there are."""

    title: ClassVar = "What is tried"

    grid: Annotated[
        list[str],
        typer.Option(
            "--grid",
            metavar="NAME=V1,V2",
            help="An option of rnn train and its values; with --random also NAME=LOW..HIGH, or LOW..HIGH:log.",
        ),
    ] = field(default_factory=list)
    random: Annotated[
        int | None, typer.Option("--random", min=1, help="Draw so many settings, in place of every combination.")
    ] = None
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of a setting, each with a seed of its own.")] = 1
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first seed; it also draws --random.")] = 0
    halving: Annotated[
        int | None,
        typer.Option(
            "--halving",
            min=2,
            help="Stop hopeless runs: of this many settings one goes on, from each of up to four stages.",
        ),
    ] = None
    eval_every: Annotated[int | None, typer.Option("--eval-every", min=1, help="Steps.  [default: an epoch]")] = None
    checkpoint_every: Annotated[
        int | None, typer.Option("--checkpoint-every", min=1, help=f"Steps.  {by('checkpoint_every')}")
    ] = None
    folder: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="The folder of the plan, the runs and their models.")
    ] = None
    resume: Annotated[str | None, typer.Option("--resume", metavar="DIR", help="Go on with the sweep of a folder.")] = (
        None
    )
    rows: Annotated[int, typer.Option("--rows", min=1, help="Settings that the page shows.")] = 20


@with_options
def run(
    context: typer.Context,
    data: Annotated[
        list[str] | None, typer.Argument(metavar="DATA…", help="As for training: a file, several, or a folder.")
    ] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="NAME", help="As for training.")] = None,
    *,
    flags: SweepFlags,
    worker: WorkerOptions,
    network: NetworkFlags,
    optimization: OptimizationFlags,
    read: DataFlags,
    shown: OutputOptions,
) -> None:
    """Train once for each setting and seed, and put the settings in the order of their validation scores.

    Every option of rnn train may vary (--grid) or be the same for all runs. A run that fails does not hide the rest.
    Ctrl-C keeps what is done, and --resume goes on with it.

    \b
    Examples:
      rnn sweep --task parity:length=8 --grid cell=rnn,gru --max-steps 20 --out parity-sweep
      rnn sweep reviews.tsv --task classify --grid hidden-size=16,64 --max-steps 40 --out reviews-sweep
      rnn sweep --resume reviews-sweep
    """
    shown.check()
    from rnn_cli.commands.sweep_session import sweep_session
    from rnn_cli.commands.train_options import RunFlags
    from rnn_cli.commands.train_session import CommandLine

    keep = RunFlags(eval_every=flags.eval_every, checkpoint_every=flags.checkpoint_every)
    fixed = CommandLine(data or [], task, network, optimization, read, keep, None)
    sweep_session(context, fixed, flags, worker, shown)
