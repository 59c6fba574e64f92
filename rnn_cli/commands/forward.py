"""rnn forward: every hidden state, cell state and gate of one sequence or of many, as tables."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, with_options
from rnn_cli.commands.seq2seq import Chosen, Told, check_writing, forward_texts, source_names, write_for
from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.core.fast.batches import SequenceRun
    from rnn_cli.inputs.sequence import Sequence
    from rnn_cli.models.model import Model
    from rnn_cli.output.emit import Page


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    steps: Annotated[str | None, typer.Option("--steps", metavar="2:5", help="Show these steps.")] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="1,3", help="Show these hidden units, counted from 1.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="0", help="Show these layers, counted from 0.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="forward|backward", help="Show this direction.")
    ] = None,
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
    target: Told = None,
    half: Chosen = None,
    plot: Annotated[
        list[str] | None,
        typer.Option(
            "--plot", metavar="FILE", help="Also draw the hidden states: .png, .svg or .pdf (needs matplotlib)."
        ),
    ] = None,
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
    if plot:
        from rnn_cli.plots.draw import check_plot

        check_plot(plot)
    if lines and not out.json:
        raise InputError("--lines shapes the JSON: give --json --lines")
    if lines and out.save:
        raise InputError("--lines writes to stdout alone: leave --save out, or --lines")
    from rnn_cli.commands.common import open_many
    from rnn_cli.core.fast.batches import MOST_SEQUENCES
    from rnn_cli.documents.forward import forward_document, forward_lines
    from rnn_cli.output.emit import emit, emit_lines
    from rnn_cli.study.shown import choose
    from rnn_cli.views.forward import forward_page, many_page

    model, sequences = open_many(source, network)
    model = _computed_in(model, dtype)
    if only is not None:
        sequences = _single(sequences, only)
    picks = {"--steps": steps, "--unit": unit, "--layer": layer, "--direction": direction}
    parts = [option for option, value in picks.items() if value is not None] + ["--explain-shapes"] * explain_shapes
    parts += ["--plot"] * bool(plot)
    if check_writing(model, target, half, parts):
        if dtype != "float64":
            raise InputError("--dtype float32 is for models of one network that answer at their own steps")
        writings = (write_for(model, sequence, target, network.seed) for sequence in sequences)
        choosing = lambda one, length: choose(one.network.architecture, length, steps, unit, layer, direction)  # noqa: E731
        forward_texts(model, writings, half, source, out, lines=lines, choosing=choosing, explain=explain_shapes)
        return
    # A pipe may feed one line at a time: each is answered before the next is read.
    runs = _runs(model, sequences, most=1 if lines and source.file == "-" else MOST_SEQUENCES)
    if lines:
        emit_lines(forward_lines(model, runs))
        return
    first = list(islice(runs, 2))
    every: Iterable[tuple[Sequence, SequenceRun]] = chain(first, runs)
    if out.save:
        every = list(every)  # the pages and documents each go through it once
    architecture = model.network.architecture
    page: Callable[[], Page]
    if len(first) == 1:
        sequence, result = first[0]
        choice = choose(architecture, len(result.inputs), steps, unit, layer, direction)
        page = lambda: forward_page(model, sequence, result, choice, out.precision, explain_shapes)  # noqa: E731
    else:
        if steps is not None or explain_shapes or plot:
            raise InputError(
                "--steps, --explain-shapes and --plot are for one sequence: choose it with --only, as in --only 1"
            )
        choice = choose(architecture, 1, None, unit, layer, direction)
        name, option = source_names(source)
        page = lambda: many_page(model, every, choice, out.precision, name, option)  # noqa: E731
    document = lambda: forward_document(model, every)  # noqa: E731
    emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)
    if plot:
        from rnn_cli.plots.draw import save_plots
        from rnn_cli.plots.states import states_figure

        sequence, result = first[0]
        states = next(s for s in result.states if (s.layer, s.direction) == (choice.layers[-1], choice.directions[0]))
        title = f"{model.name}: h over time, layer {states.layer}, {states.direction}"
        save_plots(plot, states_figure(title, sequence.names, states.h, choice.units))


def _computed_in(model: "Model", dtype: str) -> "Model":
    """The model with its numbers in that type."""
    if dtype not in ("float32", "float64"):
        raise InputError(f"--dtype {dtype}: it can be float32 or float64")
    network = model.network
    return replace(model, network=network.with_parameters(network.parameters.astype(dtype)))


def _single(sequences: "Iterator[Sequence]", number: int) -> "Iterator[Sequence]":
    """The sequence of that number, from 1, alone. InputError where there are not so many."""
    for count, sequence in enumerate(sequences, start=1):
        if count == number:
            return iter([sequence])
    raise InputError(f"--only {number}: there are {count}")


def _runs(model: "Model", sequences: "Iterator[Sequence]", most: int) -> "Iterator[tuple[Sequence, SequenceRun]]":
    """Each sequence with what the network computes on it, a batch at a time."""
    from rnn_cli.core.fast.batches import batches, run_batch

    for batch in batches(sequences, lambda sequence: len(sequence.inputs), most):
        yield from zip(batch, run_batch(model.network, [one.inputs for one in batch]), strict=True)
