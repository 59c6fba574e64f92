"""rnn check: somebody's numbers or program held against the right ones."""

from typing import Annotated

import typer

from rnn_cli.commands.options import OutputOptions, with_options

EVERYDAY = ("template", "blank", "json")


@with_options
def run(
    out: OutputOptions,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="CELL", help="Print a program of this cell, as it can be checked."),
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help="With --template: its steps left blank.")] = False,
) -> None:
    """Your own numbers or program held against the right ones, and the mistake that explains a difference.

    \b
    Examples:
      rnn check --template lstm
      rnn check --template gru --blank
    """
    out.check()
    from rnn_cli.errors import InputError
    from rnn_cli.study.check.template import template as program

    if template is None:
        raise InputError("give the --template of a cell")
    if out.json or out.save:
        raise InputError("--template prints a program: leave --json and --save out, and write > FILE.py")
    typer.echo(program(template, blank), nl=False)
