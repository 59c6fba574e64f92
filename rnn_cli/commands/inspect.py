"""rnn inspect: what a model is made of."""

from typing import Annotated

import typer

from rnn_cli.commands.options import Activation, ForeignOptions, Labels, NetworkOutput, with_options

EVERYDAY = ("code", "save", "json")


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A bundled model's name or a model file.")],
    out: NetworkOutput,
    activation: Activation = None,
    labels: Labels = None,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="numpy|pytorch|keras", help="The program that builds it, and nothing else."),
    ] = None,
    *,
    foreign: ForeignOptions,
) -> None:
    """What a model is made of: sizes, parameters, conventions.

    \b
    Examples:
      rnn inspect nlp
      rnn inspect model.safetensors --json
      rnn inspect nlp --code numpy > nlp.py
    """
    out.check()
    from rnn_cli.commands.common import noted, open_model
    from rnn_cli.commands.options import NetworkOptions
    from rnn_cli.front.presenting import emit
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.inspect import inspect_model

    foreign.of_file(labels, activation)
    network, report = (
        NetworkOptions(model=model, activation=activation, labels=labels, **vars(foreign)),
        ReadingReport(),
    )
    inspected = inspect_model(noted(open_model(network), network, report), model)
    if code is None:
        emit(inspected, out, report=report, weights=out.weights)
        return
    from rnn_cli.study.code import code_of

    emit(code_of(inspected, code), out, report=report, weights=out.weights)
