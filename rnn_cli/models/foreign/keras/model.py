"""A model from the layers and the arrays of a Keras file."""

from dataclasses import replace
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture
from rnn_cli.models.checks import filled_network
from rnn_cli.models.foreign.choices import READS, Choices, with_reads
from rnn_cli.models.foreign.encoder_decoder import activated, behind
from rnn_cli.models.foreign.keras.chain import SIGMOID, SOFTMAX, Chain, dense_of, find_chain
from rnn_cli.models.foreign.keras.config import Graph, Layer
from rnn_cli.models.foreign.keras.recurrent import packed_layer
from rnn_cli.models.foreign.keras.weights import Weights
from rnn_cli.models.foreign.names import Tensors, check_numbers, shape_of
from rnn_cli.models.model import Model
from rnn_cli.models.origins import ZEROS_BEFORE, Origin

KERAS = "Keras model"
MOST_NAMED = 6


def model_of(name: str, graph: Graph, weights: Weights, choices: Choices, said: tuple[str, ...] = ()) -> Model:
    """The network that the layers are. ModelFileError where an array is missing or does not fit, or a choice is needed."""
    tensors = weights.tensors
    chain = find_chain(tensors, graph, choices)
    stack = chain.stack
    read: dict[str, Any] = {"module": stack[0].layer.name, "layers": [one.layer.name for one in stack]}
    words = [_titled(chain)]
    packed: dict[str, Array] = {}
    origins: dict[str, Origin] = {}
    rows, inputs = 0, 0
    used = [weights.of(one.layer) for one in stack]
    read["embedding"] = None
    if chain.embedding is not None:
        array, where = _only(tensors, chain.embedding, weights.of(chain.embedding).every, ("embeddings",))["embeddings"]
        function = choices.embedding_activation
        packed["embedding"] = activated(array, choices)
        origins["embedding"] = Origin((where,), notes=behind(choices))
        rows, inputs = array.shape
        words.append(
            f"embedding {chain.embedding.name} ({shape_of(array)})" + (f" and {function} behind it" if function else "")
        )
        read["embedding"] = chain.embedding.name
        used.append(weights.of(chain.embedding))
    elif choices.embedding_activation is not None:
        raise tensors.ask(f"--embedding-activation: {stack[0].layer.name} reads no embedding")
    elif used[0].every:
        inputs = int((*tensors.arrays[used[0].every[0]].shape, 0)[0])
    for k, one in enumerate(stack):
        found, where_ = packed_layer(tensors, one, used[k], k, stack[k - 1].width if k else inputs)
        packed, origins = packed | found, origins | where_
    first = stack[0]
    architecture = Architecture(
        first.cell,
        inputs,
        0,
        0,
        first.bidirectional,
        embedding_rows=rows,
        options=first.options,
        backward_only=first.backwards,
    ).of_layers(one.units for one in stack)
    read["readout"] = None
    if chain.readout is not None:
        names = weights.of(chain.readout).every
        W, b = _readout(tensors, chain.readout, names, chain, architecture.output_width, packed, origins)
        architecture = with_reads(replace(architecture, output_size=len(b)), chain.reads)
        words.append(f"readout {chain.readout.name} ({shape_of(W)}), of {READS[chain.reads]}{_followed(chain)}")
        read |= {"readout": chain.readout.name, "readout_reads": chain.reads}
        read["readout_reads_guessed"] = not graph.told and choices.reads is None
        used.append(weights.of(chain.readout))
    words += chain.said + list(said)
    if chain.kept_out:
        words.append(f"no readout: {chain.kept_out}")
    parts = {one.layer.name for one in stack} | {
        part.name for part in (chain.embedding, chain.readout) if part is not None
    }
    left = [one for one in graph.layers.values() if one.name not in parts and weights.has(one)]
    read["not_used"] = [one.name for one in left]
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        names_ = ", ".join(f"{one.name} ({one.kind})" for one in left[:MOST_NAMED])
        words.append(f"not used: {names_}{more}: what they compute is not in these numbers")
    check_numbers(tensors, [name for owned in used for name in owned.every])
    network = filled_network(tensors.source, architecture, packed)
    stored = str(tensors.arrays[used[0].every[0]].dtype)
    return Model(
        name, network, "file", stored_dtype=stored, format=KERAS, read=read, said=tuple(words), origins=origins
    )


def _titled(chain: Chain) -> str:
    first = chain.stack[0]
    others = ", ".join(one.layer.name for one in chain.stack[1:])
    return f"the {first.title}" + (f" and {others}: {len(chain.stack)} layers" if others else "")


def _followed(chain: Chain) -> str:
    if chain.activation == SIGMOID:
        return ", its sigmoid as a softmax over 0 and its logit: of two classes the second is what its unit stands for"
    return ", with its softmax" if chain.activation == SOFTMAX else ""


def _only(
    tensors: Tensors, layer: Layer, names: tuple[str, ...], roles: tuple[str, ...]
) -> dict[str, tuple[Array, str]]:
    """The arrays of a layer by what they are for. ModelFileError where there are more or fewer, or one is no matrix."""
    if len(names) != len(roles):
        listed = ", ".join(tensors.sized(name) for name in names) or "nothing"
        raise tensors.fail(f"{layer.name} ({layer.kind}) has {', '.join(roles)}; the file holds {listed}")
    for role, name in zip(roles, names, strict=True):
        if tensors.arrays[name].ndim != (1 if role == "bias" else 2) or not tensors.arrays[name].size:
            raise tensors.fail(f"{layer.name}: {role}, {tensors.sized(name)}, has too few or too many axes")
    return {role: (tensors.arrays[name], name) for role, name in zip(roles, names, strict=True)}


def _readout(
    tensors: Tensors,
    layer: Layer,
    names: tuple[str, ...],
    chain: Chain,
    width: int,
    packed: dict[str, Array],
    origins: dict[str, Origin],
) -> tuple[Array, Array]:
    """Put the readout of a Dense into `packed`; -> its kernel as it stands in the file, and the bias here."""
    biased = (dense_of(layer) or {}).get("use_bias", True) is not False
    found = _only(tensors, layer, names, ("kernel", "bias") if biased else ("kernel",))
    kernel, where = found["kernel"]
    if len(kernel) != width:
        raise tensors.fail(
            f"{layer.name}: kernel, {tensors.sized(where)}, needs {width} rows to read {chain.stack[-1].layer.name}"
        )
    W, b = kernel.T, found["bias"][0] if biased else np.zeros(kernel.shape[1])
    notes: tuple[str, ...] = ()
    if chain.activation == SIGMOID:  # softmax(0, a) has the second share 1 / (1 + exp(-a))
        W, b = (np.concatenate([np.zeros_like(part), part]) for part in (W, b))
        notes = (ZEROS_BEFORE,)
    packed["readout.W_hy"], packed["readout.b_y"] = np.ascontiguousarray(W), b
    origins["readout.W_hy"] = Origin((where,), True, notes=notes)
    if biased:
        origins["readout.b_y"] = Origin((found["bias"][1],), notes=notes)
    return kernel, b
