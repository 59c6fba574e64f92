"""A graph followed from its inputs to its outputs by numbers that stand for others.

What a graph reads and what its recurrent nodes give are numbers of no meaning, no two alike: probes. Whatever only moves
them, or takes their mean, is computed, and at the end the numbers themselves tell what reads what: a matrix that multiplies
the last row of a node's output reads the last state, by whatever nodes the row came there. No network is computed.

A node that is not in the tables of operators.py gives nothing, and so does all that depends on it. It is named where the
states depend on it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.checks import MAX_TRAINED
from rnn_cli.models.foreign.onnx.files import TYPES, numbers_of
from rnn_cli.models.foreign.onnx.operators import AFTER, COMPUTES, LARGEST, MOVES, SHAPES, Call, NotFollowedError
from rnn_cli.reading import shown

RECURRENT = ("RNN", "LSTM", "GRU")
OWN_DOMAINS = ("", "ai.onnx")
MOST = 4 * LARGEST
"""The most numbers that stand for others, of all results together."""
SMALLER = "export it with a batch of 1, or with axes of any size"
UNSAID_TIME, UNSAID_BATCH = 5, 2
"""Sizes where what a node reads is not known."""


@dataclass(frozen=True, eq=False)
class Value:
    """What stands under a name of the graph.

    array      its numbers; None where they are not known
    after      the inputs, embeddings and recurrent nodes whose numbers it depends on; none of a constant
    made_of    the initializers that a constant was made of
    why        of numbers that are not known: the node that is not followed
    computed   the last node that computed new numbers on the way, "" where all were only moved
    linear     the product whose numbers these are; `then` what followed it
    name       what stands here, by its name in the graph
    """

    array: Array | None = None
    after: frozenset[str] = frozenset()
    made_of: tuple[str, ...] = ()
    why: str = ""
    computed: str = ""
    linear: "Linear | None" = None
    then: tuple[str, ...] = ()
    name: str = ""

    @property
    def constant(self) -> bool:
        """Whether the file alone says its numbers."""
        return self.array is not None and not self.after


@dataclass(frozen=True, eq=False)
class Node:
    """A node, by the names that a person finds in the file."""

    number: int
    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Its operator, and its name; where it has none, its first result's."""
        return f"{self.op} {shown(self.name)}"

    @property
    def key(self) -> str:
        """What no other node has: the name of its first result."""
        return next((name for name in self.outputs if name), self.name)

    @property
    def names(self) -> set[str]:
        """The names by which a person may mean it."""
        return {self.name, *(name for name in self.outputs if name)}


@dataclass(frozen=True, eq=False)
class Embedding:
    """Rows of a matrix taken by ids: a probe (…, E) in their place. For one-hot vectors there is no matrix."""

    node: Node
    ids: Value
    table: Value | None
    probe: Array


@dataclass(frozen=True, eq=False)
class Linear:
    """A product with a constant matrix, and the constant that was added to it: probes (…, C) in their place.

    read (…, W); weight (W, C), or (C, W) where it is `turned`
    """

    node: Node
    read: Array
    weight: Value
    turned: bool
    probe: Array
    bias: Value | None = None


@dataclass(frozen=True, eq=False)
class Recurrent:
    """A recurrent node: what stands at its inputs by their names in ONNX, and a probe Y (T, D, B, H) in place of its output."""

    node: Node
    inputs: Mapping[str, Value]
    Y: Array

    def given(self, name: str) -> Value | None:
        """What stands at an input; None where nothing does."""
        return self.inputs.get(name)

    @property
    def x(self) -> Array | None:
        """What it reads, (T, B, I), in the order of time; None where it is not known."""
        array = self.inputs["X"].array
        return array if array is None or not self.node.attributes.get("layout") else array.transpose(1, 0, 2)


INPUTS = {
    "RNN": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "GRU": ("X", "W", "R", "B", "sequence_lens", "initial_h"),
    "LSTM": ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"),
}

ATTRIBUTES: dict[str, tuple[object, ...]] = {
    "direction": (b"forward", b"reverse", b"bidirectional"), "activations": ([],), "clip": (0.0,), "hidden_size": (0,),
    "input_forget": (0,), "layout": (0,), "linear_before_reset": (0,),
}  # fmt: skip
"""What a recurrent node may say of itself: values of these types, and of the direction these alone."""


