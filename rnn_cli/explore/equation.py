"""The equation of a number, as its cell's file says it, with the step filled in."""

import re

from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import StepGradient
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.explore.numbers import FORWARD_KEY, LOGITS, Numbers
from rnn_cli.explore.slopes import equation_of_slope, given_of
from rnn_cli.explore.small import is_too_small
from rnn_cli.study.rows import BACK_KEY, step_before, timed
from rnn_cli.views.numbers import count
from rnn_cli.views.reads import symbol_read

NOTE = re.compile(r"\s{3,}")
"""What stands between an equation and its name."""


def equation_of(numbers: Numbers, key: str) -> str:
    """What makes the number of a key: "f_2 = sigmoid(W_xf x_2 + W_hf h_1 + b_f)"; "" where it is given."""
    back, forward = BACK_KEY.fullmatch(key), FORWARD_KEY.fullmatch(key)
    found = back or forward
    if found is None:
        return ""
    layer, direction, t = numbers.place(key)
    given = given_of(numbers.world, key)
    if given is not None:
        return equation_of_slope(numbers, given)
    if back:
        return _backward(numbers, found[1], found[2] is not None, layer, direction, t)
    if found[1] == "p" and numbers.open(key) is not None:
        return "p = softmax(logits) = e^logit / the sum of e^logit over all classes"
    if found[1] == LOGITS:
        read = symbol_read(numbers.a, numbers.world.length)
        return f"logits = W_hy {read if numbers.world.one_answer else read.replace('_t', f'_{t}')} + b_y"
    return _told(numbers, forward_equation(numbers.cell, found[1]), layer, direction, t)


def forward_equation(cell: Cell, kind: str) -> str:
    """That of a state, a gate or another number of a step, or of what a gate is taken of; "" where there is none."""
    bodies: dict[str, str] = {}
    for line in cell.equations:
        symbol, _, body = line.partition(" = ")
        bodies[symbol.strip()] = NOTE.split(body.strip())[0]
    if f"{kind}_t" in bodies:
        return f"{kind}_t = {bodies[f'{kind}_t']}"
    gate = next(iter(cell.gates)) if kind == "a" and len(cell.gates) == 1 else kind.removeprefix("a_")
    if (kind != "a" and not kind.startswith("a_")) or gate not in cell.gates or f"{gate}_t" not in bodies:
        return ""
    body, name = bodies[f"{gate}_t"], "a_t" if len(cell.gates) == 1 else kind
    inner = body.removeprefix(f"{cell.gates[gate]}(")
    return f"{name} = {inner.removesuffix(')') if inner != body else body}"


def _backward(numbers: Numbers, kind: str, future: bool, layer: int, direction: str, t: int) -> str:
    world = numbers.world
    if kind == "dlogits":
        return f"dL/dlogits = {_of_loss(numbers, t)}"
    if future:
        after = step_before(t, FORWARD if direction == BACKWARD else BACKWARD, world.length)
        if not after:
            return ""
        step = world.back.at(layer, direction, after).gradient
        return f"{kind}_{t} from the future = {_sum(numbers, step, kind[1:], direction, after)}     at step {after}"
    step = world.back.at(layer, direction, t).gradient
    if kind == "dx":
        return f"dx_{t} = {_sum(numbers, step, 'x', direction, t)}"
    if kind == "dh":
        return f"dh_{t} = {_arriving(numbers, layer, direction, t)}"
    source = f"da_{next(iter(numbers.cell.gates))}" if kind == "da" else kind
    update = next((one for one in step.updates if one.source == source), None)
    return "" if update is None else timed(f"{update.symbol} = {update.equation}", t, direction, world.length)


def _of_loss(numbers: Numbers, t: int) -> str:
    """The derivative of the loss by what the readout computes."""
    wanted = numbers.world.wanted
    if not wanted.weights[t - 1 if len(wanted.weights) > 1 else 0]:
        return "0: this step is not scored"
    return "softmax(logits) - onehot(target)" if wanted.kind == CROSS_ENTROPY else "2 (y - target) / outputs"


def _arriving(numbers: Numbers, layer: int, direction: str, t: int) -> str:
    """Where the error at a hidden state comes from."""
    arriving = numbers.world.back.arriving[layer, direction]
    above = "from the output" if layer == numbers.a.num_layers - 1 else f"from layer {layer + 1}"
    parts = {above: arriving.from_output[t - 1], "from the future": arriving.from_future.h[t - 1]}
    given = [name for name, part in parts.items() if part.any()]
    return " + ".join(given) + " alone" * (len(given) == 1) if given else _none_arrives(numbers, layer, direction, t)


def _none_arrives(numbers: Numbers, layer: int, direction: str, t: int) -> str:
    """Why an error is 0 in every unit: none set out, it was cut off, or nothing is left of one that did."""
    world = numbers.world
    if world.window is not None:
        return f"0: nothing arrives, where errors go back {count(world.window, 'step')}"
    output = world.back.arriving[layer, direction].from_output
    later = output[t:] if direction == FORWARD else output[: t - 1]
    if not later.any():
        return "0: nothing arrives"
    if is_too_small(world, layer, direction, t):
        return "0 as float64 has it: below its smallest number, 5e-324; g has the logarithm"
    return "0: nothing is left of the errors of the steps after"


def _sum(numbers: Numbers, step: StepGradient, name: str, direction: str, t: int) -> str:
    """What goes on to a state before, or to what the step read."""
    parts = (timed(one.symbol, t, direction, numbers.world.length) for one in step.passed[name])
    return " + ".join(parts).replace("+ -", "- ")


def _told(numbers: Numbers, equation: str, layer: int, direction: str, t: int) -> str:
    """With the step filled in, and whose x it is where that is not the input's."""
    if not equation:
        return ""
    said = timed(equation, t, direction, numbers.world.length)
    return f"{said}     x_{t}: what layer {layer - 1} gives" if layer and f"x_{t}" in said else said
