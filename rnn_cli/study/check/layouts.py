"""The ways in which an array can hold what its name says, by its shape: each is a reading, the usual one first.

A reading has tags, one for each convention it follows: a file has one convention of a kind (conventions.py).

    axes      which axis is time, which sequences, which units
    stored    a matrix as it multiplies a column (NORMAL), or as it multiplies a row (TURNED)
    order     the order of packed gates
    joined    whether a matrix of both reads [h; x] or [x; h]
    run       the backward direction in time order, or in the order of its run
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import permutations
from math import prod

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, Architecture
from rnn_cli.core.referee.agreement import agrees
from rnn_cli.core.referee.mutants import gate_of
from rnn_cli.core.referee.plan import GRADIENTS, Key, Numbers
from rnn_cli.study.check.names import (
    ENDS,
    GIVEN,
    JOINED,
    LOSS,
    MATRIX,
    OF_EMBEDDING,
    OUTPUT,
    STARTS,
    STEPS,
    VECTOR,
    Meaning,
)

IN_RUN = "in the order of the run"
NORMAL, TURNED = "normal", "turned"
MOST_PERMUTED = 4
EACH_LOSS, END = "loss_steps", " at the end"
"""What has no name of its own among the numbers of a plan: the loss of each answer, and a state after the last step."""

OF_WEIGHTS = (*GRADIENTS, "W_", "b_", "p_")
OF_READOUT = ("logits", "probabilities", "dlogits")

Place = tuple[int, str]
NOWHERE: Place = (-1, "")


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to read an array.

    parts    what it holds, as the numbers of a plan are laid out
    layout   in words
    """

    meaning: Meaning
    parts: Mapping[Key, Array]
    layout: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def weak(self) -> bool:
        """Whether it counts only where its numbers are right."""
        return self.meaning.weak

    @property
    def first(self) -> Key:
        """The first of its parts."""
        return next(iter(self.parts))

    def is_right(self, right: Numbers, tolerance: float) -> bool:
        """Whether all its numbers are."""
        return all(key in right and agrees(right[key], part, tolerance) for key, part in self.parts.items())


@dataclass(frozen=True, eq=False)
class Frame:
    """The sizes against which shapes are held.

    lengths (B,); starts: the states before the first step, (B, H) each; words: whether the steps read rows of an embedding.
    """

    architecture: Architecture
    T: int
    B: int
    lengths: Array
    answers_once: bool
    starts: Mapping[Key, Array] = field(default_factory=dict)
    words: bool = False

    def places(self, layer: int | None, direction: str | None) -> list[tuple[Place, ...]]:
        """Which layers and directions an array may belong to: one, the directions of a layer side by side, or all layers."""
        a = self.architecture
        layers = range(a.num_layers) if layer is None else [layer]
        ways = a.directions if direction is None else (direction,)
        found: list[tuple[Place, ...]] = []
        for one in reversed(layers):
            if len(ways) > 1:
                found.append(tuple((one, way) for way in ways))
            found += [((one, way),) for way in ways]
        return found

    def width(self, name: str) -> int:
        """How many numbers a step has of it."""
        a = self.architecture
        if name in ("x", "dx"):
            return a.input_size
        return a.output_size if name in OF_READOUT else a.hidden_size

    def letter(self, name: str) -> str:
        """How shapes write that number."""
        return "I" if name in ("x", "dx") else "C" if name in OF_READOUT else "H"

    def without_padding(self, key: Key, array: Array) -> Array:
        """An array with 0 where a sequence has ended, if it has a row for each step: nothing is compared there."""
        if self.full or not self.of_steps(key) or array.shape[:2] != (self.T, self.B):
            return array
        inside = (np.arange(self.T)[:, None] < self.lengths).reshape(self.T, self.B, *[1] * (array.ndim - 2))
        return np.where(inside, array, 0)

    @cached_property
    def full(self) -> bool:
        """Whether no sequence is padded."""
        return bool((self.lengths == self.T).all())

    def of_steps(self, key: Key) -> bool:
        """Whether an array has a row for each step (T, B, …)."""
        if key.name in (*OF_READOUT, EACH_LOSS, "targets"):
            return not self.answers_once
        return not key.name.startswith(OF_WEIGHTS) and not key.name.endswith((END, "_0")) and key.name != "loss"

    def turn(self, sequence: Array) -> Array:
        """Each sequence (T, B, …) from its last step to its first; padding stays."""
        t = np.arange(self.T)[:, None]
        order = np.where(t < self.lengths, self.lengths - 1 - t, t)
        turned: Array = sequence[order, np.arange(self.B)]
        return turned


