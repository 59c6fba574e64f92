"""The way back through a plan, from dL/dlogits to everything before it, by the cells' own `step_backward`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell, Place, summed
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.core.referee.compute import Forward, Run, inside_of, late_output, lengths_of, loss_of, turned
from rnn_cli.core.referee.embedding import embedding_gradient
from rnn_cli.core.referee.plan import (
    BUT_FIRST,
    BUT_LAST,
    FIRST,
    LAST,
    NONE,
    OF_A,
    OF_LAST,
    OF_NEXT,
    OF_STEPS,
    OF_VALUE,
    Key,
    Numbers,
    Plan,
)
from rnn_cli.core.referee.sought import Check, Sought
from rnn_cli.core.state import State

Errors = Callable[[SimpleNamespace, Array], Array]


Terms = dict[Key, tuple[list[Array], list[Array]]]
"""What each step gives to the gradient of each parameter, the last step first: lefts and rights of left ⊗ right, or lefts alone."""


@dataclass(frozen=True, eq=False)
class Way:
    """A way back before the gradients are summed: the errors, and what the steps give, of each loss step or of all together.

    loss    with dL/dlogits, as it is before the way back scales it
    """

    plan: Plan
    loss: tuple[Array, Array]
    errors: Numbers
    terms: tuple[Terms, ...]


def backward(
    plan: Plan,
    numbers: Numbers,
    forward: Forward,
    dlogits: Array,
    way: Way | None = None,
    sought: Sought | None = None,
) -> None:
    """Put the numbers of the way back behind those of the forward pass. `way` is one to use where it is the plan's own."""
    dlogits = dlogits * plan.back.error_scale
    numbers[Key("dlogits")] = dlogits * inside_of(plan) if dlogits.ndim > 2 else dlogits
    if way is None or not plan.same_errors(way.plan):
        errors, terms = _way(plan, forward, dlogits, sought)
    else:
        errors, terms = way.errors, way.terms
        if sought is not None and not plan.afterwards:
            if sought.steps:
                sought.compare(errors[sought.key])
            _check_gradient(plan, terms, sought)
    gradients = _added([_gradients(plan, one) for one in terms])
    if plan.words is not None:
        gradients[Key("dE")] = embedding_gradient(plan.words, errors[Key("dx")], plan.back.words)
    numbers |= errors | _handed_out(plan, gradients)


def way_of(forward: Forward) -> Way | None:
    """The way back of a forward pass; None where there is no loss."""
    loss = loss_of(forward.plan, forward)
    if loss is None:
        return None
    return Way(forward.plan, loss, *_way(forward.plan, forward, loss[1] * forward.plan.back.error_scale))


def _check_gradient(plan: Plan, terms: Sequence[Terms], sought: Sought) -> None:
    """Unlike where a gradient cannot be as it was found. One that the others have a share in is not looked at."""
    key = sought.key
    if (
        len(terms) == 1
        and key in terms[0]
        and plan.back.clip_norm is None
        and plan.back.clip_each is None
        and not plan.afterwards
    ):
        sought.compare(_handed_out(plan, _gradients(plan, {key: terms[0][key]}))[key])


def _way(
    plan: Plan, forward: Forward, dlogits: Array, sought: Sought | None = None
) -> tuple[Numbers, tuple[Terms, ...]]:
    """The errors, and what the steps give."""
    if plan.back.window is None or dlogits.ndim < 3:
        errors, terms = _from(plan, forward, dlogits, sought=sought)
        return errors, (terms,)
    # Each loss step goes back on its own, as far as it may.
    steps = np.arange(len(dlogits))
    parts = [_from(plan, forward, dlogits * (steps == t)[:, None, None], t) for t in range(len(dlogits))]
    return _added([errors for errors, _ in parts]), tuple(terms for _, terms in parts)


def _added(parts: list[Numbers]) -> Numbers:
    return {key: np.sum([one[key] for one in parts], axis=0) for key in parts[0]} if len(parts) > 1 else parts[0]


SOME = {LAST: slice(-1, None), FIRST: slice(1), BUT_LAST: slice(-1), BUT_FIRST: slice(1, None)}


