"""Recurrent nodes as the layers of networks: what each reads, told by the numbers that stand there.

A layer is one node, or two nodes that read the same in opposite directions and are read side by side. A network is layers of
one kind on each other, where nothing else reads between them.
"""

from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN
from rnn_cli.models.foreign.choices import EVERY_STEP
from rnn_cli.models.foreign.onnx.cells import Kind, kind_of
from rnn_cli.models.foreign.onnx.probe import Embedding, Followed, Recurrent
from rnn_cli.models.sizes import arrow

INPUT, ROWS, STATES, OTHER = "input", "rows", "states", "other"
"""What a layer may read: an input of the graph, rows of an embedding, states of the layer below, or something computed."""


@dataclass(frozen=True, eq=False)
class Run:
    """One direction of a node. h (T, B, H) stands in the order of time of what it reads, whatever the node's own is.

    source    what it reads, and for ROWS the embedding, for STATES the runs whose states it reads side by side
    turned    whether it reads its source turned round in time
    why       for OTHER, what computes it
    """

    one: Recurrent
    k: int
    source: str
    of: "tuple[Run, ...] | Embedding | str"
    turned: bool = False
    why: str = ""

    @property
    def backward(self) -> bool:
        """Whether it takes the steps of its source from the last to the first."""
        said = self.one.node.attributes.get("direction", b"forward")
        return (said == b"reverse" or self.k == 1) != self.turned

    @property
    def h(self) -> Array:
        """Its states, by the time of its source."""
        Y = self.one.Y[:, self.k]
        return Y[::-1] if self.turned else Y

    def same_source(self, other: "Run") -> bool:
        """Whether both read the same."""
        if self.source == STATES and other.source == STATES:
            return [id(run) for run in self.of] == [id(run) for run in other.of]  # type: ignore[union-attr]  # runs, by source
        return self.source == other.source != OTHER and self.of is other.of


@dataclass(frozen=True, eq=False)
class Layer:
    """The runs of a layer, forward first."""

    runs: tuple[Run, ...]
    kind: Kind

    @property
    def size(self) -> int:
        """H."""
        return int(self.runs[0].one.Y.shape[3])

    @property
    def output(self) -> Array:
        """The states of all its runs side by side, (T, B, D*H)."""
        return np.concatenate([run.h for run in self.runs], axis=2)

    @property
    def nodes(self) -> list[Recurrent]:
        """Its nodes."""
        return list(dict.fromkeys(run.one for run in self.runs))

    def reads(self, below: "Layer") -> bool:
        """Whether it reads all of the layer below it, and nothing else."""
        first = self.runs[0]
        return first.source == STATES and [id(run) for run in first.of] == [id(run) for run in below.runs]  # type: ignore[union-attr]  # runs, by source


@dataclass(eq=False)
class Chain:
    """The layers of one network."""

    layers: list[Layer] = field(default_factory=list)

    @property
    def first(self) -> Run:
        """The run that begins it."""
        return self.layers[0].runs[0]

    @property
    def nodes(self) -> list[Recurrent]:
        """All its nodes."""
        return [one for layer in self.layers for one in layer.nodes]

    @property
    def title(self) -> str:
        """What it is and where it stands, for a person."""
        first, last = self.nodes[0].node, self.nodes[-1].node
        return first.title if first is last else f"{first.title} … {last.name}"

    @property
    def sizes(self) -> str:
        """From how many inputs to how many units."""
        W = self.nodes[0].inputs["W"].array
        return f"{'?' if W is None else W.shape[-1]} to {arrow([layer.size for layer in self.layers])}"


def chains_of(found: Followed) -> list[Chain]:
    """The networks of a graph, in the order of their first nodes. Cells that are not known here stand for themselves."""
    layers: list[Layer] = []
    runs: list[Run] = []
    for one in found.recurrent:
        source = _source(found, one, runs)
        own = tuple(Run(one, k, *source) for k in range(one.Y.shape[1]))
        runs += own
        layers.append(Layer(own, _kind(found, one)))
    layers = _paired(found, layers)
    chains: list[Chain] = []
    for layer in layers:
        below = next((chain for chain in chains if layer.reads(chain.layers[-1])), None)
        readers = 0 if below is None else sum(other.reads(below.layers[-1]) for other in layers)
        if below is not None and readers == 1 and _alike(below.layers[-1], layer):
            below.layers.append(layer)
        else:
            chains.append(Chain([layer]))
    return chains


def _kind(found: Followed, one: Recurrent) -> Kind:
    """The cell of a node; one of no name where the cell is not known: model.py says why where it is needed."""
    from rnn_cli.errors import ModelFileError

    try:
        return kind_of(found, one)
    except ModelFileError:
        return one.node.key, ()


