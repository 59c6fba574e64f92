"""The pages of networks that write: what is read, what is handed over, what is written."""

from collections.abc import Iterator

from rich.console import RenderableType

from rnn_cli.study.forward import ManyDecodedResult, Seq2SeqForwardResult
from rnn_cli.study.roles import DECODER, ENCODER
from rnn_cli.study.seq2seq import Decoded, NetworkTrace, computed
from rnn_cli.study.shown import Choice, choose, is_large
from rnn_cli.study.trace import Seq2SeqTraceResult, has_overview
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.attention import alignment_part, attention_part, looked_at_most
from rnn_cli.views.attribution_texts import text_part
from rnn_cli.views.clean import clean
from rnn_cli.views.context import context_part, said
from rnn_cli.views.forward import Row, tables_part
from rnn_cli.views.numbers import count, percent
from rnn_cli.views.page import Prose, blank, following, heading, line, notice
from rnn_cli.views.parts import QUOTED, describe, quotable, titled
from rnn_cli.views.trace import network_part


def seq2seq_trace_page(result: Seq2SeqTraceResult, digits: int) -> list[RenderableType]:
    """Both networks, each with all that rnn trace shows of one, and the context between them."""
    decoded, arithmetic = result.decoded, result.arithmetic
    assert decoded.encoder is not None
    return [
        *titled(said(decoded), decoded.encoder.model),
        *both_heading(decoded.encoder, "The encoder reads", len(decoded.encoder.sequence.inputs)),
        *_network(decoded.encoder, digits, arithmetic),
        *context_part(decoded, digits),
        *both_heading(decoded.decoder, "The decoder writes", len(decoded.targets)),
        *how_written(decoded),
        *_network(decoded.decoder, digits, arithmetic, decoded),
        *text_part(decoded.rests_on),
        notice(result.left_range or _notice(decoded)),
        *next_commands("trace", decoded),
    ]


def seq2seq_forward_page(result: Seq2SeqForwardResult, digits: int) -> list[RenderableType]:
    """The tables of both networks without the arithmetic, and the context between them."""
    decoded = result.decoded
    assert decoded.encoder is not None
    page = titled(said(decoded), decoded.encoder.model)
    for one, what in ((decoded.encoder, "The encoder reads"), (decoded.decoder, "The decoder writes")):
        page += both_heading(one, what, len(one.sequence.inputs))
        page += how_written(decoded) if one is decoded.decoder else []
        looks = alignment_part(decoded) if one is decoded.decoder else []
        page += tables_part(one.model, one.sequence, computed(one), every_part(one), digits, explain=False, looks=looks)
        page += context_part(decoded, digits) if one is decoded.encoder else []
    return [*page, notice(result.left_range or _notice(decoded)), *next_commands("forward", decoded)]


def many_decoded_page(result: ManyDecodedResult, digits: int) -> Iterator[RenderableType]:
    """A line for each text: what was read, what was written for it, and how sure of its least sure token."""
    model, texts, (name, option) = result.model, result.texts, result.source
    yield from titled(name, model)
    yield heading("What is written for each", "sure: how likely the least likely of its tokens was")
    number = steps = 0
    unsure: tuple[float, str] | None = None
    yield Row(["row", "T", "sure"], [5, 4, 6], "read -> written", style.FAINT)
    for decoded in texts:
        number += 1
        steps += len(decoded.targets)
        share = least_sure(decoded)[0]
        unsure = min(unsure or (share, said(decoded)), (share, said(decoded)))
        yield Row([str(number), str(len(decoded.given.inputs)), percent(share)], [5, 4, 6], clean(said(decoded)))
    yield blank()
    assert unsure is not None
    yield notice(
        result.left_range
        or f"{count(steps, 'token')} {'was' if steps == 1 else 'were'} written for {count(number, 'text')}. Least sure: {clean(unsure[1])}, with a token "
        f"of {percent(unsure[0])}."
    )
    command = command_line(f"forward {option}", flags=model.flags)
    if option and command:
        yield from following(
            (f"{command} --only 1", "all tables of one text, here row 1"),
            (f"{command} --json --lines", "every number, one JSON document a line"),
        )


def both_heading(one: NetworkTrace, what: str, steps: int) -> list[RenderableType]:
    """A rule across the page, and the name of the network below it."""
    return [
        line(("═" * 20, style.FAINT), ("  " + what, style.TITLE), f"   {count(steps, 'step')}"),
        Prose(describe(one.model), " ", style=style.FAINT),
        blank(),
    ]


def how_written(decoded: Decoded) -> list[RenderableType]:
    """What the decoder reads at each step."""
    if decoded.forced:
        words = (
            "It reads <bos> and then the text that was given, whatever it would have written itself (teacher forcing)."
        )
    else:
        words = "It reads <bos> and then, at every step, the token that it found likeliest at the step before (greedy)."
    end = "" if decoded.finished else " It did not come to an end: <eos> was never the likeliest."
    return [Prose(words + end, " "), blank()]


def _network(one: NetworkTrace, digits: int, asked: bool | None, writes: Decoded | None = None) -> list[RenderableType]:
    architecture, choice = one.model.network.architecture, every_part(one)
    written = choice.writes_out(asked, is_large(architecture))
    overview = has_overview(architecture, choice)
    looks = [] if writes is None else attention_part(writes, choice, digits, written)
    return network_part(one.model, one.sequence, one.trace, choice, digits, written, overview, looks)


def every_part(one: NetworkTrace) -> Choice:
    """What is shown of a network of which no part was chosen."""
    return choose(one.model.network.architecture, len(one.sequence.inputs))


def least_sure(decoded: Decoded) -> tuple[float, int]:
    """The smallest probability of a token that was written, and its step from 0."""
    probabilities = decoded.decoder.trace.probabilities
    assert probabilities is not None
    each = probabilities[range(len(decoded.targets)), list(decoded.targets)]
    return float(each.min()), int(each.argmin())


def _notice(decoded: Decoded) -> str:
    """Where the decoder is least sure; for a given text, how much of it the decoder would have written itself."""
    probabilities = decoded.decoder.trace.probabilities
    assert probabilities is not None
    labels = decoded.decoder.model.labels
    if decoded.forced:
        right = int((probabilities.argmax(axis=-1) == decoded.target.targets).sum())
        return (
            f"{right} of {count(len(decoded.targets), 'token')} {'is' if len(decoded.targets) == 1 else 'are'} what the decoder finds likeliest itself, "
            "with the true ones before them. Alone it reads its own, and one mistake can bring the next."
        )
    share, u = least_sure(decoded)
    return f'the decoder is least sure of "{clean(labels[decoded.targets[u]])}" (step {u + 1}): {percent(share)}. ' + (
        looked_at_most(decoded) or "All that it knows of the source reached it through the context."
    )


def next_commands(command: str, decoded: Decoded) -> list[RenderableType]:
    """What to try next, with this very text where it is short."""
    text = quotable(decoded.given)
    if text is None:
        return following((f"rnn {command} -h", "choose a network, steps, units and layers"))
    flags = decoded.decoder.model.flags
    steps = command_line("trace", text, "--network", DECODER, "--steps", "1", flags=flags)
    why = command_line("trace", text, "--network", ENCODER, "--why", "h[1][1]", flags=flags)
    back = command_line("bptt", text, "--target", decoded.text, flags=flags)
    return following(
        (steps, "one network alone, and chosen steps of it"),
        (why, "where one number comes from"),
        *([(back, "the backward pass, through the context")] if len(decoded.text) <= QUOTED else []),
    )