def readings(
    meaning: Meaning, array: Array, layer: int | None, direction: str | None, frame: Frame
) -> Iterator[Reading]:
    """Every way to read an array as this, padding as zeros; none where its shape does not allow it."""
    for one in _readings(meaning, array, layer, direction, frame):
        yield replace(one, parts={key: frame.without_padding(key, part) for key, part in one.parts.items()})


def _readings(
    meaning: Meaning, array: Array, layer: int | None, direction: str | None, frame: Frame
) -> Iterator[Reading]:
    a = frame.architecture
    if meaning.kind == OUTPUT or (meaning.kind == STEPS and not meaning.whole):
        last = tuple((a.num_layers - 1, way) for way in a.directions)
        for places in [last] if meaning.kind == OUTPUT else frame.places(layer, direction):
            yield from _steps(meaning, array, places, frame)
    elif meaning.kind in READERS:
        every = [(NOWHERE,)] if meaning.whole else frame.places(layer, direction)
        for one in every:
            if len(one) == 1:
                yield from READERS[meaning.kind](meaning, array, one[0], frame)
    elif meaning.kind in (STARTS, ENDS):
        yield from _ends(meaning, array, layer, direction, frame)
    elif meaning.kind == LOSS:
        yield from _loss(meaning, array, frame)
    elif meaning.kind == GIVEN:
        yield from _given(meaning, array, layer, direction, frame)
    else:
        yield from _whole_steps(meaning, array, frame)


def _orders(names: tuple[str, ...], frame: Frame) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """The orders in which gates may be packed, that of the name first, each with its tag."""
    if len(names) == 1:
        yield names, {}
        return
    cell = frame.architecture.make_cell()
    for order in permutations(names) if len(names) <= MOST_PERMUTED else [names]:
        yield order, {"order": " ".join(gate_of(cell, name) for name in order)}


def _axes(array: Array, width: int, letter: str, frame: Frame) -> Iterator[tuple[Array, str]]:
    """The ways to see an array as (T, B, width) or (T+1, B, width), with a label."""
    T, B = frame.T, frame.B
    forms = [(array, letter)]
    if array.ndim > 1 and array.shape[-1] != width and prod(array.shape[-2:]) == width:
        forms.append((array.reshape(*array.shape[:-2], width), letter))
    for form, last in forms:
        if form.ndim == 4 and 1 in form.shape:
            form = form.squeeze(form.shape.index(1))
        if form.ndim == 3:
            for order in (
                ("T", "B", "K"),
                ("B", "T", "K"),
                ("T", "K", "B"),
                ("B", "K", "T"),
                ("K", "T", "B"),
                ("K", "B", "T"),
            ):
                sizes = dict(zip(order, form.shape, strict=True))
                if sizes["B"] == B and sizes["K"] == width and sizes["T"] in (T, T + 1):
                    turned = form.transpose([order.index(axis) for axis in "TBK"])
                    yield turned, "×".join(last if axis == "K" else axis for axis in order)
        if form.ndim == 2:
            rows, columns = form.shape
            if B == 1 and columns == width and rows in (T, T + 1):
                yield form[:, None], f"T×{last}"
            if B == 1 and rows == width and columns in (T, T + 1):
                yield form.T[:, None], f"{last}×T"
            if T == 1 and columns == width and rows == B:
                yield form[None], f"B×{last}"
            if T == 1 and rows == width and columns == B:
                yield form.T[None], f"{last}×B"
            if B > 1 and T > 1 and rows == T * B and columns == width:
                yield form.reshape(T, B, width), f"T·B×{last}"
                yield form.reshape(B, T, width).transpose(1, 0, 2), f"B·T×{last}"
            if width == 1 and columns == B and rows in (T, T + 1):
                yield form[..., None], "T×B"
            if width == 1 and rows == B and columns in (T, T + 1):
                yield form.T[..., None], "B×T"
        if form.ndim == 1:
            if width == 1 and B == 1 and len(form) in (T, T + 1):
                yield form[:, None, None], "T"
            if T == B == 1 and len(form) == width:
                yield form[None, None], last


