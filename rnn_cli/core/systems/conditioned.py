"""One-to-many: a condition (a class, a key) becomes the first state of a decoder.

    s_0 = E_c[condition], layer by layer (each state of the cell has its own)
    s_u = cell(y_{u-1}, s_{u-1}),  y_0 = <bos>,  p(y_u) = softmax(W_hy s_u + b_y)

Source: Vinyals et al., "Show and tell" (2015), section 3.1, gives the condition once, before the first word; here it
is the state itself, one learnt vector per condition.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.forward import Dropout
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates, State
from rnn_cli.core.systems.base import Blueprint, Pass, add_embedding_gradient, error_norms, run_network


def conditioned_shapes(blueprint: Blueprint) -> dict[str, tuple[int, ...]]:
    """The first states, (conditions, states * layers * H), and the decoder's parameters."""
    assert blueprint.writer is not None
    writer = blueprint.writer
    states = len(writer.make_cell().states)
    first = {"condition": (blueprint.conditions, states * writer.num_layers * writer.hidden_size)}
    return first | {f"decoder.{name}": shape for name, shape in writer.shapes().items()}


@dataclass(frozen=True, eq=False)
class Conditioned:
    """A table of first states and a decoder."""

    blueprint: Blueprint
    parameters: Parameters

    @property
    def decoder(self) -> Network:
        """The network that decodes."""
        assert self.blueprint.writer is not None
        return Network(self.blueprint.writer, self.parameters.part("decoder"))

    def first_states(self, inputs: Array, lengths: Array) -> InitialStates:
        """The first states of conditions (1, B)."""
        a = self.decoder.architecture
        rows = self.parameters["condition"][inputs[0]].reshape(inputs.shape[1], -1, a.num_layers, a.hidden_size)
        names = self.decoder.cell.states
        return {
            (layer, "forward"): State(**{name: rows[:, k, layer] for k, name in enumerate(names)})
            for layer in range(a.num_layers)
        }

    def begin(self, inputs: Array, lengths: Array) -> tuple[InitialStates, None]:
        """What the decoder starts from; it read nothing that it could look back at."""
        return self.first_states(inputs, lengths), None

    def forward(self, batch: Batch, state: InitialStates | None = None, dropout: Dropout | None = None) -> Pass:
        """See System. inputs (1, B), decoder_inputs and targets (U, B)."""
        assert batch.decoder_inputs is not None
        assert batch.decoder_lengths is not None
        first = self.first_states(batch.inputs, batch.lengths)
        written = run_network(self.decoder, batch.decoder_inputs, batch.decoder_lengths, first, dropout)
        assert written.logits is not None
        weights = batch.weights.astype(written.logits.dtype, copy=False)
        loss = loss_of(self.blueprint.loss, written.logits, batch.targets, weights, mean=True)
        return Pass(batch, loss, written.logits, (written,), {})

    def backward(self, done: Pass, gradients: Parameters, keep_dh: bool = False) -> Array | None:
        """See System."""
        batch, decoder = done.batch, self.decoder
        assert batch.decoder_inputs is not None
        assert batch.decoder_lengths is not None
        into_decoder = gradients.part("decoder")
        back = run_backward(decoder, done.runs[0], done.loss.dlogits, keep_dh=keep_dh, gradients=into_decoder)
        add_embedding_gradient(decoder, into_decoder, batch.decoder_inputs, done.runs[0], back)
        a = decoder.architecture
        errors = [back.initial[layer, "forward"] for layer in range(a.num_layers)]
        parts = [error[name] for name in decoder.cell.states for error in errors]
        np.add.at(gradients["condition"], batch.inputs[0], np.concatenate(parts, axis=-1))
        return error_norms(decoder, done.runs[0], back) if keep_dh else None
