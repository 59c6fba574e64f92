"""The pages of networks that write: what is read, what is handed over, what is written."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType

from rnn_cli.models.model import Model
from rnn_cli.study.seq2seq import DECODER, ENCODER, Half, Writing, computed
from rnn_cli.study.shown import Choice
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.context import context_part, said
from rnn_cli.views.forward import Row, tables_part
from rnn_cli.views.numbers import count, percent
from rnn_cli.views.page import Prose, blank, following, heading, line, notice
from rnn_cli.views.parts import describe, quotable, titled
from rnn_cli.views.trace import network_part


def writing_page(writing: Writing, digits: int, arithmetic: bool) -> list[RenderableType]:
    """Both networks, each with all that rnn trace shows of one, and the context between them."""
    assert writing.reader is not None
    return [
        *titled(said(writing), writing.reader.model),
        *both_heading(writing.reader, "The encoder reads", len(writing.reader.sequence.inputs)),
        *_network(writing.reader, digits, arithmetic),
        *context_part(writing, digits),
        *both_heading(writing.writer, "The decoder writes", len(writing.targets)),
        *how_written(writing),
        *_network(writing.writer, digits, arithmetic),
        notice(_notice(writing)),
        *next_commands("trace", writing),
    ]


def writing_forward_page(writing: Writing, digits: int) -> list[RenderableType]:
    """The tables of both networks without the arithmetic, and the context between them."""
    assert writing.reader is not None
    page = titled(said(writing), writing.reader.model)
    for half, what in ((writing.reader, "The encoder reads"), (writing.writer, "The decoder writes")):
        page += both_heading(half, what, len(half.sequence.inputs))
        page += how_written(writing) if half is writing.writer else []
        page += tables_part(half.model, half.sequence, computed(half), every_part(half), digits, explain=False)
        page += context_part(writing, digits) if half is writing.reader else []
    return [*page, notice(_notice(writing)), *next_commands("forward", writing)]


def writings_page(model: Model, writings: Iterable[Writing], name: str, option: str) -> Iterator[RenderableType]:
    """A line for each text: what was read, what was written for it, and how sure of its least sure token."""
    yield from titled(name, model)
    yield heading("What is written for each", "sure: how likely the least likely of its tokens was")
    number = steps = 0
    unsure: tuple[float, str] | None = None
    yield Row(["row", "T", "sure"], [5, 4, 6], "read -> written", style.FAINT)
    for writing in writings:
        number += 1
        steps += len(writing.targets)
        share = least_sure(writing)[0]
        unsure = min(unsure or (share, said(writing)), (share, said(writing)))
        yield Row([str(number), str(len(writing.given.inputs)), percent(share)], [5, 4, 6], clean(said(writing)))
    yield blank()
    assert unsure is not None
    yield notice(
        f"{count(steps, 'token')} were written for {count(number, 'text')}. Least sure: {clean(unsure[1])}, with a token "
        f"of {percent(unsure[0])}."
    )
    command = f"rnn forward {clean(option)} {clean(model.flags)}"
    yield from following(
        (f"{command} --only 1", "all tables of one text, here row 1"),
        (f"{command} --json --lines", "every number, one JSON document a line"),
    )


def both_heading(half: Half, what: str, steps: int) -> list[RenderableType]:
    """A rule that parts the page, and which network comes now."""
    return [
        line(("═" * 20, style.FAINT), ("  " + what, style.TITLE), f"   {count(steps, 'step')}"),
        Prose(describe(half.model), " ", style=style.FAINT),
        blank(),
    ]


def how_written(writing: Writing) -> list[RenderableType]:
    """What the decoder reads at each step."""
    if writing.forced:
        words = (
            "It reads <bos> and then the text that it was told to write, whatever it would have said (teacher forcing)."
        )
    else:
        words = "It reads <bos> and then, at every step, the token that it found likeliest at the step before (greedy)."
    end = "" if writing.finished else " It did not come to an end: <eos> was never the likeliest."
    return [Prose(words + end, " "), blank()]


def _network(half: Half, digits: int, arithmetic: bool) -> list[RenderableType]:
    return network_part(half.model, half.sequence, half.trace, every_part(half), digits, arithmetic)


def every_part(half: Half) -> Choice:
    """All layers and directions."""
    architecture = half.model.network.architecture
    return Choice(None, None, tuple(range(architecture.num_layers)), architecture.directions)


def least_sure(writing: Writing) -> tuple[float, int]:
    """The smallest probability of a token that was written, and its step from 0."""
    probabilities = writing.writer.trace.probabilities
    assert probabilities is not None
    each = probabilities[range(len(writing.targets)), list(writing.targets)]
    return float(each.min()), int(each.argmin())


def _notice(writing: Writing) -> str:
    """Where the decoder is least sure; told what to write, how much of it it would have written itself."""
    probabilities = writing.writer.trace.probabilities
    assert probabilities is not None
    if writing.writer.trace.overflow is not None:
        return "numbers left the finite range, so what is written means nothing."
    labels = writing.writer.model.labels
    if writing.forced:
        right = int((probabilities.argmax(axis=-1) == writing.target.targets).sum())
        return (
            f"{right} of {count(len(writing.targets), 'token')} are what the decoder finds likeliest itself, "
            "with the true ones before them. Alone it reads its own, and one mistake can bring the next."
        )
    share, u = least_sure(writing)
    return (
        f'the decoder is least sure of "{clean(labels[writing.targets[u]])}" (step {u + 1}): {percent(share)}. '
        "All that it knows of the source reached it through the context."
    )


def next_commands(command: str, writing: Writing) -> list[RenderableType]:
    """What to try next, with this very text where it is short."""
    text = quotable(writing.given)
    if text is None:
        return following((f"rnn {command} -h", "choose a half, steps, units and layers"))
    flags = f" {clean(writing.writer.model.flags)}"
    told = writing.text if len(writing.text) <= 20 and not set(writing.text) & set('"$`\\!') else "…"
    return following(
        (f'rnn trace "{text}"{flags} --half {DECODER} --steps 1', "one network alone, and chosen steps of it"),
        (f"rnn trace \"{text}\"{flags} --half {ENCODER} --why 'h[1][1]'", "where one number comes from"),
        (f'rnn bptt "{text}"{flags} --target "{clean(told)}"', "the error's way back, over the context"),
    )
