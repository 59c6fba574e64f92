"""A text that a network decodes, with everything behind it: what was encoded, the context, every step of the decoder."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Unpack

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.attention.look import Memory
from rnn_cli.core.bptt import Target
from rnn_cli.core.decode import greedy
from rnn_cli.core.fast.batches import SequenceRun, run_batch
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import Network
from rnn_cli.core.seq2seq import pass_on
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.trace import Initial, Trace, trace
from rnn_cli.errors import InputError
from rnn_cli.inputs.cut import cut, joined
from rnn_cli.inputs.sequence import Sequence, encode_tokens
from rnn_cli.models.decoder import conditioned_states, decoder_of
from rnn_cli.models.model import Model
from rnn_cli.study.range import said
from rnn_cli.study.roles import DECODER, ENCODER, encoding_of
from rnn_cli.study.shown import Choice, Shown, choose
from rnn_cli.study.units import MOVED, READOUT
from rnn_cli.tasks.vocabulary import ids

if TYPE_CHECKING:  # loaded where it is asked for
    from rnn_cli.study.attribution_texts import Aligned, FromCondition


@dataclass(frozen=True, eq=False)
class NetworkTrace:
    """One network with what it reads and what it computes on it."""

    model: Model
    sequence: Sequence
    trace: Trace

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return said(self.trace.departure, self.model.network.architecture, self.model.role)


def chosen_part(one: NetworkTrace, **shown: Unpack[Shown]) -> Choice:
    """What is shown of one of two networks. InputError where it is chosen by what the readout does not read."""
    choice = choose(one.model.network.architecture, len(one.sequence.inputs), **shown)
    if one.trace.look is not None and choice.rule is not None and choice.rule.name == READOUT:
        raise InputError(
            f"--unit {READOUT}: the readout of {one.model.name} reads what its decoder finds by looking back, and not its h; "
            f"--unit {MOVED} takes the units that move most"
        )
    return choice


def computed(one: NetworkTrace) -> SequenceRun:
    """What the kernels compute on it: the same states, as rnn forward shows them."""
    initial = {where: state.batched() for where, state in one.trace.initial.items()}
    run = run_batch(one.model.network, [one.sequence.inputs], initial)[0]
    if one.trace.look is None:
        return run
    with np.errstate(over="ignore", invalid="ignore"):
        logits = one.model.network.readout(one.trace.look.memory.look(run.output[:, None]).read[:, 0])
        return replace(run, logits=logits, probabilities=softmax(logits))


@dataclass(frozen=True, eq=False)
class Decoded:
    """What was encoded and what was decoded.

    given      what was asked for: the text, or the condition
    encoder    the network that read; None where the first states were learnt for the condition
    context    the decoder's first states
    decoder    the network that writes; it reads <bos> and then what stands before each token that it should write
    targets    the ids of the forced text, <eos> last; without a forced text, the ids that the decoder found likeliest
    text       what was written, without <eos>
    forced     whether the text was given (teacher forcing), so that the decoder reads its tokens and not its own
    finished   whether the text ends with <eos>, and not because it became too long
    """

    given: Sequence
    encoder: NetworkTrace | None
    context: Initial
    decoder: NetworkTrace
    targets: tuple[int, ...]
    text: str
    forced: bool
    finished: bool

    @property
    def attentive(self) -> bool:
        """Whether the decoder looks back at what the encoder read."""
        return self.decoder.trace.look is not None

    @property
    def model(self) -> Model:
        """The whole model: its network is the encoder, or the decoder where there is none."""
        return (self.encoder or self.decoder).model

    def network(self, role: str | None) -> NetworkTrace | None:
        """The network of that name, or the only one; None where there are two and none is named."""
        if self.encoder is None:
            return self.decoder
        return {ENCODER: self.encoder, DECODER: self.decoder}.get(role or "")

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range, in the encoder or else in the decoder; None where all are finite."""
        return (self.encoder and self.encoder.left_range) or self.decoder.left_range

    @cached_property
    def rests_on(self) -> "Aligned | FromCondition | None":
        """Which read tokens each written one used, or what the condition gave; None of long texts, and where nothing tells it."""
        from rnn_cli.study.attribution_texts import rests_on

        model, ids = self.model, self.given.ids or ()
        if self.left_range is not None or model.system is None or model.encoding is None or None in ids:
            return None
        read = [k for k in ids if k is not None]
        return rests_on(model.system, model.encoding, read, self.given.names, self.targets)

    @property
    def target(self) -> Target:
        """What the loss is measured against."""
        return Target(CROSS_ENTROPY, np.array(self.targets), np.ones(len(self.targets)))


def decode_greedily(
    decoder: Network, first: Initial, bos: int, eos: int, most: int, memory: Memory | None = None
) -> list[int]:
    """The likeliest token after each one, from these first states of one sequence; without <eos>."""
    state = {where: one.batched() for where, one in first.items()}
    return greedy(decoder, state, 1, bos, eos, most, memory)[0]


def remembered(model: Model, encoder: Trace) -> Memory | None:
    """What the decoder of a model can look back at after its encoder has read; None without attention."""
    if not isinstance(model.system, EncoderDecoder) or model.system.attention is None:
        return None
    attention = model.system.attention
    numbers = attention.parameters.astype(model.network.parameters.flat.dtype)
    return attention.with_parameters(numbers).remember(encoder.outputs[:, None])


def at_most(read: int) -> int:
    """Largest number of tokens written after reading `read` tokens. The limit ends a text without <eos>."""
    return 2 * read + 50


def decode(model: Model, given: Sequence, forced_text: str | None, seed: int) -> Decoded:
    """Encode, pass the context on, and decode: `forced_text` token by token, or greedily what is likeliest.

    InputError where there is nothing to write.
    """
    encoding = encoding_of(model)
    encoder: NetworkTrace | None = None
    memory: Memory | None = None
    if model.kind == "encoder-decoder":
        encoder = NetworkTrace(model, given, trace(model.network, given.inputs))
        context: Initial = pass_on(encoder.trace.ends, model.network.architecture)
        memory = remembered(model, encoder.trace)
    else:
        assert given.ids is not None
        context = conditioned_states(model, given.ids[0] or 0)
    own = decoder_of(model)
    index = {token: k for k, token in enumerate(own.labels)}
    finished = True
    if forced_text is None:
        most = at_most(len(given.inputs))
        tokens = decode_greedily(own.network, context, encoding.begin, encoding.end, most, memory)
        finished = len(tokens) < most
    else:
        tokens = ids(cut(forced_text, encoding.target), index, encoding.unknown_written)
        if not tokens:
            raise InputError("--target is empty: give the text that should be written")
    targets = (*tokens, encoding.end) if finished else tuple(tokens)
    text = joined((own.labels[k] for k in tokens), encoding.target)
    read = [own.labels[k] for k in (encoding.begin, *targets[:-1])]
    sequence = encode_tokens(text, read, own, seed)
    decoder = NetworkTrace(own, sequence, trace(own.network, sequence.inputs, context, memory=memory))
    return Decoded(given, encoder, context, decoder, targets, text, forced_text is not None, finished)
