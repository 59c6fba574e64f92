"""Tokens per second of training against a character model as it is written in a hundred lines of NumPy.

    python tests/benchmarks/min_char_rnn.py [--rounds 11] [--quick]

The baseline is in the style of Karpathy's min-char-rnn, written here from the equations: one-hot column vectors, one step
after the other in Python, float64, every gradient clipped to ±5, Adagrad or plain SGD. Both learn the same text with
H = 100, T = 25, B = 1 and carry the state from one piece to the next; ours through `train_steps`, which `rnn train`
iterates: float32, clipping by value at 5, SGD or RMSprop. "one-hot" reads the same vectors as the baseline; "embedding"
is what `rnn train --task lm --embedding-size 32` builds. They take turns, a block of pieces each; printed are medians of
the ratios.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.clipping import VALUE
from rnn_cli.core.learning.optimizers import Optimizer
from rnn_cli.core.learning.train import Plan, Progress, train_steps
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.core.systems import initialize_system, make_system
from rnn_cli.core.systems.base import Blueprint
from rnn_cli.training.blas import small_products
from tests.benchmarks.measure import machine, median_ratio, paired

HIDDEN, PIECE, GOAL = 100, 25, 3.0
ROWS = (("sgd", "sgd", "one-hot"), ("adagrad", "rmsprop", "one-hot"), ("adagrad", "rmsprop", "embedding"))
TEXT = "The quick brown fox jumps over the lazy dog; 0123456789 times, they say. (Why? Who knows!) "


class Baseline:
    """h_t = tanh(Wxh x_t + Whh h_{t-1} + bh), p_t = softmax(Why h_t + by), one step at a time."""

    def __init__(self, ids: Array, symbols: int, optimizer: str) -> None:
        generator = np.random.default_rng(0)
        self.ids, self.symbols, self.optimizer = ids, symbols, optimizer
        self.Wxh = generator.standard_normal((HIDDEN, symbols)) * 0.01
        self.Whh = generator.standard_normal((HIDDEN, HIDDEN)) * 0.01
        self.Why = generator.standard_normal((symbols, HIDDEN)) * 0.01
        self.bh, self.by = np.zeros((HIDDEN, 1)), np.zeros((symbols, 1))
        self.memory = [np.zeros_like(one) for one in self.parameters()]
        self.at, self.state = 0, np.zeros((HIDDEN, 1))

    def parameters(self) -> list[Array]:
        """All that is learnt."""
        return [self.Wxh, self.Whh, self.Why, self.bh, self.by]

    def gradient(self, inputs: Array, targets: Array) -> tuple[float, list[Array]]:
        """The loss of a piece and its gradient, clipped."""
        xs, hs, ps, loss = {}, {-1: self.state}, {}, 0.0
        for t, one in enumerate(inputs):
            xs[t] = np.zeros((self.symbols, 1))
            xs[t][one] = 1
            hs[t] = np.tanh(np.dot(self.Wxh, xs[t]) + np.dot(self.Whh, hs[t - 1]) + self.bh)
            e = np.exp(np.dot(self.Why, hs[t]) + self.by)
            ps[t] = e / np.sum(e)
            loss -= float(np.log(ps[t][targets[t], 0]))
        gradients = [np.zeros_like(one) for one in self.parameters()]
        dWxh, dWhh, dWhy, dbh, dby = gradients
        dh_next = np.zeros_like(self.state)
        for t in reversed(range(len(inputs))):
            dy = np.copy(ps[t])
            dy[targets[t]] -= 1
            dWhy += np.dot(dy, hs[t].T)
            dby += dy
            dh = np.dot(self.Why.T, dy) + dh_next
            da = (1 - hs[t] * hs[t]) * dh
            dbh += da
            dWxh += np.dot(da, xs[t].T)
            dWhh += np.dot(da, hs[t - 1].T)
            dh_next = np.dot(self.Whh.T, da)
        for one in gradients:
            np.clip(one, -5, 5, out=one)
        self.state = hs[len(inputs) - 1]
        return loss, gradients

    def step(self) -> float:
        """Learn the next piece."""
        if self.at + PIECE + 1 >= len(self.ids):
            self.at, self.state = 0, np.zeros((HIDDEN, 1))
        piece = self.ids[self.at : self.at + PIECE + 1]
        loss, gradients = self.gradient(piece[:-1], piece[1:])
        for one, gradient, memory in zip(self.parameters(), gradients, self.memory, strict=True):
            if self.optimizer == "adagrad":
                memory += gradient * gradient
                one -= 0.1 * gradient / np.sqrt(memory + 1e-8)
            else:
                one -= 0.01 * gradient
        self.at += PIECE
        return loss / PIECE


def ours(ids: Array, symbols: int, optimizer: str, inputs: str) -> Callable[[], float]:
    """A function that learns the next piece and returns its loss."""
    size, rows = (symbols, 0) if inputs == "one-hot" else (32, symbols)
    reader = Architecture("rnn", size, HIDDEN, task=MANY_TO_MANY, output_size=symbols, embedding_rows=rows)
    system = make_system(Blueprint("single", "cross-entropy", reader), dtype=np.float32)
    initialize_system(system, np.random.default_rng(0))
    vectors = np.eye(symbols, dtype=np.float32)
    lengths, weights = np.array([PIECE]), np.ones((PIECE, 1), np.float32)
    pieces = (len(ids) - 1) // PIECE

    def next_batch(progress: Progress) -> tuple[Batch, bool]:
        """The next piece, cut out of the text as it is asked for."""
        start = progress.batch * PIECE
        piece = ids[start : start + PIECE + 1, None]
        x = vectors[piece[:-1]] if inputs == "one-hot" else piece[:-1]
        return Batch(x, lengths, piece[1:], weights, carries=start > 0), progress.batch + 1 == pieces

    plan = Plan(0, 10**9, 0.01 if optimizer == "sgd" else 1e-3, clip=(VALUE, 5.0))
    steps = train_steps(system, Optimizer(optimizer), plan, Progress(), next_batch)
    return lambda: next(steps).loss


def per_token(step: Callable[[], float], count: int) -> Callable[[], float]:
    """The seconds of one token, over a block of pieces."""

    def run() -> float:
        started = time.perf_counter()
        for _ in range(count):
            step()
        return (time.perf_counter() - started) / (count * PIECE)

    return run


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--quick", action="store_true", help="two short rounds: only to see that it works")
    options = parser.parse_args()
    rounds, count = (2, 5) if options.quick else (options.rounds, 200)
    text = TEXT * 400
    symbols = sorted(set(text))
    ids = np.array([symbols.index(one) for one in text])
    print(
        f"tokens per second of rnn / of the baseline; H {HIDDEN}, T {PIECE}, B 1, {len(symbols)} symbols, {rounds} rounds"
    )
    print(machine() + ", one thread")
    print(
        f"{'baseline':22}{'rnn':22}{'inputs':11}{'ratio':>7}{'at least':>10}   {'middle half':15}{'rnn/s':>10}{'baseline/s':>12}"
    )
    with threadpool_limits(1, user_api="blas"), small_products(1):
        for theirs, optimizer, inputs in ROWS:
            baseline = Baseline(ids, len(symbols), theirs)
            pairs = paired(
                per_token(baseline.step, count), per_token(ours(ids, len(symbols), optimizer, inputs), count), rounds
            )
            middle, low, high = median_ratio(pairs)
            speed = [1 / statistics.median(pair[k] for pair in pairs) for k in (1, 0)]
            mark = "" if middle >= GOAL else "  below the goal"
            spread = f"{low:.2f} to {high:.2f}"
            print(
                f"{theirs + ', float64':22}{optimizer + ', float32':22}{inputs:11}{middle:7.2f}{GOAL:10.1f}   {spread:15}{speed[0]:10,.0f}{speed[1]:12,.0f}{mark}",
                flush=True,
            )


if __name__ == "__main__":
    main()