def _gradients(plan: Plan, terms: Terms) -> Numbers:
    """The gradients of the parameters: sums over all steps, or over some."""
    found: Numbers = {}
    for key, (lefts, rights) in terms.items():
        kept = plan.back.summed.get(key.name.removeprefix("d"))
        some = slice(None) if kept is None else SOME[kept]
        found[key] = summed(lefts[some], rights[some]) if lefts[some] else 0 * summed(lefts, rights)
    return found


def _from(
    plan: Plan, forward: Forward, dlogits: Array, loss_step: int | None = None, sought: Sought | None = None
) -> tuple[Numbers, Terms]:
    """The errors, and what each step gives to the gradients; of the loss at one step, where one is given."""
    a, T, batch = plan.network.architecture, len(plan.x), np.arange(plan.x.shape[1])
    lengths = lengths_of(plan)
    one = a.task == MANY_TO_ONE
    output = late_output(plan, forward.read, 1, plan.back.round) if plan.back.late_readout else forward.read
    left, read = ([array] if one else list(array[::-1]) for array in (dlogits, output))
    gradients: Terms = {Key("dW_hy"): (left, read), Key("db_y"): (left, [])}
    if sought is not None and sought.key.layer < 0:
        _check_gradient(plan, [gradients], sought)
    W = plan.back_network.parameters["readout.W_hy"]
    dread = dlogits @ (W.T if plan.back.turned_readout else W)
    error = np.zeros((T, len(batch), dread.shape[-1])) if one else dread
    if plan.loop.late and plan.back.carried and not one:
        error = np.concatenate([error[plan.loop.late :], error[: plan.loop.late] * plan.loop.round])
    if plan.back.last_alone and not one:
        error = np.where((np.arange(T)[:, None] == lengths - 1)[..., None], error, 0)
    last = lengths - 1 if loss_step is None else np.full_like(lengths, loss_step)
    numbers: Numbers = {}
    in_order = plan.loop.put_back or plan.back.puts_back
    for layer in reversed(range(a.num_layers)):
        below = np.zeros((T, len(batch), a.layer_input_size(layer)))
        for direction in a.directions:
            part = a.part_of(layer, direction)
            back = direction == BACKWARD and plan.loop.reversed
            arriving = turned(error[..., part], lengths) if back and in_order else error[..., part].copy()
            if layer == a.num_layers - 1 and one:
                at = np.zeros_like(lengths) if back and plan.loop.last_output else lengths - 1
                arriving[at, batch] += dread[:, part]
            entry = lengths - 1 - last if back and loss_step is not None else last
            run, check = forward.runs[layer, direction], None
            if sought is not None and (in_order or not back):
                check = sought.of_steps(plan, layer, direction, back=True)
            seen = (sought.key.name, check) if sought is not None and check is not None else None
            found, first, dx, own = _through(plan, run, arriving, layer, direction, entry, seen)
            for name, array in found.items():
                whole = turned(array, lengths) if back and in_order else array
                numbers[Key(name, layer, direction)] = whole * inside_of(plan)
            numbers |= {Key(f"d{name}_0", layer, direction): array for name, array in first.items()}
            own_gradients = {Key(f"d{name}", layer, direction): terms for name, terms in own.items()}
            if sought is not None and sought.key in own_gradients:
                _check_gradient(plan, [own_gradients], sought)
            gradients |= own_gradients
            below += turned(dx, lengths) if back else dx
        error = below
        if layer and plan.loop.last_below and plan.back.carried:
            error = np.zeros_like(below)
            error[lengths - 1, batch] = below.sum(axis=0)
        if layer and plan.back.dropped_above:
            error = 0 * below
    numbers[Key("dx")] = error * inside_of(plan)
    return numbers, gradients


