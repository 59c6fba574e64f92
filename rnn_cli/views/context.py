"""What a network that writes starts from: the last states of the one that read, or what was learnt for a condition."""

from collections.abc import Mapping

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.core.norms import norm
from rnn_cli.core.state import InitialStates, State
from rnn_cli.study.seq2seq import Decoded
from rnn_cli.study.wide import MOST, WIDE
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, signed
from rnn_cli.views.page import Grid, Prose, blank, heading, line
from rnn_cli.views.states import number


def said(decoded: Decoded) -> str:
    """9 June 1999 -> 1999-06-09."""
    how = "" if not decoded.forced else "   (teacher forcing)"
    open_ = "" if decoded.finished else "…"
    return f"{decoded.given.text} -> {decoded.text}{open_}{how}"


def context_part(decoded: Decoded, digits: int) -> list[RenderableType]:
    """The numbers that are handed over, layer by layer, and where each comes from."""
    rows: list[list[str | Text]] = []
    units = _largest(decoded.context)
    numbers = 0
    for (layer, _), states in sorted(decoded.context.items(), key=lambda item: item[0]):
        for name, state in states.items():
            where = f", layer {layer}" * (len(decoded.context) > 1)
            cells = [number(state[unit - 1], digits) for unit in units]
            rows.append([f"{name}_0{where}", f"= {source(decoded, name)}", *cells])
            numbers += len(state)
    if decoded.encoder is None:
        note = "where the decoder starts"
        condition = clean(decoded.given.text or "")
        words = f"{count(numbers, 'number')}, learnt for {condition} as a word's vector is learnt: nothing is read."
    else:
        note = "what the encoder hands to the decoder"
        tokens = count(len(decoded.encoder.sequence.inputs), "token")
        words = f"{count(numbers, 'number')}, however long the text: "
        if not decoded.attentive:
            words += (
                f"they are all that the decoder knows of the {tokens}. The error of all that is written goes back "
                "through them."
            )
        else:
            words += f"what the decoder starts from. It also looks back at the states of all {tokens}: see Attention."
    more = _units_note(units, decoded)
    return [
        heading("The context", note),
        Grid(["decoder", "", *(f"unit {unit}" for unit in units)], rows, frozen=2, align="<<>"),
        *more,
        Prose(words, " ", style=style.FAINT),
        blank(),
    ]


def context_error_part(decoded: Decoded, errors: InitialStates, digits: int) -> list[RenderableType]:
    """How much the loss grows with each number that the decoder starts from: the error that goes on to what made it."""
    rows: list[list[str | Text]] = []
    units = _largest(errors)
    for (layer, _), gradients in sorted(errors.items(), key=lambda item: item[0]):
        for name, gradient in gradients.items():
            where = f", layer {layer}" * (len(decoded.context) > 1)
            cells = [number(gradient[unit - 1], digits) for unit in units]
            size_of_it = signed(norm(gradient), digits).lstrip("+")
            rows.append([f"d{name}_0{where}", f"-> {source(decoded, name)}", size_of_it, *cells])
    words = (
        "The encoder has no loss of its own: "
        + (
            "this is all the error that reaches it, at its last states."
            if not decoded.attentive
            else "this error reaches its last states, and more comes back from every look: see Attention."
        )
        if decoded.encoder is not None
        else f"It is the gradient of what was learnt for {clean(decoded.given.text or '')}."
    )
    more = _units_note(units, decoded)
    return [
        heading("Over the context", "the error of the decoder's first states"),
        Grid(["", "goes to", "norm", *(f"unit {unit}" for unit in units)], rows, frozen=3, align="<<>"),
        *more,
        Prose(words, " ", style=style.FAINT),
        blank(),
    ]


def _largest(states: Mapping[tuple[int, str], State]) -> list[int]:
    """All units of a narrow network; of a wide one those with the largest numbers, in order."""
    arrays = [array for state in states.values() for array in state.values()]
    size = len(arrays[0])
    if size <= WIDE:
        return list(range(1, size + 1))
    sizes = np.nan_to_num(np.abs(np.stack(arrays)), nan=np.inf).max(axis=0)
    return sorted(int(k) + 1 for k in np.argsort(-sizes, kind="stable")[:MOST])


def _units_note(units: list[int], decoded: Decoded) -> list[RenderableType]:
    size = len(decoded.context[0, FORWARD].h)
    said = f"the {len(units)} of {size} units with the largest numbers; the JSON has all"
    return [line((said, style.FAINT), indent=2)] if len(units) < size else []


def source(decoded: Decoded, state: str) -> str:
    """h_11 of the encoder; [forward h_11; backward h_1]."""
    if decoded.encoder is None:
        return f"learnt for {clean(decoded.given.text or '')}"
    T = len(decoded.encoder.sequence.inputs)
    directions = decoded.encoder.model.network.architecture.directions
    if BACKWARD in directions:
        return f"[forward {state}_{T}; backward {state}_1]"
    return f"{state}_{T} of the encoder"
