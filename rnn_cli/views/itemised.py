"""The word × word table: what the loss at one word sends to the weights through another."""

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.bptt import Bptt, Items
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.heat import POSITIVE_STEPS, SHADES
from rnn_cli.views.heat import largest as greatest
from rnn_cli.views.numbers import percent, signed
from rnn_cli.views.page import Grid, Prose, blank, heading, line

MOST = 12
LONGEST_WORD = 14


def brief(word: str) -> str:
    """A word that is safe to draw and not wider than a column should be."""
    word = clean(word)
    return word if cell_len(word) <= LONGEST_WORD else set_cell_size(word, LONGEST_WORD - 1).rstrip() + "…"


def itemised_part(sequence: Sequence, result: Bptt, full: Bptt, digits: int) -> list[RenderableType]:
    """Rows are loss steps, columns the steps through which their error reached the recurrent weights."""
    items = result.items
    if items is None:
        return [
            Prose(
                "The sequence is too long to keep each loss step's error apart: the sums above are complete.",
                style=style.FAINT,
            ),
            blank(),
        ]
    T, cell = len(sequence.inputs), result.trace.network.cell
    page: list[RenderableType] = [
        heading(
            f"Which word's loss reaches the {cell.weights_of_memory} through which word",
            "norms; a row is a loss, a column a step of its backward pass",
        ),
        Prose(
            "dL/dW = sum over k and t of (dL_k/dh_t)(∂⁺h_t/∂W), where ∂⁺ holds h_{t-1} fixed: k = t is the immediate part, the others came through memory.",
            "  ",
        ),
    ]
    steps = list(range(T)) if T <= MOST else list(range(T - MOST, T))
    scored = [k for k, t in enumerate(result.loss_steps) if t - 1 in steps or len(result.loss_steps) == 1]
    largest = greatest(items.norms)
    rows: list[list[str | Text]] = []
    for k in scored:
        t = result.loss_steps[k]
        cells = [norm_cell(items.norms[k, j], largest, digits, cut=_is_cut(items, full, k, j)) for j in steps]
        share = items.immediate[k] / items.totals[k] if items.totals[k] else 0.0
        rows.append(
            [
                f"L_{t}",
                brief(sequence.names[t - 1]),
                signed(items.totals[k], digits).lstrip("+"),
                percent(float(share)),
                *cells,
            ]
        )
    header = ["loss", "", "whole", "immediate", *(f"{brief(sequence.names[j])} ({j + 1})" for j in steps)]
    page.append(Grid(header, rows, frozen=4, align="<<>"))
    page.append(
        Prose(
            f"{SHADES[0]} to {SHADES[-1]}: up to {largest:.2g}. whole: the norm of the row's sum; immediate: the share of k = t in it (∂⁺ alone against the total derivative).",
            "  ",
            style=style.FAINT,
        )
    )
    if len(steps) < T:
        page.append(
            line((f"the last {len(steps)} of {T} steps; the JSON has all (itemised.norms)", style.FAINT), indent=2)
        )
    page.append(blank())
    return page


def norm_cell(value: float, largest: float, digits: int, *, cut: bool = False) -> Text:
    """A norm with its shade."""
    if cut:
        return Text("cut", style=style.WARNING)
    if value == 0 or not np.isfinite(value):
        return Text("·" if value == 0 else "not finite", style=style.FAINT)
    shade = min(int(value / largest * len(SHADES)), len(SHADES) - 1)
    return Text.assemble(f"{signed(value, digits).lstrip('+')} ", (SHADES[shade], POSITIVE_STEPS[shade]))


def _is_cut(items: Items, full: Bptt, k: int, j: int) -> bool:
    return full.items is not None and bool(full.items.cell_norms[k, j] > 0 and items.cell_norms[k, j] == 0)
