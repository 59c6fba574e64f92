"""A text that a network writes, with everything behind it: what was read, what was handed over, every step of the writing."""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.bptt import Target
from rnn_cli.core.fast.batches import SequenceRun, run_batch
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.seq2seq import pass_on
from rnn_cli.core.trace import Initial, Trace, trace
from rnn_cli.errors import InputError
from rnn_cli.inputs.detokenize import detokenize
from rnn_cli.inputs.sequence import Sequence, encode_tokens
from rnn_cli.inputs.tokens import tokenize
from rnn_cli.models.model import BOS, EOS, UNKNOWN, Model
from rnn_cli.models.writer import conditioned_states, writer_of
from rnn_cli.study.seq2seq_bptt import write_greedily

ENCODER, DECODER = "encoder", "decoder"


@dataclass(frozen=True, eq=False)
class Half:
    """One network with what it reads and what it computes on it."""

    model: Model
    sequence: Sequence
    trace: Trace


def computed(half: Half) -> SequenceRun:
    """What the kernels compute on a half: the same states, as rnn forward shows them."""
    initial = {where: state.batched() for where, state in half.trace.initial.items()}
    return run_batch(half.model.network, [half.sequence.inputs], initial)[0]


@dataclass(frozen=True, eq=False)
class Writing:
    """What was read and what was written.

    given      what was asked for: the text, or the condition
    reader     the network that read; None where the first states were learnt for the condition
    first      the writer's first states: the context
    writer     the network that writes; it reads <bos> and then what stands before each token that it should write
    targets    the ids that the writer was told to write, <eos> last; what it wrote itself where it was not told
    text       what was written, without <eos>
    forced     whether it was told (teacher forcing), so that it reads the true tokens and not its own
    finished   whether the text ends with <eos>, and not because it became too long
    """

    given: Sequence
    reader: Half | None
    first: Initial
    writer: Half
    targets: tuple[int, ...]
    text: str
    forced: bool
    finished: bool

    def half(self, role: str | None) -> Half | None:
        """The half of that name, or the only one; None where there are two and none is named."""
        if self.reader is None:
            return self.writer
        return {ENCODER: self.reader, DECODER: self.writer}.get(role or "")

    @property
    def target(self) -> Target:
        """What the loss is measured against."""
        return Target(CROSS_ENTROPY, np.array(self.targets), np.ones(len(self.targets)))


def at_most(read: int) -> int:
    """So many tokens are written at most for `read` that were read: a network that never says <eos> must end too."""
    return 2 * read + 50


def write(model: Model, given: Sequence, told: str | None, seed: int) -> Writing:
    """Read, hand over, and write: `told`, token by token, or greedily what the network finds likeliest.

    InputError where there is nothing to write.
    """
    encoding = model.encoding
    assert encoding is not None
    reader: Half | None = None
    if model.kind == "encoder-decoder":
        reader = Half(model, given, trace(model.network, given.inputs))
        first: Initial = pass_on(reader.trace.ends, model.network.architecture)
    else:
        assert given.ids is not None
        first = conditioned_states(model, given.ids[0] or 0)
    own = writer_of(model)
    index = {token: k for k, token in enumerate(own.labels)}
    finished = True
    if told is None:
        most = at_most(len(given.inputs))
        tokens = write_greedily(own.network, first, index[BOS], index[EOS], most)
        finished = len(tokens) < most
    else:
        tokens = [index.get(token, index[UNKNOWN]) for token in tokenize(told, encoding.level, encoding.lowercase)]
        if not tokens:
            raise InputError("--target is empty: give the text that should be written")
    targets = (*tokens, index[EOS]) if finished else tuple(tokens)
    text = detokenize([own.labels[k] for k in tokens], encoding.level)
    sequence = encode_tokens(text, [BOS, *(own.labels[k] for k in targets[:-1])], own, seed)
    writer = Half(own, sequence, trace(own.network, sequence.inputs, first))
    return Writing(given, reader, first, writer, targets, text, told is not None, finished)
