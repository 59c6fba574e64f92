"""From options to a text that a network writes: for the commands that look into one network, and into two as well."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.errors import InputError

if TYPE_CHECKING:
    from rnn_cli.commands.options import OutputOptions
    from rnn_cli.inputs.sequence import Sequence
    from rnn_cli.inputs.writing import Writing
    from rnn_cli.models.model import Model

Told = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="TEXT",
        help="Of a model that writes: let it write this text, not its own (teacher forcing).",
    ),
]
Chosen = Annotated[
    str | None,
    typer.Option("--half", metavar="encoder|decoder", help="Of an encoder-decoder: look into this network alone."),
]


def open_writing(
    model: "Model", sequence: "Sequence", target: str | None, half: str | None, parts: Iterable[str], seed: int
) -> "Writing | None":
    """What a model writes for a sequence; None for a model that is one network and answers at its own steps.

    `parts` are the options given that choose parts of one network. InputError where it is not said of which.
    """
    if not model.writes:
        for option, value in (("--target", target), ("--half", half)):
            if value is not None:
                raise InputError(
                    f"{option} is for a model that writes a text, as --task translate and describe train it"
                )
        return None
    from rnn_cli.inputs.writing import DECODER, ENCODER, write

    if half not in (None, ENCODER, DECODER):
        raise InputError(f"--half {half}: it can be {ENCODER} or {DECODER}")
    if model.kind == "one-to-many" and half == ENCODER:
        raise InputError(
            f"--half {ENCODER}: nothing is read here; the decoder starts from what it learnt for a condition"
        )
    for option in parts if model.kind != "one-to-many" and half is None else ():
        raise InputError(f"{option} is about one of two networks: add --half {ENCODER} or --half {DECODER}")
    return write(model, sequence, target, seed)


def trace_both(writing: "Writing", out: "OutputOptions", arithmetic: bool) -> None:
    """The page or the document of both networks of an encoder-decoder."""
    from rnn_cli.documents.trace import writing_trace_document
    from rnn_cli.output.emit import emit
    from rnn_cli.views.writing import writing_page

    emit(
        lambda: writing_page(writing, out.precision, arithmetic),
        lambda: writing_trace_document(writing),
        as_json=out.json,
        save=out.save,
        no_color=out.no_color,
    )