def _timed(
    array: Array, width: int, letter: str, frame: Frame, backward: bool, start: Array | None = None
) -> Iterator[tuple[Array, str, dict[str, str]]]:
    """The same, without the initial state where it stands in the list, and in time order.

    `start` (B, width) is that state: the end of the list where it stands is taken for it, where only one is like it.
    """
    for found, label in _axes(array, width, letter, frame):
        order = label.replace(letter, "K") if letter else label
        axes = f"axes of {order.count('×') + 1}"
        if len(found) == frame.T:
            yield found, label, {axes: order, "run": "time"}
            if backward:
                yield frame.turn(found), f"{label}, {IN_RUN}", {axes: order, "run": "run"}
            continue
        longer = label.replace("T", "(T+1)")
        first, last = (
            (found[1:], f"{longer}, the initial state first"),
            (found[:-1], f"{longer}, the initial state last"),
        )
        begins, ends = (start is not None and np.allclose(found[k], start, 1e-2, 1e-6) for k in (0, -1))
        either = [first] if begins and not ends else [last] if ends and not begins else [first, last]
        for part, said in either[::-1] if backward else either:
            yield part, said, {axes: order, "run": "time"}
        for part, said in either if backward else ():
            yield frame.turn(part), f"{said}, {IN_RUN}", {axes: order, "run": "run"}


def _steps(meaning: Meaning, array: Array, places: tuple[Place, ...], frame: Frame) -> Iterator[Reading]:
    """Numbers of the steps of a layer: of one direction or of both side by side, of one gate or of all."""
    size, n = frame.architecture.size_of(places[0][0]), len(meaning.names)
    width = size * n * len(places)
    letter = "H" if n * len(places) == 1 else f"{n * len(places)}H"
    alone = len(places) == 1 and places[0][1] == BACKWARD
    keys = [Key(f"{name}_0", *place) for place in places for name in meaning.names]
    start = (
        np.concatenate([frame.starts[key] for key in keys], -1) if all(key in frame.starts for key in keys) else None
    )
    for found, label, tags in _timed(array, width, letter, frame, alone, start):
        for order, tag in _orders(meaning.names, frame):
            parts = {
                Key(name, *place): found[..., (p * n + k) * size : (p * n + k + 1) * size]
                for p, place in enumerate(places)
                for k, name in enumerate(order)
            }
            own = {**tags, **tag} if alone else {**{k: v for k, v in tags.items() if k != "run"}, **tag}
            said = f"{label}, gates {tag['order']}" if tag else label
            yield Reading(meaning, parts, said + (", forward beside backward" if len(places) > 1 else ""), own)


def _whole_steps(meaning: Meaning, array: Array, frame: Frame) -> Iterator[Reading]:
    """Numbers of the steps that belong to no layer: of the readout, or the inputs' error."""
    (name,) = meaning.names
    width, letter = frame.width(name), frame.letter(name)
    if name in OF_READOUT and frame.answers_once:
        for found, label in _of_shape(array, {"B": frame.B, letter: width}):
            yield Reading(meaning, {Key(name): found}, label)
        return
    for found, label, tags in _timed(array, width, letter, frame, False):
        if "(T+1)" not in label:
            own = {kind: value for kind, value in tags.items() if kind != "run"}
            yield Reading(meaning, {Key(name): found}, label, own)


