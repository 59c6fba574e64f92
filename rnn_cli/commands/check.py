"""rnn check: somebody's numbers or program held against the right ones."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, finite, with_options
from rnn_cli.errors import InputError

EVERYDAY = ("target", "model", "cell", "map", "hints", "why", "template", "blank", "save", "json")


@dataclass(frozen=True)
class WantedOptions:
    """What the network should have said, where gradients or a loss are checked."""

    title: ClassVar = "The target"

    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="What the network should have said: for a loss and gradients."),
    ] = None
    targets: Annotated[str | None, typer.Option("--targets", metavar="'A B C'", help="A label for each step.")] = None


@dataclass(frozen=True)
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
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="CELL", help="Print a program of this cell, as FILE may be one."),
    ] = None
    blank: Annotated[bool, typer.Option("--blank", help="With --template: its steps left blank.")] = False


@with_options
def run(
    *,
    checked: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="Your arrays: .npz .safetensors .json."),
    ] = None,
    source: SourceOptions,
    wanted: WantedOptions,
    check: CheckOptions,
    network: NetworkOptions,
    out: OutputOptions,
) -> None:
    """Your own numbers held against the right ones, and the mistake that explains a difference.

    Exit code 0 where all that was compared is right, 5 where not.

    \b
    Examples:
      rnn bptt "I love NLP" --target positive --save mine.npz
      rnn check mine.npz "I love NLP" --target positive
      rnn check --template lstm --blank
    """
    out.check()
    if check.template is not None or check.blank:
        _print_template(check, checked, network, out)
        return
    from rnn_cli.commands.checking import checked_arrays
    from rnn_cli.front.presenting import emit
    from rnn_cli.study.check.hints import CAUSE

    if checked is None:
        raise InputError(
            "give FILE, your arrays or your program; or --template CELL, which prints a program to begin with"
        )
    if check.why and check.hints < CAUSE:
        raise InputError(f"--why shows what --hints {check.hints} withholds: leave one out")
    report = source.report()
    result = checked_arrays(checked, source, network, report, check, wanted.target, wanted.targets)
    emit(result, out, result.hold, report)


def _print_template(check: CheckOptions, checked: str | None, network: NetworkOptions, out: OutputOptions) -> None:
    from rnn_cli.commands.common import cell_options_of
    from rnn_cli.study.check.template import template

    if check.template is None:
        raise InputError("--blank leaves the steps of a --template blank: give its cell, as in --template lstm --blank")
    if checked is not None:
        raise InputError(f"--template prints a program, and {checked} is one to check: leave one out")
    if out.json or out.save:
        raise InputError("--template prints a program: leave --json and --save out, and write > FILE.py")
    typer.echo(template(check.template, check.blank, cell_options_of(network)), nl=False)
