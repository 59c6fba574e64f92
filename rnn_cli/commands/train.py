"""rnn train: a network learns a task from data; an interrupted run can be resumed."""

from typing import Annotated

import typer

from rnn_cli.commands.options import with_options
from rnn_cli.commands.train_options import DataFlags, NetworkFlags, OptimizationFlags, RunFlags
from rnn_cli.tasks import GENERATED, TASKS

NAMES = (*TASKS, *GENERATED)

EVERYDAY = ("task", "cell", "hidden_size", "max_steps", "epochs", "learning_rate", "out", "resume", "watch")


@with_options
def run(
    data: Annotated[
        list[str] | None, typer.Argument(metavar="DATA…", help="The data: a file, several, or a folder of files.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option("--task", metavar="NAME", help=f"{', '.join(NAMES[:-1])} or {NAMES[-1]}."),
    ] = None,
    *,
    network: NetworkFlags,
    optimization: OptimizationFlags,
    read: DataFlags,
    keep: RunFlags,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="All that is random is a function of it.  [default: 0]")
    ] = None,
) -> None:
    """Train a network on a task, from a data file or on examples that are generated.

    Each bundled data set trains with no flags but the task. A run saves itself to --out as it goes; Ctrl-C saves and
    stops, and --resume goes on exactly as if it had not been stopped. On --resume, --epochs, --max-steps,
    --checkpoint-every, --log, --watch and the place of the data may change; nothing else may. A cosine or step schedule
    keeps its length: --schedule-steps says it where the total changes.

    \b
    Examples:
      rnn train --task recall:length=10 --max-steps 50
      rnn train reviews.tsv --task classify --out reviews.safetensors
      rnn train story.txt --task lm --cell lstm --out story.safetensors
      rnn train --resume story.safetensors --epochs 10
    """
    from rnn_cli.commands.train_session import CommandLine, train_session

    train_session(CommandLine(data or [], task, network, optimization, read, keep, seed))
