"""rnn check: somebody's numbers or program held against the right ones."""

from typing import Annotated

import typer

from rnn_cli.commands.check_options import CheckOptions, WantedOptions
from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, with_options
from rnn_cli.errors import InputError

EVERYDAY = ("target", "model", "cell", "map", "hints", "why", "template", "blank", "save", "json")


@with_options
def run(
    *,
    checked: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="Your arrays, .npz .safetensors .json; or with --cell your program, .py, or module, FILE.py:CLASS.",
        ),
    ] = None,
    source: SourceOptions,
    wanted: WantedOptions,
    check: CheckOptions,
    network: NetworkOptions,
    out: OutputOptions,
) -> None:
    """Your own numbers or program held against the right ones, and the mistake that explains a difference.

    Exit code 0 where all that was compared is right, 5 where not.

    \b
    Examples:
      rnn bptt "I love NLP" --target positive --save mine.npz
      rnn check mine.npz "I love NLP" --target positive
      rnn check --template lstm > lstm.py
      rnn check lstm.py --cell lstm
    """
    out.check()
    if check.template is not None or check.blank:
        _print_template(check, checked, source, wanted, network, out)
        return
    if checked is None:
        raise InputError(
            "give FILE, your arrays or your program; or --template CELL, which prints a program to begin with"
        )
    from rnn_cli.commands.checking import made
    from rnn_cli.front.presenting import emit

    report = source.report()
    result, hold = made(checked, source, network, wanted, check, report)
    emit(result, out, hold, report)


def _print_template(
    check: CheckOptions,
    checked: str | None,
    source: SourceOptions,
    wanted: WantedOptions,
    network: NetworkOptions,
    out: OutputOptions,
) -> None:
    from rnn_cli.commands.checking import unused_by_template
    from rnn_cli.commands.common import cell_options_of
    from rnn_cli.study.check.template import template

    if check.template is None:
        raise InputError("--blank leaves the steps of a --template blank: give its cell, as in --template lstm --blank")
    if checked is not None:
        raise InputError(f"--template prints a program, and {checked} is one to check: leave one out")
    if out.json or out.save:
        raise InputError("--template prints a program: leave --json and --save out, and write > FILE.py")
    for name in unused_by_template(source, network, wanted, check):
        raise InputError(f"{name}: --template prints the program of one layer and has no use for it: leave it out")
    typer.echo(template(check.template, check.blank, cell_options_of(network)), nl=False)
