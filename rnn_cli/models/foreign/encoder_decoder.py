"""Two recurrent modules of a state dict that are an encoder and a decoder: the one starts from the last states of the other.

By their names they are an encoder and a decoder, and by their shapes the states of the one are those of the other. The
decoder reads rows of its embedding alone, and its readout has a unit for each row. Whatever else stands in the file could
stand between them: then nothing is put together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.checks import MAX_TRAINED, check_weights, checked_architecture, filled_parameters
from rnn_cli.models.foreign.choices import NONE, Choices
from rnn_cli.models.foreign.heads import Heads, find_heads
from rnn_cli.models.foreign.names import Tensors
from rnn_cli.models.foreign.recurrent import Recurrent, as_packed, origins_of
from rnn_cli.models.model import PYTORCH, Model
from rnn_cli.models.origins import Origin, applied

ENCODER, DECODER = "encoder", "decoder"
SIDES = {
    ENCODER: re.compile(r"enc|src|source", re.IGNORECASE),
    DECODER: re.compile(r"dec|tgt|trg|target", re.IGNORECASE),
}
PLAYS_NO_PART = re.compile(r"(?:.*\.)?(?:criterion|loss)[^.]*\..*")
"""What a file may hold besides: the weights of a loss."""


@dataclass(frozen=True)
class Pair:
    """An encoder and a decoder by their names. `shared` is how many parts of their paths are the same."""

    encoder: Recurrent
    decoder: Recurrent
    shared: int

    def side(self, name: str) -> str | None:
        """The module that a name belongs to by its first part that says one; None where it says neither."""
        for part in name.split(".")[self.shared :]:
            for side, usual in SIDES.items():
                if usual.search(part):
                    return side
        return None


def pair_of(modules: list[Recurrent]) -> Pair | None:
    """The two modules of a file, where their names say that they are an encoder and a decoder."""
    if len(modules) != 2:
        return None
    paths = [one.module.split(".") for one in modules]
    shared = 0
    for a, b in zip(*paths, strict=False):
        if a != b:
            break
        shared += 1
    for encoder, decoder in (modules, modules[::-1]):
        pair = Pair(encoder, decoder, shared)
        if (pair.side(encoder.module), pair.side(decoder.module)) == (ENCODER, DECODER):
            return pair
    return None


def joined_model(source: str, name: str, tensors: Tensors, pair: Pair, choices: Choices) -> Model | str:
    """The model of both, or in words what is in the way."""
    encoder, decoder = pair.encoder, pair.decoder
    for option, value in (("--embedding", choices.embedding), ("--readout", choices.readout), ("--readout-reads", choices.reads)):  # fmt: skip
        if value is not None:
            return f"{option} is about one of them"
    said = next(_misfits(tensors, pair), None)
    if said is not None:
        return said
    try:
        heads = {side: _heads(tensors, pair, side) for side in SIDES}
    except (ModelFileError, Undecided) as error:
        return str(error).removeprefix(f"{source}: ").partition(": say which")[0]
    read, written = heads[ENCODER].embedding, heads[DECODER].embedding or heads[ENCODER].embedding
    said = next(_lacks(tensors, pair, read, written, heads[DECODER]), None)
    if said is not None:
        return said
    assert read is not None
    assert written is not None
    used = {read, written, *encoder.names, *decoder.names, *filter(None, (heads[DECODER].readout, heads[DECODER].bias))}
    between = [one for one in tensors.arrays if one not in used and not PLAYS_NO_PART.fullmatch(one)]
    if between:
        first = max(between, key=lambda one: tensors.arrays[one].ndim)
        return f"{tensors.sized(first)} may stand between them"
    return _put_together(source, name, tensors, pair, heads[DECODER], (read, written), choices)


def _misfits(tensors: Tensors, pair: Pair) -> Iterator[str]:
    """What of the two modules is against it."""
    encoder, decoder = pair.encoder, pair.decoder
    one, other = encoder.module, decoder.module
    if encoder.projected or decoder.projected:
        yield "with proj_size the states of the one are not those of the other"
    if encoder.cell != decoder.cell:
        yield f"{encoder.title} and {decoder.title} are of two kinds"
    if encoder.layers != decoder.layers:
        yield f"{one} has {encoder.layers} layer{'s' * (encoder.layers > 1)} and {other} {decoder.layers}"
    if len(decoder.directions) > 1:
        yield f"{other} runs in both directions: it would read what is not written yet"
    if len({*encoder.hidden_sizes}) > 1 or len({*decoder.hidden_sizes}) > 1:
        yield "layers of one network differ in size, and the states of the one are not those of the other"
    if encoder.width != decoder.hidden_size:
        yield f"{one} ends with {encoder.width} numbers a layer, and {other} starts from {decoder.hidden_size}"
    wide = decoder.input_size
    own = [name for name, array in tensors.arrays.items() if array.ndim == 2 and pair.side(name) != ENCODER and "emb" in name.lower()]  # fmt: skip
    if own and all(tensors.arrays[name].shape[1] != wide for name in own):
        yield (
            f"{other} reads {wide} numbers at each step, and {tensors.sized(own[0])} gives {tensors.arrays[own[0]].shape[1]}: "
            "the others may be a context or attention"
        )


def _heads(tensors: Tensors, pair: Pair, side: str) -> Heads:
    """The embedding of one of them, and the readout of the decoder."""
    return heads_of_one(tensors, pair, pair.encoder if side == ENCODER else pair.decoder, Choices())


def heads_of_one(tensors: Tensors, pair: Pair, one: Recurrent, choices: Choices) -> Heads:
    """The heads of one of the two: what belongs to the other is no head of it, and an encoder has no readout by itself."""
    others = {*pair.encoder.names, *pair.decoder.names}
    if choices.embedding in (None, NONE) and choices.readout in (None, NONE):
        side = ENCODER if one is pair.encoder else DECODER
        others |= {name for name in tensors.arrays if pair.side(name) not in (None, side)}
        choices = replace(choices, readout=NONE if side == ENCODER else choices.readout)
    return find_heads(tensors, one, others, choices)


def _lacks(tensors: Tensors, pair: Pair, read: str | None, written: str | None, heads: Heads) -> Iterator[str]:
    """What of the embeddings and the readout is missing."""
    if read is None:
        yield f"{pair.encoder.module} has no embedding"
    if written is None or tensors.arrays[written].shape[1] != pair.decoder.input_size:
        yield f"{pair.decoder.module} has no embedding"
    if heads.readout is None:
        yield heads.kept_out or f"{pair.decoder.module} has no readout"
    elif written is not None and len(tensors.arrays[written]) != len(tensors.arrays[heads.readout]):
        yield f"{tensors.sized(heads.readout)} does not write the tokens of {tensors.sized(written)}"


def _put_together(
    source: str, name: str, tensors: Tensors, pair: Pair, heads: Heads, embeddings: tuple[str, str], choices: Choices
) -> Model:
    from rnn_cli.core.systems import SYSTEMS, make_system
    from rnn_cli.core.systems.base import Blueprint
    from rnn_cli.core.systems.encoder_decoder import EncoderDecoder

    activation = choices.activation or "tanh"
    assert heads.readout is not None
    readout = tensors.arrays[heads.readout]
    parts: dict[str, tuple[Architecture, dict[str, Array]]] = {}
    for side, one, rows in zip(SIDES, (pair.encoder, pair.decoder), embeddings, strict=True):
        architecture, packed = as_packed(one, activation)
        packed["embedding"] = tensors.arrays[rows]
        architecture = replace(architecture, embedding_rows=len(packed["embedding"]))
        if side == DECODER:
            packed["embedding"] = activated(packed["embedding"], choices)
            packed["readout.W_hy"] = readout
            packed["readout.b_y"] = tensors.arrays[heads.bias] if heads.bias else readout[:, 0] * 0
            architecture = replace(architecture, output_size=len(readout), task=MANY_TO_MANY)
        parts[side] = checked_architecture(source, architecture), packed
    blueprint = Blueprint("encoder-decoder", CROSS_ENTROPY, parts[ENCODER][0], parts[DECODER][0])
    check_weights(blueprint.parameter_count, MAX_TRAINED, lambda said: ModelFileError(f"{source}: {said}"))
    arrays = {f"{side}.{key}": array for side, (_, packed) in parts.items() for key, array in packed.items()}
    parameters = filled_parameters(source, SYSTEMS[blueprint.kind].shapes(blueprint), arrays)
    system = make_system(blueprint, parameters.flat)
    assert isinstance(system, EncoderDecoder)
    read, written = embeddings
    said = [
        f"{pair.encoder.title} encodes, {pair.decoder.title} decodes from its last states "
        f"(--module {pair.encoder.module} takes one of them alone)",
        f"embedding{f's {tensors.sized(read)} and' if read != written else ''} {tensors.sized(written)}",
        f"readout {tensors.sized(heads.readout)}",
        _behind_embedding(choices),
    ]
    if len(pair.encoder.directions) > 1:
        said.append("the last states of both directions stand side by side in the decoder's first")
    if "activation" in dict(system.encoder.architecture.make_cell().options) and choices.activation is None:
        said.append(f"the nonlinearity taken as {activation}, which a state dict does not say (--activation)")
    found: dict[str, Any] = {
        ENCODER: {"module": pair.encoder.module, "embedding": tensors.name(read)},
        DECODER: {
            "module": pair.decoder.module,
            "embedding": tensors.name(written),
            "readout": tensors.name(heads.readout),
            "embedding_activation": choices.embedding_activation,
        },
    }
    stored = str(pair.encoder.array((0, "forward"), "weight_hh").dtype)
    return Model(
        name,
        system.encoder,
        "file",
        stored_dtype=stored,
        format=PYTORCH,
        read=found,
        said=(*said, *tensors.done),
        system=system,
        origins=_origins(tensors, pair, heads, embeddings, choices),
        role=ENCODER,
    )


def _origins(
    tensors: Tensors, pair: Pair, heads: Heads, embeddings: tuple[str, str], choices: Choices
) -> dict[str, Origin]:
    """Where each parameter of both stood in the file, by their names in the system."""
    origins = {
        f"{side}.{key}": origin
        for side, one in zip(SIDES, (pair.encoder, pair.decoder), strict=True)
        for key, origin in origins_of(one).items()
    }
    for side, rows in zip(SIDES, embeddings, strict=True):
        notes = behind(choices) if side == DECODER else ()
        origins[f"{side}.embedding"] = Origin((tensors.name(rows),), notes=notes)
    for key, plain in (("readout.W_hy", heads.readout), ("readout.b_y", heads.bias)):
        if plain is not None:
            origins[f"{DECODER}.{key}"] = Origin((tensors.name(plain),))
    return origins


def activated(embedding: Array, choices: Choices) -> Array:
    """The rows as the network reads them, where a function stands behind the embedding."""
    if choices.embedding_activation is None:
        return embedding
    rows: Array = ACTIVATIONS[choices.embedding_activation].function(embedding.astype(np.float64))
    return rows


def behind(choices: Choices) -> tuple[str, ...]:
    """The notes of such an embedding."""
    return () if choices.embedding_activation is None else (applied(choices.embedding_activation),)


def _behind_embedding(choices: Choices) -> str:
    if choices.embedding_activation is None:
        return (
            "the decoder reads the rows of its embedding as they are (--embedding-activation relu where a relu follows)"
        )
    return f"the decoder reads the {choices.embedding_activation} of its embedding's rows"
