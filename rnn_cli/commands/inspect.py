"""rnn inspect: what a model is made of."""

from typing import Annotated

import typer

from rnn_cli.commands.options import OutputOptions, with_options


@with_options
def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A bundled model's name or a model file.")],
    out: OutputOptions,
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
    from rnn_cli.core.array_statistics import survey
    from rnn_cli.documents.inspect import inspect_document
    from rnn_cli.output.emit import emit
    from rnn_cli.study.inspect import Halves
    from rnn_cli.views.inspect import inspect_page

    opened = open_model(NetworkOptions(model=model, activation=activation))
    entries = survey(opened.network)
    halves = None
    if opened.writes:
        from rnn_cli.models.writer import conditions_of, writer_of

        conditions = conditions_of(opened)
        writer = None if conditions else writer_of(opened)
        halves = Halves(conditions, writer, () if writer is None else survey(writer.network))
    page = lambda: inspect_page(opened, entries, model, out.precision, halves)  # noqa: E731
    document = lambda: inspect_document(opened, entries, halves)  # noqa: E731
    emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)
