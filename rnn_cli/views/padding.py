"""The page of rnn forward --explain-padding: the batch, the mask, and what is wrong where padding is read as data."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.reads import LAST_OUTPUT, MAX, MEAN
from rnn_cli.models.model import Model
from rnn_cli.study.padding import Padded, PaddingResult
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, percent, short
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, fitted, heading, line, notice
from rnn_cli.views.parts import titled
from rnn_cli.views.states import vector

MOST_SEQUENCES, MOST_STEPS, MOST_NUMBERS = 8, 12, 8
WIDEST_WORD = 12
Cell = str | Text


def padding_page(result: PaddingResult, digits: int) -> list[RenderableType]:
    """The whole page."""
    T, B, size = result.inputs.shape
    called = f"{count(B, 'sequence')} in one batch"
    page: list[RenderableType] = [*titled(called, result.model)]
    page += [
        heading("The batch", f"X is T×B×I = {T}×{B}×{size}; a column is a sequence, - a padded place"),
        *_batch(result),
    ]
    page += [Prose(_places(result), "  "), blank()]
    page += [heading("The mask", "1 where a step is real, 0 where it is padding"), _mask(result)]
    page += [*_more(result), blank()]
    page += [*_finals(result, digits), blank(), *_outputs(result, digits), blank(), *_answers(result, digits)]
    page.append(notice(result.left_range or _notice(result, digits)))
    return page


def _places(result: PaddingResult) -> str:
    """What stands in the padded places, and what would where ids are padded."""
    text = f"In every padded place stands a vector of {count(result.inputs.shape[2], 'zero')}."
    first = next((token for token, k in (result.model.vocabulary or {}).items() if k == 0), None)
    if first is None or not result.model.rows:
        return text
    return f'{text} A batch of ids is padded with 0 as a rule, and 0 is "{clean(first)}" here: its vector would stand there.'


def _shown(result: PaddingResult) -> list[tuple[int, Padded]]:
    """The first sequences with their numbers; the one that the Notice names stands in the place of the last of them."""
    every = list(enumerate(result.sequences, start=1))
    named = next(pair for pair in every if pair[1] is result.worst[0])
    first = every[:MOST_SEQUENCES]
    return first if named in first else [*first[:-1], named]


def _more(result: PaddingResult) -> list[RenderableType]:
    hidden = len(result.sequences) - MOST_SEQUENCES
    return [line((f"{count(hidden, 'more sequence')}: --json has them", style.FAINT), indent=2)] if hidden > 0 else []


def _batch(result: PaddingResult) -> list[RenderableType]:
    T = len(result.inputs)
    rows: list[list[Cell]] = []
    for t in clip_middle(range(T), MOST_STEPS, tail=3):
        if t is None:
            rows.append(["…"])
            continue
        words = [one.sequence.names[t] if t < one.length else None for _, one in _shown(result)]
        cells = [
            Text("-", style.FAINT) if word is None else Text(fitted(clean(word), WIDEST_WORD), style.WORD)
            for word in words
        ]
        rows.append([str(t + 1), *cells])
    return [Grid(["t", *(f"b={b}" for b, _ in _shown(result))], rows, align="><")]


def _mask(result: PaddingResult) -> Grid:
    rows: list[list[Cell]] = []
    for b, one in _shown(result):
        bits = [
            "…" if t is None else str(result.mask[t, b - 1]) for t in clip_middle(range(len(result.mask)), 24, tail=6)
        ]
        rows.append([f"b={b}", " ".join(bits), str(one.length)])
    return Grid(["", "mask", "last real step"], rows, align="<<>")


def _finals(result: PaddingResult, digits: int) -> list[RenderableType]:
    several, states = len(result.sequences[0].endings) > 1, result.model.network.cell.states
    tables: list[RenderableType] = []
    for name in states:
        rows: list[list[Cell]] = []
        for b, one in _shown(result):
            for ending in one.endings:
                where = [f"layer {ending.layer} {ending.direction}"] if several else []
                pair = _pair(ending.final[name], ending.read[name], digits)
                rows.append([f"b={b}", *where, str(ending.t), *pair, short(ending.distance(name), digits)])
        header = ["", *[""] * several, "after t", f"{name}_n", "padding read", "‖difference‖"]
        grid = Grid(header, rows, frozen=1 + several, align="<<><<>" if several else "<><<>")
        tables += [*([blank()] if tables else []), grid]
    named = [f"{name}_n" for name in states]
    note = "after each sequence's own last step, packed; wrong where padding is read as data"
    held = f"{', '.join(named)}: the states" if len(named) > 1 else f"{named[0]}: the state"
    return [heading("What h_n holds", f"{held} {note}"), *tables]


def _outputs(result: PaddingResult, digits: int) -> list[RenderableType]:
    rows: list[list[Cell]] = [
        [
            f"b={b}",
            *_pair(one.last_output, one.read.output[-1], digits),
            vector(one.run.output[-1], digits, MOST_NUMBERS),
        ]
        for b, one in _shown(result)
    ]
    header = ["", "output[-1]", "padding read", "at the last real step"]
    note = "packed: zeros where the last step of the batch is padding, so it is no summary; read as data: a state after padding"
    return [heading("What output[-1] holds", note), Grid(header, rows, align="<")]


def _answers(result: PaddingResult, digits: int) -> list[RenderableType]:
    """The prediction from the right state, and from the state after padding."""
    model = result.model
    if model.network.architecture.task != MANY_TO_ONE or result.sequences[0].run.logits is None:
        return []
    rows: list[list[Cell]] = []
    for b, one in _shown(result):
        rows.append(
            [
                f"b={b}",
                _said(model.after(one.sequence.raw), one.run.logits, one.run.probabilities, digits),
                _said(model.after(one.sequence.raw), one.read.logits, one.read.probabilities, digits),
            ]
        )
    return [heading("What the network says"), Grid(["", "packed", "padding read"], rows, align="<"), blank()]


def _said(model: Model, logits: Array | None, probabilities: Array | None, digits: int) -> str:
    assert logits is not None
    assert probabilities is not None
    if model.numeric and model.encoding is not None:
        return ", ".join(short(value, digits) for value in model.encoding.in_units(logits)[:MOST_NUMBERS])
    best = int(probabilities.argmax())
    share = float(probabilities[best])
    return f"{clean(model.label(best))} {percent(share)}" if np.isfinite(share) else "nothing finite"


def _pair(right: Array, wrong: Array, digits: int) -> list[Cell]:
    """The right numbers beside those of padding, which are marked where they differ."""
    same = bool(np.array_equal(right, wrong))
    return [
        vector(right, digits, MOST_NUMBERS),
        Text(vector(wrong, digits, MOST_NUMBERS), "" if same else style.WARNING),
    ]


def _notice(result: PaddingResult, digits: int) -> str:
    if result.mask.all():
        return "all sequences have the same length: nothing is padded, and h_n and output[-1] are what they seem."
    one, ending = result.worst
    if not ending.off_by:
        return "read as data, the padding would change no h_n here: pack it all the same, for other inputs it will."
    b = result.sequences.index(one) + 1
    several = len(one.endings) > 1
    where = f" of layer {ending.layer}, {ending.direction}," * several
    padding = count(len(result.inputs) - one.length, "padded step")
    order = "which that direction reads first," if ending.direction == BACKWARD else "at the end"
    return (
        f"read as data, the {padding} {order} would change h_n{where} of b={b} most: its distance from the right one is "
        f"{short(ending.off_by, digits)}. Pack the batch (pack_padded_sequence), or {_other_way(result)}."
    )


END = {False: "at its own last step", True: "where it ends"}


def _other_way(result: PaddingResult) -> str:
    """What gives the readout the same numbers without packing. Each step reads real ones alone where it runs forwards."""
    a = result.model.network.architecture
    back = "run the backward direction from each sequence's own last step, and " * a.bidirectional
    if a.output_size and a.task != MANY_TO_ONE:
        return f"{back}take each sequence's outputs at its own steps"
    if a.output_size and a.reads == MEAN:
        return f"{back}take the mean of each sequence's outputs over its own steps, divided by its own length"
    if a.output_size and a.reads == MAX:
        return f"{back}take the max of each sequence's outputs over its own steps: fill padded places with -inf"
    if a.output_size and a.reads == LAST_OUTPUT:
        return f"{back}take each sequence's output at its own last step"
    return f"{back}take each {'direction' if a.bidirectional else 'sequence'}'s state {END[a.bidirectional]}"
