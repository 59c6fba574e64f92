"""Attention: its batches against its equations number by number, its softmax over real words alone, and decoding with it."""

from typing import Any

import numpy as np
import pytest

from rnn_cli.core.attention import SCORES, score_of
from rnn_cli.core.attention.look import Attention, Look, attention_shapes
from rnn_cli.core.decode import beam, greedy, next_logits
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from tests.support.systems import ATTENTIVE, blueprint_of, random_examples, random_system

T, U, S, D = 5, 4, 3, 3
EVERY = pytest.mark.parametrize("name", SCORES)
BOS, EOS = 1, 2


def random_attention(name: str, asks: int = S, answers: int = D, seed: int = 0) -> Attention:
    """One with weights that all differ."""
    parameters = Parameters(attention_shapes(score_of(name), asks, answers))
    parameters.flat[...] = 0.7 * np.random.default_rng([seed, 1]).standard_normal(parameters.flat.shape)
    return Attention(score_of(name), parameters)


def random_look(name: str, lengths: list[int], seed: int = 0) -> Look:
    """What random states find in others, those of shorter sequences 0 at the end."""
    generator = np.random.default_rng([seed, 2])
    output = generator.standard_normal((max(lengths), len(lengths), D))
    output[np.arange(max(lengths))[:, None] >= np.array(lengths)] = 0
    s = generator.standard_normal((U, len(lengths), S))
    return random_attention(name, seed=seed).remember(output, np.array(lengths)).look(s)


def system_of(kind: str, seed: int = 6) -> EncoderDecoder:
    """A random encoder-decoder, in both directions and with marked preferences."""
    system = random_system(blueprint_of(kind, "gru reset after", 3, 2, bidirectional=True), seed, scale=2.0)
    assert isinstance(system, EncoderDecoder)
    system.parameters["decoder.readout.b_y"][[BOS, EOS]] -= 3  # so that it writes more than its end
    return system


@EVERY
def test_what_is_written_out_is_what_the_batch_computes(name: str) -> None:
    look = random_look(name, [T])
    for u in range(U):
        for t in range(T):
            parts = look.score_parts(u, t)
            assert parts[-1].value == pytest.approx([look.e[0, u, t]], rel=1e-13)
            for one in parts:
                if one.of == "t":
                    np.testing.assert_allclose(one.value, look.memory.keys[0, t], rtol=1e-13)
                for k in range(len(one.value)):
                    summed = sum(float(np.prod(factors)) for addend in one.addends for factors in addend.products(k))
                    assert summed == pytest.approx(float(one.before[k]), rel=1e-12, abs=1e-15)
        np.testing.assert_allclose(look.read_part(u).value, look.read[u, 0], rtol=1e-13)
        assert look.alpha[0, u].sum() == pytest.approx(1, rel=1e-14)
        powers = np.exp(look.e[0, u])
        np.testing.assert_allclose(look.alpha[0, u], powers / powers.sum(), rtol=1e-13)
        np.testing.assert_allclose(look.ctx[u, 0], look.alpha[0, u] @ look.memory.h[0], rtol=1e-13)


@EVERY
def test_padding_has_no_share_and_no_error(name: str) -> None:
    lengths = [2, T, 1]
    look = random_look(name, lengths)
    errors = look.backward(np.ones_like(look.read), look.memory.attention.parameters.zeros())
    for b, length in enumerate(lengths):
        assert (look.alpha[b, :, length:] == 0).all()
        assert (errors.dh[length:, b] == 0).all()
        assert look.alpha[b].sum(axis=-1) == pytest.approx([1] * U)
        alone = look.memory.of(b).look(look.s[:, b : b + 1])
        np.testing.assert_allclose(alone.read[:, 0], look.read[:, b], rtol=1e-13)


