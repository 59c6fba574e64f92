"""Writing with a decoder: greedy, beams, draws, each against what it means, worked out another way."""

from itertools import islice, product

import numpy as np
import pytest

from rnn_cli.core.activations import log_softmax, softmax
from rnn_cli.core.decode import beam, draw, draw_one, greedy, next_logits
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import MANY_TO_MANY, Network
from rnn_cli.core.state import InitialStates, State
from tests.support.networks import KINDS, architecture_of, random_network, random_states

BOS, EOS, TOKENS = 0, 1, 4


def decoder(kind: str = "gru reset after", seed: int = 0, layers: int = 1) -> Network:
    """A random network that reads and writes TOKENS tokens, its preferences marked."""
    architecture = architecture_of(kind, 3, 4, layers, task=MANY_TO_MANY, output_size=TOKENS, embedding_rows=TOKENS)
    return random_network(architecture, seed, scale=2.0)


def first_state(network: Network, batch: int = 1, seed: int = 0) -> InitialStates:
    """A random state for each layer, h between -1 and 1."""
    states = random_states(network, batch, seed)
    return {where: State(**{**state, "h": np.tanh(state.h)}) for where, state in states.items()}


def log_probability(network: Network, state: InitialStates, tokens: tuple[int, ...]) -> float:
    """log p of tokens, in one forward pass with the truth before each."""
    read = np.array([BOS, *tokens[:-1]])
    run = run_forward(network, network.parameters["embedding"][read][:, None], None, state)
    assert run.logits is not None
    each = log_softmax(run.logits[:, 0])
    return float(sum(each[t, token] for t, token in enumerate(tokens)))


@pytest.mark.parametrize("kind", list(KINDS))
def test_steps_one_by_one_are_the_steps_of_one_run(kind: str) -> None:
    network = decoder(kind, layers=2)
    state = first_state(network, batch=3)
    tokens = np.random.default_rng(5).integers(TOKENS, size=(6, 3))
    run = run_forward(network, network.parameters["embedding"][tokens], None, state)
    assert run.logits is not None
    for t in range(6):
        logits, state = next_logits(network, state, tokens[t])
        np.testing.assert_allclose(logits, run.logits[t], rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_finds_what_exhaustive_search_finds(seed: int) -> None:
    network, most = decoder(seed=seed), 4
    state = first_state(network, seed=seed)
    others = [token for token in range(TOKENS) if token != EOS]
    every = {
        (*words, EOS): log_probability(network, state, (*words, EOS))
        for length in range(most)
        for words in product(others, repeat=length)
    }
    best = sorted(every, key=lambda tokens: -every[tokens])
    found = beam(network, state, BOS, EOS, 3**most, most)
    for one, expected in zip(found[:5], best, strict=False):
        assert one.finished
        assert (*one.tokens, EOS) == expected
        assert one.log_probability == pytest.approx(every[expected], abs=1e-12)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_a_beams_log_probabilities_are_those_of_its_texts_and_fall(width: int) -> None:
    for seed in range(10):
        network = decoder("lstm", seed)
        state = first_state(network, seed=seed)
        found = beam(network, state, BOS, EOS, width, 6)
        assert 1 <= len(found) <= width
        for one in found:
            tokens = (*one.tokens, EOS) if one.finished else one.tokens
            assert one.log_probability == pytest.approx(log_probability(network, state, tokens), abs=1e-12)
        scores = [one.log_probability for one in found]
        assert scores == sorted(scores, reverse=True)
        assert len({one.tokens for one in found}) == len(found)


def test_a_beam_of_one_is_greedy() -> None:
    ends = 0
    for seed in range(40):
        network = decoder(seed=seed)
        state = first_state(network, seed=seed)
        (one,) = beam(network, state, BOS, EOS, 1, 7)
        assert list(one.tokens) == greedy(network, state, 1, BOS, EOS, 7)[0]
        ends += one.finished
    assert 5 < ends < 35


def test_greedy_writes_each_of_a_batch_as_alone() -> None:
    network = decoder("rnn tanh", 3)
    state = first_state(network, batch=6)
    together = greedy(network, state, 6, BOS, EOS, 8)
    for b in range(6):
        alone = {key: one.rows([b]) for key, one in state.items()}
        assert greedy(network, alone, 1, BOS, EOS, 8)[0] == together[b]
        assert EOS not in together[b]


def chi_square(counts: np.ndarray, expected: np.ndarray) -> float:
    """Pearson's statistic."""
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_are_distributed_as_softmax_says(temperature: float) -> None:
    logits, n = np.array([1.0, 0.0, -0.5, 2.0, 0.3]), 2500
    generator = np.random.default_rng(11)
    drawn = np.bincount([draw_one(logits, generator, temperature) for _ in range(n)], minlength=5)
    assert chi_square(drawn, n * softmax(logits / temperature)) < 18.47  # 99.9% of chi-square with 4 degrees


def test_top_k_draws_among_the_likeliest_in_their_proportion() -> None:
    logits, n = np.array([1.0, 0.0, -0.5, 2.0, 0.3]), 4000
    generator = np.random.default_rng(12)
    drawn = np.bincount([draw_one(logits, generator, 1.0, top_k=3) for _ in range(n)], minlength=5)
    assert drawn[1] == drawn[2] == 0
    kept = [0, 3, 4]
    assert chi_square(drawn[kept], n * softmax(logits[kept])) < 13.82  # 2 degrees
    assert {draw_one(logits, generator, 5.0, top_k=1) for _ in range(50)} == {3}


def test_temperature_0_takes_the_likeliest_and_a_small_one_does_not_overflow() -> None:
    generator = np.random.default_rng(0)
    logits = np.array([1.0, 700.0, 699.0])
    assert draw_one(logits, generator, 0) == 1
    assert {draw_one(logits, generator, 1e-300) for _ in range(20)} == {1}
    assert draw_one(logits, generator, 0, never=[1]) == 2
    assert {draw_one(logits, generator, 1.0, never=[1]) for _ in range(20)} == {2}


def test_draws_at_temperature_0_are_greedy_and_know_their_log_probability() -> None:
    for seed in range(10):
        network = decoder(seed=seed)
        state = first_state(network, seed=seed)
        drawn = list(islice(draw(network, state, BOS, np.random.default_rng(0), 0.0), 6))
        tokens = [one.token for one in drawn]
        expected = greedy(network, state, 1, BOS, EOS, 6)[0]
        assert tokens[: len(expected)] == expected
        total = sum(one.log_probability for one in drawn)
        assert total == pytest.approx(log_probability(network, state, tuple(tokens)), abs=1e-12)


def test_what_is_never_written_is_not() -> None:
    network = decoder(seed=1)
    drawn = islice(draw(network, first_state(network), BOS, np.random.default_rng(0), 3.0, never=[BOS, 2]), 200)
    assert {one.token for one in drawn} == {EOS, 3}
