"""rnn schema: the JSON Schema of a command's document."""

from typing import Annotated

import typer

from rnn_cli.commands.options import OutputOptions, with_options


@with_options
def run(
    out: OutputOptions,
    command: Annotated[
        str | None, typer.Argument(metavar="COMMAND", help="Whose document; without it, the list of them.")
    ] = None,
) -> None:
    """The JSON Schema (draft 2020-12) of a command's document.

    \b
    Examples:
      rnn schema
      rnn schema trace
    """
    out.check()
    from rnn_cli.documents.schema import read_schema, schema_names, schemas_document
    from rnn_cli.output.emit import emit
    from rnn_cli.views.schema import schema_page, schemas_page

    if command is not None:
        schema = read_schema(command)
        page = lambda: schema_page(schema)  # noqa: E731
        document = lambda: schema  # noqa: E731
    else:
        names = schema_names()
        page = lambda: schemas_page(names, {name: read_schema(name)["description"] for name in names})  # noqa: E731
        document = schemas_document
    emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)
