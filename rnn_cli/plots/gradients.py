"""The figures of rnn gradients for matrices and models: the gradient's norm at each step back through time."""

from collections.abc import Sequence

from rnn_cli.core.gradients.flow import FlowRow
from rnn_cli.plots.figure import Curve, Figure, Panel
from rnn_cli.study.gradient_path import GradientComparison, GradientPath

LN10 = 2.302585092994046
MOST_NAMES = 24


def gradients_figure(*runs: GradientPath) -> Figure:
    """The product's norm and the smallest singular value found; the loss's gradient; what the weights or the path alone do."""
    title = f"Product of the Jacobians of {runs[0].flow.cell.jacobian_symbol}"
    return _figure(title, "size", [(path, _of_one_path(path)) for path in runs])


def compare_figure(*runs: GradientComparison) -> Figure:
    """The norm of every cell's product, and the direct paths of the gated ones."""
    size = "‖∂h_T/∂h_t‖, of all that a cell carries"
    return _figure("The gradient back through time", size, [(one.paths[0], _of_every_cell(one)) for one in runs])


def _figure(title: str, size: str, drawn: Sequence[tuple[GradientPath, list[Curve]]]) -> Figure:
    """A panel for each layer and direction, its own words below: a backward run goes back the other way."""
    if len(drawn) > 1:
        panels = [Panel(path.run_name, curves, names=_names(path)) for path, curves in drawn]
        return Figure(title, "steps back", size, panels, decades=True)
    [(path, curves)] = drawn
    of_run = f": {path.run_name}" if path.run_name else ""
    return Figure(title + of_run, "steps back", size, [Panel("", curves)], decades=True, names=_names(path))


def _of_one_path(path: GradientPath) -> list[Curve]:
    rows = path.flow.rows
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
    return [*curves, *_direct_path(path)]


def _of_every_cell(result: GradientComparison) -> list[Curve]:
    curves = []
    for path in result.paths:
        curves.append(_curve(path.cell, path.flow.rows, [row.log_norm for row in path.flow.rows]))
        curves += _direct_path(path, f"{path.cell}: ")
    return curves


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
