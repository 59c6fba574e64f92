"""The page of rnn bptt for an encoder-decoder: back through what was written, over the context, through what was read."""

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.bptt import Bptt
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.study.bptt import Seq2SeqBpttResult
from rnn_cli.study.roles import ENCODER
from rnn_cli.study.seq2seq import Decoded, NetworkTrace
from rnn_cli.study.seq2seq_bptt import Seq2SeqBptt
from rnn_cli.study.shown import Choice, is_wide
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.attention_back import attention_back_part, shortest_way
from rnn_cli.views.bptt import backward_heading, contributions_part, error_back, loss_part, products_note, steps_part
from rnn_cli.views.bptt_verdicts import check_part, clipping_part, descent_part
from rnn_cli.views.context import context_error_part, said
from rnn_cli.views.heat import largest as greatest
from rnn_cli.views.itemised import brief, itemised_part, norm_cell
from rnn_cli.views.numbers import count, signed
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, following, heading, line, notice
from rnn_cli.views.parts import quotable, rounding_note, titled
from rnn_cli.views.seq2seq import both_heading

MOST = 12


def seq2seq_bptt_page(result: Seq2SeqBpttResult, digits: int) -> list[RenderableType]:
    """The whole page; if one network is chosen, the backward pass through it alone and the verdicts on both."""
    decoded, report, choices = result.decoded, result.report, result.choices
    assert decoded.encoder is not None
    assert report.encoder is not None
    encoder, decoder = decoded.encoder, decoded.decoder
    page = titled(said(decoded), decoder.model)
    page += loss_part(decoder.model, decoder.sequence, report.decoder, digits)
    page += backward_heading(decoder.model)
    for one, back, what in (
        (decoder, report.decoder, "Back through the decoder"),
        (encoder, report.encoder, "Back through the encoder"),
    ):
        if result.network not in (None, one.model.role):
            continue
        page += both_heading(one, what, len(one.sequence.inputs))
        page += context_error_part(decoded, report.decoder.initial, digits) if one is encoder else []
        page += attention_back_part(decoded, back, choices[one.model.role], digits) if one is decoder else []
        page += _back_through(one, back, choices[one.model.role], digits, result.arithmetic)
        page += (
            itemised_part(one.sequence, back, back, digits) if one is decoder else across_part(decoded, back, digits)
        )
    if report.clipped is not None:
        page += clipping_part(report.clipped, digits)
    page += descent_part(report.descent, CROSS_ENTROPY, digits)
    page += check_part(report.check)
    return [*page, notice(result.left_range or _notice(decoded, report)), *_next(decoded)]


def _back_through(
    one: NetworkTrace, back: Bptt, choice: Choice, digits: int, asked: bool | None
) -> list[RenderableType]:
    page: list[RenderableType] = []
    if choice.writes_out(asked, is_wide(one.model.network.architecture)):
        for layer in reversed(choice.layers):
            for direction in choice.directions:
                page += steps_part(one.model, one.sequence, back, choice, digits, layer, direction)
        page += [rounding_note(digits), blank()]
    else:
        page += products_note(one.model)
    return [*page, *contributions_part(one.model, one.sequence, back, choice, digits)]


def across_part(decoded: Decoded, back: Bptt, digits: int) -> list[RenderableType]:
    """Which written token's loss reaches the encoder's recurrent weights through which token that was read."""
    assert decoded.encoder is not None
    items, names = back.items, decoded.encoder.sequence.names
    if items is None:
        words = "The text is too long to keep each loss's error apart: the sums above are complete."
        return [Prose(words, style=style.FAINT), blank()]
    labels = decoded.decoder.model.labels
    T = len(names)
    shown = list(range(max(T - MOST, 0), T))
    scale = greatest(items.norms)
    rows: list[list[str | Text]] = []
    for k in clip_middle(range(len(back.loss_steps)), MOST + 2, tail=2):
        if k is None:
            rows.append(["…", ""])
            continue
        cells = [norm_cell(items.norms[k, t], scale, digits) for t in shown]
        word = brief(labels[decoded.targets[k]])
        rows.append([f"L_{back.loss_steps[k]}", word, signed(items.totals[k], digits).lstrip("+"), *cells])
    header = ["loss", "written", "whole", *(f"{brief(names[t])} ({t + 1})" for t in shown)]
    page: list[RenderableType] = [
        heading(
            "Which written token's loss reaches the encoder through which token that was read",
            "norms; all of it came over the context" + " or from a look back" * decoded.attentive,
        ),
        Grid(header, rows, frozen=3, align="<<>"),
    ]
    if len(shown) < T:
        page.append(
            line((f"the last {len(shown)} of {T} steps; the JSON has all (itemised.norms)", style.FAINT), indent=2)
        )
    return [*page, blank()]


def _notice(decoded: Decoded, report: Seq2SeqBptt) -> str:
    """How much of the error arrives at the first token that was read."""
    assert decoded.encoder is not None
    assert report.encoder is not None
    a = report.encoder.trace.network.architecture
    T = len(decoded.encoder.sequence.inputs)
    if T == 1:
        return "The encoder took one step: within it nothing goes back from step to step."
    found = " ".join(error_back(report.encoder, decoded.encoder.sequence, direction) for direction in a.directions)
    steps = len(decoded.targets) + T - 1
    return (
        f"In the encoder: {found} From the last token written to the first one {'that a direction ' * a.bidirectional}read "
        f"the error goes back {count(steps, 'step')}.{shortest_way(report.decoder)}"
    )


def _next(decoded: Decoded) -> list[RenderableType]:
    text = quotable(decoded.given)
    flags = decoded.decoder.model.flags
    if text is None:
        return following(("rnn bptt -h", "clipping, one network alone, other targets"))
    return following(
        (
            command_line("gradients", text, flags=flags),
            "why the error shrinks or grows in the encoder: its Jacobians",
        ),
        (command_line("trace", text, "--network", ENCODER, flags=flags), "how the context came about"),
    )
