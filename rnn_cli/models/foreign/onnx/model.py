"""A model from a graph: its network, what stands before and after it, and what plays no part."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import option_names
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MEAN
from rnn_cli.core.state import InitialStates, State
from rnn_cli.models.checks import filled_network
from rnn_cli.models.foreign.choices import EVERY_STEP, NONE, READS, Choices, with_reads
from rnn_cli.models.foreign.names import shape_of
from rnn_cli.models.foreign.onnx.cells import (
    INITIAL,
    WITH_PEEPHOLES,
    beginning,
    kind_of,
    named,
    packed,
    reads_all,
    starts,
)
from rnn_cli.models.foreign.onnx.layers import OTHER, ROWS, STATES, Chain, Layer, chains_of, how_read
from rnn_cli.models.foreign.onnx.probe import (
    RECURRENT,
    Embedding,
    Followed,
    Linear,
    Node,
    Value,
    follow,
    sizes_are_open,
)
from rnn_cli.models.model import Model
from rnn_cli.models.origins import Origin
from rnn_cli.reading import shown

MOST_NAMED = 6
SIZES = ((5, 3, 7, 11), (7, 2, 5, 13))
"""Two choices of the sizes that a file leaves open: what is true of both does not hang on them."""


@dataclass(frozen=True, eq=False)
class Head:
    """A readout that a graph has: the product, what it reads, in words of --readout-reads, and what follows it."""

    linear: Linear
    reads: list[str]
    then: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        """The names by which a person may mean it."""
        return {*self.linear.node.names, *self.linear.weight.made_of}


@dataclass(frozen=True, eq=False)
class Found:
    """A network of a graph with the readouts that stand on it."""

    graph: Followed
    chains: list[Chain]
    chain: Chain
    heads: list[Head]
    kept_out: str = ""


def model_from_graph(path: Path, graph: Any, title: str, choices: Choices) -> Model:
    """The model of a file. ModelFileError where its states cannot be computed here, or where nothing says what is meant."""
    loaded: dict[str, Value] = {}
    walks = [follow(path, graph, sizes, loaded) for sizes in SIZES[: 1 + sizes_are_open(graph)]]
    found, again = _look(walks[0], choices), _look(walks[-1], choices)
    if [one.node.number for one in found.chain.nodes] != [one.node.number for one in again.chain.nodes]:
        raise found.graph.fail(f"what {found.chain.title} reads hangs on the length of the sequence")
    found = replace(found, heads=[head for head in found.heads if any(_same_head(head, one) for one in again.heads)])
    file, chain = found.graph, found.chain
    kind = kind_of(file, chain.nodes[0])
    for node in chain.nodes[1:]:
        other = kind_of(file, node)
        kind = other if other[0] == WITH_PEEPHOLES else kind
    said = [f"{chain.title}, {len(chain.layers)} layers" if len(chain.layers) > 1 else chain.title]
    arrays, origins = _layers(found, kind)
    ways = _ways(chain.layers[0])
    a = Architecture(
        kind[0], arrays[f"layers.0.{ways[0]}.W_x"].shape[1], 0, 0, len(ways) == 2, options=kind[1],
        backward_only=ways == (BACKWARD,),
    ).of_layers(layer.size for layer in chain.layers)  # fmt: skip
    first = chain.nodes[0]
    read: dict[str, Any] = {"module": first.node.name, "nodes": [one.node.name for one in chain.nodes]}
    embedding, read["embedding"] = _embedding(found, choices), None
    table = None if embedding is None else file.known(embedding.table)
    if table is not None and table.array is not None:
        arrays["embedding"], origins["embedding"] = table.array, Origin(table.made_of, at=table.name)
        a = replace(a, embedding_rows=len(table.array))
        read["embedding"] = named(table)
        said.append(f"embedding {named(table)} ({shape_of(table.array)})")
    elif embedding is not None:
        said.append(f"{embedding.node.title} makes one-hot vectors of its ids: here they are the vectors x_t")
    head = _readout(found, choices)
    read["readout"] = read["readout_reads"] = None
    if head is not None:
        reads = _reads(found, head, choices)
        W = head.linear.weight
        assert W.array is not None
        name = named(W)
        arrays["readout.W_hy"] = W.array if head.linear.turned else W.array.T
        origins["readout.W_hy"] = Origin(W.made_of, transposed=not head.linear.turned, at=W.name)
        bias = head.linear.bias
        arrays["readout.b_y"] = np.zeros(len(arrays["readout.W_hy"]))
        if bias is not None and bias.array is not None:
            arrays["readout.b_y"], origins["readout.b_y"] = bias.array.reshape(-1), Origin(bias.made_of, at=bias.name)
        a = with_reads(replace(a, output_size=len(arrays["readout.W_hy"])), reads)
        read |= {"readout": name, "readout_reads": reads, "then": list(head.then)}
        said.append(f"readout {shown(name)} ({shape_of(W.array)}), of {READS[reads]}")
        if head.then:
            said.append(f"{' and '.join(head.then)} follows the readout")
    own, begun, stood = _starts(found, a.make_cell().states)
    origins |= stood
    if begun:
        read["starts"] = begun
        said += [f"starts from {one}, not from 0" for one in begun]
    for node in chain.nodes:
        said += [*beginning(file, node, choices.module is not None), *reads_all(file, node)]
    if found.kept_out and head is None:
        said.append(found.kept_out)
    left = _left(found, head)
    read["not_used"] = [node.name for node, _ in left.values()]
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        names = ", ".join([words for _, words in left.values()][:MOST_NAMED])
        said.append(f"not used: {names}{more}: what they compute is not in these numbers")
    _check_options(found, a, choices)
    network = replace(filled_network(str(path), a, arrays), starts=own)
    R = first.inputs["R"].array
    assert R is not None
    return Model(
        path.stem,
        network,
        "file",
        stored_dtype=str(R.dtype),
        format=title,
        read=read,
        said=tuple(said),
        origins=origins,
    )


def _look(graph: Followed, choices: Choices) -> Found:
    chains = chains_of(graph)
    if not chains:
        raise graph.fail(f"holds no RNN, LSTM or GRU node{_instead(graph)}")
    chain = _chosen(graph, chains, choices)
    heads, kept_out = [], ""
    for linear in graph.linears:
        reads = how_read(linear.read, chain.layers[-1])
        if not reads:
            continue
        ends = [value for value in graph.outputs.values() if value.linear is linear]
        passed = [(kinds, value.then) for value in ends if (kinds := _after(chain, linear, reads, value.array))]
        if passed:
            kinds, then = max(passed, key=lambda pair: EVERY_STEP in pair[0])
            heads.append(Head(linear, kinds, then))
        else:
            kept_out = f"no readout: what {linear.node.title} gives goes through other nodes before it leaves the graph"
    return Found(graph, chains, chain, heads, kept_out)


def _instead(graph: Followed) -> str:
    """Where the recurrence of a graph without recurrent nodes may stand."""
    for node in graph.nodes:
        domain, _, op = node.op.rpartition(".")
        if node.op in ("Loop", "Scan", "If") or any(name in op for name in RECURRENT if domain):
            return f": its recurrence may stand in {node.title}, which is not read"
        if domain and not domain.startswith("com.microsoft"):
            return f": {node.title} is a function of the file's own; onnx.inliner.inline_local_functions writes its nodes out"
    if any(node.op in ("Tanh", "Sigmoid", "Relu") for node in graph.nodes):
        return ": its recurrence may stand step by step; torch.onnx.export(…, dynamo=False) keeps the node"
    return ""


def _chosen(graph: Followed, chains: list[Chain], choices: Choices) -> Chain:
    """The network that is meant."""
    if choices.module is not None:
        for chain in chains:
            if any(choices.module in one.node.names for one in chain.nodes):
                return chain
        known = ", ".join(shown(chain.nodes[0].node.name) for chain in chains)
        raise graph.ask(f"--module {choices.module}: there is no such recurrent node; there are {known}")
    if len(chains) > 1:
        listed = ", ".join(f"{chain.title} ({chain.sizes})" for chain in chains[:MOST_NAMED])
        raise graph.ask(f"holds {len(chains)} recurrent networks: {listed}; say which with --module NAME")
    return chains[0]


def _after(chain: Chain, linear: Linear, reads: list[str], array: Array | None) -> list[str]:
    """What a readout reads of the states by what leaves the graph of it: the answers of all steps, or of the last."""
    if array is None:
        return []
    probe, width = linear.probe, linear.probe.shape[-1]
    rows = [probe, probe.swapaxes(0, 1)] if probe.ndim == 3 else [probe]

    def holds(many: list[Array]) -> bool:
        return any(
            array.size == one.size and np.allclose(array.reshape(-1, width), one.reshape(-1, width), rtol=1e-12, atol=0)
            for one in many
        )

    if array.size % width == 0 and holds(rows):
        return reads
    if EVERY_STEP not in reads:
        return []
    by_time = [probe] if probe.ndim == 3 else []
    found = []
    for one in [*by_time, *(one.swapaxes(0, 1) for one in by_time)]:
        forward = _ways(chain.layers[-1]) == (FORWARD,)  # where the last output is the last state
        last = [FINAL_STATE, LAST_OUTPUT] if forward else [LAST_OUTPUT]
        found += last * holds([one[-1]]) + [MEAN] * holds([one.mean(axis=0)])
    return found


def _same_head(a: Head, b: Head) -> bool:
    return a.linear.node.number == b.linear.node.number and a.reads == b.reads


def _layers(found: Found, kind: Any) -> tuple[dict[str, Array], dict[str, Origin]]:
    """The parameters of all layers, and where they stood. ModelFileError where a layer reads or runs otherwise than here."""
    arrays: dict[str, Array] = {}
    origins: dict[str, Origin] = {}
    for number, layer in enumerate(found.chain.layers):
        for run, direction in zip(layer.runs, _ways(layer), strict=True):
            if run.backward != (direction == BACKWARD):
                raise found.graph.fail(
                    f"{run.one.node.title} takes its sequence from the last step to the first in its first direction: no network "
                    "here does"
                )
            own, stood = packed(found.graph, run.one, run.k, kind)
            arrays |= {f"layers.{number}.{direction}.{name}": array for name, array in own.items()}
            origins |= {f"layers.{number}.{direction}.{name}": origin for name, origin in stood.items()}
    return arrays, origins


def _starts(found: Found, names: Iterable[str]) -> tuple[InitialStates, list[str], dict[str, Origin]]:
    """The states that the network begins with, {} where all are 0; the inputs that give them, in words; where they stood."""
    states: InitialStates = {}
    begun: dict[str, None] = {}
    origins: dict[str, Origin] = {}
    for number, layer in enumerate(found.chain.layers):
        for run, direction in zip(layer.runs, _ways(layer), strict=True):
            given = starts(found.graph, run.one)
            rows = {name: given[name][0][run.k] if name in given else np.zeros(layer.size) for name in names}
            states[number, direction] = State(**rows)
            begun |= dict.fromkeys(f"{INITIAL[name]} of {run.one.node.title}" for name in given)
            place = f"layers.{number}.{direction}"
            origins |= {f"{place}.{name}_0": replace(of, row=run.k) for name, (_, of) in given.items()}
    return (states if begun else {}), list(begun), origins


def _ways(layer: Layer) -> tuple[str, ...]:
    """The directions of a layer here."""
    if len(layer.runs) == 2:
        return FORWARD, BACKWARD
    return (BACKWARD if layer.runs[0].backward else FORWARD,)


def _embedding(found: Found, choices: Choices) -> Embedding | None:
    """The embedding of the network; None where it reads vectors. ModelFileError where other nodes compute what it reads."""
    run, asked = found.chain.first, choices.embedding
    of = run.of if run.source == ROWS and isinstance(run.of, Embedding) else None
    if asked == NONE:
        return None
    if asked is not None and (of is None or asked not in _names_of(of)):
        there = "it has none" if of is None else f"it has {' or '.join(sorted(_names_of(of)))}"
        raise found.graph.ask(f"--embedding {asked}: {run.one.node.title} reads no such embedding; {there}")
    if run.source == OTHER or (run.source == STATES and choices.module is None):
        why = run.why or "only a part of the states below it"
        raise found.graph.fail(
            f"what {run.one.node.title} reads is computed by other nodes ({why}), which are not followed: "
            "--embedding none reads such vectors as they are"
        )
    return of


def _names_of(embedding: Embedding) -> set[str]:
    """The names by which a person may mean an embedding."""
    return {*embedding.node.names, *(embedding.table.made_of if embedding.table is not None else ())}


def _readout(found: Found, choices: Choices) -> Head | None:
    """The readout of the network. Undecided where several fit, or none is what the person names."""
    asked, heads = choices.readout, found.heads
    if asked == NONE:
        return None
    listed = " and ".join(shown(named(head.linear.weight)) for head in heads[:MOST_NAMED]) or "none"
    if asked is not None:
        heads = [head for head in heads if asked in head.names]
        if not heads:
            raise found.graph.ask(
                f"--readout {asked}: no readout of that name reads {found.chain.title}; there is {listed}"
            )
    if len(heads) > 1:
        raise found.graph.ask(f"{listed} each read {found.chain.title}: say which with --readout NAME, or none")
    return heads[0] if heads else None


def _reads(found: Found, head: Head, choices: Choices) -> str:
    if choices.reads is not None and choices.reads not in head.reads:
        raise found.graph.ask(
            f"--readout-reads {choices.reads}: {head.linear.node.title} reads {READS[head.reads[0]]} in this file"
        )
    return choices.reads or head.reads[0]


def _check_options(found: Found, a: Architecture, choices: Choices) -> None:
    """Undecided where the person says another option of the cell than the graph has."""
    cell = a.make_cell()
    if choices.embedding_activation is not None:
        raise found.graph.ask("--embedding-activation: the graph itself says what stands behind its embedding")
    for name in option_names():
        asked, said = getattr(choices, name, None), getattr(cell, name, None)
        if asked not in (None, said):
            raise found.graph.ask(
                f"--{name} {asked}: {found.chain.title} says what it has, {said or 'none of its own'}"
            )


def _left(found: Found, head: Head | None) -> dict[int, tuple[Node, str]]:
    """The nodes that compute something of the sequence that is not in the numbers here, by their place, with words for each."""
    graph = found.graph
    own = {one.node.number for one in found.chain.nodes}
    others = [one.node for chain in found.chains for one in chain.nodes if one.node.number not in own]
    others += [one.node for one in graph.linears if head is None or one is not head.linear]
    left = {node.number: (node, node.title) for node in others}
    for node in graph.nodes:
        value = graph.values.get(node.key)
        if value is not None and value.why.startswith(node.title) and node.op not in RECURRENT:
            left[node.number] = node, value.why
    return dict(sorted(left.items()))
