"""What of a Keras model a network can be: recurrent layers on each other, the Embedding before them, the Dense after them.

Between these stand only layers that change nothing once a model is trained. Where anything else stands before the recurrent
layers, the person is asked, because the states would differ; where it stands after them, there is no readout.
"""

from dataclasses import dataclass, field, replace

from rnn_cli.core.cells import make_cell
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN
from rnn_cli.models.foreign.choices import EVERY_STEP, NONE, READS, Choices
from rnn_cli.models.foreign.keras.config import Config, Graph, Layer, class_of
from rnn_cli.models.foreign.keras.recurrent import LINEAR, TANH, Recurrent, activation_of, is_recurrent, recurrent_of
from rnn_cli.models.foreign.names import Tensors

MASKING = "Masking"
IDLE = (
    "Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization", "Identity",
    MASKING,
)  # fmt: skip
"""Layers that give on what they read once a model is trained; Masking does so where nothing is padded."""
SOFTMAX, SIGMOID = "softmax", "sigmoid"
INPUT = "InputLayer"
LAST_AXIS = "channels_last"
POOLS = {
    "GlobalAveragePooling1D": MEAN, "GlobalAvgPool1D": MEAN, "GlobalMaxPooling1D": MAX, "GlobalMaxPool1D": MAX,
}  # fmt: skip
"""Layers that make one vector of all outputs, and what a readout behind them reads."""


@dataclass(frozen=True)
class Chain:
    """The parts that were found.

    readout     the Dense, and how its layer is called where TimeDistributed wraps it
    reads       what the readout reads
    activation  what follows the readout's logits
    kept_out    why there is no readout though something stands after the states
    said        what else was found, in words
    """

    stack: list[Recurrent]
    embedding: Layer | None = None
    readout: Layer | None = None
    reads: str = FINAL_STATE
    activation: str = LINEAR
    kept_out: str = ""
    said: list[str] = field(default_factory=list)


def find_chain(tensors: Tensors, graph: Graph, choices: Choices) -> Chain:
    """The parts of a network in a model. ModelFileError where they are none, or where nothing says which are meant."""
    chain = Chain(_stack(tensors, graph, choices.module))
    said = getattr(make_cell(chain.stack[0].cell, dict(chain.stack[0].options)), "activation", TANH)
    if choices.activation not in (None, said):
        raise tensors.ask(f"--activation {choices.activation}: {chain.stack[0].layer.name} has {said}")
    embedding = _before(tensors, graph, chain, choices)
    pool, readers = _pooled(graph, chain.stack[-1])
    reads = EVERY_STEP if chain.stack[-1].sequences else FINAL_STATE
    reads = reads if pool is None else POOLS[pool.kind]
    last = chain.stack[-1]
    if last.backwards and reads == EVERY_STEP and choices.readout != NONE:
        raise tensors.fail(
            f"{last.layer.name} gives its steps from the last to the first (go_backwards), and here they stand in their order: "
            "--readout none shows its states"
        )
    if last.backwards:
        chain.said.append(f"{chain.stack[0].layer.name} reads from the last step to the first (go_backwards)")
    readout, activation, kept_out = _after(tensors, graph, chain, readers, choices)
    if graph.told and readout is not None and readout in readers:
        alike = (
            (FINAL_STATE, LAST_OUTPUT)
            if reads == FINAL_STATE and not (last.bidirectional or last.backwards)
            else (reads,)
        )
        if choices.reads not in (None, *alike):
            raise tensors.ask(f"--readout-reads {choices.reads}: {readout.name} reads {READS[reads]} in this file")
    for layer in graph.layers.values():
        if layer.kind == MASKING:
            value = layer.config.get("mask_value", 0.0)
            chain.said.append(f"{layer.name}: Keras leaves out steps whose numbers are all {value}, here they are read")
    for one in chain.stack:
        chain.said.extend(f"{one.layer.name}: {what}" for what in one.idle)
        if one.layer.states or len(one.layer.reads) > 1:
            start = " and ".join(one.layer.reads[1:]) or "another layer"
            chain.said.append(f"{one.layer.name} begins with the states of {start} in the file, and with zeros here")
    return Chain(chain.stack, embedding, readout, choices.reads or reads, activation, kept_out, chain.said)


