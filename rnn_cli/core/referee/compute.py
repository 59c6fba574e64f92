"""Every number of a plan: the forward pass, the loss and the way back, by the cells' own steps over a batch.

    forward    gates and states of each layer and direction (T, B, H) in time order; logits, probabilities
    loss       one number
    back       dh, dc, … and da_i, … (T, B, H); dx (T, B, I); the gradients of all parameters under their names

Behind the end of a sequence every number is 0. What the steps compute is not written here: `step` and `step_backward` of the
cell are called with the plan's places. back.py has the way back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS, softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.quantities import Value
from rnn_cli.core.referee.plan import BUT_LAST, FIRST, LAST, MEAN, Key, Numbers, Plan
from rnn_cli.core.state import State

if TYPE_CHECKING:
    from rnn_cli.core.referee.back import Way
    from rnn_cli.core.referee.sought import Check, Sought


@dataclass(frozen=True, eq=False)
class Run:
    """One layer in one direction: what was read, in the order of the run, the steps, and the state before the first."""

    read: Array
    steps: list[Step]
    initial: State


@dataclass(frozen=True, eq=False)
class Forward:
    """A forward pass: its numbers, the runs of layers and directions, and what the readout reads, (B, D*H) or (T, B, D*H).

    logits and probabilities are those of padding too.
    """

    plan: Plan
    numbers: Numbers
    runs: Mapping[tuple[int, str], Run]
    read: Array
    logits: Array | None = None
    probabilities: Array | None = None


def compute(
    plan: Plan,
    back: bool = True,
    forward: Forward | None = None,
    way: "Way | None" = None,
    sought: "Sought | None" = None,
) -> Numbers:
    """All numbers of a plan, in the order of computation; without `back`, those up to the loss.

    `forward` is a forward pass, and `way` a way back, to use where they are the plan's own. Unlike where a number of the way
    back cannot be that of the array which is `sought`.
    """
    numbers = _computed(plan, back, forward, way, sought)
    return handed_out(plan, numbers, sought)


def handed_out(plan: Plan, numbers: Numbers, sought: "Sought | None" = None) -> Numbers:
    """The numbers as they are handed out. Pre-activations are there for mistakes alone."""
    for change in plan.afterwards:
        numbers = change(numbers)
    if sought is not None and not sought.steps:
        sought.compare(numbers[sought.key])
    for change in plan.derived:
        numbers = change(numbers)
    return {key: array for key, array in numbers.items() if not key.name.startswith("a_")}


def _computed(plan: Plan, back: bool, forward: Forward | None, way: "Way | None", sought: "Sought | None") -> Numbers:
    if forward is None or not plan.same_forward(forward.plan):
        forward, way = forward_of(plan), None
    numbers = dict(forward.numbers)
    found = way.loss if way is not None and plan.same_loss(way.plan) else loss_of(plan, forward)
    if found is None:
        return numbers
    loss, dlogits = found
    numbers[Key("loss")] = np.array(loss)
    if sought is not None:
        sought.compare_loss(loss)
    if back:
        from rnn_cli.core.referee.back import backward

        backward(plan, numbers, forward, dlogits, way, sought)
    return numbers


def forward_of(plan: Plan, layers: int | None = None, sought: "Sought | None" = None) -> Forward:
    """The forward pass; of the first `layers` layers alone, without the readout. Unlike where it cannot give what is `sought`."""
    a, cell = plan.network.architecture, plan.network.cell
    kept: dict[str, Array] = {}
    cell = cell.replaced({**plan.places, **{gate: _keeping(cell, plan, gate, kept) for gate in cell.gates}})
    runs: dict[tuple[int, str], Run] = {}
    numbers: Numbers = {}
    output, batch = plan.x, np.arange(plan.x.shape[1])
    lengths, inside = lengths_of(plan), inside_of(plan)
    ends: list[Array] = []
    for layer in range(a.num_layers if layers is None else layers):
        if layer and plan.loop.last_below:
            output = np.broadcast_to(output[lengths - 1, batch], output.shape)
        outputs, ends = [], []
        for direction in a.directions:
            back = direction == BACKWARD and plan.loop.reversed
            read = turned(output, lengths) if back else output
            check = sought.of_steps(plan, layer, direction, back=False) if sought else None
            seen = (sought.key.name, check) if sought and check else None
            run = runs[layer, direction] = _run(plan, cell, layer, direction, read, lengths, kept, seen)
            own = np.stack([step.state.h for step in run.steps])
            for name in _names(cell):
                array = np.stack([_value(step, name) for step in run.steps]) if name != "h" else own
                array = turned(array, lengths) if back and plan.loop.put_back else array
                numbers[Key(name, layer, direction)] = array * inside
            outputs.append(turned(own, lengths) if back and plan.loop.put_back else own)
            ends.append((outputs[-1] if plan.loop.last_output else own)[lengths - 1, batch])
        output = np.concatenate(outputs, axis=-1)
    if layers is not None or not a.output_size:
        return Forward(plan, numbers, runs, output)
    read = (
        np.concatenate(ends, axis=-1)
        if a.task == MANY_TO_ONE
        else late_output(plan, output, plan.loop.late, plan.loop.round)
    )
    logits = plan.network.readout(read)
    probabilities = (plan.loop.softmax or softmax)(logits)
    for _ in range(plan.loop.softmaxes - 1):
        probabilities = softmax(probabilities)
    scored = inside if logits.ndim > 2 else 1.0
    numbers[Key("logits")], numbers[Key("probabilities")] = logits * scored, probabilities * scored
    return Forward(plan, numbers, runs, read, logits, probabilities)


def lengths_of(plan: Plan) -> Array:
    """How long each sequence is taken to be."""
    return np.full_like(plan.lengths, len(plan.x)) if plan.loop.padding else plan.lengths


def inside_of(plan: Plan) -> Array:
    """1 at each step of a sequence, 0 behind its end. (T, B, 1)"""
    inside: Array = (np.arange(len(plan.x))[:, None] < plan.lengths)[..., None].astype(plan.x.dtype)
    return inside


def _names(cell: Cell) -> list[str]:
    """Gates with their pre-activations, and states, in the order of computation."""
    known = {*cell.gates, *cell.states}
    names = [name for name in cell.numbers if name in known]
    return [one for name in names for one in ([f"a_{name}", name] if name in cell.gates else [name])]


def _keeping(cell: Cell, plan: Plan, gate: str, kept: dict[str, Array]) -> Callable[[Array], Value]:
    """The activation of a gate, which also keeps what it is applied to."""
    function = plan.places.get(gate) or ACTIVATIONS[cell.gates[gate]].function

    def place(a: Array) -> Value:
        kept[f"a_{gate}"] = a
        return function(a)

    return place


def _value(step: Step, name: str) -> Array:
    return step.state[name] if name in step.state else step.value(name)


def _run(
    plan: Plan,
    cell: Cell,
    layer: int,
    direction: str,
    read: Array,
    lengths: Array,
    kept: dict[str, Array],
    seen: "tuple[str, Check] | None" = None,
) -> Run:
    """The steps of one layer and direction, as it runs. Where a sequence has ended its state is 0.

    `seen` is a number of each step, and the check of it.
    """
    size = plan.network.architecture.size_of(layer)
    initial = plan.initial.get((layer, direction)) or State.zeros(cell.states, (read.shape[1], size), read.dtype)
    w = cell.weights(plan.network.packed(layer, direction))
    steps = partial(_steps, plan, cell, w, kept, seen)
    if not plan.loop.kept:
        return Run(read, steps(read, lengths, initial), initial)
    state, begins, each = initial.rows([0]), [], []
    for b in range(read.shape[1]):
        begins.append(state)
        each.append(steps(read[:, [b]], lengths[[b]], state))
        state = each[-1][int(lengths[b]) - 1].state
    together = [_side_by_side([run[t] for run in each]) for t in range(len(read))]
    return Run(read, together, _joined(begins))


def _steps(
    plan: Plan,
    cell: Cell,
    w: object,
    kept: dict[str, Array],
    seen: "tuple[str, Check] | None",
    read: Array,
    lengths: Array,
    initial: State,
) -> list[Step]:
    steps: list[Step] = []
    state, whole = initial, bool((lengths == len(read)).all())
    for t, x_t in enumerate(read):
        step = cell.step(w, x_t, state)
        ended = step.state if whole else step.state.map(partial(within, where=(t < lengths)[:, None]))
        steps.append(Step(step.x, step.before, {**step.numbers, **kept}, ended))
        if seen is not None:
            seen[1](t, _value(steps[-1], seen[0]))
        state = carried(plan, ended) if plan.loop.recurrent else initial
    return steps


def carried(plan: Plan, state: State) -> State:
    """The state that the next step reads."""
    if not plan.loop.carried:
        return state
    return State(**{name: state[plan.loop.carried.get(name, name)] for name in state})


def _joined(states: list[State]) -> State:
    return State(**{name: np.concatenate([one[name] for one in states]) for name in states[0]})


def _side_by_side(steps: list[Step]) -> Step:
    """The same step of several sequences as one of a batch."""
    numbers = {name: np.concatenate([step.numbers[name] for step in steps]) for name in steps[0].numbers}
    x = np.concatenate([step.x for step in steps])
    return Step(x, _joined([step.before for step in steps]), numbers, _joined([step.state for step in steps]))


def late_output(plan: Plan, output: Array, late: int, in_circle: bool) -> Array:
    """What a readout at every step reads, which may be the output of an earlier step: before the first, of the start, or round."""
    if not late:
        return output
    a = plan.network.architecture
    zeros = State.zeros(("h",), (output.shape[1], a.size_of(a.num_layers - 1)), output.dtype)
    first = np.concatenate(
        [plan.initial.get((a.num_layers - 1, direction), zeros).h for direction in a.directions], axis=-1
    )
    before = output[-late:] if in_circle else np.broadcast_to(first, (late, *first.shape))
    return np.concatenate([before, output[:-late]])


def turned(sequence: Array, lengths: Array) -> Array:
    """Each sequence (T, B, …) from its last step to its first; padding stays."""
    t = np.arange(len(sequence))[:, None]
    order = np.where(t < lengths, lengths - 1 - t, t)
    turned: Array = sequence[order, np.arange(sequence.shape[1])]
    return turned


def within(array: Array, where: Array) -> Array:
    """The rows of sequences that have not ended; 0 for the others."""
    return np.where(where, array, 0)


def loss_of(plan: Plan, forward: Forward) -> tuple[Array, Array] | None:
    """The cross-entropy of every answer that is scored, times its weight, added up; and dL/dlogits. None where there is no loss.

    A softmax of a softmax is differentiated through both.
    """
    logits, probabilities = forward.logits, forward.probabilities
    if logits is None or probabilities is None or plan.targets is None:
        return None
    targets, scored = plan.targets, weights_of(plan)
    right = right_ones(probabilities, targets)
    if plan.loop.likelihood:
        right = plan.loop.likelihood(right)
    onehot = np.zeros_like(probabilities)
    np.put_along_axis(onehot, targets[..., None], 1, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = -np.log(right)
        dlogits = (plan.loop.dlogits or np.subtract)(probabilities, onehot)
    if plan.loop.softmaxes > 1:
        inner = softmax(logits)
        dlogits = inner * (dlogits - (dlogits * inner).sum(axis=-1, keepdims=True))
    counted = scored > 0
    in_loss, in_error = (scored * _share(plan, scored, some) for some in (plan.loop.loss_of, plan.loop.error_of))
    loss: Array = (np.where(counted, each, 0) * in_loss).sum()
    return loss, np.where(counted[..., None], dlogits, 0) * in_error[..., None]


def _share(plan: Plan, scored: Array, some: str | None) -> Array:
    """1 at the steps of each sequence that count, 0 at the others; of a mean so much more that it is one of those."""
    if some is None:
        return np.ones(scored.shape)
    at, last = np.arange(len(scored))[:, None], lengths_of(plan) - 1
    alone = at == (last if some in (LAST, BUT_LAST) else 0)
    counts: Array = (alone if some in (LAST, FIRST) else ~alone) * 1.0
    if plan.reduction == MEAN and (scored * counts).any():
        counts = counts * (scored.sum() / (scored * counts).sum())
    return counts


def right_ones(probabilities: Array, targets: Array) -> Array:
    """The probabilities of the targets."""
    right: Array = np.take_along_axis(probabilities, targets[..., None], -1)[..., 0]
    return right


def weights_of(plan: Plan) -> Array:
    """What each answer counts in the loss: 0 where a sequence has ended. (B,) or (T, B); nothing where there is no loss."""
    if plan.targets is None:
        return np.zeros(0)
    scored = np.ones(plan.targets.shape)
    if plan.targets.ndim > 1 and not plan.loop.padding:
        scored = inside_of(plan)[..., 0]
    if plan.reduction == MEAN:
        scored = scored / scored.sum()
    return scored * plan.loop.loss_scale
