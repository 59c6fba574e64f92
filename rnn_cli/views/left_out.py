"""Which step decides: the loss without each of them, beside what the slope promises."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.left_out import LeftOut
from rnn_cli.core.metrics.ties import settled
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.views.itemised import brief
from rnn_cli.views.numbers import unsigned
from rnn_cli.views.page import Grid, Prose, blank, clip_middle, heading
from rnn_cli.views.states import MOST_ROWS, number
from rnn_cli.views.ties import as_much, ties


def left_out_part(
    sequence: Sequence, loss: float, found: LeftOut, digits: int, *, cut: bool = False
) -> list[RenderableType]:
    """One row for each step, then which changes the loss most. `cut`: the page's errors are cut, these numbers are not."""
    alone = len(found.losses) == 1
    zeros = f"with the step's vector set to zeros ({'nothing would be left without it' if alone else 'without it its own loss would go too'})"
    how = "of the sequence without the step" if found.removed else zeros
    changes = found.losses - loss
    rows: list[list[str | Text]] = []
    for t in clip_middle(range(len(changes)), MOST_ROWS, tail=3):
        if t is None:
            rows.append(["…", f"{len(changes) - MOST_ROWS} more steps"])
            continue
        numbers = [number(float(value), digits) for value in (found.slopes[t], changes[t])]
        rows.append([f"t = {t + 1}", brief(sequence.names[t]), *numbers, unsigned(float(found.losses[t]), digits)])
    return [
        heading("Which step decides", f"the loss {how}, against {unsigned(loss, digits)} with all"),
        Grid(["", "", "-dx_t·x_t", "change", "loss"], rows, frozen=5, align="<<>"),
        Prose(
            _most(sequence, loss, found, digits)
            + " It is the slope of the full gradient: the cut of this page is not in it." * cut,
            "  ",
        ),
        blank(),
    ]


def _most(sequence: Sequence, loss: float, found: LeftOut, digits: int) -> str:
    """The step that changes the loss most, and what the two columns are."""
    slope = "-dx_t·x_t is what the slope alone promises of a vector of zeros."
    changes = np.abs(found.losses - loss)
    if not np.isfinite(changes).all():
        return slope
    if not changes.any():
        return f"No step changes the loss. {slope}"
    if len(changes) == 1:
        return f"The one step changes the loss from {unsigned(loss, digits)} to {unsigned(float(found.losses[0]), digits)} with zeros in its place. {slope}"
    t = int(settled(changes).argmax())
    others = as_much([_named(sequence, k) for k in ties(changes, t)])
    return (
        f"{_named(sequence, t)} changes the loss most{others}: from {unsigned(loss, digits)} to "
        f"{unsigned(float(found.losses[t]), digits)} {'without it' if found.removed else 'with zeros in its place'}. {slope}"
    )


def _named(sequence: Sequence, t: int) -> str:
    return f'"{brief(sequence.names[t])}" (step {t + 1})'
