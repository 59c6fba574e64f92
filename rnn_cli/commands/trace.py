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
)
from rnn_cli.errors import InputError

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
    """A sentence through the network, every product and every sum written out.

    \b
    Examples:
      rnn trace "I love NLP"
      rnn trace "I hate NLP" --why 'h[2][1]'
      rnn trace "I love NLP" --cell lstm --hidden-size 2 --steps 1
      rnn trace "I love NLP" --blank --save worksheet.txt
    """
    out.check()
    figures.check()
    worksheet = _worksheet(why, blank, answers, out.json)
    if worksheet is not None and out.only is not None:
        raise InputError(
            f"--only and --{worksheet}: a sheet and its key are numbered from end to end; leave --only out"
        )
    from rnn_cli.commands.common import open_one
    from rnn_cli.commands.figures import draw_states, states_to_draw
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
    states = states_to_draw(result, figures.plot)
    draw_states(states, figures.plot)
    emit(result, out, report=report, weights=out.weights)


def _worksheet(why: str | None, blank: bool, answers: bool, as_json: bool) -> str | None:
    """The kind of worksheet that the user asked for. InputError where the options ask for several pages."""
    given = [name for name, on in (("--why", why is not None), ("--blank", blank), ("--answers", answers)) if on]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are different pages: give one")
    if as_json and (blank or answers):
        raise InputError(f"--json holds every result: {given[0]} is a page of its own, without it")
    return given[0].removeprefix("--") if blank or answers else None
