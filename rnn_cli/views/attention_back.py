"""Back through the attention: the error of what was read in place of h, over the softmax, to both networks' states."""

from collections.abc import Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.bptt import Bptt
from rnn_cli.core.norms import norm
from rnn_cli.study.attention_rows import largest_of
from rnn_cli.study.seq2seq import Decoded
from rnn_cli.study.shown import Choice
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.heat import largest
from rnn_cli.views.itemised import brief, norm_cell
from rnn_cli.views.numbers import signed
from rnn_cli.views.page import Equations, Grid, Prose, blank, clip_middle, heading, line
from rnn_cli.views.states import number

MOST_STEPS = 2
MOST_LOSSES = 14
MOST_STATES = 24
MOST_WORDS = 12


def attention_back_part(decoded: Decoded, back: Bptt, choice: Choice, digits: int) -> list[RenderableType]:
    """What goes back through the look of the chosen steps, and what all looks give to the states that were read."""
    if back.looked is None or decoded.encoder is None:
        return []
    U = len(back.looked.errors.dread)
    every = [u for u in range(U) if choice.steps is None or u + 1 in choice.steps]
    page: list[RenderableType] = [
        heading("Back through the attention", "from what the readout read to the states of both networks"),
        Equations(
            "da_u = ds~_u * (1 - s~_u^2)     dctx_u = W_c^T da_u (its first part)     dα_ut = dctx_u · h_t     "
            "de_ut = α_ut (dα_ut - sum over t' of α_ut' dα_ut')     dh_t = sum over u of α_ut dctx_u + by the scores"
        ),
        blank(),
    ]
    for u in every if choice.steps is not None else clip_middle(every, MOST_STEPS):
        if u is None:
            said = f"Steps {every[1] + 1} to {every[-2] + 1} go back the same way: --network decoder --steps 2"
            page += [line((said, style.FAINT), indent=2), blank()]
        else:
            page += _step(decoded, back, u, digits)
    return [*page, *_remembered(decoded, back, digits)]


def _step(decoded: Decoded, back: Bptt, u: int, digits: int) -> list[RenderableType]:
    """The softmax of one step: a row for each word read."""
    assert decoded.encoder is not None
    assert back.looked is not None
    assert back.trace.look is not None
    errors, alpha = back.looked.errors, back.trace.look.alpha[0, u]
    names, slopes = decoded.encoder.sequence.names, errors.dalpha[0, u]
    mean = float(alpha @ slopes)
    wrote = clean(decoded.decoder.model.labels[decoded.targets[u]])
    rows: list[Sequence[str | Text]] = []
    shown = largest_of(alpha, MOST_WORDS)
    for t in shown:
        inside = f"{_plain(alpha[t], digits)}·({_plain(slopes[t], digits)} - {_bracket(mean, digits)})"
        rows.append(
            [
                brief(names[t]), str(t + 1), _plain(alpha[t], digits), number(float(slopes[t]), digits), f"= {inside}",
                number(float(errors.de[0, u, t]), digits),
            ]
        )  # fmt: skip
    sizes = ", ".join(
        f"‖{name}‖ {_plain(norm(one), digits)}"
        for name, one in ((f"ds~_{u + 1}", errors.dread[u, 0]), (f"da_{u + 1}", errors.da[u, 0]), (f"dctx_{u + 1}", errors.dctx[u, 0]))
    )  # fmt: skip
    return [
        line((f"Look back at step {u + 1}", style.HEADING), ("   to write ", style.FAINT), (f'"{wrote}"', style.WORD)),
        Prose(f"{sizes}; sum over t of α dα = {_plain(mean, digits)}", "  ", style=style.FAINT),
        Grid(["read", "t", "α", "dα", "de = α (dα - sum)", "de"], rows, frozen=2, align="<>>><>>"),
        blank(),
    ]


def _remembered(decoded: Decoded, back: Bptt, digits: int) -> list[RenderableType]:
    """Which loss gives how much to which state read, through the attention alone."""
    assert decoded.encoder is not None
    assert back.looked is not None
    norms, labels = back.looked.norms, decoded.decoder.model.labels
    errors = back.looked.errors
    names = decoded.encoder.sequence.names
    shown = largest_of(np.array([norm(one) for one in errors.dh[:, 0]]), MOST_STATES)
    rows: list[Sequence[str | Text]] = []
    scale = 0.0 if norms is None else largest(norms)
    for k in [] if norms is None else clip_middle(range(len(norms)), MOST_LOSSES, tail=2):
        if k is None or norms is None:
            rows.append(["…", "the JSON has all"])
        else:
            cells = [norm_cell(float(norms[k, t]), scale, digits) for t in shown]
            rows.append([f"L_{back.loss_steps[k]}", brief(labels[decoded.targets[k]]), *cells])
    whole = [Text(_plain(norm(errors.dh[t, 0]), digits)) for t in shown]
    fixed = [Text(_plain(norm(errors.through_context[t, 0]), digits)) for t in shown]
    rows += [["all", "together", *whole], ["", "of it by ctx", *fixed]]
    header = ["loss", "written", *(f"{brief(names[t])} ({t + 1})" for t in shown)]
    some = f" The {len(shown)} states of {len(names)} that get most; the JSON has all." * (len(shown) < len(names))
    return [
        heading("Which written token's loss reaches which state that was read", "norms; through the attention alone"),
        Grid(header, rows, frozen=2, align="<<>"),
        Prose(
            "The last row holds the shares fixed: it came through ctx_u = sum over t of α_ut h_t. The rest came through the scores."
            + some,
            " ",
            style=style.FAINT,
        ),
        blank(),
    ]  # fmt: skip


def shortest_way(back: Bptt) -> str:
    """How far the look of the last step shortens the way; "" without attention."""
    if back.looked is None or not np.isfinite(back.looked.errors.dh).all():
        return ""
    return (
        " The attention makes that way short: from any token written, one look goes back to every state that was read."
    )


def _plain(value: float, digits: int) -> str:
    return signed(float(value), digits).lstrip("+")


def _bracket(value: float, digits: int) -> str:
    return f"({_plain(value, digits)})" if value < 0 else _plain(value, digits)
