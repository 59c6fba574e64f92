"""The word × word table: what the loss at one word sends to the weights through another."""

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.bptt import Bptt, Items
from rnn_cli.core.network import Architecture
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


def of_all(architecture: Architecture) -> str:
    """Over which layers and directions the itemised norms go, where there are several; else nothing."""
    layers = f"all {architecture.num_layers} layers" if architecture.num_layers > 1 else ""
    directions = "both directions" if architecture.bidirectional else ""
    return f" of {' and '.join(filter(None, (layers, directions)))}" if layers or directions else ""


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
    a, together = result.trace.network.architecture, of_all(result.trace.network.architecture)
    steps = list(range(T)) if T <= MOST else list(range(T - MOST, T))
    scored = [k for k, t in enumerate(result.entries) if t - 1 in steps or len(result.entries) == 1]
    pooled = len(result.entries) > len(result.loss_steps)
    row = "a step that the one loss reads, where its error enters" if pooled else "a loss"
    page: list[RenderableType] = [
        heading(
            f"Which word's loss reaches the {cell.weights_of_memory} through which word",
            f"norms{f', {together[4:]} together' * bool(together)}; a row is {row}, a column a step of its backward pass",
        ),
        Prose(
            "dL/dW = sum over k and t of (dL_k/dh_t)(∂⁺h_t/∂W), where ∂⁺ holds h_{t-1} fixed: k = t is the immediate part, the others came through memory.",
            "  ",
        ),
    ]
    largest = greatest(items.norms)
    rows: list[list[str | Text]] = []
    for k in scored:
        t = result.entries[k]
        cells = [
            norm_cell(
                items.norms[k, j], largest, digits, cut=_is_cut(items, full, k, j), partly=_is_partly(items, full, k, j)
            )
            for j in steps
        ]
        share = f"{percent(float(items.immediate[k] / items.totals[k]))}" if items.totals[k] else "gives nothing"
        rows.append(
            [
                f"h_{t}" if pooled else f"L_{t}",
                brief(sequence.names[t - 1]),
                signed(items.totals[k], digits).lstrip("+"),
                share,
                *cells,
            ]
        )
    immediate = "k = t"
    if a.reads_ends and not a.forward_only:
        immediate = "t = 1" if a.backward_only else "k = t, in the backward direction t = 1,"
    partly = " ✂: cut in one of both directions." if any("✂" in str(cell) for row in rows for cell in row) else ""
    header = [
        "read" if pooled else "loss",
        "",
        "whole",
        "immediate",
        *(f"{brief(sequence.names[j])} ({j + 1})" for j in steps),
    ]
    page.append(Grid(header, rows, frozen=4, align="<<>"))
    shades = f"{SHADES[0]} to {SHADES[-1]}: up to {largest:.2g}. " if largest else ""
    page.append(
        Prose(
            f"{shades}whole: the norm of the row's sum; immediate: the norm of the part of {immediate} over it (∂⁺ alone against the total derivative).{partly}",
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


def norm_cell(value: float, largest: float, digits: int, *, cut: bool = False, partly: bool = False) -> Text:
    """A norm with its shade. `cut`: it is, in every direction; `partly`: in one of both."""
    if cut:
        return Text("cut", style=style.WARNING)
    if value == 0 or not np.isfinite(value):
        return Text("·" if value == 0 else "not finite", style=style.FAINT)
    shade = min(int(value / largest * len(SHADES)), len(SHADES) - 1)
    mark = (" ✂", style.WARNING) if partly else ""
    return Text.assemble(f"{signed(value, digits).lstrip('+')} ", (SHADES[shade], POSITIVE_STEPS[shade]), mark)


def _is_cut(items: Items, full: Bptt, k: int, j: int) -> bool:
    return full.items is not None and bool(full.items.cell_norms[k, j] > 0 and items.cell_norms[k, j] == 0)


def _is_partly(items: Items, full: Bptt, k: int, j: int) -> bool:
    """Whether one direction is cut there, which carried something."""
    if full.items is None:
        return False
    return any(full.items.directions[d][k, j] > 0 and cut[k, j] == 0 for d, cut in items.directions.items())
