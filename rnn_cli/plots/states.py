"""The figure of rnn trace and rnn forward: hidden units over time, in a panel for each layer and direction."""

from collections.abc import Sequence

from rnn_cli.core.arrays import Array
from rnn_cli.plots.figure import Curve, Figure, Panel, Shades
from rnn_cli.study.states import RunStates, ShownStates
from rnn_cli.study.units import MOVED, READOUT

MOST_CURVES = 12
"""More curves than this cannot be told apart: the units are rows of shades then."""
MOST_NAMES = 24
RULES = {MOVED: "moved most in one step", READOUT: "the readout weighs most"}


def states_figure(states: ShownStates) -> Figure:
    """A curve, or a row of shades, for each unit that is shown; the words below where they are few."""
    steps = [float(t) for t in range(1, len(states.names) + 1)]
    below = list(zip(steps, states.names, strict=True)) if len(states.names) <= MOST_NAMES else []
    panels = [_panel(one, steps) for one in states.runs]
    return Figure(f"{states.title}: h over time", "step", "h", panels, names=below, note=states.note)


def _panel(run: RunStates, steps: Sequence[float]) -> Panel:
    units = run.units
    n, title = len(units.numbers), run.title
    if n < units.size:
        title = f"{title}: {n} of {units.size} units" + (f", those that {RULES[units.rule]}" if units.rule else "")
    if n > MOST_CURVES:
        return Panel(title, shades=Shades("h", [f"{unit}" for unit in units.numbers], _columns(run.h, units.numbers)))
    columns = zip(units.numbers, _columns(run.h, units.numbers), strict=True)
    return Panel(title, [Curve(f"unit {unit}", steps, values) for unit, values in columns])


def _columns(h: Array, units: Sequence[int]) -> list[list[float]]:
    return [[float(value) for value in h[:, unit - 1]] for unit in units]
