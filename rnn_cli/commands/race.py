"""rnn race: which cell breaks where as its task grows longer, and why."""

from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import OutputOptions, PlotOptions, finite, group, with_options
from rnn_cli.commands.train_options import DataFlags
from rnn_cli.commands.worker_options import WorkerOptions
from rnn_cli.core.cells import CELLS

EVERYDAY = ("cells", "parameters", "seeds", "lengths", "longest", "max_steps", "workers", "folder", "plot", "json")


@group
class RaceFlags:
    """Who runs, how far, and against what."""

    title: ClassVar = "The race"

    task: Annotated[str | None, typer.Option("--task", metavar="NAME", help="Of DATA: classify, tag, lm, ….")] = None
    cells: Annotated[str, typer.Option("--cells", metavar="A,B,…", help=f"Which cells, of {', '.join(CELLS)}.")] = (
        "rnn,lstm,gru"
    )
    parameters: Annotated[
        int | None,
        typer.Option(
            "--parameters",
            min=1,
            help="That each whole network has, about.  [default: as many as training takes]",
        ),
    ] = None
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Runs of a cell at a length, each with its own seed.")
    ] = 3
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first of the seeds.")] = 0
    max_steps: Annotated[
        int | None,
        typer.Option("--max-steps", min=1, help="Of a run, at most.  [default: 1000, mqar: 2000; DATA: as training]"),
    ] = None
    lengths: Annotated[
        str | None,
        typer.Option("--lengths", metavar="A,B,…", help="Exactly these.  [default: doubled and halved to the break]"),
    ] = None
    longest: Annotated[
        int | None, typer.Option("--longest", min=1, help="The length that is not gone beyond.  [default: 128]")
    ] = None
    solved: Annotated[
        float | None,
        typer.Option(
            "--solved",
            metavar="SCORE",
            callback=finite,
            help="The score that counts as done.  [default: half-way between chance and the best, of adding 0.0417]",
        ),
    ] = None
    from_scratch: Annotated[
        bool,
        typer.Option(
            "--from-scratch", help="New weights at every length, in place of those of the longest length held."
        ),
    ] = False
    folder: Annotated[
        str | None,
        typer.Option(
            "--out", metavar="DIR", help="Where the runs are kept.  [default: a cache folder, which is named]"
        ),
    ] = None


@with_options
def run(
    context: typer.Context,
    data: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TASK|DATA…", help="A generated task, as recall or copy:symbols=4; or files, with --task."
        ),
    ] = None,
    *,
    flags: RaceFlags,
    worker: WorkerOptions,
    read: DataFlags,
    figures: PlotOptions,
    shown: OutputOptions,
) -> None:
    """Which cell breaks where, and why: cells of the same size on the same examples, made longer until each breaks.

    The hidden size of each cell is solved for, so that all have about the same number of parameters. Every length is
    learnt from several seeds, with Student's interval over them. The first length whose interval reaches below --solved
    is where a cell breaks; it is found by doubling and halving, and what a gradient meets there is measured on the
    trained networks. Longer tasks begin with the weights of the longest one that was held.

    Ctrl-C keeps what is done, and the same command goes on with it. DATA have no length: there the scores are compared.

    \b
    Examples:
      rnn race parity --cells rnn,mingru --lengths 2,3 --seeds 2 --max-steps 20
      rnn race reviews.tsv --task classify --cells rnn,gru --seeds 1 --max-steps 20
    """
    shown.check()
    figures.check()
    from rnn_cli.commands.race_session import race_session

    race_session(context, data or [], flags, worker, read, figures, shown)
