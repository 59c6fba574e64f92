"""What is trained: networks put together for a task's shape. One system, one file, one line in SYSTEMS.

single            many-to-one, many-to-many      embedding -> network -> readout
encoder-decoder   different lengths              encoder's last states are the decoder's first
conditioned       one-to-many                    a learnt state per condition is the decoder's first
"""

from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention import NONE, score_of
from rnn_cli.core.attention.look import Look, attention_shapes
from rnn_cli.core.backward import BackwardRun
from rnn_cli.core.embedding import NO_PART, embedding_gradient, vectors_of
from rnn_cli.core.fast.inputs import Rows, looking_up_pays
from rnn_cli.core.forward import Dropout, ForwardRun, run_forward
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import Loss
from rnn_cli.core.network import Architecture, Network
from rnn_cli.core.norms import norms
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates, State


@dataclass(frozen=True, eq=False)
class Pass:
    """A forward pass of a batch with its loss.

    runs     the forward runs, first to last (encoder, decoder)
    logits   the network's answers, in the shape of the targets with one more axis
    state    the states after the last step, which the next batch of a language model starts from
    look     what the decoder found in the encoder's states, with attention
    """

    batch: Batch
    loss: Loss
    logits: Array
    runs: tuple[ForwardRun, ...]
    state: InitialStates
    look: Look | None = None


@dataclass(frozen=True)
class Blueprint:
    """What fixes a system's shape; model files hold it under these names.

    kind         "single", "encoder-decoder" or "one-to-many"
    reader       the single network, or the encoder; None of one-to-many
    writer       the decoder; None of a single network
    conditions   of one-to-many: how many first states are learnt
    attention    of encoder-decoder: the score function by which the writer looks back at the reader, or "none"
    """

    kind: str
    loss: str
    reader: Architecture | None
    writer: Architecture | None = None
    conditions: int = 0
    attention: str = NONE

    @property
    def networks(self) -> tuple[Architecture, ...]:
        """The reader and the writer, those of them that there are."""
        return tuple(one for one in (self.reader, self.writer) if one is not None)

    @property
    def parameter_count(self) -> int:
        """How many numbers are learnt, by a formula that takes no memory."""
        count = sum(one.parameter_count for one in self.networks)
        if self.writer is not None and self.conditions:
            states = len(self.writer.make_cell().states)
            count += self.conditions * states * self.writer.num_layers * self.writer.hidden_size
        return count + sum(prod(shape) for shape in self.attention_shapes().values())

    def attention_shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters of the attention; {} without."""
        if self.attention == NONE or self.reader is None or self.writer is None:
            return {}
        return attention_shapes(score_of(self.attention), self.writer.output_width, self.reader.output_width)


class System(Protocol):
    """A trainable system. Parameters lie in one flat buffer; networks are views into it."""

    @property
    def blueprint(self) -> Blueprint:
        """What fixes its shape."""

    @property
    def parameters(self) -> Parameters:
        """All that is learnt."""

    def forward(self, batch: Batch, state: InitialStates | None = None, dropout: Dropout | None = None) -> Pass:
        """Run a batch and take the mean loss of its weighted answers."""

    def backward(self, done: Pass, gradients: Parameters, keep_dh: bool = False) -> Array | None:
        """Add the gradients to `gradients`. With keep_dh: `error_norms` of the reading network."""


def embedded(network: Network, ids: Array, parts: Array | None = None) -> Array | Rows:
    """Ids (T, B) with the embedding, or the vectors where they cost less; the input itself where it is vectors (T, B, I).

    parts (T, B, P) are those of the words, None where words have none.
    """
    if ids.ndim == 3:
        return ids.astype(network.parameters.flat.dtype, copy=False)
    embedding = network.parameters["embedding"]
    if parts is None and looking_up_pays(len(embedding), embedding.shape[1], ids.size):
        return Rows(ids, embedding)
    return vectors_of(network.parameters, ids, parts)


def run_network(
    network: Network,
    inputs: Array,
    lengths: Array,
    state: InitialStates | None,
    dropout: Dropout | None,
    parts: Array | None = None,
) -> ForwardRun:
    """Embed and run. What is dropped of an embedding, and of the parts of a word, is dropped of their sum."""
    read = embedded(network, inputs, parts)
    left = None
    if dropout is not None and inputs.ndim < 3:
        left = dropout.of_embedding(inputs.shape[1], network.parameters["embedding"])
    if left is None:
        return run_forward(network, read, lengths, state, dropout)
    # What is left of a row is another vector in each sequence: there is no table of them.
    vectors = (read.x if isinstance(read, Rows) else read) * left
    return replace(run_forward(network, vectors, lengths, state, dropout), read=left)


def add_embedding_gradient(
    network: Network,
    gradients: Parameters,
    inputs: Array,
    run: ForwardRun,
    back: BackwardRun,
    parts: Array | None = None,
) -> None:
    """Add the gradient of the embedding from the inputs' errors; padding adds nothing."""
    if isinstance(run.runs[0].tape.inputs, Rows):
        gradients["embedding"][...] += back.inputs
    elif inputs.ndim == 2 and network.architecture.embedding_rows:
        ids = inputs if run.order is None else np.where(np.arange(len(inputs))[:, None] < run.lengths, inputs, -1)
        gradients["embedding"][...] += embedding_gradient(ids, back.inputs, network.architecture.embedding_rows)
        if parts is not None:
            own = parts if run.order is None else np.where(ids[..., None] < 0, NO_PART, parts)
            gradients["parts"][...] += embedding_gradient(own, back.inputs, network.architecture.part_rows)


def states_at(run: ForwardRun, at: int | None) -> InitialStates:
    """(layer, direction) -> the state after `at` steps, or after the last one."""
    return run.final if at is None else {(one.layer, one.direction): one.tape.state(at) for one in run.runs}


def error_norms(network: Network, run: ForwardRun, back: BackwardRun) -> Array:
    """‖dL/ds_t‖ of the last layer, forward direction, for each step and sequence, (T, B).

    s_t is all that the cell carries: a gradient that c keeps is not lost because it is small at h.
    """
    where = network.architecture.num_layers - 1, "forward"
    states = State(**{name: array[1:] for name, array in run.tape(*where).states.items()})
    return norms(np.concatenate(network.cell.in_coordinates(states, back.errors[where]), axis=-1))
