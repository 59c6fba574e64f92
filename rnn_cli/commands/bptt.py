"""rnn bptt: backpropagation through time, number by number."""

from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import (
    Arithmetic,
    NetworkOptions,
    NetworkOutput,
    Reduction,
    RoleOptions,
    ShownOptions,
    SourceOptions,
    Upstream,
    finite,
    group,
    with_options,
    worksheet_kind,
)

EVERYDAY = ("target", "model", "cell", "hidden_size", "truncate", "check", "steps", "save", "json")


@group
class TargetOptions:
    """What the network should have said, and how wrong it was."""

    title: ClassVar = "The target and the loss"

    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="LABEL",
            help="What the network should have said, or the text to write; without a readout numbers, or a file of them.",
        ),
    ] = None
    targets: Annotated[
        str | None, typer.Option("--targets", metavar="'A B C'", help="A label for each step (numbers: 1,0;0,1).")
    ] = None
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss",
            metavar="cross-entropy|mse|sum",
            help="mse takes numbers as targets; sum needs none, and no readout.  [default: that of the model's outputs]",
        ),
    ] = None
    upstream: Upstream = None
    reduction: Reduction = None


@group
class BackwardOptions:
    """How far errors go back, and what is done with the gradient."""

    title: ClassVar = "The backward pass"

    truncate: Annotated[
        str | None,
        typer.Option("--truncate", metavar="K|K1,K2", help="Each error goes back K steps, or every K1 steps back K2."),
    ] = None
    truncate_sweep: Annotated[
        bool, typer.Option("--truncate-sweep", help="What is lost for every K from 1 to T, as one table.")
    ] = False
    clip_norm: Annotated[
        float | None, typer.Option("--clip-norm", callback=finite, help="Clip the gradient by its global norm.")
    ] = None
    clip_value: Annotated[
        float | None, typer.Option("--clip-value", callback=finite, help="Clip every element of the gradient.")
    ] = None
    lr: Annotated[
        float, typer.Option("--lr", callback=finite, help="Learning rate of the gradient-descent step shown.")
    ] = 0.1
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 5 where a residual is too large, and name the quantity.")
    ] = False
    checkpoint_every: Annotated[
        str | None,
        typer.Option(
            "--checkpoint-every",
            metavar="N|auto",
            help="Loss and gradient alone, in little memory: keep the states of every N-th step, compute the rest twice.",
        ),
    ] = None


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: NetworkOutput,
    target: TargetOptions,
    backward: BackwardOptions,
    shown: ShownOptions,
    role: RoleOptions,
    arithmetic: Arithmetic = None,
    blank: Annotated[bool, typer.Option("--blank", help="A worksheet: the results left out and numbered.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="The key to the worksheet of the same command and seed.")
    ] = False,
) -> None:
    """How the error flows back through time: every product, every sum, what every step gives to the gradient, and which word decides.

    \b
    Examples:
      rnn bptt "I love NLP" --target positive
      rnn bptt "I love NLP" --target negative --truncate 2
      rnn bptt "I love NLP" --target positive --cell lstm --truncate-sweep
      rnn bptt "I love NLP" --target positive --check --json
      rnn bptt "I love NLP" --target positive --blank --save worksheet.tex
    """
    out.check()
    worksheet = worksheet_kind(blank, answers, out, arithmetic)
    from rnn_cli.commands.common import open_one
    from rnn_cli.front.presenting import emit
    from rnn_cli.study.bptt import bptt_sequence

    report = source.report()
    model, sequence = open_one(source, network, report)
    result = bptt_sequence(
        model,
        sequence,
        network=role.chosen,
        arithmetic=arithmetic,
        worksheet=worksheet,
        seed=network.seed,
        **vars(target),
        **vars(backward),
        **vars(shown),
    )
    emit(result, out, result.hold if backward.check else None, report, out.weights)
