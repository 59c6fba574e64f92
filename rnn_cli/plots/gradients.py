"""The figures of rnn gradients for matrices and models: how the gradient fares on its way back."""

from collections.abc import Sequence

from rnn_cli.core.gradients.flow import FlowRow
from rnn_cli.plots.figure import Curve, Figure
from rnn_cli.study.gradient_path import Way

LN10 = 2.302585092994046
MOST_NAMES = 24


def way_figure(way: Way) -> Figure:
    """The product's norm and its smallest singular value; the loss's gradient; what the weights or the path alone do."""
    rows, s = way.flow.rows, way.flow.cell.jacobian_symbol
    curves = [_curve("largest singular value", rows, [row.log_norm for row in rows])]
    curves.append(_curve("smallest singular value", rows, [float(row.log_singular_values[-1]) for row in rows]))
    losses = [row.log_loss for row in rows]
    curves += [_curve("‖∂L/∂h_t‖", rows, losses)] if losses[0] is not None else []
    weights = [row.log_weights for row in rows]
    curves += (
        [_curve(f"‖{way.flow.cell.recurrent[0]}^k‖", rows, weights, dashed=True)] if weights[0] is not None else []
    )
    return Figure(
        f"Product of the Jacobians of {s}",
        "steps back",
        "size",
        [*curves, *_path(way)],
        decades=True,
        names=_names(way),
    )


def compare_figure(ways: Sequence[Way]) -> Figure:
    """The norm of every cell's product, and the direct paths of the gated ones."""
    curves = []
    for way in ways:
        curves.append(_curve(way.cell, way.flow.rows, [row.log_norm for row in way.flow.rows]))
        curves += _path(way, f"{way.cell}: ")
    return Figure(
        "The gradient on its way back", "steps back", "‖∂h_T/∂h_t‖", curves, decades=True, names=_names(ways[0])
    )


def _path(way: Way, lead: str = "") -> list[Curve]:
    if way.flow.final.log_highway is None:
        return []
    path = [row.log_highway for row in way.flow.rows]
    return [_curve(f"{lead}direct path ∏ {way.flow.cell.path_symbol}", way.flow.rows, path, dashed=True)]


def _curve(label: str, rows: Sequence[FlowRow], logs: Sequence[float | None], dashed: bool = False) -> Curve:
    known = [(row.k, log / LN10) for row, log in zip(rows, logs, strict=True) if log is not None]
    return Curve(label, [k for k, _ in known], [y for _, y in known], dashed)


def _names(way: Way) -> list[tuple[float, str]]:
    """The words below their steps, where there are words and not too many."""
    if way.sequence.tokens is None or len(way.flow.rows) > MOST_NAMES:
        return []
    return [(row.k, way.word(row.k)) for row in way.flow.rows]
