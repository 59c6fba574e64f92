"""From options to a text that a network writes: for the commands that look into one network, and into two as well."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.errors import CheckFailed, InputError, NumberError

if TYPE_CHECKING:
    from rnn_cli.commands.options import OutputOptions, SourceOptions
    from rnn_cli.core.verification import Check
    from rnn_cli.inputs.sequence import Sequence
    from rnn_cli.models.model import Model
    from rnn_cli.study.seq2seq import Writing
    from rnn_cli.study.shown import Choice

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


def check_writing(model: "Model", target: str | None, half: str | None, parts: Iterable[str]) -> bool:
    """Whether a model writes a text, and is not one network that answers at its own steps.

    `parts` are the options given that choose parts of one network. InputError where it is not said of which, or where
    an option does not fit the model.
    """
    if not model.writes:
        for option, value in (("--target", target), ("--half", half)):
            if value is not None:
                raise InputError(
                    f"{option} is for a model that writes a text, as --task translate and describe train it"
                )
        return False
    if half not in (None, "encoder", "decoder"):
        raise InputError(f"--half {half}: it can be encoder or decoder")
    if model.kind == "one-to-many" and half == "encoder":
        raise InputError("--half encoder: nothing is read here; the decoder starts from what it learnt for a condition")
    for option in parts if model.kind != "one-to-many" and half is None else ():
        raise InputError(f"{option} is about one of two networks: add --half encoder or --half decoder")
    return True


def write_for(model: "Model", sequence: "Sequence", target: str | None, seed: int) -> "Writing":
    """What a model writes for a sequence, or is told to write."""
    from rnn_cli.study.seq2seq import write

    return write(model, sequence, target, seed)


def trace_both(writing: "Writing", out: "OutputOptions", arithmetic: bool) -> None:
    """The page or the document of both networks of an encoder-decoder."""
    from rnn_cli.documents.trace import writing_trace_document
    from rnn_cli.output.emit import emit
    from rnn_cli.views.seq2seq import writing_page

    emit(
        lambda: writing_page(writing, out.precision, arithmetic),
        lambda: writing_trace_document(writing),
        as_json=out.json,
        save=out.save,
        no_color=out.no_color,
    )


def source_names(source: "SourceOptions") -> tuple[str, str]:
    """What many sequences are called, and the option that brings them again."""
    way, file = ("--file", source.file) if source.file is not None else ("--input", str(source.input))
    return "stdin" if file == "-" else Path(file).name, shlex.join([way, file])


def forward_texts(
    model: "Model",
    writings: "Iterator[Writing]",
    half: str | None,
    source: "SourceOptions",
    out: "OutputOptions",
    *,
    lines: bool,
    choosing: "Callable[[Model, int], Choice]",
    explain: bool,
) -> None:
    """rnn forward of a model that writes: the tables of one text, or a line for each of many."""
    from rnn_cli.documents.forward import writing_forward_document
    from rnn_cli.output.emit import emit, emit_lines
    from rnn_cli.study.seq2seq import computed
    from rnn_cli.views.forward import forward_page
    from rnn_cli.views.seq2seq import writing_forward_page, writings_page

    if lines:
        emit_lines(writing_forward_document(model, [writing]) for writing in writings)
        return
    first = list(islice(writings, 2))
    every: Iterable[Writing] = chain(first, writings)
    if out.save:
        every = list(every)  # the pages and documents each go through it once
    one, chosen = first[0], first[0].half(half)

    def page() -> Iterable[object]:
        if len(first) > 1:
            return writings_page(model, every, *source_names(source))
        if chosen is None:
            return writing_forward_page(one, out.precision)
        choice = choosing(chosen.model, len(chosen.sequence.inputs))
        return forward_page(chosen.model, chosen.sequence, computed(chosen), choice, out.precision, explain, one)

    document = lambda: writing_forward_document(model, every)  # noqa: E731
    emit(page, document, as_json=out.json, save=out.save, no_color=out.no_color)  # type: ignore[arg-type]


def check_told(model: "Model", target: str | None, refused: Mapping[str, object]) -> None:
    """InputError where the text to write is missing, or an option is given that has no meaning for a network that writes."""
    for option, value in refused.items():
        if value is not None:
            raise InputError(
                f"{option} has no meaning for {model.name}, whose loss is that of the text in --target: leave it out"
            )
    if target is None:
        raise InputError("give the --target: the text that should be written")


def bptt_both(
    writing: "Writing",
    half: str | None,
    out: "OutputOptions",
    clipping: tuple[str, float] | None,
    lr: float,
    seed: int,
    *,
    choosing: "Callable[[Model, int], Choice]",
    arithmetic: bool,
    check: bool,
) -> None:
    """rnn bptt of an encoder-decoder."""
    from rnn_cli.documents.bptt import writing_bptt_document
    from rnn_cli.output.emit import emit
    from rnn_cli.study.seq2seq import DECODER, ENCODER
    from rnn_cli.study.seq2seq_bptt import writing_report
    from rnn_cli.views.seq2seq import every_part
    from rnn_cli.views.seq2seq_bptt import writing_bptt_page

    assert writing.reader is not None
    choices = {}
    for role, one in ((ENCODER, writing.reader), (DECODER, writing.writer)):
        choices[role] = choosing(one.model, len(one.sequence.inputs)) if role == half else every_part(one)
    report = writing_report(writing.reader.trace, writing.writer.trace, writing.target, clipping, lr, seed)
    emit(
        lambda: writing_bptt_page(writing, report, half, choices, out.precision, arithmetic),
        lambda: writing_bptt_document(writing, report),
        as_json=out.json,
        save=out.save,
        no_color=out.no_color,
    )
    if check:
        hold(report.check)


def hold(check: "Check") -> None:
    """NumberError or CheckFailed where a gradient could not be checked, or is wrong."""
    from rnn_cli.views.bptt_verdicts import wrong_gradient

    if not check.finite:
        raise NumberError("the loss or its gradient left the finite range, so there is no gradient to check")
    if not check.passed:
        raise CheckFailed(wrong_gradient(check))