def _of_shape(array: Array, sizes: Mapping[str, int]) -> Iterator[tuple[Array, str]]:
    """The ways to see an array as one of these sizes, in this order; axes of size 1 may be missing."""
    letters = list(sizes)
    target = tuple(sizes.values())
    bare = tuple(size for size in array.shape if size != 1)
    for order in permutations(letters):
        shape = tuple(sizes[letter] for letter in order)
        if bare == tuple(size for size in shape if size != 1):
            turned = array.reshape(shape).transpose([order.index(letter) for letter in letters])
            assert turned.shape == target
            shown = [letter for letter in order if sizes[letter] != 1 or letter not in ("T", "B", "L·D")]
            yield turned, "×".join(shown) or "one number"


def _ends(meaning: Meaning, array: Array, layer: int | None, direction: str | None, frame: Frame) -> Iterator[Reading]:
    """States before the first or after the last step: of all layers and directions as PyTorch has them, or of one."""
    a = frame.architecture
    name = meaning.names[0] + (END if meaning.kind == ENDS else "")
    every = [(one, way) for one in range(a.num_layers) for way in a.directions]
    wanted = [place for place in every if layer in (None, place[0]) and direction in (None, place[1])]
    if array.ndim == 4 and array.shape[:2] == (a.num_layers, len(a.directions)):
        array = array.reshape(-1, *array.shape[2:])
    last = tuple(place for place in wanted if place[0] == wanted[-1][0])
    for places in dict.fromkeys((tuple(wanted), last, *((place,) for place in wanted))):
        sizes = {a.size_of(one) for one, _ in places}
        if len(sizes) > 1:
            continue  # no array holds states of unequal size
        (size,) = sizes
        for found, label in _of_shape(array, {"L·D": len(places), "B": frame.B, "H": size}):
            parts = {Key(name, *place): found[k] for k, place in enumerate(places)}
            yield Reading(meaning, parts, label)
        if len(places) > 1:
            for found, label in _of_shape(array, {"B": frame.B, "D·H": len(places) * size}):
                parts = {Key(name, *place): found[:, k * size : (k + 1) * size] for k, place in enumerate(places)}
                yield Reading(meaning, parts, f"{label}, side by side")


def _matrix(meaning: Meaning, array: Array, place: Place, frame: Frame) -> Iterator[Reading]:
    """A matrix of weights or of their gradient: of one gate, or of all one below the other, either way round."""
    a, names = frame.architecture, meaning.names
    n = len(names)
    stored_as = "stored"
    if names == OF_EMBEDDING:
        # A table of rows stands by itself: it is looked up and not multiplied, however the other matrices are stored.
        rows, columns, letters, stored_as = a.embedding_rows, a.input_size, ("V", "I"), "table"
    elif meaning.whole:
        rows, columns, letters = a.output_size, a.output_width, ("C", "H" if len(a.directions) == 1 else "D·H")
    else:
        of_input = names[0].removeprefix("d").startswith("W_x")
        rows, letters = n * a.size_of(place[0]), (f"{n}H" if n > 1 else "H", "I" if of_input else "H")
        columns = a.layer_input_size(place[0]) if of_input else a.size_of(place[0])
    for found, stored in _both_ways(array, rows, columns, n):
        for order, tag in _orders(names, frame):
            size = rows // n
            parts = {Key(name, *place): found[k * size : (k + 1) * size] for k, name in enumerate(order)}
            label = "×".join(letters if stored == NORMAL else letters[::-1])
            said = label + (f", gates {tag['order']}" if tag else "") + (", transposed" if stored == TURNED else "")
            yield Reading(meaning, parts, said, {stored_as: stored, **tag})


