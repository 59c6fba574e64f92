"""Arrays whose names are understood and whose shapes fit nothing of that name: which of them are mistakes.

A name that can mean one thing alone is a claim, and a shape that it cannot have breaks it. A name that people use for other
things too, as x or W or a loss that may be a history of losses, is none: such an array is not compared, and that is said.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

from rnn_cli.core.referee.agreement import WRONG
from rnn_cli.core.referee.plan import Key, Numbers
from rnn_cli.study.check.items import Item
from rnn_cli.study.check.layouts import OF_READOUT, Frame, Reading, readings
from rnn_cli.study.check.names import (
    ENDS,
    HEADS,
    JOINED,
    MATRIX,
    OF_EMBEDDING,
    OUTPUT,
    STARTS,
    STEPS,
    VECTOR,
    Meaning,
    compact,
)
from rnn_cli.study.check.report import Compared, Finding

NEAR = 2
"""By how many steps a list is too long or too short that is of these steps all the same, where its name says little."""
OF_WHICH = ": --map FILE says what it is"


@dataclass(frozen=True, eq=False)
class Misfit:
    """An array of an impossible shape, with the only thing that its name can mean."""

    item: Item
    meaning: Meaning


@dataclass(frozen=True)
class Shapes:
    """What is to be said of arrays that fit nothing: those that are wrong, with the mistakes, and those left out with why."""

    compared: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    left_out: tuple[tuple[str, str], ...]


def judged_shapes(
    items: Sequence[Item], mapped: Collection[str], frame: Frame, numbers: Numbers, limit: float
) -> Shapes:
    """Tell the mistakes from what may be something else. `mapped` are the names of which the person said what they are."""
    wrong, left_out = [], []
    for item in items:
        meaning = _claim(item, item.name in mapped, frame, numbers)
        if meaning is None:
            left_out.append((item.name, misfit(item, frame) + OF_WHICH))
        else:
            wrong.append(Misfit(item, meaning))
    pairs = list(_exchanged(wrong, frame, numbers, limit))
    of_pairs = {one.item.name for pair in pairs for one in pair}
    findings = [_of_pairs(pairs, frame, numbers)] if pairs else []
    findings += [_of_one(one, frame, numbers) for one in wrong if one.item.name not in of_pairs]
    return Shapes(tuple(_compared(one, frame) for one in wrong), tuple(findings), tuple(left_out))


def misfit(item: Item, frame: Frame) -> str:
    """Why an array cannot be read as what its name says."""
    a = frame.architecture
    sizes = f"T {frame.T}, H {a.hidden_size}, I {a.input_size}" + (f", C {a.output_size}" if a.output_size else "")
    many = f"{frame.B} sequence{'s' * (frame.B > 1)}"
    return f"its shape is {_shape(item.array.shape)}, which fits nothing of that name here ({sizes}, {many})"


def _shape(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "one number"


def _claim(item: Item, mapped: bool, frame: Frame, numbers: Numbers) -> Meaning | None:
    """What an array must be by its name; None where it may be something else."""
    meaning = next((one for one in item.called.meanings if not one.weak), None)
    if meaning is None or (meaning.names[0] in OF_READOUT and Key(meaning.names[0]) not in numbers):
        return None
    if meaning.names[0] in ("dW_hy", "db_y", "W_hy", "b_y") and not frame.architecture.output_size:
        return None
    if meaning.kind in (MATRIX, JOINED, VECTOR):
        sure = _is_weight(item, meaning, mapped, frame)
    elif meaning.kind in (STEPS, OUTPUT):
        sure = _is_of_steps(item, meaning, mapped, frame)
    else:
        sure = meaning.kind == STARTS or (
            meaning.kind == ENDS and (mapped or f"{meaning.names[0]}n" in compact(item.name))
        )
    return meaning if sure else None


def _is_weight(item: Item, meaning: Meaning, mapped: bool, frame: Frame) -> bool:
    """Whether a name is that of weights or their gradient alone, and the shape not that of a part or of two together."""
    gates = len(meaning.names)
    if meaning.names == OF_EMBEDDING:
        return False  # a table may have rows for padding and for unknown words
    if gates > 1 and any(
        _fits(item, replace(meaning, kind=kind, names=names), frame) for kind, names in _parts(meaning)
    ):
        return False  # W_hh is the candidate's alone in some books
    if meaning.kind == VECTOR and _fits(replace(item, array=item.array.reshape(-1)[::2]), meaning, frame):
        return False  # both biases in one array, as Keras keeps those of a GRU
    words = set(re.split(r"[^a-z]+", item.name.casefold()))
    if mapped or (gates == 1 and compact(meaning.names[0]) in compact(item.name)):
        return True
    if meaning.parameter:
        return bool(words & {"weight", "bias"} and words & {"ih", "hh"})
    return not words & set(HEADS)


def _parts(meaning: Meaning) -> Iterator[tuple[str, tuple[str, ...]]]:
    """One gate of several, as its own matrix; of a matrix that reads states and inputs also each of them alone."""
    if meaning.kind == JOINED:
        n = len(meaning.names) // 2
        yield from ((MATRIX, names) for names in (meaning.names[:n], meaning.names[n:]))
        yield JOINED, (meaning.names[0], meaning.names[n])
    yield (MATRIX if meaning.kind == JOINED else meaning.kind), meaning.names[:1]


def _is_of_steps(item: Item, meaning: Meaning, mapped: bool, frame: Frame) -> bool:
    """Whether an array is a list of steps, too long or too short or of another width, and no other thing of that name."""
    a, name = frame.architecture, meaning.names[0]
    if name in OF_READOUT and frame.answers_once:
        return False  # an answer at each step is more than the network gives, and no mistake
    if len(meaning.names) == 1 < len(name) and (mapped or compact(name) in compact(item.name)):
        return True
    bare = [size for size in item.array.shape if size not in (1, frame.B if frame.B > 1 else 1)]
    if len(bare) != 2:
        return False
    layers = range(a.num_layers) if item.called.layer is None else [item.called.layer]
    sizes = [frame.width(name)] if meaning.whole else [a.size_of(one) for one in layers]
    widths = {size * len(meaning.names) * ways for size in sizes for ways in (1, len(a.directions))}
    steps = [bare[1 - k] for k in (0, 1) if bare[k] in widths]
    if mapped or name in a.make_cell().states:
        return bool(steps) or (mapped and frame.T in bare)
    return any(abs(one - frame.T) <= NEAR for one in steps)


def _fits(item: Item, meaning: Meaning, frame: Frame) -> bool:
    return any(True for _ in _read(item, meaning, frame))


def _read(item: Item, meaning: Meaning, frame: Frame) -> Iterator[Reading]:
    return readings(meaning, item.array, item.called.layer, item.called.direction, frame)


def _exchanged(
    wrong: Sequence[Misfit], frame: Frame, numbers: Numbers, limit: float
) -> Iterator[tuple[Misfit, Misfit]]:
    """The weights that fit each other's places: those of the right numbers first, then where no third one fits."""
    weights = [one for one in wrong if one.meaning.kind in (MATRIX, JOINED, VECTOR)]
    fitting = [
        (one, other)
        for k, one in enumerate(weights)
        for other in weights[k + 1 :]
        if _takes(one, other, frame) and _takes(other, one, frame)
    ]

    def is_right(pair: tuple[Misfit, Misfit]) -> bool:
        return all(
            any(reading.is_right(numbers, limit) for reading in _read(_at(one, other), other.meaning, frame))
            for one, other in (pair, pair[::-1])
        )

    def of_one_gate(pair: tuple[Misfit, Misfit]) -> bool:
        first, second = (one.meaning.names[0].replace("W_x", "W_h") for one in pair)
        return first == second

    taken: set[str] = set()
    for sure in (is_right, of_one_gate, lambda pair: sum(bool({*pair} & {*other}) for other in fitting) == 1):
        for pair in fitting:
            names = {one.item.name for one in pair}
            if not names & taken and sure(pair):
                taken |= names
                yield pair


