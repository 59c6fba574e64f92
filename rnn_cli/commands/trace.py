"""rnn trace: one sentence through the network, with every number and where it comes from."""

from typing import Annotated

import typer

from rnn_cli.commands.options import (
    Arithmetic,
    ForcedTextOptions,
    NetworkOptions,
    NetworkOutput,
    PlotOptions,
    RoleOptions,
    ShownOptions,
    SourceOptions,
    with_options,
    worksheet_kind,
)

EVERYDAY = ("model", "cell", "hidden_size", "steps", "unit", "why", "blank", "save", "json")


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: NetworkOutput,
    shown: ShownOptions,
    forced: ForcedTextOptions,
    role: RoleOptions,
    figures: PlotOptions,
    arithmetic: Arithmetic = None,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="'h[2][1]'", help="Unfold one number to its leaves: quantity[step][unit]."),
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help="A worksheet: the results left out and numbered.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="The key to the worksheet of the same command and seed.")
    ] = False,
) -> None:
    """A sentence through the network, every product and sum of its cells written out.

    \b
    Examples:
      rnn trace "I love NLP"
      rnn trace "I hate NLP" --why 'h[2][1]'
      rnn trace "I love NLP" --cell lstm --hidden-size 2 --steps 1
      rnn trace "I love NLP" --blank --save worksheet.txt
    """
    out.check()
    figures.check()
    worksheet = worksheet_kind(blank, answers, out, arithmetic, why is not None)
    from rnn_cli.commands.common import open_one
    from rnn_cli.commands.figures import draw_plots
    from rnn_cli.front.presenting import emit
    from rnn_cli.study.trace import trace_sequence

    report = source.report()
    model, sequence = open_one(source, network, report)
    result = trace_sequence(
        model,
        sequence,
        why=why,
        worksheet=worksheet,
        target=forced.target,
        network=role.chosen,
        arithmetic=arithmetic,
        seed=network.seed,
        **vars(shown),
    )
    draw_plots(result, figures.plot)
    emit(result, out, report=report, weights=out.weights)
