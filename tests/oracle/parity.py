"""How far the network's answers and gradients are from PyTorch's, over random networks of every shape.

    python tests/oracle/parity.py

prints, for each kind of cell, the number of networks and the largest relative error, forward and backward.
"""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from tests.oracle.torch_backward import (
    FORWARD_PARTS,
    WRITTEN_OUT,
    Problem,
    our_answer,
    random_problem,
    relative_error,
    torch_answer,
)
from tests.support.networks import architecture_of, random_network

REPEATS = 2
"""How many networks of each shape."""

Shape = tuple[str, int, bool, str, str]


def shapes() -> Iterator[Shape]:
    """Every kind of cell, 1 to 3 layers, one direction or both, both losses, at the end or at every step."""
    yield from product(WRITTEN_OUT, (1, 2, 3), (False, True), (CROSS_ENTROPY, MSE), (MANY_TO_ONE, MANY_TO_MANY))


def problem_of(shape: Shape, seed: int) -> Problem:
    """A random network of a shape, sizes and lengths drawn from the seed too."""
    kind, layers, both, loss, task = shape
    draw = np.random.default_rng([seed, 5])
    input_size, hidden, outputs, rows = (int(n) for n in draw.integers((1, 1, 1, 1), (6, 9, 5, 7)))
    lengths = [int(n) for n in draw.integers(1, 13, draw.integers(1, 5))]
    architecture = architecture_of(kind, input_size, hidden, layers, both, task, outputs, rows)
    return random_problem(random_network(architecture, seed), lengths, loss, seed)


def errors(torch: Any, problem: Problem) -> dict[str, float]:
    """The relative error of logits, loss and every gradient."""
    ours, theirs = our_answer(problem), torch_answer(torch, problem)
    assert ours.keys() == theirs.keys()
    return {name: relative_error(ours[name], theirs[name]) for name in theirs}


def main() -> None:
    """Print the table."""
    import torch

    torch.set_num_threads(1)
    worst: dict[str, list[float]] = {kind: [0, 0, 0] for kind in WRITTEN_OUT}
    for number, shape in enumerate(list(shapes()) * REPEATS):
        row = worst[shape[0]]
        row[0] += 1
        for name, error in errors(torch, problem_of(shape, number)).items():
            place = 1 if name in FORWARD_PARTS else 2
            row[place] = max(row[place], error)
    print(f"PyTorch {torch.__version__}, double precision; largest relative errors")
    print(f"{'cell':<18}{'networks':>9}{'forward':>12}{'backward':>12}")
    for kind, (count, forward, backward) in worst.items():
        print(f"{kind:<18}{count:>9.0f}{forward:>12.1e}{backward:>12.1e}")
    total = np.array(list(worst.values()))
    print(f"{'all':<18}{total[:, 0].sum():>9.0f}{total[:, 1].max():>12.1e}{total[:, 2].max():>12.1e}")


if __name__ == "__main__":
    main()
