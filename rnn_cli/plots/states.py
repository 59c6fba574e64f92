"""The figure of rnn trace and rnn forward: hidden units over time."""

from collections.abc import Sequence

from rnn_cli.core.arrays import Array
from rnn_cli.plots.figure import Curve, Figure

MOST_UNITS = 7
MOST_NAMES = 24


def states_figure(title: str, names: Sequence[str], h: Array, units: Sequence[int] | None) -> Figure:
    """One curve for each unit, the chosen ones or the first seven; h (T, H), the words below where they are few."""
    shown = list(units or range(1, min(h.shape[1], MOST_UNITS) + 1))
    steps = [float(t) for t in range(1, len(h) + 1)]
    curves = [Curve(f"unit {unit}", steps, [float(value) for value in h[:, unit - 1]]) for unit in shown]
    below = list(zip(steps, names, strict=True)) if len(names) <= MOST_NAMES else []
    return Figure(title, "step", "h", curves, names=below)
