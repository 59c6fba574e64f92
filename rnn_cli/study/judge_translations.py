"""How good translations are: what the network writes alone, held against the references."""

from dataclasses import replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.decode import beam, greedy
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.metrics.bleu import bleu, counts_of
from rnn_cli.core.metrics.calibration import Calibration
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.inputs.cut import joined
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.closer import Outcomes, sizes_of
from rnn_cli.study.examples import Subject
from rnn_cli.study.given import given_texts
from rnn_cli.study.scores import Evaluation, Mistake, Resampling, Share
from rnn_cli.study.seq2seq import at_most
from rnn_cli.study.sums import unknown_tokens
from rnn_cli.tasks.pairs import Pairs
from rnn_cli.tasks.pairs import written as ended
from rnn_cli.tasks.ragged import Ragged

MOST_MISTAKES = 5


def judge_translations(subject: Subject, resampling: Resampling, width: int) -> Evaluation:
    """Exact matches and BLEU of what is written with a beam (1: greedily); the loss and the accuracy with the truth before.

    A reference's token that the vocabulary lacks matches nothing.
    """
    system, encoding = subject.system, subject.encoding
    assert isinstance(system, EncoderDecoder)
    unknown = None if encoding.unknown_written is None else encoding.labels.index(encoding.unknown_written)
    rows: list[list[float]] = []
    said: list[str] = []
    sure: list[Array] = []
    sizes: list[Array] = []
    mistakes: list[Mistake] = []
    for batch, done in subject.passes():
        assert batch.decoder_lengths is not None
        written = write_all(system, batch.inputs, batch.lengths, encoding, width)
        sizes.append(sizes_of(subject, batch))
        sure.append(probabilities_of(system, batch, written, encoding))
        said += [_text(encoding, tokens) for tokens in written]
        right = (done.logits.argmax(axis=-1) == batch.targets) * batch.weights
        losses = (done.loss.each * batch.weights).sum(axis=0)
        for b, one in enumerate(written):
            length = int(batch.decoder_lengths[b])
            known = batch.targets[: length - 1, b].tolist()
            reference = [-1 if token == unknown else token for token in known]
            same = one == reference
            rows.append([losses[b], right[:, b].sum(), length, same, *counts_of(one, reference)])
            if not same and len(mistakes) < MOST_MISTAKES:
                source = batch.inputs[: batch.lengths[b], b]
                texts = [_text(encoding, ids) for ids in (one, known)]
                mistakes.append(Mistake(_read(encoding, source), *texts))
    table = np.array(rows)
    whole = bleu(table[:, 4:].sum(axis=0))

    def score(counts: Array) -> Array:
        sums = counts @ table
        loss, right, tokens, exact = sums[:4]
        return np.array([loss / tokens, exact / counts.sum(), bleu(sums[4:], whole.orders).score, right / tokens])

    names = ["loss", "exact_match", "bleu", "token_accuracy"]
    shares = {
        "exact_match": Share(len(table), len(table)),
        "token_accuracy": Share(float(table[:, 2].sum()), len(table)),
    }
    found = resampling.scores(names, score, len(table), shares=shares)
    tokens, strange = unknown_tokens(subject)
    likely, exact = np.concatenate(sure).astype(np.float64), table[:, 3]
    calibration = Calibration().add(likely, exact)
    read, strange_read = np.concatenate(sizes, axis=1)
    outcomes = Outcomes("exact_match", True, exact, np.ones(len(table)), read, strange_read, calibration)
    return Evaluation(
        subject.task,
        encoding.target.unit,
        len(table),
        int(table[:, 2].sum()),
        tokens,
        strange,
        found,
        bleu=whole,
        mistakes=tuple(mistakes),
        beam=width,
        choices=len(encoding.labels),
        units=len(table),
        unit="pair",
        notes=tuple(subject.report.notes),
        given=given_texts(subject, said, exact > 0, likely),
        outcomes=outcomes,
    )


def write_all(system: EncoderDecoder, inputs: Array, lengths: Array, encoding: Encoding, width: int) -> list[list[int]]:
    """What the decoder writes for each sequence (T, B) of a batch, without <eos>."""
    state, memory = system.begin(inputs, lengths)
    bos, eos = encoding.begin, encoding.end
    limits = [at_most(int(length)) for length in lengths]
    if width > 1:
        return [
            list(beam(system.decoder, _states_of(state, b), bos, eos, width, limit, memory and memory.of(b))[0].tokens)
            for b, limit in enumerate(limits)
        ]
    written = greedy(system.decoder, state, len(limits), bos, eos, max(limits), memory)
    return [tokens[:limit] for tokens, limit in zip(written, limits, strict=True)]


def probabilities_of(system: EncoderDecoder, batch: Batch, written: list[list[int]], encoding: Encoding) -> Array:
    """How likely the network takes each text that it wrote to be, its end included where it has one. -> (B,)"""
    texts = Pairs(Ragged([0] for _ in written), Ragged(ended(one, encoding.end) for one in written), encoding.begin)
    own = texts.collate(np.arange(len(written)))
    for b, tokens in enumerate(written):
        if len(tokens) == at_most(int(batch.lengths[b])):
            own.weights[len(tokens), b] = 0
    done = system.forward(replace(own, inputs=batch.inputs, lengths=batch.lengths))
    likely: Array = np.exp(-(done.loss.each * own.weights).sum(axis=0))
    return likely


def _states_of(states: InitialStates, b: int) -> InitialStates:
    """The states of sequence b of a batch, as a batch of one: a beam search writes one text at a time."""
    return {where: state.rows(slice(b, b + 1)) for where, state in states.items()}


def _text(encoding: Encoding, ids: list[int]) -> str:
    return joined((encoding.labels[k] for k in ids), encoding.target)


def _read(encoding: Encoding, ids: Array) -> str:
    return joined((encoding.vocabulary[k] for k in ids), encoding)
