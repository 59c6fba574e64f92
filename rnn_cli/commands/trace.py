"""rnn trace: one sentence through the network, with every number and where it comes from."""

from typing import Annotated

import typer

from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, with_options
from rnn_cli.commands.seq2seq import Chosen, Told, check_writing, trace_both, write_for
from rnn_cli.errors import InputError


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    steps: Annotated[
        str | None, typer.Option("--steps", metavar="2:5", help="Write out the arithmetic of these steps.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="1,3", help="Show these hidden units, counted from 1, in full.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="0", help="Show these layers, counted from 0.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="forward|backward", help="Show this direction.")
    ] = None,
    no_arithmetic: Annotated[bool, typer.Option("--no-arithmetic", help="Tables only.")] = False,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="'h[2][1]'", help="Unfold one number to its leaves: quantity[step][unit]."),
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help="A worksheet: the results left out and numbered.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="The key to the worksheet of the same command and seed.")
    ] = False,
    target: Told = None,
    half: Chosen = None,
    plot: Annotated[
        list[str] | None,
        typer.Option(
            "--plot", metavar="FILE", help="Also draw the hidden states: .png, .svg or .pdf (needs matplotlib)."
        ),
    ] = None,
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
    if plot:
        from rnn_cli.plots.draw import check_plot

        check_plot(plot)
    _check_page(why, blank, answers, out.json)
    from rnn_cli.commands.common import open_one
    from rnn_cli.core.trace import trace
    from rnn_cli.documents.trace import trace_document, writing_trace_document
    from rnn_cli.output.emit import emit
    from rnn_cli.study.shown import choose
    from rnn_cli.views.trace import trace_page

    model, sequence = open_one(source, network)
    picks = {"--steps": steps, "--unit": unit, "--layer": layer, "--direction": direction, "--why": why}
    parts = [option for option, value in picks.items() if value is not None]
    parts += ["--blank"] * blank + ["--answers"] * answers + ["--plot"] * bool(plot)
    writing = None
    if check_writing(model, target, half, parts):
        writing = write_for(model, sequence, target, network.seed)
    reason = None
    if writing is None:
        result = trace(model.network, sequence.inputs)
        document = lambda: trace_document(model, sequence, result, reason)  # noqa: E731
    else:
        chosen = writing.half(half)
        if chosen is None:
            trace_both(writing, out, not no_arithmetic)
            return
        model, sequence, result = chosen.model, chosen.sequence, chosen.trace
        document = lambda: writing_trace_document(writing, chosen, reason)  # noqa: E731
    choice = choose(model.network.architecture, len(sequence.inputs), steps, unit, layer, direction)
    if why is not None:
        from rnn_cli.core.why import unfold
        from rnn_cli.study.quantity import parse_quantity
        from rnn_cli.views.why import why_page

        reason = unfold(result, parse_quantity(why, result, choice.layers, choice.directions))
        page = lambda: why_page(model, sequence, reason, out.precision)  # noqa: E731
    elif blank or answers:
        from rnn_cli.views.worksheet import answers_page, worksheet_page

        view = worksheet_page if blank else answers_page
        page = lambda: view(model, sequence, result, choice, out.precision, not no_arithmetic)  # noqa: E731
    else:
        page = lambda: trace_page(model, sequence, result, choice, out.precision, not no_arithmetic, writing)  # noqa: E731
    emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)
    if plot:
        from rnn_cli.plots.draw import save_plots
        from rnn_cli.plots.states import states_figure

        layer_, way = choice.layers[-1], choice.directions[0]
        title = f"{model.name}: h over time, layer {layer_}, {way}"
        save_plots(plot, states_figure(title, sequence.names, result.states(layer_, way), choice.units))


def _check_page(why: str | None, blank: bool, answers: bool, as_json: bool) -> None:
    given = [name for name, on in (("--why", why is not None), ("--blank", blank), ("--answers", answers)) if on]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are different pages: give one")
    if as_json and (blank or answers):
        raise InputError(f"--json holds every result: {given[0]} is a page of its own, without it")
