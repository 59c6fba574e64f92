"""rnn forward: every hidden state, cell state and gate of one sequence or of many, as tables."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from rnn_cli.commands.options import (
    ForcedTextOptions,
    NetworkOptions,
    NetworkOutput,
    PlotOptions,
    RoleOptions,
    ShownOptions,
    SourceOptions,
    check_lines,
    group,
    with_options,
)
from rnn_cli.errors import InputError
from rnn_cli.reading import DIGITS, shown, whole_number

EVERYDAY = ("model", "cell", "hidden_size", "file", "steps", "explain_shapes", "save", "json")


@group
class ForwardOutput(NetworkOutput):
    """One sequence of many can be chosen too: a number is that of a sequence, all else names sections."""

    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="N|NAME,…",
            help="A number N: this one of many sequences, counted from 1. Names: these sections of the page alone; a name that is none lists them.",
        ),
    ] = None

    @property
    def sequence(self) -> int | None:
        """The number of the sequence that --only asks for. InputError where there can be none of that number."""
        parts = [part.strip() for part in (self.only or "").split(",")]
        numbers = [part for part in parts if part.lstrip("-") and DIGITS.issuperset(part.lstrip("-"))]
        if not numbers:
            return None
        if len(parts) > 1:
            raise InputError(f"--only {self.only}: give one number, of a sequence, or names of sections, not both")
        number = whole_number(numbers[0])
        if number is None and not numbers[0].startswith("-"):
            raise InputError(f"--only {shown(numbers[0])}: there are not so many sequences")
        if not number:
            raise InputError(f"--only {shown(numbers[0])}: sequences count from 1")
        return number

    @property
    def sections(self) -> str | None:
        """The sections of the page, where --only is no number."""
        return self.only if self.sequence is None else None


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: ForwardOutput,
    shown: ShownOptions,
    forced: ForcedTextOptions,
    role: RoleOptions,
    figures: PlotOptions,
    explain_shapes: Annotated[
        bool, typer.Option("--explain-shapes", help="Name each slice of PyTorch's output, h_n and c_n.")
    ] = False,
    explain_padding: Annotated[
        bool,
        typer.Option(
            "--explain-padding", help="Of several sequences: what padding holds, and what reading it as data does."
        ),
    ] = False,
    lines: Annotated[
        bool, typer.Option("--lines", help="With --json: one document a line for each sequence, as it is computed.")
    ] = False,
    dtype: Annotated[
        str, typer.Option("--dtype", metavar="float32|float64", help="The precision of the computation.")
    ] = "float64",
) -> None:
    """Every hidden state, cell state and gate, as tables.

    \b
    Examples:
      rnn forward "I love NLP"
      rnn forward "I love NLP" --cell lstm --num-layers 2 --bidirectional --explain-shapes
      rnn forward --file sentences.txt
      rnn forward --file sentences.txt --explain-padding
      rnn forward --file sentences.txt --json --lines
    """
    out.check()
    figures.check()
    check_lines(lines, out)
    from rnn_cli.commands.common import open_many, source_names
    from rnn_cli.commands.figures import draw_plots
    from rnn_cli.front.presenting import emit, emit_each
    from rnn_cli.study.forward import forward_each, forward_sequences

    report = source.report()
    model, sequences = open_many(source, network, report)
    sequence = out.sequence
    asked: dict[str, Any] = {"only": sequence, "dtype": dtype, "explain_shapes": explain_shapes, "seed": network.seed}
    asked |= {"target": forced.target, "network": role.chosen, **vars(shown)}
    if explain_padding:
        chosen = {**vars(shown), "target": forced.target, "network": role.chosen}
        _check_padding(lines, explain_shapes, sequence, figures.plot, chosen)
        from rnn_cli.study.padding import explain_padding as explained

        emit(explained(model, sequences, dtype), out, report=report, weights=out.weights)
        return
    if lines and out.weights:
        raise InputError("--weights would repeat the weights on every line: give --json without --lines")
    if lines:
        # A pipe may feed one line at a time: each is answered before the next is read.
        emit_each(forward_each(model, sequences, one_by_one=source.file == "-", **asked), report)
        return
    result = forward_sequences(model, sequences, source=source_names(source), keep=bool(out.save), **asked)
    draw_plots(result, figures.plot)
    emit(result, out if sequence is None else replace(out, only=None), report=report, weights=out.weights)


def _check_padding(
    lines: bool, shapes: bool, sequence: int | None, plot: list[str], shown: dict[str, str | None]
) -> None:
    """InputError where another option asks for another page than that of a batch."""
    others = {"--lines": lines, "--explain-shapes": shapes, "--only N": sequence is not None, "--plot": bool(plot)}
    others |= {f"--{name}": value is not None for name, value in shown.items()}
    other = next((name for name, given in others.items() if given), None)
    if other is not None:
        raise InputError(f"--explain-padding shows a whole batch: leave {other} out")
