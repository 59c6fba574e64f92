"""The start of a long trace: what there is, what each layer and direction does, and how to see a part in full."""

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.network import BACKWARD
from rnn_cli.core.trace import Trace
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import said_sizes
from rnn_cli.study.shown import Choice
from rnn_cli.study.trace import units_of
from rnn_cli.study.units import moves
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, blank, heading, line
from rnn_cli.views.states import number


def overview_part(
    model: Model, sequence: Sequence, trace: Trace, choice: Choice, digits: int, arithmetic: bool
) -> list[RenderableType]:
    """A row for each layer and direction, whether it is shown below or not; then the options that show the rest."""
    a, T = model.network.architecture, len(sequence.inputs)
    layers = count(a.num_layers, "layer") + " in both directions" * a.bidirectional + " backward" * a.backward_only
    each = a.num_layers * len(a.directions) > 1
    units = f", {count(a.hidden_size, 'unit')} each" if each else f" of {count(a.hidden_size, 'unit')}"
    units = f" of {said_sizes(a)} units" if a.layer_sizes else units
    rows: list[list[str | Text]] = []
    for layer in range(a.num_layers):
        for direction in a.directions:
            name = f"layer {layer}" + f", {direction}" * (not a.forward_only)
            rows.append([name, *_row(trace, sequence, layer, direction, digits)])
    others = [name for name in model.network.cell.states if name != "h"]
    sizes = [f"largest |{name}|" for name in ("h", *others)]
    return [
        heading("Overview", f"{layers}{units}, {count(T, 'step')}"),
        Grid(["", *sizes, "moves most", "by", "at"], rows, align="<" + ">" * len(sizes) + "<><"),
        *_how(trace, choice, T, arithmetic),
        blank(),
    ]


def _row(trace: Trace, sequence: Sequence, layer: int, direction: str, digits: int) -> list[str | Text]:
    """How large the states are, and which unit moves most in one step, by how much, at which word."""
    h, start = trace.states(layer, direction), trace.initial[layer, direction].h
    others = [trace.states(layer, direction, name) for name in trace.network.cell.states if name != "h"]
    sizes = [np.abs(values).max() for values in (h, *others)]
    order = h[::-1] if direction == BACKWARD else h
    course = np.concatenate([start[None], order])  # (T+1, H)
    unit = int(moves(h, start, direction).argmax())
    step = int(np.abs(np.diff(course[:, unit])).argmax())
    t = len(h) - step if direction == BACKWARD else step + 1
    numbers: list[str | Text] = [Text(number(float(value), digits).plain.lstrip("+")) for value in sizes]
    change = number(float(course[step + 1, unit] - course[step, unit]), digits)
    return [*numbers, f"unit {unit + 1}", change, f"{clean(sequence.names[t - 1])} ({t})"]


def _how(trace: Trace, choice: Choice, T: int, arithmetic: bool) -> list[RenderableType]:
    """The options that show a part in full."""
    a = trace.network.architecture
    ways = []
    if a.num_layers > 1:
        ways.append(
            (f"--layer {choice.layers[0] - 1 if choice.layers[0] else 0}", "one layer: its products, its states")
        )
    if a.bidirectional:
        ways.append((f"--direction {a.directions[-1]}", "one direction"))
    ways.append((f"--steps {(T + 1) // 2}", "every product of one step"))
    unit = units_of(trace, choice, choice.layers[-1], choice.directions[0]).ranked[0]
    ways.append((f"--unit {unit}", "one unit, with all its products"))
    if not arithmetic:
        several = len(choice.layers) * len(choice.directions) > 1
        whose = " of all layers shown below" if several else ""
        ways.append(("--arithmetic", f"the products{whose}, step after step"))
    width = max(len(option) for option, _ in ways)
    return [line((option.ljust(width), style.EQUATION), ("   " + says, style.FAINT), indent=2) for option, says in ways]
