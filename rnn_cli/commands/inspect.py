"""rnn inspect: what a model is made of."""

from typing import Annotated

import typer

from rnn_cli.commands.options import NetworkOutput, with_options


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A bundled model's name or a model file.")],
    out: NetworkOutput,
    activation: Annotated[
        str | None,
        typer.Option("--activation", metavar="tanh|relu", help="Of a torch.nn.RNN, whose state dict does not say."),
    ] = None,
) -> None:
    """What a model is made of: sizes, parameters, conventions.

    \b
    Examples:
      rnn inspect nlp
      rnn inspect model.safetensors --json
    """
    out.check()
    from rnn_cli.commands.common import open_model
    from rnn_cli.commands.options import NetworkOptions
    from rnn_cli.front.presenting import emit
    from rnn_cli.study.inspect import inspect_model

    emit(inspect_model(open_model(NetworkOptions(model=model, activation=activation)), model), out, weights=out.weights)