def _joined(meaning: Meaning, array: Array, place: Place, frame: Frame) -> Iterator[Reading]:
    """W_h and W_x as one matrix that reads [h; x] or [x; h]: of one gate, or of all one below the other, either way round."""
    a, n = frame.architecture, len(meaning.names) // 2
    size, inputs = a.size_of(place[0]), a.layer_input_size(place[0])
    of_inputs, recurrent = meaning.names[:n], meaning.names[n:]
    for found, stored in _both_ways(array, n * size, size + inputs, n):
        for order, tag in _orders(of_inputs, frame):
            for beside, (h, x) in {
                "[h; x]": (slice(size), slice(size, None)),
                "[x; h]": (slice(inputs, None), slice(inputs)),
            }.items():
                parts = {}
                for k, name in enumerate(order):
                    rows = found[k * size : (k + 1) * size]
                    parts[Key(name, *place)] = rows[:, x]
                    parts[Key(recurrent[of_inputs.index(name)], *place)] = rows[:, h]
                sides = (f"{n}H" if n > 1 else "H", "(H+I)" if beside == "[h; x]" else "(I+H)")
                label = "×".join(sides if stored == NORMAL else sides[::-1])
                said = f"{label}, reads {beside}" + (f", gates {tag['order']}" if tag else "")
                said += ", transposed" if stored == TURNED else ""
                yield Reading(meaning, parts, said, {"stored": stored, "joined": beside, **tag})


def _both_ways(array: Array, rows: int, columns: int, gates: int) -> Iterator[tuple[Array, str]]:
    """A matrix (rows, columns), as it is or transposed; a stack of gates may have an axis of its own."""
    forms = [array]
    if array.ndim == 3 and gates > 1 and len(array) == gates:
        yield from ((array.reshape(rows, columns), NORMAL),) if array.shape[1:] == (rows // gates, columns) else ()
        if array.shape[1:] == (columns, rows // gates):
            yield array.transpose(0, 2, 1).reshape(rows, columns), TURNED
    elif array.ndim == 3 and 1 in array.shape:
        forms = [array.squeeze(array.shape.index(1))]
    for form in forms:
        if form.shape == (rows, columns):
            yield form, NORMAL
        if form.shape == (columns, rows):
            yield form.T, TURNED


def _vector(meaning: Meaning, array: Array, place: Place, frame: Frame) -> Iterator[Reading]:
    """A vector of weights or of their gradient: of one gate or of all; a column or a row is one too."""
    a, n = frame.architecture, len(meaning.names)
    size = a.output_size if meaning.whole else a.size_of(place[0])
    letter = "C" if meaning.whole else "H" if n == 1 else f"{n}H"
    if array.size != n * size or sum(length != 1 for length in array.shape) > (1 if n == 1 else 2):
        return
    if array.ndim == 2 and 1 not in array.shape and array.shape != (n, size):
        return
    for order, tag in _orders(meaning.names, frame):
        flat = array.reshape(-1)
        parts = {Key(name, *place): flat[k * size : (k + 1) * size] for k, name in enumerate(order)}
        yield Reading(meaning, parts, letter + (f", gates {tag['order']}" if tag else ""), dict(tag))


def _loss(meaning: Meaning, array: Array, frame: Frame) -> Iterator[Reading]:
    if array.size == 1:
        yield Reading(meaning, {Key("loss"): array.reshape(())}, "one number")
    if array.size > 1 and frame.answers_once:
        for found, label in _of_shape(array, {"B": frame.B}):
            yield Reading(meaning, {Key(EACH_LOSS): found}, label)
    elif array.size > 1:
        for found, label in _axes(array, 1, "", frame):
            if len(found) == frame.T:
                yield Reading(meaning, {Key(EACH_LOSS): found[..., 0]}, label.strip("×"))


def _given(meaning: Meaning, array: Array, layer: int | None, direction: str | None, frame: Frame) -> Iterator[Reading]:
    """What was put in: the inputs, the targets, the states before the first step."""
    if meaning.names[0] == "x":
        yield from _whole_steps(meaning, array, frame)
    elif meaning.names[0] == "targets":
        sizes = {"B": frame.B} if frame.answers_once else {"T": frame.T, "B": frame.B}
        for found, label in _of_shape(array, sizes):
            yield Reading(meaning, {Key("targets"): found}, label)
    else:
        yield from _ends(meaning, array, layer, direction, frame)


READERS = {MATRIX: _matrix, JOINED: _joined, VECTOR: _vector}
