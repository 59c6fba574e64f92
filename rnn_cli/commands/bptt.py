"""rnn bptt: the error's way back through time, number by number."""

from typing import Annotated

import typer

from rnn_cli.commands.options import NetworkOptions, OutputOptions, SourceOptions, finite, with_options
from rnn_cli.commands.seq2seq import Chosen, bptt_both, check_told, check_writing, hold, write_for


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="What the network should have said, or the text to write."),
    ] = None,
    targets: Annotated[
        str | None, typer.Option("--targets", metavar="'A B C'", help="A label for each step (numbers: 1,0;0,1).")
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss",
            metavar="cross-entropy|mse",
            help="mse takes numbers as targets.  [default: that of the model's outputs]",
        ),
    ] = None,
    truncate: Annotated[
        str | None,
        typer.Option("--truncate", metavar="K|K1,K2", help="Each error goes back K steps, or every K1 steps back K2."),
    ] = None,
    truncate_sweep: Annotated[
        bool, typer.Option("--truncate-sweep", help="What is lost for every K from 1 to T, as one table.")
    ] = False,
    clip_norm: Annotated[
        float | None, typer.Option("--clip-norm", callback=finite, help="Clip the gradient by its global norm.")
    ] = None,
    clip_value: Annotated[
        float | None, typer.Option("--clip-value", callback=finite, help="Clip every element of the gradient.")
    ] = None,
    lr: Annotated[
        float, typer.Option("--lr", callback=finite, help="Learning rate of the gradient-descent step shown.")
    ] = 0.1,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 5 where a residual is too large, and name the quantity.")
    ] = False,
    checkpoint_every: Annotated[
        str | None,
        typer.Option(
            "--checkpoint-every",
            metavar="N|auto",
            help="Loss and gradient alone, in little memory: keep the states of every N-th step, compute the rest twice.",
        ),
    ] = None,
    steps: Annotated[str | None, typer.Option("--steps", metavar="2:5", help="Write out these steps.")] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="1,3", help="Show these hidden units, counted from 1.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="0", help="Show these layers, counted from 0.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="forward|backward", help="Show this direction.")
    ] = None,
    no_arithmetic: Annotated[bool, typer.Option("--no-arithmetic", help="Tables only.")] = False,
    half: Chosen = None,
) -> None:
    """How the error flows back through time: every product, every sum, every word's share of the gradient.

    \b
    Examples:
      rnn bptt "I love NLP" --target positive
      rnn bptt "I love NLP" --target negative --truncate 2
      rnn bptt "I love NLP" --target positive --cell lstm --truncate-sweep
      rnn bptt "I love NLP" --target positive --check --json
    """
    out.check()
    from rnn_cli.commands.bptt_long import lean, refuse_records
    from rnn_cli.commands.common import open_one
    from rnn_cli.core.bptt import can_itemise
    from rnn_cli.core.fast.bptt_long import MOST_RECORDED
    from rnn_cli.core.trace import trace
    from rnn_cli.documents.bptt import bptt_document, condition_bptt_document
    from rnn_cli.errors import InputError
    from rnn_cli.output.emit import emit
    from rnn_cli.study.bptt import backward_report
    from rnn_cli.study.gradient_options import read_clipping, read_every, read_truncation
    from rnn_cli.study.shown import choose
    from rnn_cli.study.targets import read_target
    from rnn_cli.views.bptt import bptt_page

    model, sequence = open_one(source, network)
    writing = None
    picks = {"--steps": steps, "--unit": unit, "--layer": layer, "--direction": direction}
    if check_writing(model, None, half, [option for option, value in picks.items() if value is not None]):
        refused: dict[str, object] = {"--targets": targets, "--loss": loss, "--checkpoint-every": checkpoint_every}
        if model.kind == "encoder-decoder":
            refused |= {"--truncate": truncate, "--truncate-sweep": truncate_sweep or None}
        check_told(model, target, refused)
        writing = write_for(model, sequence, target, network.seed)
        if writing.reader is not None:
            choosing = lambda one, length: choose(one.network.architecture, length, steps, unit, layer, direction)  # noqa: E731
            bptt_both(
                writing, half, out, read_clipping(clip_norm, clip_value), lr, network.seed,
                choosing=choosing, arithmetic=not no_arithmetic, check=check,
            )  # fmt: skip
            return
        model, sequence = writing.writer.model, writing.writer.sequence
    choice = choose(model.network.architecture, len(sequence.inputs), steps, unit, layer, direction)
    wanted = writing.target if writing is not None else read_target(model, sequence, target, targets, loss)
    cut = read_truncation(truncate, len(sequence.inputs))
    clipping = read_clipping(clip_norm, clip_value)
    if writing is None and (checkpoint_every is not None or len(sequence.inputs) > MOST_RECORDED):
        refuse_records(checkpoint_every, truncate, truncate_sweep, steps, unit, layer, direction)
        lean(model, sequence, wanted, read_every(checkpoint_every), clipping, check, out)
        return
    result = trace(model.network, sequence.inputs) if writing is None else writing.writer.trace
    if (cut is not None or truncate_sweep) and not can_itemise(result):
        raise InputError(
            f"--truncate{'' if cut is not None else '-sweep'}: {len(sequence.inputs)} steps with "
            f"{model.network.architecture.output_width} units are too many to keep each loss's error apart; "
            "take fewer words"
        )
    report = backward_report(result, wanted, cut, truncate_sweep, clipping, lr, network.seed)
    emit(
        lambda: bptt_page(model, sequence, report, choice, out.precision, not no_arithmetic, writing),
        lambda: condition_bptt_document(writing, report) if writing else bptt_document(model, sequence, report),
        as_json=out.json,
        save=out.save,
        no_color=out.no_color,
    )
    if check:
        hold(report.check)
