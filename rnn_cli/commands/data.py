"""rnn data: what rnn train would read of a file, and nothing is trained."""

from typing import Annotated

import typer

from rnn_cli.commands.options import OutputOptions, with_options
from rnn_cli.commands.train_options import DataFlags

EVERYDAY = ("task", "level", "text", "label", "json")


@with_options
def run(
    data: Annotated[
        list[str] | None, typer.Argument(metavar="DATA…", help="As for training: a file, several, or a folder.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option("--task", metavar="NAME", help="As for training.  [default: the likeliest, where that is sure]"),
    ] = None,
    *,
    out: OutputOptions,
    read: DataFlags,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws the validation part, as in training.")] = 0,
) -> None:
    """What rnn train would read of a file: how, how many examples, classes, tokens, simple answers, and the first three.

    Nothing is trained. The options of reading are those of rnn train, and what it refuses is refused here.

    \b
    Examples:
      rnn data reviews.tsv
      rnn data reviews.tsv --task classify --level char
    """
    out.check()
    from rnn_cli.commands.data_options import data_options
    from rnn_cli.front.presenting import emit
    from rnn_cli.output.progress import say_beside_page
    from rnn_cli.study.data import look_at
    from rnn_cli.tasks.options import side_by_side
    from rnn_cli.views.reading_report import decided_lines

    files, _ = side_by_side(data or [], read.source, read.target)
    result = look_at(files, task, data_options(read), seed)
    for report in result.reports:
        say_beside_page(decided_lines(report))
    emit(result, out)
