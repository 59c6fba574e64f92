"""The page of rnn bptt for an encoder-decoder: back through what was written, over the context, through what was read."""

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.bptt import Bptt
from rnn_cli.core.learning.clipping import norm
from rnn_cli.study.seq2seq import ENCODER, Half, Writing
from rnn_cli.study.seq2seq_bptt import WritingReport
from rnn_cli.study.shown import Choice
from rnn_cli.views import style
from rnn_cli.views.bptt import backward_heading, contributions_part, loss_part, steps_part
from rnn_cli.views.bptt_verdicts import check_part, clipping_part, descent_part
from rnn_cli.views.clean import clean
from rnn_cli.views.context import context_error_part, said
from rnn_cli.views.heat import largest as greatest
from rnn_cli.views.itemised import brief, itemised_part, norm_cell
from rnn_cli.views.numbers import count, signed
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, following, heading, line, notice
from rnn_cli.views.parts import quotable, rounding_note, titled
from rnn_cli.views.seq2seq import both_heading

MOST = 12


def writing_bptt_page(
    writing: Writing, report: WritingReport, role: str | None, choices: dict[str, Choice], digits: int, arithmetic: bool
) -> list[RenderableType]:
    """The whole page; with `role` the way back through that half alone, and the verdicts on both.

    `choices` say which part of each half is shown, by its role.
    """
    assert writing.reader is not None
    assert report.read is not None
    reader, writer = writing.reader, writing.writer
    page = titled(said(writing), writer.model)
    page += loss_part(writer.model, writer.sequence, report.written, digits)
    page += backward_heading(writer.model)
    for half, back, what in (
        (writer, report.written, "Back through the decoder"),
        (reader, report.read, "Back through the encoder"),
    ):
        if role not in (None, half.model.role):
            continue
        page += both_heading(half, what, len(half.sequence.inputs))
        page += context_error_part(writing, report.written.initial, digits) if half is reader else []
        page += _way(half, back, choices[half.model.role], digits, arithmetic)
        page += (
            itemised_part(half.sequence, back, back, digits) if half is writer else across_part(writing, back, digits)
        )
    if report.clipped is not None:
        page += clipping_part(report.clipped, digits)
    page += descent_part(report.descent, digits)
    page += check_part(report.check)
    return [*page, notice(_notice(writing, report)), *_next(writing)]


def _way(half: Half, back: Bptt, choice: Choice, digits: int, arithmetic: bool) -> list[RenderableType]:
    page: list[RenderableType] = []
    if arithmetic:
        for layer in reversed(choice.layers):
            for direction in choice.directions:
                page += steps_part(half.model, half.sequence, back, choice, digits, layer, direction)
        page += [rounding_note(digits), blank()]
    return [*page, *contributions_part(half.model, half.sequence, back, choice, digits)]


def across_part(writing: Writing, back: Bptt, digits: int) -> list[RenderableType]:
    """Which written token's loss reaches the encoder's recurrent weights through which token that was read."""
    assert writing.reader is not None
    items, names = back.items, writing.reader.sequence.names
    if items is None:
        words = "The text is too long to keep each loss's error apart: the sums above are complete."
        return [Prose(words, style=style.FAINT), blank()]
    labels = writing.writer.model.labels
    T = len(names)
    shown = list(range(max(T - MOST, 0), T))
    scale = greatest(items.norms)
    rows: list[list[str | Text]] = []
    for k in clip_middle(range(len(back.loss_steps)), MOST + 2, tail=2):
        if k is None:
            rows.append(["…", ""])
            continue
        cells = [norm_cell(items.norms[k, t], scale, digits) for t in shown]
        word = brief(labels[writing.targets[k]])
        rows.append([f"L_{back.loss_steps[k]}", word, signed(items.totals[k], digits).lstrip("+"), *cells])
    header = ["loss", "written", "whole", *(f"{brief(names[t])} ({t + 1})" for t in shown)]
    page: list[RenderableType] = [
        heading(
            "Which written token's loss reaches the encoder through which token that was read",
            "norms; all of it came over the context",
        ),
        Grid(header, rows, frozen=3, align="<<>"),
    ]
    if len(shown) < T:
        page.append(
            line((f"the last {len(shown)} of {T} steps; the JSON has all (itemised.norms)", style.FAINT), indent=2)
        )
    return [*page, blank()]


def _notice(writing: Writing, report: WritingReport) -> str:
    """How much of the error arrives at the first token that was read."""
    assert writing.reader is not None
    assert report.read is not None
    if not report.check.finite:
        return "The numbers left the finite range: there is no gradient to follow."
    a = report.read.trace.network.architecture
    top, T = a.num_layers - 1, len(writing.reader.sequence.inputs)
    here, there = (norm(report.read.at(top, "forward", t).gradient.error.h) for t in (T, 1))
    if here == 0:
        return "No error goes over the context."
    first, last = (clean(writing.reader.sequence.names[t]) for t in (0, -1))
    steps = len(writing.targets) + T - 1
    return (
        f'the error reaches the encoder at "{last}" (step {T}); at "{first}" (step 1) it is {there / here:.3g} times as large. '
        f"From the last token written to the first one read it has gone back {count(steps, 'step')}."
    )


def _next(writing: Writing) -> list[RenderableType]:
    text = quotable(writing.given)
    flags = f" {clean(writing.writer.model.flags)}"
    if text is None:
        return following(("rnn bptt -h", "clipping, one half alone, other targets"))
    return following(
        (f'rnn gradients "{text}"{flags}', "why the error shrinks or grows in the encoder: its Jacobians"),
        (f'rnn trace "{text}"{flags} --half {ENCODER}', "how the context came about"),
    )
