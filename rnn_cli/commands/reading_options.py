"""The options that say how data of any task are read: of training, and of a trained model's other data."""

from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import group
from rnn_cli.commands.series_options import AcrossGaps, AllowLeftOut, Decimal, Missing, Series, Time


@group
class ReadingOptions:
    """How data are read."""

    title: ClassVar = "How the data are read"

    text: Annotated[
        str | None,
        typer.Option("--text", metavar="COLUMN", help="Column of the text (translate: source)."),
    ] = None
    label: Annotated[
        str | None,
        typer.Option("--label", metavar="COLUMN", help="Column of the label (translate: target; describe: condition)."),
    ] = None
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether line 1 names the columns.  [default: detected]"),
    ] = None
    column: Annotated[
        str | None, typer.Option("--column", metavar="COLUMN", help="tag: the column of the tags, as upos.")
    ] = None
    separator: Annotated[
        str | None,
        typer.Option("--separator", metavar="SIGN", help="translate, describe: what stands between the parts."),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="The first bad row is an error.")] = False
    deduplicate: Annotated[bool, typer.Option("--deduplicate", help="Drop rows equal to an earlier one.")] = False
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAME", help="Of the files, as latin-1.  [default: detected]")
    ] = None
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="SIGN", help="Between columns; tab.  [default: detected]")
    ] = None
    quotes: Annotated[
        bool | None,
        typer.Option("--quotes/--no-quotes", help="Whether quotes enclose cells.  [default: detected]"),
    ] = None
    source: Annotated[
        str | None, typer.Option("--source", metavar="FILE", help="translate, in place of DATA: a text a line.")
    ] = None
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="FILE", help="translate: the translation of each line of --source."),
    ] = None
    time: Time = None
    series: Series = None
    decimal: Decimal = None
    missing: Missing = None
    across_gaps: AcrossGaps = False
    allow_left_out: AllowLeftOut = None
