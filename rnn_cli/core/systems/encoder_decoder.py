"""Encoder-decoder: one network reads, and its last states are the first of one that writes.

    encoder    h_t = cell(x_t, h_{t-1}),  t = 1 … T
    context    s_0 = [h_T of the forward direction; h_1 of the backward], layer by layer (the other states likewise)
    decoder    s_u = cell(y_{u-1}, s_{u-1}),  y_0 = <bos>,  p(y_u) = softmax(W_hy s_u + b_y)

With teacher forcing the decoder reads the true y_{u-1}; free running it reads its own. The decoder's hidden size is
that of all the encoder's directions together, so the context needs no weights of its own.

    attention  p(y_u) = softmax(W_hy s~_u + b_y), where s~_u is made of s_u and of all h_t: core/attention

Source: Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks" (2014), section 2.
"""

from dataclasses import dataclass

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention import NONE, score_of
from rnn_cli.core.attention.look import Attention, Memory
from rnn_cli.core.backward import BackwardRun, readout_backward, run_backward
from rnn_cli.core.forward import Dropout
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.seq2seq import pass_on, taken_back
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.base import Blueprint, Pass, add_embedding_gradient, error_norms, run_network


def encoder_decoder_shapes(blueprint: Blueprint) -> dict[str, tuple[int, ...]]:
    """The parameters of both networks, with their roles before their names."""
    assert blueprint.reader is not None
    assert blueprint.writer is not None
    encoder: dict[str, tuple[int, ...]] = {
        f"encoder.{name}": shape for name, shape in blueprint.reader.shapes().items()
    }
    decoder = {f"decoder.{name}": shape for name, shape in blueprint.writer.shapes().items()}
    return encoder | decoder | {f"attention.{name}": shape for name, shape in blueprint.attention_shapes().items()}


@dataclass(frozen=True, eq=False)
class EncoderDecoder:
    """Two networks with one loss, at the decoder's steps."""

    blueprint: Blueprint
    parameters: Parameters

    @property
    def encoder(self) -> Network:
        """The network that reads."""
        assert self.blueprint.reader is not None
        return Network(self.blueprint.reader, self.parameters.part("encoder"))

    @property
    def decoder(self) -> Network:
        """The network that decodes."""
        assert self.blueprint.writer is not None
        return Network(self.blueprint.writer, self.parameters.part("decoder"))

    @property
    def attention(self) -> Attention | None:
        """How the decoder looks back at what the encoder read; None where it does not."""
        if self.blueprint.attention == NONE:
            return None
        return Attention(score_of(self.blueprint.attention), self.parameters.part("attention"))

    def begin(self, inputs: Array, lengths: Array) -> tuple[InitialStates, Memory | None]:
        """What the decoder starts from, and what it can look back at."""
        encoder, attention = self.encoder, self.attention
        read = run_network(encoder, inputs, lengths, None, None)
        memory = None if attention is None else attention.remember(read.output, read.lengths)
        return pass_on(read.final, encoder.architecture), memory

    def forward(self, batch: Batch, state: InitialStates | None = None, dropout: Dropout | None = None) -> Pass:
        """See System. inputs (T, B), decoder_inputs and targets (U, B)."""
        assert batch.decoder_inputs is not None
        assert batch.decoder_lengths is not None
        encoder, decoder, attention = self.encoder, self.decoder, self.attention
        read = run_network(encoder, batch.inputs, batch.lengths, None, dropout)
        first = pass_on(read.final, encoder.architecture)
        writer = decoder if attention is None else decoder.without_readout()
        written = run_network(writer, batch.decoder_inputs, batch.decoder_lengths, first, dropout)
        look = None if attention is None else attention.remember(read.output, read.lengths).look(written.output)
        logits = written.logits if look is None else decoder.readout(look.read)
        assert logits is not None
        weights = batch.weights.astype(logits.dtype, copy=False)
        loss = loss_of(self.blueprint.loss, logits, batch.targets, weights, mean=True)
        return Pass(batch, loss, logits, (read, written), {}, look)

    def backward(self, done: Pass, gradients: Parameters, keep_dh: bool = False) -> Array | None:
        """See System."""
        back = self.back_through(done, gradients, keep_dh)
        return error_norms(self.encoder, done.runs[0], back) if keep_dh else None

    def back_through(self, done: Pass, gradients: Parameters, keep_dh: bool = False) -> BackwardRun:
        """Through the decoder, over the context and from every look back, through the encoder, whose pass this gives."""
        batch = done.batch
        assert batch.decoder_inputs is not None
        assert batch.decoder_lengths is not None
        encoder, decoder = self.encoder, self.decoder
        into_decoder, into_encoder = gradients.part("decoder"), gradients.part("encoder")
        error, looked = done.loss.dlogits, None
        if done.look is not None:
            dread = readout_backward(decoder, done.look.read, error, into_decoder)
            looked = done.look.backward(dread, gradients.part("attention"))
            decoder, error = decoder.without_readout(), looked.ds
        back = run_backward(decoder, done.runs[1], error, gradients=into_decoder)
        add_embedding_gradient(decoder, into_decoder, batch.decoder_inputs, done.runs[1], back)
        read = run_backward(
            encoder,
            done.runs[0],
            final=taken_back(back.initial, encoder.architecture),
            outputs=None if looked is None else looked.dh,
            keep_dh=keep_dh,
            gradients=into_encoder,
        )
        add_embedding_gradient(encoder, into_encoder, batch.inputs, done.runs[0], read)
        return read
