"""rnn schema: the JSON Schema of a command's document."""

from functools import partial
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

    if command is None:
        names = schema_names()
        summaries = {name: read_schema(name)["description"] for name in names}
        page, document = partial(schemas_page, names, summaries), schemas_document
    else:
        schema = read_schema(command)
        page, document = partial(schema_page, schema), partial(dict, schema)
    title = "rnn schema" if command is None else "rnn"
    emit(
        page,
        document,
        title=title,
        as_json=out.json,
        save=out.save,
        theme=out.theme,
        no_color=out.no_color,
        only=out.only,
        pager=not out.no_pager,
    )