def _through(
    plan: Plan,
    run: Run,
    arriving: Array,
    layer: int,
    direction: str,
    entry: Array,
    seen: tuple[str, Check] | None = None,
) -> tuple[dict[str, Array], State, Array, dict[str, tuple[list[Array], list[Array]]]]:
    """One layer and direction back: the errors of states and gates by name, those of the states before the first step, dx, and
    what each step gives to the gradients of the parameters.

    entry (B,) is the step at which the loss enters; `seen` an error, and the check of it at each step.
    """
    lengths, T, how = lengths_of(plan), len(run.steps), plan.back
    cell = plan.back_network.cell.replaced({**_sloped(plan), **plan.back_places})
    w = cell.weights(plan.back_network.packed(layer, direction))
    future = run.initial.zeros_like()
    dx = np.zeros_like(run.read)
    found: dict[str, list[Array]] = {}
    terms: dict[str, tuple[list[Array], list[Array]]] = {}
    everywhere = how.window is None and bool((lengths == T).all())
    for t in range(T) if how.onward else reversed(range(T)):
        reached = t < lengths if how.window is None else (t < lengths) & (t > entry - how.window)
        inside = None if everywhere else reached[:, None]
        stops = how.chunk is not None and (t + 1) % how.chunk == 0
        come = dict(future.items())
        if stops or how.future is not None:
            lost = [name for name in come if stops or name not in (how.future or ())]
            come |= {name: 0 * come[name] for name in lost}
        come["h"] = come["h"] + arriving[t]
        if inside is not None or how.clip_inside is not None:
            come = {name: _cut(_masked(array, inside), how.clip_inside) for name, array in come.items()}
        error = State(**come)
        each, given, read = _step(plan, cell, w, run, t, error)
        for name, array in [*each.error.items(), *((f"a_{gate}", array) for gate, array in each.da.items())]:
            found.setdefault(f"d{name}", []).append(_masked(array, inside))
        if seen is not None:
            seen[1](t, found[seen[0]][-1])
        for one, same in zip(each.contributions, given.contributions, strict=True):
            use = replace(one, right=same.right) if same is not one and one.name.startswith("W_h") else one
            if one.name in how.contributions:
                use = how.contributions[one.name](read, use)
            lefts, rights = terms.setdefault(one.name, ([], []))
            lefts.append(_masked(use.left, inside))
            rights += [] if use.right is None else [use.right]
        dx[t] = _masked(each.dx, inside)
        before = _routed(plan, each.before.map(partial(_masked, inside=inside)))
        kept = {name: _masked(future[name], inside) for name in how.piles}
        future = State(**{name: _cut(array, how.clip_passed.get(name)) for name, array in before.items()})
        if kept:
            future = State(**{**dict(future.items()), **{name: future[name] + array for name, array in kept.items()}})
    errors = {name: np.stack(arrays if how.onward else arrays[::-1]) for name, arrays in found.items()}
    return errors, future, dx, terms


def _masked(array: Array, inside: Array | None) -> Array:
    """The rows of sequences through which the error goes at a step; 0 for the others. None stands for all."""
    return array if inside is None else np.where(inside, array, 0)


def _cut(array: Array, limit: float | None) -> Array:
    """An array, clipped where there is a limit."""
    return array if limit is None else np.clip(array, -limit, limit)


def _routed(plan: Plan, before: State) -> State:
    """The errors of what the step read, each at the state that it read."""
    if not plan.loop.carried or not plan.back.carried:
        return before
    sums = before.zeros_like()
    return State(
        **{
            name: sums[name] + sum(before[to] for to in before if plan.loop.carried.get(to, to) == name)
            for name in before
        }
    )


def _step(
    plan: Plan, cell: Cell, w: object, run: Run, t: int, error: State
) -> tuple[StepGradient, StepGradient, SimpleNamespace]:
    """A step backwards; the same for the gradients of the recurrent weights, where they are taken from other numbers; and
    the numbers, with the errors where a mistake needs them."""
    how = plan.back
    numbers = _as_read(run.steps[t], how.reads)
    places: dict[str, Place] = {}
    for gate, slope in how.slopes.items():
        if slope in OF_STEPS:
            at = {OF_LAST: len(run.steps) - 1, OF_NEXT: min(t + 1, len(run.steps) - 1), OF_A: t}.get(
                slope, max(t - 1, 0)
            )
            y = run.steps[at].value(f"a_{gate}" if slope == OF_A else gate)
            places[f"slope_{gate}"] = partial(_slope, cell=cell, gate=gate, y=y)
    for gate, reads in how.reads_of.items():
        other = cell.replaced(places).step_backward(w, _as_read(run.steps[t], {**how.reads, **reads}), error)
        places[f"da_{gate}"] = partial(_instead, other=other.da[gate])
    if how.da_of:
        other = cell.replaced(places).step_backward(w, numbers, error)
        places |= {f"da_{gate}": partial(_instead, other=other.da[source]) for gate, source in how.da_of.items()}
    whole: dict[str, Array] = {}
    if how.errors or how.sums or how.contributions:
        numbers.w, numbers.dh = w, error.h
        whole["h"] = error.h
        if "h" in how.errors:
            error = State(**{**error, "h": how.errors["h"](numbers, error.h)})
        names = [f"a_{gate}" for gate in cell.gates] + [*cell.states] + [f"{name}_prev" for name in cell.states]
        changes = {**how.errors, **how.sums}
        places |= {
            f"d{name}": partial(_kept, numbers, {} if name in how.sums else whole, name, changes.get(name))
            for name in names
            if name != "h"
        }
    if places:
        cell = cell.replaced(places)
    each = cell.step_backward(w, numbers, error)
    if whole:
        each = replace(each, error=State(**{name: whole.get(name, array) for name, array in each.error.items()}))
    if not how.same_step:
        return each, each, numbers
    return each, cell.step_backward(w, _as_read(run.steps[t], {**how.reads, "h_prev": "h"}), error), numbers


