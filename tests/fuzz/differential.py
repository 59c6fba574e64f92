"""Random networks and batches against PyTorch, for as long as told: logits, losses and every gradient.

    python tests/fuzz/differential.py [--seed 0] [--count N] [--seconds N] [--only lstm]

Drawn are the cell and its options, sizes, layers that are alike or not, directions, lengths, initial states, what stands in
the padding, the loss, weights of the steps, and what a readout reads. In double precision all numbers must agree to
1e-10. In single precision ours may be as far from PyTorch's double numbers as PyTorch's single ones are, with some room.
"""

import sys
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from rnn_cli.core.learning.losses import LOSSES
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.reads import MAX, READS
from tests.fuzz.trials import Tally, numbers, parser
from tests.oracle.torch_backward import (
    WRITTEN_OUT,
    Problem,
    is_a_module,
    our_answer,
    random_problem,
    relative_error,
    torch_answer,
)
from tests.support.networks import architecture_of, random_network

CLOSE, ROOM, NOISE = 1e-10, 30.0, 1e-4
"""The largest relative error in double precision; in single precision how many times PyTorch's own, and what is none."""

FACTS = ("several sizes", "backward alone", "float32", "padding of nan or inf")
FAULTS = ("values differ", "gradients differ", "not finite", "raised")
PADDING = (0.0, 1e3, -7.0, float("nan"), float("inf"), float("-inf"))


def architecture(draw: np.random.Generator, kind: str) -> Architecture:
    """Of 1 to 4 layers."""
    layers = int(draw.choice((1, 1, 2, 2, 3, 4)))
    sizes = [int(n) for n in draw.integers(1, 25 if layers < 3 else 9, layers)]
    if draw.random() < 0.6:
        sizes = sizes[:1] * layers
    way = draw.choice(("forward", "both", "backward"), p=(0.45, 0.4, 0.15))
    made = architecture_of(
        kind,
        input_size=int(draw.integers(1, 17)),
        hidden_size=sizes,
        bidirectional=bool(way == "both"),
        backward_only=bool(way == "backward"),
        task=str(draw.choice((MANY_TO_ONE, MANY_TO_MANY))),
        output_size=int(draw.integers(1, 12)),
        embedding_rows=int(draw.integers(1, 12)),
    )
    return replace(made, reads=str(draw.choice(READS))) if made.task == MANY_TO_ONE else made


def problem_of(seed: int, number: int, kinds: list[str]) -> tuple[str, bool, Problem]:
    """The kind of cell, whether it is to be computed in single precision, and the problem in double."""
    draw = np.random.default_rng([seed, number])
    kind = str(draw.choice(kinds))
    made = architecture(draw, kind)
    longest = 50 if is_a_module(made) else 9  # what is written out goes step by step
    lengths = [int(n) for n in draw.integers(1, longest + 1, draw.integers(1, 7))]
    network = random_network(made, int(draw.integers(2**31)), scale=float(draw.choice((0.3, 1.0, 1.5))))
    problem = random_problem(network, lengths, str(draw.choice(list(LOSSES))), int(draw.integers(2**31)))
    weights = np.where(draw.random(problem.weights.shape) < draw.choice((0, 0, 0.3)), 0.0, problem.weights)
    if not weights.any():
        weights = problem.weights
    single = bool(draw.random() < 0.2) and made.reads != MAX  # two outputs may change places where one is rounded
    problem = replace(problem, padding=float(draw.choice(PADDING)), weights=weights)
    return kind, single, in_type(problem, "float32") if single else problem


def in_type(problem: Problem, dtype: str) -> Problem:
    """The same problem in numbers of a type."""
    parameters = Parameters(problem.network.architecture.shapes(), dtype=np.dtype(dtype))
    parameters.flat[...] = problem.network.parameters.flat
    return replace(
        problem,
        network=problem.network.with_parameters(parameters),
        initial={k: state.map(lambda array: array.astype(dtype)) for k, state in problem.initial.items()},
        targets=problem.targets if problem.targets.dtype.kind == "i" else problem.targets.astype(dtype),
        weights=problem.weights.astype(dtype),
    )


def errors(torch: Any, problem: Problem, single: bool) -> dict[str, float]:
    """The relative error of each part of the answer, as a share of what is allowed."""
    ours = our_answer(problem)
    theirs = torch_answer(torch, in_type(problem, "float64"))
    assert ours.keys() == theirs.keys()
    if not single:
        return {name: relative_error(ours[name], theirs[name]) / CLOSE for name in theirs}
    rounded = torch_answer(torch, problem)
    size = max(float(np.abs(one).max()) for one in theirs.values())

    def error(found: dict[str, Any], name: str) -> float:
        return float(np.abs(found[name] - theirs[name]).max()) / size

    return {name: error(ours, name) / (ROOM * error(rounded, name) + NOISE) for name in theirs}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a fault was found."""
    import torch

    made = parser(__doc__, 10**9, "networks", called=False)
    made.add_argument("--only", help="kinds of cells whose name begins so")
    options = made.parse_args(arguments)
    torch.set_num_threads(1)
    kinds = [kind for kind in WRITTEN_OUT if kind.startswith(options.only or "")]
    tally, worst = Tally("cell", FACTS, FAULTS, options.tell), defaultdict[str, float](float)
    with suppress(KeyboardInterrupt), np.errstate(all="ignore"):
        for number in numbers(options.count, options.seconds):
            kind, single, problem = problem_of(options.seed, number, kinds)
            a = problem.network.architecture
            found = {"several sizes"} if a.layer_sizes else set()
            found |= {"backward alone"} if a.backward_only else set()
            found |= {"float32"} if single else set()
            found |= set() if np.isfinite(problem.padding) else {"padding of nan or inf"}
            story = f"{number}: {a}, lengths {problem.lengths.tolist()}, padding {problem.padding}, {problem.kind}, mean {problem.mean}"
            try:
                every = errors(torch, problem, single)
            except Exception as error:  # whatever it is, the others are still to be tried
                tally.trial(kind, found | {"raised"}, f"{story}: {type(error).__name__}: {error}")
                continue
            bad = {name: one for name, one in every.items() if not one <= 1}
            if not single:
                worst[kind] = max(worst[kind], *every.values())
            found |= {"values differ"} if bad.keys() & {"logits", "loss"} else set()
            found |= {"gradients differ"} if bad.keys() - {"logits", "loss"} else set()
            found |= {"not finite"} if any(np.isnan(one) for one in bad.values()) else set()
            tally.trial(kind, found, f"{story}: " + ", ".join(f"{name} {one:.1e}" for name, one in bad.items()))
    code = tally.print()
    print("largest relative errors in double precision:")
    for kind, one in sorted(worst.items()):
        print(f"  {kind:<18}{one * CLOSE:.1e}")
    return code


if __name__ == "__main__":
    sys.exit(main())
