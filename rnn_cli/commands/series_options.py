"""The options that say how a table of series is read; every command that reads one takes them all."""

from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import finite, group

Time = Annotated[
    str | None,
    typer.Option("--time", metavar="COLUMN", help="forecast: the column that orders the rows, or none."),
]
Series = Annotated[
    str | None,
    typer.Option("--series", metavar="COLUMN", help="forecast: the column that tells series apart, or none."),
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", metavar="SIGN", help="forecast: . or , in numbers.  [default: detected]")
]
Missing = Annotated[
    str | None,
    typer.Option("--missing", metavar="A,B", help="forecast: numbers for none, as -999, or none.  [default: detected]"),
]
AcrossGaps = Annotated[bool, typer.Option("--across-gaps", help="forecast: windows may cross gaps in time.")]
AllowLeftOut = Annotated[
    float | None,
    typer.Option(
        "--allow-left-out",
        metavar="SHARE",
        callback=finite,
        help="Go on where more of the rows cannot be read.  [default: 0.05]",
    ),
]


@group
class SeriesOptions:
    """How the table that a forecast goes on from is read, where it looks different from that of training."""

    title: ClassVar = "How the table is read"

    time: Time = None
    series: Series = None
    decimal: Decimal = None
    missing: Missing = None
    across_gaps: AcrossGaps = False
    allow_left_out: AllowLeftOut = None