def _at(one: Misfit, other: Misfit) -> Item:
    """The array of one under the other's layer and direction."""
    return replace(one.item, called=other.item.called)


def _takes(one: Misfit, other: Misfit, frame: Frame) -> bool:
    return _fits(_at(one, other), other.meaning, frame)


def _of_pairs(pairs: Sequence[tuple[Misfit, Misfit]], frame: Frame, numbers: Numbers) -> Finding:
    """Weights that stand under each other's names."""
    names = [f"{one.item.name} and {other.item.name}" for one, other in pairs]
    each = [_should_be(one, frame, numbers) for pair in pairs for one in pair]
    says = f"exchanges the names {'; '.join(names)}: each array has a shape that fits the other's name alone"
    return Finding("swapped-weights", pairs[0][0].item.name, says, ", ".join(each), where=pairs[0][0].item.name)


def _of_one(one: Misfit, frame: Frame, numbers: Numbers) -> Finding:
    name = one.item.name
    says = f"has {name} in a shape that it cannot have: {_shape(one.item.array.shape)}"
    return Finding("wrong-shape", name, says, _should_be(one, frame, numbers), where=name)


def _should_be(one: Misfit, frame: Frame, numbers: Numbers) -> str:
    """The right shape in words."""
    place, names = _place(one, frame), one.meaning.names
    keys = [Key(name, *place) for name in names]
    weights = [Key(name.removeprefix("d"), *place) for name in names]
    parts = [numbers.get(key, numbers.get(weight)) for key, weight in zip(keys, weights, strict=True)]
    found = [part.shape for part in parts if part is not None]
    if len(found) < len(names):
        return f"{one.item.name} has the shape that its name says"
    if one.meaning.kind in (STEPS, OUTPUT):
        shape = [*found[0][:-1], sum(part[-1] for part in found)]
        shape = shape[:1] + shape[2:] if len(shape) == 3 and shape[1] == 1 else shape
    elif one.meaning.kind == JOINED:
        n = len(found) // 2
        shape = [sum(part[0] for part in found[:n]), found[0][1] + found[n][1]]
    elif one.meaning.kind == ENDS:
        shape = list(found[0][1:])
    else:
        shape = [sum(part[0] for part in found), *found[0][1:]]
    return f"{one.item.name} is {_shape(shape)} there"


def _place(one: Misfit, frame: Frame) -> tuple[int, str]:
    a = frame.architecture
    if one.meaning.whole:
        return -1, ""
    layer = a.num_layers - 1 if one.meaning.kind == OUTPUT else 0
    return one.item.called.layer or layer, one.item.called.direction or a.directions[0]


def _compared(one: Misfit, frame: Frame) -> Compared:
    layer, direction = _place(one, frame)
    names = one.meaning.names
    what = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    sure = frame.architecture.num_layers == 1 or one.item.called.layer is not None
    read_as = what if one.meaning.whole or not sure else f"{what} of layer {layer}, {direction}"
    key = Key(names[0], layer, direction)
    return Compared(
        one.item.name, key, read_as, f"{_shape(one.item.array.shape)}, which fits no layout", WRONG, inf, None, False
    )