def _stack(tensors: Tensors, graph: Graph, asked: str | None) -> list[Recurrent]:
    """The recurrent layers of the network, first to last."""
    layers = [one for one in graph.layers.values() if is_recurrent(one)]
    if not layers:
        kinds = ", ".join(dict.fromkeys(one.kind for one in graph.layers.values() if one.kind != INPUT)) or "no layer"
        raise tensors.fail(f"holds no SimpleRNN, LSTM or GRU; it holds {kinds[:200]}")
    names = " and ".join(one.name for one in layers[:6])
    if asked is not None:
        found = [one for one in layers if one.name == asked]
        if not found:
            raise tensors.ask(f"--module {asked}: there is no such recurrent layer; there are {names}")
        return [recurrent_of(tensors, found[0])]
    alone = f"look at one of them with --module NAME ({names})"
    stack: list[Recurrent] = []
    for layer in layers:
        one = recurrent_of(tensors, layer)
        if len(layer.reads) > 1 or layer.states:
            raise tensors.fail(f"{layer.name} begins with the states of another layer ({layer.reads[-1]}): {alone}")
        if stack:
            below = stack[-1]
            if _source(graph, layer) != below.layer.name:
                raise tensors.fail(f"{layer.name} does not read {below.layer.name} alone: {alone}")
            if not below.like(one):
                raise tensors.fail(
                    f"{below.title} and {one.title} differ, and the layers of a network here are alike in cell, settings and "
                    f"directions: {alone}"
                )
            if not below.sequences:
                raise tensors.fail(f"{below.layer.name} gives its last output alone to {layer.name}: {alone}")
        stack.append(one)
    for one in stack[1:]:
        if one.backwards:  # what a layer that goes backwards gives is turned round: the next one turns it back
            raise tensors.fail(
                f"{stack[0].layer.name} and {one.layer.name} run in opposite directions of time: {alone}"
            )
    stack = [replace(one, backwards=stack[0].backwards) for one in stack]
    for one in stack[:-1]:
        if len(_readers(graph, one.layer)) != 1:
            raise tensors.fail(f"several layers read {one.layer.name}, and a network here is a chain: {alone}")
    return stack


def _source(graph: Graph, layer: Layer) -> str | None:
    """What a layer reads, through layers that give on what they read. None where it reads nothing, or in a circle."""
    for _ in graph.layers:
        if not layer.reads:
            return None
        below = graph.layers.get(layer.reads[0])
        if below is None or below.kind not in IDLE:
            return layer.reads[0]
        layer = below
    return None


def _readers(graph: Graph, layer: Layer) -> list[Layer]:
    """The layers that read a layer, through layers that give on what they read."""
    found: dict[str, Layer] = {}
    waiting, seen = [layer.name], {layer.name}
    while waiting:
        for one in graph.readers(waiting.pop()):
            if one.kind not in IDLE:
                found[one.name] = one
            elif one.name not in seen:
                seen.add(one.name)
                waiting.append(one.name)
    return list(found.values())


def _before(tensors: Tensors, graph: Graph, chain: Chain, choices: Choices) -> Layer | None:
    """The Embedding that the first layer reads; None where it reads vectors."""
    first = chain.stack[0].layer
    source = graph.layers.get(_source(graph, first) or "")
    asked = choices.embedding
    named = source if source is not None and source.kind == "Embedding" else None
    if asked not in (None, NONE):
        if named is None or named.name != asked:
            there = named.name if named is not None else "no Embedding"
            raise tensors.ask(f"--embedding {asked}: {first.name} reads {there}")
        return named
    if asked == NONE or source is None or source.kind == INPUT:
        return None
    if named is None:
        if choices.module is not None:
            chain.said.append(
                f"{first.name} reads {source.name} ({source.kind}) in the file, and vectors as they are here"
            )
            return None
        raise tensors.fail(
            f"{source.name} ({source.kind}) stands before {first.name}, and what it computes is not computed here: "
            "--embedding none reads vectors as they are"
        )
    ids = graph.layers.get(_source(graph, named) or "")
    if ids is not None and ids.kind != INPUT:
        chain.said.append(f"{named.name} reads the ids that {ids.name} ({ids.kind}) makes, which is not done here")
    if named.config.get("mask_zero"):
        chain.said.append(f"{named.name} has mask_zero: Keras leaves out steps with the id 0, here they are read")
    return named


