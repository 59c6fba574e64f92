"""Every number of a plan: the forward pass, the loss and the way back, by the cells' own steps over a batch.

    forward    gates and states of each layer and direction (T, B, H) in time order; logits, probabilities
    loss       one number
    back       dh, dc, … and da_i, … (T, B, H); dx (T, B, I); the gradients of all parameters under their names

What the steps compute is not written here: `step` and `step_backward` of the cell are called with the plan's places.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS, softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell, Place
from rnn_cli.core.cells.records import Step
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.referee.plan import ALL, LAST, MEAN, NONE, OF_LAST, OF_VALUE, Key, Numbers, Plan
from rnn_cli.core.state import State


@dataclass(frozen=True, eq=False)
class _Run:
    """One layer in one direction: what was read, in the order of the run, the steps, and the state before the first."""

    read: Array
    steps: list[Step]
    initial: State


def compute(plan: Plan, back: bool = True) -> Numbers:
    """All numbers of a plan, in the order of computation; without `back`, those up to the loss."""
    numbers = _computed(plan, back)
    for change in plan.afterwards:
        numbers = change(numbers)
    return numbers


def _computed(plan: Plan, back: bool) -> Numbers:
    numbers: Numbers = {}
    runs, read = _forward(plan, numbers)
    a = plan.network.architecture
    if not a.output_size:
        return numbers
    logits = plan.network.readout(read)
    numbers[Key("logits")] = logits
    probabilities = softmax(logits)
    for _ in range(plan.loop.softmaxes - 1):
        probabilities = softmax(probabilities)
    numbers[Key("probabilities")] = probabilities
    if plan.targets is None:
        return numbers
    each, dlogits = _loss(plan, probabilities)
    numbers[Key("loss")] = np.array(each.sum())
    if back:
        _backward(plan, numbers, runs, read, dlogits)
    return numbers


def _forward(plan: Plan, numbers: Numbers) -> tuple[dict[tuple[int, str], _Run], Array]:
    """Every layer; -> the runs, and what the readout reads: (B, D*H), or (T, B, D*H)."""
    a, cell = plan.network.architecture, plan.network.cell.replaced(plan.places)
    runs: dict[tuple[int, str], _Run] = {}
    output, T = plan.x, len(plan.x)
    lengths = np.full_like(plan.lengths, T) if plan.loop.padding else plan.lengths
    ends: list[Array] = []
    for layer in range(a.num_layers):
        outputs, ends = [], []
        for direction in a.directions:
            back = direction == BACKWARD
            read = _turned(output, lengths) if back and plan.loop.reversed else output
            run = _run(plan, cell, layer, direction, read, lengths)
            runs[layer, direction] = run
            found = {name: np.stack([_value(step, name) for step in run.steps]) for name in _names(cell)}
            put_back = back and plan.loop.reversed and plan.loop.put_back
            for name, array in found.items():
                numbers[Key(name, layer, direction)] = _turned(array, lengths) if put_back else array
            outputs.append(numbers[Key("h", layer, direction)])
            own = outputs[-1] if plan.loop.last_output else found["h"]
            ends.append(own[lengths - 1, np.arange(len(lengths))])
        output = np.concatenate(outputs, axis=-1)
    return runs, np.concatenate(ends, axis=-1) if a.task == MANY_TO_ONE else output


def _names(cell: Cell) -> list[str]:
    """Gates and states, in the order of computation."""
    known = {*cell.gates, *cell.states}
    return [name for name in cell.numbers if name in known]


def _value(step: Step, name: str) -> Array:
    return step.state[name] if name in step.state else step.value(name)


def _run(plan: Plan, cell: Cell, layer: int, direction: str, read: Array, lengths: Array) -> _Run:
    """The steps of one layer and direction, as it runs. Where a sequence has ended its state is 0."""
    size = plan.network.architecture.size_of(layer)
    zeros = State.zeros(cell.states, (read.shape[1], size), read.dtype)
    initial = plan.initial.get((layer, direction), zeros)
    w = cell.weights(plan.network.packed(layer, direction))
    if plan.loop.kept:
        return _kept(cell, w, read, lengths, initial)
    return _Run(read, _steps(cell, w, read, lengths, initial, plan.loop.recurrent), initial)


def _steps(cell: Cell, w: object, read: Array, lengths: Array, initial: State, recurrent: bool = True) -> list[Step]:
    steps: list[Step] = []
    state = initial
    for t, x_t in enumerate(read):
        step = cell.step(w, x_t, state)
        inside = (t < lengths)[:, None]
        ended = step.state.map(partial(_inside, where=inside))
        steps.append(Step(step.x, step.before, step.numbers, ended))
        state = ended if recurrent else initial
    return steps


def _kept(cell: Cell, w: object, read: Array, lengths: Array, initial: State) -> _Run:
    """One sequence after the other, each from where the one before it ended."""
    state = initial.rows([0])
    each: list[list[Step]] = []
    begins: list[State] = []
    for b in range(read.shape[1]):
        begins.append(state)
        each.append(_steps(cell, w, read[:, [b]], lengths[[b]], state))
        state = each[-1][int(lengths[b]) - 1].state
    steps = [_side_by_side([run[t] for run in each]) for t in range(len(read))]
    first = State(**{name: np.concatenate([one[name] for one in begins]) for name in state})
    return _Run(read, steps, first)


def _side_by_side(steps: list[Step]) -> Step:
    """The same step of several sequences as one of a batch."""

    def joined(states: list[State]) -> State:
        return State(**{name: np.concatenate([one[name] for one in states]) for name in states[0]})

    numbers = {name: np.concatenate([step.numbers[name] for step in steps]) for name in steps[0].numbers}
    return Step(
        np.concatenate([step.x for step in steps]),
        joined([step.before for step in steps]),
        numbers,
        joined([step.state for step in steps]),
    )


def _turned(sequence: Array, lengths: Array) -> Array:
    """Each sequence (T, B, …) from its last step to its first; padding stays."""
    t = np.arange(len(sequence))[:, None]
    order = np.where(t < lengths, lengths - 1 - t, t)
    turned: Array = sequence[order, np.arange(sequence.shape[1])]
    return turned


def _loss(plan: Plan, probabilities: Array) -> tuple[Array, Array]:
    """The cross-entropy of every answer that is scored, times its weight, and dL/dlogits.

    A softmax of a softmax is differentiated through both.
    """
    assert plan.targets is not None
    targets = plan.targets
    scored = np.ones(targets.shape)
    if targets.ndim > 1 and not plan.loop.padding:
        scored = (np.arange(len(targets))[:, None] < plan.lengths).astype(float)
    if plan.reduction == MEAN:
        scored = scored / scored.sum()
    right = np.take_along_axis(probabilities, targets[..., None], -1)[..., 0]
    with np.errstate(divide="ignore"):
        each = -np.log(right) * scored
    onehot = np.zeros_like(probabilities)
    np.put_along_axis(onehot, targets[..., None], 1, -1)
    return each * plan.loop.loss_scale, (probabilities - onehot) * scored[..., None] * plan.loop.loss_scale


def _backward(plan: Plan, numbers: Numbers, runs: Mapping[tuple[int, str], _Run], read: Array, dlogits: Array) -> None:
    """From dL/dlogits to everything before it."""
    a, T = plan.network.architecture, len(plan.x)
    lengths = np.full_like(plan.lengths, T) if plan.loop.padding else plan.lengths
    batch = np.arange(plan.x.shape[1])
    if plan.loop.softmaxes > 1:
        inner = softmax(numbers[Key("logits")])
        dlogits = inner * (dlogits - (dlogits * inner).sum(axis=-1, keepdims=True))
    numbers[Key("dlogits")] = dlogits
    flat = dlogits.reshape(-1, dlogits.shape[-1])
    gradients: Numbers = {
        Key("dW_hy"): flat.T @ read.reshape(-1, read.shape[-1]),
        Key("db_y"): flat.sum(axis=0),
    }
    dread = dlogits @ plan.network.parameters["readout.W_hy"]
    error = np.zeros((T, len(batch), read.shape[-1])) if a.task == MANY_TO_ONE else dread
    cell = plan.network.cell.replaced({**_sloped(plan), **plan.back_places})
    for layer in reversed(range(a.num_layers)):
        below = np.zeros((T, len(batch), a.layer_input_size(layer)))
        for direction in a.directions:
            part = a.part_of(layer, direction)
            back = direction == BACKWARD and plan.loop.reversed
            arriving = _turned(error[..., part], lengths) if back else error[..., part].copy()
            if layer == a.num_layers - 1 and a.task == MANY_TO_ONE:
                at = np.zeros_like(lengths) if back and plan.loop.last_output else lengths - 1
                arriving[at, batch] += dread[:, part]
            found, dx, own = _through(plan, cell, runs[layer, direction], arriving, layer, direction, lengths)
            for name, array in found.items():
                numbers[Key(name, layer, direction)] = _turned(array, lengths) if back else array
            gradients |= {Key(f"d{name}", layer, direction): array for name, array in own.items()}
            below += _turned(dx, lengths) if back else dx
        error = below
    numbers[Key("dx")] = error
    numbers |= _clipped(plan, gradients)


def _sloped(plan: Plan) -> dict[str, Place]:
    """Places of slopes that are not taken as they should be; OF_LAST needs the steps and is done where they are."""
    made: dict[str, Place] = {}
    for gate, how in plan.back.slopes.items():
        activation = ACTIVATIONS[plan.network.cell.gates[gate]]
        if how == NONE:
            made[f"slope_{gate}"] = np.ones_like
        elif how == OF_VALUE:
            made[f"slope_{gate}"] = lambda y, one=activation: one.derivative(one.function(y))
    return made


def _through(
    plan: Plan, cell: Cell, run: _Run, arriving: Array, layer: int, direction: str, lengths: Array
) -> tuple[dict[str, Array], Array, dict[str, Array]]:
    """One layer and direction back: the errors of states and gates by name, dx, and the gradients of the parameters."""
    w, T = cell.weights(plan.network.packed(layer, direction)), len(run.steps)
    future = run.initial.zeros_like()
    dx = np.zeros_like(run.read)
    found: dict[str, list[Array]] = {}
    sums: dict[str, Array] = {}
    passes = set(cell.states) if plan.back.future is None else plan.back.future
    last = {gate: _value(run.steps[-1], gate) for gate, how in plan.back.slopes.items() if how == OF_LAST}
    if last:
        cell = cell.replaced({f"slope_{gate}": lambda y, g=gate: _of(cell, g, last[g]) for gate in last})
    for t in reversed(range(T)):
        step = run.steps[t]
        inside = (t < lengths)[:, None]
        come = State(**{name: array if name in passes else np.zeros_like(array) for name, array in future.items()})
        come = State(**{**come, "h": come.h + arriving[t]}).map(partial(_inside, where=inside))
        if plan.back.clip_inside is not None:
            limit = plan.back.clip_inside
            come = come.map(partial(np.clip, a_min=-limit, a_max=limit))
        ns = _as_read(step, same=False)
        each = cell.step_backward(w, ns, come)
        given = cell.step_backward(w, _as_read(step, same=True), come) if plan.back.same_step else each
        for name, array in {
            **{f"d{k}": v for k, v in each.error.items()},
            **{f"da_{k}": v for k, v in each.da.items()},
        }.items():
            found.setdefault(name, []).append(array * inside)
        for one, same in zip(each.contributions, given.contributions, strict=True):
            use = same if one.name.startswith("W_h") else one
            left = use.left * inside
            value = left.T @ use.right if use.right is not None else left.sum(axis=0)
            whole = plan.back.summed == ALL or t == (0 if plan.back.summed == LAST else T - 1)
            if whole or one.name not in sums:
                sums[one.name] = (sums.get(one.name, 0) + value) if plan.back.summed == ALL else value * whole
        dx[t] = each.dx * inside
        future = each.before.map(partial(_inside, where=inside))
    errors = {name: np.stack(arrays[::-1]) for name, arrays in found.items()}
    return errors, dx, sums


def _inside(array: Array, where: Array) -> Array:
    """The rows of sequences that have not ended; 0 for the others."""
    return np.where(where, array, 0)


def _of(cell: Cell, gate: str, y: Array) -> Array:
    slope: Array = ACTIVATIONS[cell.gates[gate]].derivative(y)
    return slope


def _as_read(step: Step, same: bool) -> SimpleNamespace:
    """A step's numbers for the step backward; with `same`, h_t stands where h_{t-1} belongs."""
    before = {f"{name}_prev": array for name, array in step.before.items()}
    if same:
        before["h_prev"] = step.state.h
    return SimpleNamespace(x=step.x, **before, **{name: step.value(name) for name in step.numbers})


def _clipped(plan: Plan, gradients: Numbers) -> Numbers:
    """The gradients as they are handed out: scaled, then clipped."""
    scaled = {key: array * plan.back.scale for key, array in gradients.items()}
    if plan.back.clip_value is not None:
        limit = plan.back.clip_value
        return {key: np.clip(array, -limit, limit) for key, array in scaled.items()}
    if plan.back.clip_norm is not None:
        norm = float(np.sqrt(sum((array * array).sum() for array in scaled.values())))
        if norm > plan.back.clip_norm:
            return {key: array * (plan.back.clip_norm / norm) for key, array in scaled.items()}
    return scaled
