"""rnn check: somebody's numbers or program held against the right ones."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, finite, with_options

EVERYDAY = ("target", "model", "cell", "map", "hints", "why", "template", "blank", "save", "json")


@dataclass(frozen=True)
class WantedOptions:
    """What the network should have said, where gradients or a loss are checked."""

    title: ClassVar = "The target and the loss"

    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="What the network should have said, for a loss and gradients."),
    ] = None
    targets: Annotated[str | None, typer.Option("--targets", metavar="'A B C'", help="A label for each step.")] = None
    reduction: Annotated[
        str | None,
        typer.Option("--reduction", metavar="sum|mean", help="Of several losses into one.  [default: sum]"),
    ] = None


@dataclass(frozen=True)
class CheckOptions:
    """How the numbers are read and judged, and how much is told."""

    title: ClassVar = "The check"

    map: Annotated[
        str | None,
        typer.Option("--map", metavar="FILE", help="Names of arrays: a line each, theirs = ours; or .json."),
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
            help="How much is told: 0 right or wrong, 1 also where, 2 also what kind of mistake, 3 also its cause and the "
            "line.",
        ),
    ] = 3
    why: Annotated[
        bool, typer.Option("--why", help="Unfold the first wrong number: its products, yours and the right.")
    ] = False
    numbers: Annotated[
        bool,
        typer.Option("--numbers", help="FILE has gradients, TEXT is a file of differences: why do they disagree?"),
    ] = False
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="CELL", help="Print a program of this cell, as it can be checked."),
    ] = None
    blank: Annotated[bool, typer.Option("--blank", help="With --template: its steps left blank.")] = False
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", min=0.1, callback=finite, help="Of a program.  [default: 20]"),
    ] = None


@with_options
def run(
    wanted: WantedOptions,
    check: CheckOptions,
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    checked: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="Arrays: .npz .safetensors .json; or a program: .py with forward and backward, module.py:Net.",
        ),
    ] = None,
) -> None:
    """Your own numbers or program held against the right ones, and the mistake that explains a difference.

    Exit code 0 where all is right, 5 where not.

    \b
    Examples:
      rnn check --template lstm > mine.py
      rnn check mine.py --cell lstm
    """
