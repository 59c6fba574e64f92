"""A network under other names: its units, inputs and answers in another order, its time reversed; and what then becomes of
a document.

The numbers of a network are those of its parameters, whose axes the first letters of their names say (see cells/base.py):

    W_x… (unit, what is read)     W_h… (unit, unit)     b_… p_… (unit,)     W_hy (answer, output)     b_y (answer,)

The rest of a document is numbers of units, of what a layer reads, of steps, or of none of these. What this file does not
know must be the same under every name: a new key for each unit is found here, and stands here from then on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.reads import MAX, MEAN
from rnn_cli.core.state import State
from tests.support.asked import Asked, Document, in_order

Place = tuple[int, str]
Order = Sequence[int]
"""At place k stands which of the old ones."""

OTHER = {FORWARD: BACKWARD, BACKWARD: FORWARD}
TIMES = ("t", "from_t", "to_t", "largest_t", "step")
UNIT, READ, ANSWER, OUTPUT, INPUT, TIME, ENTRY = "unit", "read", "answer", "output", "input", "time", "entry"
OF_STEPS = ("tokens", "ids", "known", "dL_dx", "log10_dL_dx")
OF_ANSWERS = ("logits", "probabilities", "b_y", "labels")


@dataclass(frozen=True, eq=False)
class Renaming:
    """An order of the units of each layer and direction, of the inputs and of the answers, and whether time is reversed.

    An order that lacks a unit gives the network without it. Where time is reversed, the directions of every layer are exchanged: a network of one direction then runs in the other.
    """

    of: Asked
    units: Mapping[Place, Order]
    inputs: Order
    answers: Order
    reversed: bool = False

    @classmethod
    def none(cls, of: Asked) -> "Renaming":
        """Every name as it was."""
        a = of.network.architecture
        units = {(layer, one): range(a.size_of(layer)) for layer in range(a.num_layers) for one in a.directions}
        return cls(of, units, range(a.input_size), range(a.output_size))

    @property
    def _old(self) -> Architecture:
        return self.of.network.architecture

    @property
    def architecture(self) -> Architecture:
        """That of the network under the new names, which may be names of some of the units alone."""
        turned = self.reversed and not self._old.bidirectional
        a = replace(self._old, backward_only=not self._old.backward_only) if turned else self._old
        return a.of_layers(len(self.units[layer, self._old.directions[0]]) for layer in range(a.num_layers))

    def place(self, layer: int, direction: str) -> Place:
        """Where a layer and direction then stands, or stood."""
        return layer, OTHER[direction] if self.reversed else direction

    def read_by(self, layer: int) -> list[int]:
        """The order of what a layer reads; of num_layers, that of the outputs."""
        if layer == 0:
            return list(self.inputs)
        order: list[int] = []
        for new in self.architecture.directions:
            _, old = self.place(layer - 1, new)
            start = self._old.part_of(layer - 1, old).start
            order += [start + k for k in self.units[layer - 1, old]]
        return order

    def asked(self) -> Asked:
        """The network, what it reads and what it should say under the new names."""
        old, new = self.of.network, Parameters(self.architecture.shapes())
        network = Network(self.architecture, new)
        for place in self.units:
            own = network.named(*self.place(*place))
            for name, array in old.named(*place).items():
                own[name][...] = self._ordered(array, self._axes_of(name), place)
        for name in ("W_hy", "b_y") if self._old.output_size else ():
            array = old.parameters[f"readout.{name}"]
            new[f"readout.{name}"][...] = self._ordered(array, self._axes_of(name), None)
        time = slice(None, None, -1 if self.reversed else 1)
        asked = self.of
        return Asked(
            network,
            asked.x[time][:, list(self.inputs)],
            self._starts(),
            tuple(asked.labels[k] for k in self.answers),
            asked.answers[time],
            None if asked.errors is None else self._errors(asked.errors),
        )

    def _starts(self) -> dict[Place, State]:
        found = {}
        for layer in range(self._old.num_layers):
            for new in self.architecture.directions:
                old = self.place(layer, new)
                if old in self.of.starts:
                    order = list(self.units[old])
                    found[layer, new] = self.of.starts[old].map(lambda array, order=order: array[..., order])  # type: ignore[misc]
        return found

    def _errors(self, errors: Array) -> Array:
        ordered: Array = errors[..., self.read_by(self._old.num_layers)]
        return ordered[::-1] if self.reversed and errors.ndim == 2 else ordered

    # Documents.

    def document(self, document: Document) -> Document:
        """What a document of the old network is of the new one, with lists in the order of what their items are of."""
        renamed: Document = self._renamed(document, (document["schema"],), None)
        if self.architecture.backward_only != self._old.backward_only:
            renamed["model"].pop("directions", None)
            if self.architecture.backward_only:
                renamed["model"]["directions"] = [BACKWARD]
        ordered: Document = in_order(renamed)
        return ordered

    def _renamed(self, value: Any, path: tuple[str, ...], place: Place | None) -> Any:
        if isinstance(value, dict):
            return self._object(value, path, place)
        if self.reversed and path == ("rnn.gradients/1", "target") and self._old.task != MANY_TO_ONE:
            return " ".join(reversed(value.split()))
        if not isinstance(value, list) or not value:
            return value
        if isinstance(value[0], dict):
            return [self._renamed(one, path, place) for one in value]
        return self._ordered(np.array(value, dtype=object), self._axes(path, place), place).tolist()

    def _object(self, value: Document, path: tuple[str, ...], place: Place | None) -> Document:
        made: Document = {}
        own = (value["layer"], value["direction"]) if "layer" in value and "direction" in value else place
        for key, one in value.items():
            if self.reversed and one is not None and key == "direction":
                made[key] = OTHER[one]
            elif self.reversed and one is not None and self._is_time(key, path):
                made[key] = len(self.of.x) + 1 - one if one else 0  # which is the start of either direction
            elif path[-1] == "remarks" and own is not None:
                made[key] = self._remark(one, own)
            else:
                made[key] = self._renamed(one, (*path, key), own)
        return made

    def _remark(self, value: Any, place: Place) -> Any:
        """A remark's sentence, which counts units from 1 and steps of the run, with its unit named anew; what only says how far
        rounding went is left out of it.
        """
        order = list(self.units[place])
        said = re.sub(r"unit (\d+)", lambda found: f"unit {order.index(int(found[1]) - 1) + 1}", str(value))
        return re.sub(r"loop's is \S+", "loop's is small", said)

    def _is_time(self, key: str, path: tuple[str, ...]) -> bool:
        """Whether a number is a step. The one loss of an answer at the end is said to be of step T in both directions."""
        ends = self._old.task == MANY_TO_ONE
        if path[1:] == ("loss", "steps"):
            return key == "t" and not ends
        if key == "loss_step":
            return not ends or self._old.reads in (MEAN, MAX)
        return key in TIMES

    def _axes(self, path: tuple[str, ...], place: Place | None) -> tuple[str, ...]:
        """What the last axes of an array are of; () where it is the same under every name."""
        schema, *keys, key = path
        if schema == "rnn.gradients/1":  # it goes back through one place, which it says at its top
            return (UNIT,) if "units" in keys else (TIME,) if key in OF_STEPS else (ANSWER,) if key == "labels" else ()
        if place is not None:
            return (READ,) if key in ("x", "dL_dx") else self._axes_of(key)
        if key in ("W_hy", "b_y"):
            return self._axes_of(key)
        if "itemised" in keys:
            return {"norms": (ENTRY, TIME), "cell_norms": (ENTRY, TIME), "steps": (), "loss_steps": ()}.get(
                key, (ENTRY,)
            )
        if key in OF_STEPS or (key in ("prediction", "target") and self._old.task != MANY_TO_ONE):
            return (TIME,)
        return {"inputs": (TIME, INPUT), "output": (TIME, OUTPUT)}.get(key, (ANSWER,) if key in OF_ANSWERS else ())

    @staticmethod
    def _axes_of(name: str) -> tuple[str, ...]:
        """The axes of a parameter of a cell or of the readout; else of a number for each unit."""
        if name == "W_hy":
            return (ANSWER, OUTPUT)
        if name == "b_y":
            return (ANSWER,)
        return {"W_x": (UNIT, READ), "W_h": (UNIT, UNIT)}.get(name[:3], (UNIT,))

    def _ordered(self, array: Array, axes: tuple[str, ...], place: Place | None) -> Array:
        """The array with its last axes in the new order. What is before them is time."""
        before = array.ndim - len(axes)
        axes = (*((TIME,) * before if axes else ()), *axes)
        for axis, kind in enumerate(axes):
            order = self._order(kind, place, array.shape[axis])
            array = array.take(order, axis)
        return array

    def _order(self, kind: str, place: Place | None, size: int) -> list[int]:
        if kind == UNIT:
            assert place is not None
            return list(self.units[place])
        if kind == READ:
            assert place is not None
            return self.read_by(place[0])
        if kind == OUTPUT:
            return self.read_by(self._old.num_layers)
        if kind == INPUT:
            return list(self.inputs)
        if kind == ANSWER:
            return list(self.answers)
        return list(range(size))[:: -1 if self.reversed else 1]
