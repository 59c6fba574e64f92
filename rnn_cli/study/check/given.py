"""What a file holds that was put in and not computed: weights, inputs, targets, initial states. They must be the model's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.referee.agreement import agrees
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.errors import InputError
from rnn_cli.study.check.items import Item
from rnn_cli.study.check.layouts import Frame, Reading, readings
from rnn_cli.study.check.names import GIVEN, Meaning

ASKED = {"x": "the inputs: give --input what they were computed from", "targets": "the targets: give --target"}


@dataclass(frozen=True, eq=False)
class Given:
    """What is left to compare.

    items      with their readings beside them
    misfits    those whose shape fits nothing of their name; said what was found out, a line each
    """

    items: list[Item]
    readings: list[list[Reading]]
    misfits: list[Item]
    said: list[str]


def sort_given(source: str, items: Sequence[Item], plan: Plan, frame: Frame, right: Numbers, limit: float) -> Given:
    """Take what was put in out of the arrays. InputError where it is not what the plan has."""
    inputs = put_in(plan, frame)
    found = Given([], [], [], [])
    weights: list[tuple[Item, list[Reading]]] = []
    same: list[str] = []
    for item in items:
        every = [one for meaning in item.called.meanings for one in _all(meaning, item, frame)]
        inserted = [one for one in every if one.meaning.kind == GIVEN or one.meaning.parameter]
        results = [one for one in every if one.meaning.kind != GIVEN and not one.meaning.parameter]
        if not every:
            found.misfits.append(item)
        elif any(one.is_right(inputs, limit) for one in inserted):
            same.append(item.name)
        elif any(meaning.parameter for meaning in item.called.meanings) and not results:
            weights.append((item, inserted))
        elif results:
            found.items.append(item)
            found.readings.append(results)
        else:
            _refuse(source, item, inserted[0])
    same += _summed(weights, inputs, limit)
    if same:
        found.said.append(f"{', '.join(same[:6])}{', …' * (len(same) > 6)}: as the model and the input have them")
    _gradients(source, weights, frame, right, limit, found)
    return found


def _all(meaning: Meaning, item: Item, frame: Frame) -> list[Reading]:
    return list(readings(meaning, item.array, item.called.layer, item.called.direction, frame))


def put_in(plan: Plan, frame: Frame) -> Numbers:
    """What a plan has that was put in, under the keys of readings."""
    network, a = plan.network, plan.network.architecture
    found: Numbers = {Key("x"): plan.x}
    if plan.targets is not None:
        found[Key("targets")] = plan.targets
    for layer in range(a.num_layers):
        for direction in a.directions:
            found |= {Key(name, layer, direction): array for name, array in network.named(layer, direction).items()}
    if a.output_size:
        found |= {Key(name): network.parameters[f"readout.{name}"] for name in ("W_hy", "b_y")}
    return {**found, **frame.starts}


def _refuse(source: str, item: Item, reading: Reading) -> None:
    name = reading.first.name
    asked = ASKED.get(name, f"where it starts: give --state {name.removesuffix('_0')}=FILE")
    raise InputError(f"{source}: its {item.name} is not what the network was given as {asked}")


def _summed(weights: list[tuple[Item, list[Reading]]], inputs: Numbers, limit: float) -> list[str]:
    """Two biases that are the model's together, as PyTorch keeps them; they are taken out of `weights`."""
    firsts = [one for one in weights if one[1][0].meaning.kind == "vector"]
    names: list[str] = []
    for one, other in [(a, b) for a in firsts for b in firsts if not a[1][0].meaning.second and b[1][0].meaning.second]:
        first, second = one[1][0].parts, other[1][0].parts
        whole = {key: first.get(key, 0) + second.get(key, 0) for key in {**first, **second}}
        if all(agrees(inputs[key], np.asarray(array), limit) for key, array in whole.items()):
            names += [one[0].name, other[0].name]
    weights[:] = [one for one in weights if one[0].name not in names]
    return names


def _gradients(
    source: str, weights: Sequence[tuple[Item, list[Reading]]], frame: Frame, right: Numbers, limit: float, found: Given
) -> None:
    """Arrays named as weights that are not the model's: gradients under the weights' names, or of another model."""
    if not weights:
        return
    offered: list[tuple[Item, list[Reading]]] = []
    for item, _ in weights:
        meanings = [
            replace(meaning, names=tuple(f"d{name}" for name in meaning.names))
            for meaning in item.called.meanings
            if meaning.parameter
        ]
        offered.append((item, [one for meaning in meanings for one in _all(meaning, item, frame)]))
    are = "grad" in source.lower() or any(one.is_right(right, limit) for _, every in offered for one in every)
    if not are:
        item = weights[0][0]
        raise InputError(
            f"{source}: its {item.name} is not the model's, so that nothing computed with it can be compared: --model takes "
            f"the network it belongs to;\nwhere it is a gradient, --map FILE says so ({item.name} = d{item.name})"
        )
    for item, every in offered:
        found.items.append(item)
        found.readings.append(every)
    found.said.append(f"{', '.join(item.name for item, _ in offered[:6])}: gradients under the names of their weights")