@EVERY
def test_what_each_step_gives_apart_adds_up(name: str) -> None:
    look = random_look(name, [T])
    dread = np.random.default_rng(3).standard_normal(look.read.shape)
    gradients, again = (look.memory.attention.parameters.zeros() for _ in range(2))
    together, apart = look.backward(dread, gradients), look.apart().backward(dread.swapaxes(0, 1), again)
    np.testing.assert_allclose(apart.dh.sum(axis=1), together.dh[:, 0], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(again.flat, gradients.flat, rtol=1e-12, atol=1e-14)
    for u in range(U):
        only = np.where(np.arange(U)[:, None, None] == u, dread, 0)
        alone = look.backward(only, look.memory.attention.parameters.zeros()).dh[:, 0]
        np.testing.assert_allclose(apart.dh[:, u], alone, rtol=1e-12, atol=1e-15)


@EVERY
def test_states_of_two_sizes(name: str) -> None:
    """Where weights stand between the two they may differ; dot has none."""
    if name == "dot":
        with pytest.raises(ValueError, match="one size, not of 4 and 3"):
            attention_shapes(score_of(name), 4, 3)
        return
    attention, generator = random_attention(name, 4, 3), np.random.default_rng(0)
    output, s = generator.standard_normal((T, 2, 3)), generator.standard_normal((U, 2, 4))

    def loss(parameters: Parameters, h: Any, s: Any) -> complex:
        return complex((attention.with_parameters(parameters).remember(h).look(s).read * weights).sum())

    weights, gradients = generator.standard_normal(s.shape), attention.parameters.zeros()
    back = attention.remember(output).look(s).backward(weights, gradients)
    for array, found in ((attention.parameters.flat, gradients.flat), (output, back.dh), (s, back.ds)):
        v, e = generator.standard_normal(array.shape), 1e-30
        moved = array + 1j * e * v
        flat = moved if array is attention.parameters.flat else attention.parameters.flat
        slope = (
            loss(
                Parameters(attention.parameters.shapes, flat),
                moved if array is output else output,
                moved if array is s else s,
            ).imag
            / e
        )
        assert slope == pytest.approx(float((found * v).sum()), rel=1e-12)


@pytest.mark.parametrize("kind", ATTENTIVE)
def test_writing_step_by_step_looks_back_as_training_does(kind: str) -> None:
    system = system_of(kind)
    batch = random_examples(system.blueprint, [4, 1, 6], 3)
    assert batch.decoder_inputs is not None
    logits = system.forward(batch).logits
    state, memory = system.begin(batch.inputs, batch.lengths)
    assert memory is not None
    for u, tokens in enumerate(batch.decoder_inputs):
        step, state = next_logits(system.decoder, state, tokens, memory)
        running = batch.weights[u] > 0
        np.testing.assert_allclose(step[running], logits[u][running], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ATTENTIVE)
def test_a_beam_looks_back_at_its_own_text(kind: str) -> None:
    """A beam of one is greedy; a wider one says of each text what a pass with the truth before each token says of it."""
    system = system_of(kind)
    batch = random_examples(system.blueprint, [4, 1, 6], 3)
    state, memory = system.begin(batch.inputs, batch.lengths)
    assert memory is not None
    written = greedy(system.decoder, state, 3, BOS, EOS, 5, memory)
    said = set()
    for b in range(3):
        first = {where: one.rows(slice(b, b + 1)) for where, one in state.items()}
        assert list(beam(system.decoder, first, BOS, EOS, 1, 5, memory.of(b))[0].tokens) == written[b]
        for one in beam(system.decoder, first, BOS, EOS, 3, 5, memory.of(b)):
            tokens = np.array([*one.tokens, *([EOS] if one.finished else [])])[:, None]
            fed = np.vstack([[[BOS]], tokens[:-1]])
            column = slice(b, b + 1)
            length = np.array([len(tokens)])
            text = Batch(batch.inputs[:, column], batch.lengths[column], tokens, np.ones(tokens.shape), fed, length)
            assert one.log_probability == pytest.approx(-system.forward(text).loss.each.sum(), rel=1e-12)
            said.add(round(one.log_probability, 9))
    assert len(said) > 3, "the texts are as likely whatever was read"