def _alike(a: Layer, b: Layer) -> bool:
    """Whether two layers can be of one network. An LSTM without peepholes is one whose peepholes are 0."""
    lstms = {"lstm", "peephole"}
    same = a.kind == b.kind or {a.kind[0], b.kind[0]} <= lstms
    return same and len(a.runs) == len(b.runs) and a.runs[0].backward == b.runs[0].backward


def _source(
    found: Followed, one: Recurrent, runs: list[Run]
) -> tuple[str, "tuple[Run, ...] | Embedding | str", bool, str]:
    """What a node reads: source, of, turned and why of its runs."""
    x, given = one.x, one.inputs["X"]
    if x is None:
        return OTHER, "", False, given.why or "it is not known"
    for embedding in found.embeddings:
        if embedding.node.key in given.after and (turned := _same(embedding.probe, x)) is not None:
            if not any(_same(value.array, embedding.ids.array) is False for value in found.inputs.values()):
                return OTHER, embedding, False, embedding.ids.computed or "another order of the ids"
            return ROWS, embedding, turned, ""
    for name, value in found.inputs.items():
        if name in given.after and (turned := _same(value.array, x)) is not None:
            return INPUT, name, turned, ""
    for turned in (False, True):
        below = states_in(x[::-1] if turned else x, runs)
        if below:
            return STATES, below, turned, ""
    return OTHER, "", False, given.computed or "what stands before it moves them in a way that is not followed"


def _same(a: Array | None, b: Array | None) -> bool | None:
    """Whether b holds the numbers of a, with its axes in some order: False as they are, True turned round in time, else None."""
    if a is None or b is None or a.size != b.size:
        return None
    ones = a.squeeze()
    for turned in (False, True):
        wanted = (b[::-1] if turned else b).squeeze() if b.ndim else b
        for axes in permutations(range(ones.ndim)) if ones.ndim == wanted.ndim else ():
            if np.array_equal(ones.transpose(axes), wanted):
                return turned
    return None


def states_in(x: Array, runs: list[Run]) -> tuple[Run, ...]:
    """The runs whose states stand side by side in x (T, B, F), in their order; () where anything else does."""
    found: list[Run] = []
    start = 0
    while start < x.shape[2]:
        here = next((run for run in runs if np.array_equal(run.h, x[:, :, start : start + run.h.shape[2]])), None)
        if here is None:
            return ()
        found.append(here)
        start += here.h.shape[2]
    return tuple(found)


def _paired(found: Followed, layers: list[Layer]) -> list[Layer]:
    """The layers with nodes of opposite directions put together where they are read side by side."""
    paired = list(layers)
    for a in layers:
        for b in layers:
            both = a in paired and b in paired and len(a.runs) == len(b.runs) == 1
            if not both or a.runs[0].backward or not b.runs[0].backward or not a.runs[0].same_source(b.runs[0]):
                continue
            if a.kind == b.kind and a.size == b.size and _read_together(found, a, b, layers):
                paired[paired.index(a)] = Layer((*a.runs, *b.runs), a.kind)
                paired.remove(b)
    return paired


def _read_together(found: Followed, a: Layer, b: Layer, layers: list[Layer]) -> bool:
    both = Layer((*a.runs, *b.runs), a.kind)
    if any(layer.reads(both) for layer in layers):
        return True
    arrays = [linear.read for linear in found.linears] + [value.array for value in found.outputs.values()]
    return any(array is not None and how_read(array, both) for array in arrays)


def how_read(array: Array, layer: Layer) -> list[str]:
    """What of a layer's output stands in the rows of an array: names as in --readout-reads, the likelier first; [] for none."""
    output, ends = layer.output, [run.h[0 if run.backward else -1] for run in layer.runs]
    width = output.shape[2]
    if array.shape[-1:] != (width,):
        return []
    candidates = {
        FINAL_STATE: [np.concatenate(ends, axis=1)],
        EVERY_STEP: [output, output.swapaxes(0, 1)],
        LAST_OUTPUT: [output[-1]],
        MEAN: [output.mean(axis=0)],
        MAX: [output.max(axis=0)],
    }
    if len(output) == 1:  # all are the same: a graph of one step is given one step after another
        candidates = {EVERY_STEP: candidates.pop(EVERY_STEP), **candidates}
    return [name for name, many in candidates.items() if any(_equal_rows(array, one, width) for one in many)]


def _equal_rows(a: Array, b: Array, width: int) -> bool:
    a, b = a.reshape(-1, width), b.reshape(-1, width)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-12, atol=0))
