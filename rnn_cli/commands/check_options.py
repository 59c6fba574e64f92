"""The options of rnn check."""

from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import finite, group


@group
class WantedOptions:
    """What the network should have said, where gradients or a loss are checked."""

    title: ClassVar = "The target"

    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="What the network should have said: for a loss and gradients."),
    ] = None
    targets: Annotated[str | None, typer.Option("--targets", metavar="'A B C'", help="A label for each step.")] = None


@group
class CheckOptions:
    """How the numbers are read and judged, and how much is told."""

    title: ClassVar = "The check"

    map: Annotated[
        str | None,
        typer.Option("--map", metavar="FILE", help="What arrays are called: lines of their = ours, or .json."),
    ] = None
    tolerance: Annotated[
        float | None,
        typer.Option(
            "--tolerance",
            min=0,
            callback=finite,
            help="How far two numbers may be apart, of the largest of their array.  [default: by their type]",
        ),
    ] = None
    hints: Annotated[
        int,
        typer.Option(
            "--hints",
            min=0,
            max=3,
            help="How much is told: 0 right or wrong, 1 also where, 2 also what kind of mistake, 3 its cause and the line.",
        ),
    ] = 3
    why: Annotated[
        bool, typer.Option("--why", help="Unfold the first wrong number: every product of the right one, and yours.")
    ] = False
    numbers: Annotated[
        str | None,
        typer.Option(
            "--numbers",
            metavar="FILE",
            help="Gradients as you derived them, where FILE has them by differences: why do the two disagree?",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=0.1,
            callback=finite,
            help="Of a program.  [default: 10, of a module 60]",
        ),
    ] = None
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="CELL", help="Print a program of this cell, as FILE may be one."),
    ] = None
    blank: Annotated[bool, typer.Option("--blank", help="With --template: its steps left blank.")] = False