@dataclass(eq=False)
class Followed:
    """A graph after it was followed."""

    path: Path
    inputs: dict[str, Value] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    embeddings: list[Embedding] = field(default_factory=list)
    linears: list[Linear] = field(default_factory=list)
    recurrent: list[Recurrent] = field(default_factory=list)
    outputs: dict[str, Value] = field(default_factory=dict)
    tensors: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, Value] = field(default_factory=dict)

    def known(self, value: Value | None) -> Value | None:
        """The value with its numbers, where it is an initializer, which is read where it is needed first."""
        if value is None or value.array is not None or value.why or len(value.made_of) != 1:
            return value
        name = value.made_of[0]
        if name not in self.loaded:
            self.loaded[name] = replace(value, array=numbers_of(self.path, self.tensors[name], name))
        return self.loaded[name]

    def fail(self, message: str) -> ModelFileError:
        """What to raise where something in the file does not fit."""
        return ModelFileError(f"{self.path}: {message}")

    def ask(self, message: str) -> Undecided:
        """What to raise where an option must say how the file is read, or says what it does not hold."""
        return Undecided(f"{self.path}: {message}")


class Follower:
    """One walk along a graph, with sizes of its own for all that the file leaves open."""

    def __init__(self, path: Path, model: Any, sizes: tuple[int, ...], loaded: dict[str, Value]) -> None:
        self.tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        self.graph, self.found = model.graph, Followed(path, tensors=self.tensors, loaded=loaded)
        if len(self.tensors) < len(self.graph.initializer):
            twice = next(
                name for name, count in Counter(one.name for one in self.graph.initializer).items() if count > 1
            )
            raise self.found.fail(f"damaged: {shown(twice)} is given twice")
        own = next((one for one in model.functions if one.domain in OWN_DOMAINS), None)
        if own is not None:
            raise self.found.fail(f"its function {shown(own.name)} stands for an operator of ONNX, and is not read")
        self.given = 0
        self.sizes: Iterator[int] = iter(sizes)
        self.by_name: dict[str, int] = {}
        self.taken = {True: 0, False: 0}

    def walk(self) -> Followed:
        """Follow every node, in the order in which the file has them, which is that of computation."""
        found = self.found
        nodes = list(self._nodes())
        for entry in self.graph.input:
            if entry.name not in self.tensors:
                array = self._input(entry, nodes)
                found.inputs[entry.name] = self._put(entry.name, Value(array, frozenset({entry.name})))
        for node in nodes:
            inputs = tuple(self._value(node, name) for name in node.inputs)
            for name, value in zip(node.outputs, self._results(node, inputs), strict=False):
                if name:
                    self._put(name, replace(value, name=name))
        found.nodes = nodes
        found.outputs = {entry.name: found.values.get(entry.name, Value()) for entry in self.graph.output}
        return found

    def _nodes(self) -> Iterator[Node]:
        from onnx.helper import get_attribute_value

        for number, one in enumerate(self.graph.node):
            attributes = {entry.name: get_attribute_value(entry) for entry in one.attribute}
            if len(attributes) < len(one.attribute):
                raise self.found.fail(f"damaged: {one.op_type} {shown(one.name)} has an attribute twice")
            op = one.op_type if one.domain in OWN_DOMAINS else f"{one.domain}.{one.op_type}"
            name = one.name or next((name for name in one.output if name), f"number {number + 1}")
            yield Node(number, op, name, tuple(one.input), tuple(one.output), attributes)

    def _put(self, name: str, value: Value) -> Value:
        if name in self.found.values or name in self.tensors:
            raise self.found.fail(f"damaged: {shown(name)} is given twice")
        array = value.array
        if array is not None and array.base is None:
            self.taken[value.constant] += array.size
            if self.taken[value.constant] > (2 * MAX_TRAINED if value.constant else MOST):
                raise self.found.fail(
                    f"the sizes that it declares are too large to follow, at {shown(name)}: {SMALLER}"
                )
        self.found.values[name] = value
        return value

    def _value(self, node: Node, name: str) -> Value | None:
        """What stands under the name of an input; None where the node leaves it out."""
        if not name:
            return None
        if name in self.found.values:
            return self.found.values[name]
        if name not in self.tensors:
            raise self.found.fail(f"damaged: {node.title} reads {shown(name)}, which nothing gives before it")
        return Value(made_of=(name,), name=name)

    def _input(self, entry: Any, nodes: list[Node]) -> Array | None:
        """A probe for an input of the graph."""
        kind = entry.type.tensor_type
        dims = list(kind.shape.dim) if kind.HasField("shape") else None
        if dims is None:
            rank = 3 if kind.elem_type in (1, 10, 11) else 2
            shape = [next(self.sizes, UNSAID_TIME) for _ in range(rank)]
        else:
            shape = [self._size(one.dim_param) if _is_open(one) else one.dim_value for one in dims]
        if len(shape) > 2 and (dims is None or _is_open(dims[-1])):
            shape[-1] = self._width(nodes) or shape[-1]
        count = int(np.prod(shape, dtype=object))
        if min(shape, default=1) < 0 or count > LARGEST:
            raise self.found.fail(f"its input {shown(entry.name)} is {'×'.join(map(str, shape))}: {SMALLER}")
        if TYPES.get(kind.elem_type, ("|i1", ""))[0][1] in "iu":
            return np.abs(self._probe(*shape)).astype(np.int64)  # ids: no id is negative
        return self._probe(*shape)

    def _probe(self, *shape: int) -> Array:
        """Whole numbers that were not given before, in no order: the next ones of a walk through all of 32 bits.

        They are of both signs and large, so that whatever cuts numbers off somewhere changes them.
        """
        count = int(np.prod(shape, dtype=object))
        mixed = np.arange(self.given, self.given + count, dtype=np.uint32)
        for factor in (0x9E3779B1, 0x85EBCA6B):  # odd factors and shifts map no two numbers to one
            mixed = mixed * np.uint32(factor)
            mixed ^= mixed >> np.uint32(15)
        self.given += count
        return mixed.view(np.int32).astype(np.float64).reshape(shape)

    def _size(self, name: str) -> int:
        if not name:
            return next(self.sizes, UNSAID_TIME)
        if name not in self.by_name:
            self.by_name[name] = next(self.sizes, UNSAID_TIME)
        return self.by_name[name]

    def _width(self, nodes: list[Node]) -> int | None:
        """How many numbers the first recurrent node reads at each step."""
        first = next((node for node in nodes if node.op in RECURRENT and len(node.inputs) > 1), None)
        tensor = None if first is None else self.tensors.get(first.inputs[1])
        return None if tensor is None or len(tensor.dims) != 3 else int(tensor.dims[2])

    def _results(self, node: Node, inputs: tuple[Value | None, ...]) -> list[Value]:
        try:
            return self._followed(node, inputs)
        except ModelFileError:
            raise
        except Exception as error:  # whatever NumPy raises where the shapes of a file do not fit
            said = f" ({' '.join(str(error).split())[:120]})" if str(error) else ""
            return self._unknown(node, inputs, f"{node.title}{said}")

    def _unknown(self, node: Node, inputs: tuple[Value | None, ...], why: str) -> list[Value]:
        first = next((one.why for one in inputs if one is not None and one.why), "")
        after = frozenset().union(*(one.after for one in inputs if one is not None)) | {node.key}
        return [Value(None, after, why=first or why) for _ in node.outputs]

    def _followed(self, node: Node, inputs: tuple[Value | None, ...]) -> list[Value]:
        if node.op == "Constant":
            return [Value(self._constant(node), made_of=(node.outputs[0],))]
        if node.op in RECURRENT:
            return self._recurrent(node, inputs)
        if any(one is not None and one.why for one in inputs):
            return self._unknown(node, inputs, "")
        if node.op in ("Gather", "OneHot") and inputs[0] is not None and len(inputs) > 1:
            data, ids = (inputs[0], inputs[1]) if node.op == "Gather" else (inputs[1], inputs[0])
            if data is not None and ids is not None and ids.after and not data.after:
                return [self._embedded(node, data, ids)]
        if node.op in ("MatMul", "Gemm") and inputs[0] is not None and inputs[0].after:
            return [self._product(node, inputs)]
        if node.op in AFTER and inputs[0] is not None and inputs[0].linear is not None:
            return [replace(inputs[0], then=(*inputs[0].then, node.op)) for _ in node.outputs]
        if node.op == "Add" and (summed := self._with_bias(inputs)) is not None:
            return [summed]
        return self._computed(node, inputs)

    def _constant(self, node: Node) -> Array:
        values = node.attributes
        if "value" in values:
            return numbers_of(self.found.path, values["value"], node.key)
        for name in ("value_float", "value_floats", "value_int", "value_ints"):
            if name in values:
                return np.array(values[name], dtype=np.float32 if "float" in name else np.int64)
        raise NotFollowedError("it holds no numbers")

    def _computed(self, node: Node, inputs: tuple[Value | None, ...]) -> list[Value]:
        run = MOVES.get(node.op) or COMPUTES.get(node.op) or SHAPES.get(node.op)
        if run is None:
            raise NotFollowedError
        if node.op in MOVES and node.op != "Concat" and any(one is not None and one.after for one in inputs[1:]):
            raise NotFollowedError("how it moves numbers depends on the sequence")
        read = [self.found.known(one) for one in inputs]
        there = [one for one in read if one is not None]
        after: frozenset[str] = frozenset().union(*(one.after for one in there))
        attributes = dict(node.attributes)
        if node.op == "ConstantOfShape" and "value" in attributes:
            attributes["value"] = numbers_of(self.found.path, attributes["value"], node.key)
        arrays = tuple(None if one is None else one.array for one in read)
        with np.errstate(all="ignore"):
            found = run(Call(arrays, attributes, len(node.outputs), constant=not after))
        results = found if isinstance(found, list) else [found]
        if node.op in SHAPES:
            return [Value(one) for one in results]
        moved = node.op in MOVES and node.op != "Concat"  # its other inputs say where to, and are not what is moved
        sources = there[:1] if moved else there
        made_of = tuple(dict.fromkeys(name for one in sources if not one.after for name in one.made_of))
        computed = next((one.computed for one in there if one.computed), "")
        if node.op in COMPUTES and after:
            computed = node.title
        # The numbers of a product stay its own where they are moved, or are one mean of all of them.
        same = moved or node.op == "ReduceMean"
        linear = there[0].linear if same and there else None
        then = there[0].then if linear is not None else ()
        return [Value(one, after, () if after else made_of, "", computed, linear, then) for one in results]

    def _embedded(self, node: Node, data: Value, ids: Value) -> Value:
        if ids.array is None:
            raise NotFollowedError
        if node.op == "OneHot":
            depth = self.found.known(data)
            assert depth is not None and depth.array is not None
            table, width = None, int(depth.array.reshape(-1)[0])
            if node.attributes.get("axis", -1) not in (-1, ids.array.ndim):
                raise NotFollowedError("its vectors do not stand along the last axis")
        else:
            dims = tuple(self.tensors[data.made_of[0]].dims) if data.array is None else data.array.shape
            if len(dims) != 2 or node.attributes.get("axis", 0) != 0:
                raise NotFollowedError("it takes no rows of a matrix")
            table, width = data, dims[1]
        if ids.array.size * width > LARGEST:
            raise NotFollowedError("its result would be too large")
        probe = self._probe(*ids.array.shape, width)
        self.found.embeddings.append(Embedding(node, ids, table, probe))
        return Value(probe, ids.after | {node.key})

    def _product(self, node: Node, inputs: tuple[Value | None, ...]) -> Value:
        read, weight = inputs[0], self.found.known(inputs[1])
        assert read is not None
        if weight is None or weight.array is None or weight.after or weight.array.ndim != 2 or read.array is None:
            raise NotFollowedError("it multiplies no constant matrix")
        attributes = node.attributes
        turned = bool(attributes.get("transB", 0))
        W = weight.array.T if turned else weight.array
        plain = attributes.get("alpha", 1.0) == 1 and not attributes.get("transA", 0)
        if not plain or read.array.shape[-1] != len(W):
            raise NotFollowedError("it is no plain product")
        shape = (*read.array.shape[:-1], W.shape[1])
        if np.prod(shape, dtype=object) > LARGEST:
            raise NotFollowedError("its result would be too large")
        probe = self._probe(*shape)
        bias = self.found.known(inputs[2]) if len(inputs) > 2 else None
        if bias is not None and (
            bias.array is None or bias.after or bias.array.size != W.shape[1] or attributes.get("beta", 1.0) != 1
        ):
            raise NotFollowedError("what it adds is no constant vector")
        linear = Linear(node, read.array, weight, turned, probe, bias)
        self.found.linears.append(linear)
        return Value(probe, read.after | {node.key}, computed=node.title, linear=linear)

    def _with_bias(self, inputs: tuple[Value | None, ...]) -> Value | None:
        """A product and the constant vector that is added to it; None where the sum is another one."""
        for product, other in (inputs, inputs[::-1]):
            if product is None or other is None or product.linear is None or other.after or product.then:
                continue
            bias, size = self.found.known(other), product.linear.probe.shape[-1]
            assert bias is not None and product.array is not None
            if product.linear.bias is None and bias.array is not None and bias.array.size == size:
                if max(bias.array.shape[:-1], default=1) > 1:
                    continue
                if product.array.shape[-1:] == (size,):
                    linear = replace(product.linear, bias=bias)
                    self.found.linears[self.found.linears.index(product.linear)] = linear
                    return replace(product, linear=linear)
        return None

    def _recurrent(self, node: Node, inputs: tuple[Value | None, ...]) -> list[Value]:
        names = INPUTS[node.op]
        read = {name: self.found.known(one) for name, one in zip(names, inputs, strict=False) if one is not None}
        held = {name: one for name, one in read.items() if one is not None}
        if not {"X", "W", "R"} <= set(held):
            raise self.found.fail(f"damaged: {node.title} lacks {', '.join(n for n in 'XWR' if n not in held)}")
        for name, wanted in ATTRIBUTES.items():
            said = node.attributes.get(name, wanted[0])
            if type(said) is not type(wanted[0]) or (name == "direction" and said not in wanted):
                text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
                raise self.found.fail(f"damaged: {node.title} has the {name} {shown(text)}")
        R, x = held["R"].array, held["X"].array
        H = node.attributes.get("hidden_size") or (R.shape[-1] if R is not None and R.ndim else 1)
        D = 2 if node.attributes.get("direction") == b"bidirectional" else 1
        layout = bool(node.attributes.get("layout"))
        if x is not None and x.ndim != 3:
            raise self.found.fail(f"{node.title} reads an array of {x.ndim} axes, and needs 3")
        T, B = (UNSAID_TIME, UNSAID_BATCH) if x is None else x.shape[1::-1] if layout else x.shape[:2]
        if T * D * B * H > LARGEST:
            raise self.found.fail(f"{node.title} gives {T}×{D}×{B}×{H} numbers: {SMALLER}")
        Y = self._probe(T, D, B, H)
        ends = np.stack(
            [Y[-1 if k == 0 and node.attributes.get("direction") != b"reverse" else 0, k] for k in range(D)]
        )
        c = self._probe(*ends.shape)
        self.found.recurrent.append(Recurrent(node, held, Y))
        results = [Y, ends, c] if not layout else [Y.transpose(2, 0, 1, 3), ends.swapaxes(0, 1), c.swapaxes(0, 1)]
        return [Value(one, frozenset({node.key})) for one in results[: len(node.outputs)]]


def follow(path: Path, model: Any, sizes: tuple[int, ...], loaded: dict[str, Value]) -> Followed:
    """The graph of a file, followed. ModelFileError where it is damaged, or larger than what can be followed.

    `loaded` keeps the initializers that were read, for another walk.
    """
    return Follower(path, model, sizes, loaded).walk()


def sizes_are_open(model: Any) -> bool:
    """Whether an input of the graph has an axis whose size the file does not say."""
    shapes = [entry.type.tensor_type for entry in model.graph.input]
    return any(not one.HasField("shape") or any(map(_is_open, one.shape.dim)) for one in shapes)


def _is_open(axis: Any) -> bool:
    """Whether an axis may have any size; exporters also write 0 or -1 for that."""
    return not axis.HasField("dim_value") or axis.dim_value < 1