def _instead(_: Array, other: Array) -> Array:
    """Another value in the place of one."""
    return other


def _kept(numbers: SimpleNamespace, whole: dict[str, Array], name: str, change: Errors | None, value: Array) -> Array:
    """An error, changed or not, which stays among the step's numbers as da_i, dc, …; `whole` keeps it as it arrived."""
    whole[name] = value
    value = value if change is None else change(numbers, value)
    setattr(numbers, f"d{name}", value)
    return value


def _slope(_: Array, cell: Cell, gate: str, y: Array) -> Array:
    """The slope of a gate at another value than its own."""
    slope: Array = ACTIVATIONS[cell.gates[gate]].derivative(y)
    return slope


def _sloped(plan: Plan) -> dict[str, Place]:
    """Places of slopes that are not taken as they should be; those of other steps are put in where the steps are."""
    made: dict[str, Place] = {}
    for gate, how in plan.back.slopes.items():
        activation = ACTIVATIONS[plan.network.cell.gates[gate]]
        if how == NONE:
            made[f"slope_{gate}"] = np.ones_like
        elif how == OF_VALUE:
            made[f"slope_{gate}"] = lambda y, one=activation: one.derivative(one.function(y))
    return made


def _as_read(step: Step, reads: Mapping[str, str | Callable[[Mapping[str, Array]], Array]]) -> SimpleNamespace:
    """A step's numbers for the step backward, each as `reads` says."""
    before = {f"{name}_prev": array for name, array in step.before.items()}
    numbers = {**before, **{name: step.value(name) for name in step.numbers}}
    other = {name: numbers[source] if isinstance(source, str) else source(numbers) for name, source in reads.items()}
    return SimpleNamespace(x=step.x, **{**numbers, **other})


def _handed_out(plan: Plan, gradients: Numbers) -> Numbers:
    """The gradients as they are handed out: scaled, then clipped."""
    how = plan.back
    scaled = gradients
    if how.scale != 1 or how.scales:
        scaled = {
            key: array * how.scale * next((by for name, by in how.scales.items() if key.name.startswith(name)), 1.0)
            for key, array in gradients.items()
        }
    if how.clip_value is not None:
        return {key: np.clip(array, -how.clip_value, how.clip_value) for key, array in scaled.items()}
    if how.clip_each is not None:
        each = how.clip_each
        by = {group: each.limit / size if size else 1.0 for group, size in norms_of(scaled, each.packed).items()}
        return {
            key: array * (factor if each.always else min(1.0, factor))
            for key, array in scaled.items()
            for factor in [by[group_of(key, each.packed)]]
        }
    if how.clip_norm is not None:
        norm = float(np.sqrt(sum((array * array).sum() for array in scaled.values())))
        if norm > how.clip_norm:
            return {key: array * (how.clip_norm / norm) for key, array in scaled.items()}
    return scaled


def group_of(key: Key, packed: bool) -> Key:
    """The array in which a gradient stands: itself, or the packed one of its kind."""
    return key._replace(name=key.name[: 4 if key.name.startswith("dW_") else 3]) if packed and key.layer >= 0 else key


def norms_of(gradients: Numbers, packed: bool) -> dict[Key, float]:
    """The norm of each gradient; with `packed` those of the gates count as one array of each kind."""
    squares: dict[Key, float] = {}
    for key, array in gradients.items():
        group = group_of(key, packed)
        squares[group] = squares.get(group, 0.0) + float((array * array).sum())
    return {group: square**0.5 for group, square in squares.items()}
