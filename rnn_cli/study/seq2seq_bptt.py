"""BPTT of an encoder-decoder: the error at the decoder's first states is the error at the encoder's last ones.

One-to-many has no encoder: its first states were learnt for the condition.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.look import Memory
from rnn_cli.core.bptt import Bptt, Target, bptt, bptt_from_end
from rnn_cli.core.departure import Departure, first_departure
from rnn_cli.core.learning.clipping import Clipped, clip
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.seq2seq import pass_on, taken_back
from rnn_cli.core.trace import Initial, Trace, trace
from rnn_cli.core.verification import Check, check_gradient
from rnn_cli.study.bptt_report import Descent, numbers_of_verdicts


@dataclass(frozen=True, eq=False)
class Seq2SeqBptt:
    """The backward pass through the decoder, and from there through the encoder; None where there is none.

    The clipping and the descent are of the parameters of both together; embeddings are left alone.
    """

    decoder: Bptt
    encoder: Bptt | None
    clipped: Clipped | None
    descent: Descent
    check: Check

    @cached_property
    def departure(self) -> Departure | None:
        """The first number behind the two backward passes that left the finite range; None where all are finite."""
        return first_departure(numbers_of_verdicts(self.clipped, self.descent))

    @property
    def networks(self) -> tuple[Bptt, ...]:
        """In the order of the backward pass: the decoder, then the encoder."""
        return (self.decoder,) if self.encoder is None else (self.decoder, self.encoder)


def seq2seq_bptt(
    encoder: Trace | None, decoder: Trace, target: Target, clipping: tuple[str, float] | None, lr: float, seed: int
) -> Seq2SeqBptt:
    """Backpropagate through the decoder, over the context, through the encoder; clip, step and check."""
    back = bptt(decoder, target)
    encoder_back = None
    if encoder is not None:
        encoder_back = bptt_from_end(encoder, back, taken_back(back.initial_each, encoder.network.architecture))
    networks = (back,) if encoder_back is None else (back, encoder_back)
    gradients = [one.gradients.flat for one in networks]
    if back.looked is not None:
        gradients.append(back.looked.gradients.flat)
    gradient = np.concatenate(gradients)
    clipped = None if clipping is None else clip(gradient, *clipping)
    step = gradient if clipped is None else clipped.gradient
    promised = back.loss.total - lr * float(gradient @ step)
    descent = Descent(lr, back.loss.total, promised, _loss_after(networks, lr * step))
    check = check_gradient(back, np.random.default_rng(seed), encoder_back)
    return Seq2SeqBptt(back, encoder_back, clipped, descent, check)


def _loss_after(networks: tuple[Bptt, ...], change: Array) -> float:
    """The loss with the parameters of both networks, and of the attention between them, changed by minus `change`."""
    first: Initial = networks[-1].trace.initial
    memory: Memory | None = None
    parts = iter(np.split(change, np.cumsum([one.gradients.flat.size for one in networks])))
    stepped = [one.trace.network.with_parameters(_less(one.trace.network.parameters, next(parts))) for one in networks]
    if len(networks) > 1:
        encoder, look = trace(stepped[1], networks[1].trace.inputs), networks[0].trace.look
        first = pass_on(encoder.ends, stepped[1].architecture)
        if look is not None:
            attention = look.memory.attention
            moved = attention.with_parameters(_less(attention.parameters, next(parts)))
            memory = moved.remember(encoder.outputs[:, None])
    logits = trace(stepped[0], networks[0].trace.inputs, first, memory=memory).logits
    assert logits is not None
    target = networks[0].target
    return loss_of(target.kind, logits, target.targets, target.weights).total


def _less(parameters: Parameters, change: Array) -> Parameters:
    return Parameters(parameters.shapes, parameters.flat - change)
