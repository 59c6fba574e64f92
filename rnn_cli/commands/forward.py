"""rnn forward: every hidden state, cell state and gate of one sequence or of many, as tables."""

from typing import Annotated, Any

import typer

from rnn_cli.commands.options import (
    ForcedTextOptions,
    NetworkOptions,
    OutputOptions,
    PlotOptions,
    RoleOptions,
    ShownOptions,
    SourceOptions,
    check_lines,
    with_options,
)

EVERYDAY = ("model", "cell", "hidden_size", "file", "steps", "explain_shapes", "save", "json")


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    shown: ShownOptions,
    forced: ForcedTextOptions,
    role: RoleOptions,
    figures: PlotOptions,
    explain_shapes: Annotated[
        bool, typer.Option("--explain-shapes", help="Name each slice of PyTorch's output, h_n and c_n.")
    ] = False,
    only: Annotated[
        int | None, typer.Option("--only", metavar="N", min=1, help="Of many sequences show this one, counted from 1.")
    ] = None,
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
      rnn forward --file sentences.txt --json --lines
    """
    out.check()
    figures.check()
    check_lines(lines, out)
    from rnn_cli.commands.common import open_many, source_names
    from rnn_cli.commands.figures import draw_states, states_to_draw
    from rnn_cli.front.presenting import emit, emit_each
    from rnn_cli.study.forward import forward_each, forward_sequences

    report = source.report()
    model, sequences = open_many(source, network, report)
    asked: dict[str, Any] = {"only": only, "dtype": dtype, "explain_shapes": explain_shapes, "seed": network.seed}
    asked |= {"target": forced.target, "network": role.chosen, **vars(shown)}
    if lines:
        # A pipe may feed one line at a time: each is answered before the next is read.
        emit_each(forward_each(model, sequences, one_by_one=source.file == "-", **asked), report)
        return
    result = forward_sequences(model, sequences, source=source_names(source), keep=bool(out.save), **asked)
    states = states_to_draw(result, figures.plot)
    draw_states(states, figures.plot)
    emit(result, out, report=report)
