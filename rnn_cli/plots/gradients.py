"""The figures of rnn gradients for matrices and models: the gradient's norm at each step back through time."""

from collections.abc import Sequence

from rnn_cli.core.gradients.flow import FlowRow
from rnn_cli.plots.figure import Curve, Figure, Panel
from rnn_cli.study.gradient_path import GradientComparison, GradientPath

LN10 = 2.302585092994046
MOST_NAMES = 24


def gradients_figure(path: GradientPath) -> Figure:
    """The product's norm and its smallest singular value that was found; the loss's gradient; what the weights or the path alone do."""
    rows, s = path.flow.rows, path.flow.cell.jacobian_symbol
    curves = [_curve("largest singular value", rows, [row.log_norm for row in rows])]
    last = min(len(row.log_singular_values) for row in rows)
    smallest = "smallest singular value" if last == path.flow.size else f"singular value {last} of {path.flow.size}"
    curves.append(_curve(smallest, rows, [float(row.log_singular_values[last - 1]) for row in rows]))
    losses = [row.log_error for row in rows]
    error = f"‖∂L/∂{'s' if path.flow.joint else 'h'}_t‖"
    curves += [_curve(error, rows, losses)] if losses[0] is not None else []
    weights = [row.log_weights for row in rows]
    curves += (
        [_curve(f"‖{path.flow.cell.recurrent[0]}^k‖", rows, weights, dashed=True)] if weights[0] is not None else []
    )
    return Figure(
        f"Product of the Jacobians of {s}{f': {path.run_name}' if path.run_name else ''}",
        "steps back",
        "size",
        [Panel("", [*curves, *_direct_path(path)])],
        decades=True,
        names=_names(path),
        note=_others(path),
    )


def compare_figure(result: GradientComparison) -> Figure:
    """The norm of every cell's product, and the direct paths of the gated ones."""
    curves, paths = [], result.paths
    for path in paths:
        curves.append(_curve(path.cell, path.flow.rows, [row.log_norm for row in path.flow.rows]))
        curves += _direct_path(path, f"{path.cell}: ")
    return Figure(
        f"The gradient back through time{f': {paths[0].run_name}' if paths[0].run_name else ''}",
        "steps back",
        "‖∂h_T/∂h_t‖, of all that a cell carries",
        [Panel("", curves)],
        decades=True,
        names=_names(paths[0]),
        note=_others(paths[0]),
    )


def _others(path: GradientPath) -> str:
    """How to draw the other layers and directions, where there are any."""
    a = path.model.network.architecture
    options = [*(["--layer"] if a.num_layers > 1 else []), *(["--direction"] if a.bidirectional else [])]
    return f"{' and '.join(options)} draw the others" if options else ""


def _direct_path(path: GradientPath, lead: str = "") -> list[Curve]:
    if path.flow.final.log_highway is None:
        return []
    logs = [row.log_highway for row in path.flow.rows]
    return [_curve(f"{lead}direct path ∏ {path.flow.cell.path_symbol}", path.flow.rows, logs, dashed=True)]


def _curve(label: str, rows: Sequence[FlowRow], logs: Sequence[float | None], dashed: bool = False) -> Curve:
    known = [(row.k, log / LN10) for row, log in zip(rows, logs, strict=True) if log is not None]
    return Curve(label, [k for k, _ in known], [y for _, y in known], dashed)


def _names(path: GradientPath) -> list[tuple[float, str]]:
    """The words below their steps, where there are words and not too many."""
    if path.sequence.tokens is None or len(path.flow.rows) > MOST_NAMES:
        return []
    return [(row.k, path.word(row.k)) for row in path.flow.rows]