def _pooled(graph: Graph, last: Recurrent) -> tuple[Layer | None, list[Layer]]:
    """The layer that makes one vector of all outputs of the last layer, or None; and the layers that read it, or them."""
    readers = _readers(graph, last.layer)
    if len(readers) == 1 and last.sequences and readers[0].kind in POOLS:
        config = readers[0].config
        if config.get("data_format", LAST_AXIS) == LAST_AXIS and not config.get("keepdims"):
            return readers[0], _readers(graph, readers[0])
    return None, readers


def _after(
    tensors: Tensors, graph: Graph, chain: Chain, readers: list[Layer], choices: Choices
) -> tuple[Layer | None, str, str]:
    """The Dense that reads the last layer, what follows it, and why there is none where there is none."""
    last, asked = chain.stack[-1], choices.readout
    readers = [] if asked == NONE else readers
    dense = [one for one in readers if dense_of(one) is not None]
    if asked not in (None, NONE):
        found = [one for one in graph.layers.values() if one.name == asked and dense_of(one) is not None]
        if not found:
            fits = " and ".join(one.name for one in dense) or "none"
            raise tensors.ask(f"--readout {asked}: there is no such Dense layer; {last.layer.name} is read by {fits}")
        activation, kept_out = _ending(graph, found[0])
        if kept_out:
            chain.said.append(f"its logits are those of {asked} alone: {kept_out}")
        if found[0] not in readers:
            below = _source(graph, found[0]) or "nothing"
            chain.said.append(f"{asked} reads {below} in the file, and {last.layer.name} here")
        return found[0], activation, ""
    if not readers:
        return None, LINEAR, ""
    if len(readers) > 1 or not dense:
        names = " and ".join(f"{one.name} ({one.kind})" for one in readers[:6])
        return None, LINEAR, f"{names} {'read' if len(readers) > 1 else 'reads'} {last.layer.name}"
    activation, kept_out = _ending(graph, dense[0])
    return (None, LINEAR, kept_out) if kept_out else (dense[0], activation, "")


def _ending(graph: Graph, only: Layer) -> tuple[str, str]:
    """What follows the logits of a Dense, or LINEAR and why that is nothing which follows a readout here."""
    settings = dense_of(only) or {}
    activation = activation_of(settings.get("activation"))
    for after in _readers(graph, only):
        if after.kind in ("Activation", "Softmax") and activation == LINEAR and not _readers(graph, after):
            activation = SOFTMAX if after.kind == "Softmax" else activation_of(after.config.get("activation"))
        else:
            return LINEAR, f"{only.name} and {after.name} ({after.kind}) are a head of several layers"
    if activation not in (LINEAR, SOFTMAX, SIGMOID):
        return LINEAR, f"{only.name} ends in {activation}, and nothing but a softmax follows a readout here"
    if activation == SIGMOID and settings.get("units") != 1:
        return LINEAR, f"{only.name} ends in a sigmoid for each of its units, and a softmax over them follows here"
    return activation, ""


def dense_of(layer: Layer) -> Config | None:
    """The settings of a Dense layer, alone or at each step; None for any other."""
    if layer.kind == "TimeDistributed":
        inner = layer.config.get("layer")
        return inner["config"] if isinstance(inner, dict) and class_of(inner) == "Dense" else None
    return layer.config if layer.kind == "Dense" else None
