"""Writing with a decoder: greedily, with a beam, or by drawing.

greedy   y_u = argmax p(y | y_1 … y_{u-1})
beam     the k prefixes with the largest sum of log p, extended until k are finished and no open one is better
draw     y_u ~ softmax(logits / temperature), of the top k alone where asked

A beam of 1 is greedy: <eos> ends a prefix only where it is among the k best continuations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from rnn_cli.core.activations import log_softmax, softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.look import Memory
from rnn_cli.core.departure import OUTPUT, LeftRange, Place, first_departure
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates


@dataclass(frozen=True)
class Hypothesis:
    """A written sequence with the sum of its log probabilities, <eos> included where it ends."""

    tokens: tuple[int, ...]
    log_probability: float
    finished: bool


def next_logits(
    network: Network, state: InitialStates, tokens: Array, memory: Memory | None = None
) -> tuple[Array, InitialStates]:
    """One step of a batch: tokens (B,) -> logits (B, C) and the states after it; with attention it looks back at `memory`."""
    x = network.parameters["embedding"][tokens][None]
    if memory is not None:
        run = run_forward(network.without_readout(), x, None, state)
        return network.readout(memory.look(run.output).read)[0], run.final
    run = run_forward(network, x, None, state)
    assert run.logits is not None
    return run.logits[0], run.final


def check_step(logits: Array, state: InitialStates, t: int) -> None:
    """LeftRange where a state or a logit of step t, (B, …) each, is not finite: nothing can be chosen then."""
    numbers: list[tuple[Place, Array]] = [
        ((name, t, layer, direction), row)
        for (layer, direction), one in state.items()
        for name, array in one.items()
        for row in array
    ]
    departure = first_departure([*numbers, *((("the logits", t, None, None, OUTPUT), row) for row in logits)])
    if departure is not None:
        raise LeftRange(departure)


def greedy(
    network: Network, state: InitialStates, batch: int, bos: int, eos: int, most: int, memory: Memory | None = None
) -> list[list[int]]:
    """The likeliest token at every step, for each sequence of a batch, without <eos>."""
    tokens = np.full(batch, bos)
    written: list[list[int]] = [[] for _ in range(batch)]
    open_ = np.ones(batch, dtype=bool)
    for _ in range(most):
        logits, state = next_logits(network, state, tokens, memory)
        tokens = logits.argmax(axis=-1)
        open_ &= tokens != eos
        if not open_.any():
            break
        for b in np.flatnonzero(open_):
            written[b].append(int(tokens[b]))
    return written


def beam(
    network: Network, state: InitialStates, bos: int, eos: int, width: int, most: int, memory: Memory | None = None
) -> list[Hypothesis]:
    """Beam search for one sequence (a batch of one in `state` and `memory`); the best hypotheses, best first, at most `width`.

    LeftRange where a number left the finite range.
    """
    beams = [Hypothesis((), 0.0, finished=False)]
    finished: list[Hypothesis] = []
    for t in range(1, most + 1):
        tokens = np.array([one.tokens[-1] if one.tokens else bos for one in beams])
        logits, state = next_logits(network, state, tokens, memory)
        check_step(logits, state, t)
        scores = log_softmax(logits.astype(np.float64)) + np.array([one.log_probability for one in beams])[:, None]
        best = np.argsort(-scores, axis=None, kind="stable")[: 2 * width]
        kept: list[tuple[int, Hypothesis]] = []
        for rank, flat in enumerate(best):
            row, token = divmod(int(flat), scores.shape[1])
            score = float(scores[row, token])
            if token == eos:
                if rank < width:
                    finished.append(Hypothesis(beams[row].tokens, score, finished=True))
            elif len(kept) < width:
                kept.append((row, Hypothesis((*beams[row].tokens, token), score, finished=False)))
        finished = sorted(finished, key=lambda one: -one.log_probability)[:width]
        if not kept or (len(finished) == width and finished[-1].log_probability >= kept[0][1].log_probability):
            break
        rows = np.array([row for row, _ in kept])
        beams = [one for _, one in kept]
        state = {where: one.rows(rows) for where, one in state.items()}
    return (finished or beams)[:width]


@dataclass(frozen=True, eq=False)
class Written:
    """A token and the network's log p of all tokens (C,) where it was written, at temperature 1."""

    token: int
    log_probabilities: Array

    @property
    def log_probability(self) -> float:
        """The log p of the token."""
        return float(self.log_probabilities[self.token])


def draw(
    network: Network,
    state: InitialStates,
    first: int,
    generator: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    never: Sequence[int] = (),
) -> Iterator[Written]:
    """Tokens without end, each drawn and then read. At temperature 0 the likeliest is taken; `never` are not written.

    LeftRange where a number left the finite range.
    """
    token = first
    for t in count(1):
        logits, state = next_logits(network, state, np.array([token]))
        check_step(logits, state, t)
        token = draw_one(logits[0], generator, temperature, top_k, never)
        yield Written(token, log_softmax(logits[0].astype(np.float64)))


def draw_one(
    logits: Array,
    generator: np.random.Generator,
    temperature: float,
    top_k: int | None = None,
    never: Sequence[int] = (),
) -> int:
    """One token from its logits (C,)."""
    scaled = logits.astype(np.float64)
    scaled[list(never)] = -np.inf
    if temperature == 0:
        return int(scaled.argmax())
    scaled = (scaled - scaled.max()) / temperature  # the difference first: a small temperature must not overflow
    if top_k is not None and top_k < len(scaled):
        scaled[np.argsort(-scaled, kind="stable")[top_k:]] = -np.inf
    return int(generator.choice(len(scaled), p=softmax(scaled)))
