"""Write torch_backward.json: PyTorch's gradients in double precision, for tests where PyTorch is not installed.

    python -m tests.oracle.frozen.make_frozen_backward

Each case holds a network's flat parameters, a batch of words of unequal lengths with initial states and targets, and
PyTorch's logits, loss and gradients of everything.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.models.options import architecture_from_json, architecture_to_json
from tests.oracle.torch_backward import WRITTEN_OUT, Problem, random_problem, rounded, torch_answer
from tests.support.networks import architecture_of, random_network

FILE = Path(__file__).with_name("torch_backward.json")
LENGTHS = [4, 1, 3]


def problems() -> list[Problem]:
    """Two networks of each kind of cell: a plain one with its loss at the end, a deep one in both directions."""
    made = []
    for k, kind in enumerate(WRITTEN_OUT):
        for j, (layers, both, task) in enumerate(((1, False, MANY_TO_ONE), (2, True, MANY_TO_MANY))):
            architecture = architecture_of(kind, 2, 2, layers, both, task, 2, 3)
            loss = (CROSS_ENTROPY, MSE)[(k + j) % 2]
            made.append(rounded(random_problem(random_network(architecture, 10 * k + j), LENGTHS, loss, 10 * k + j)))
    return made


def case(torch: Any, problem: Problem) -> dict[str, Any]:
    """A problem and PyTorch's answer as plain lists."""
    return {
        "architecture": architecture_to_json(problem.network.architecture),
        "parameters": problem.network.parameters.flat.tolist(),
        "ids": problem.ids.tolist(),
        "lengths": problem.lengths.tolist(),
        "initial": [
            [layer, direction, {name: array.tolist() for name, array in state.items()}]
            for (layer, direction), state in problem.initial.items()
        ],
        "kind": problem.kind,
        "targets": problem.targets.tolist(),
        "weights": problem.weights.tolist(),
        "mean": problem.mean,
        "answer": {name: array.tolist() for name, array in torch_answer(torch, problem).items()},
    }


def problem_of_case(data: dict[str, Any]) -> tuple[Problem, dict[str, Array]]:
    """The backward pass of a case: the problem and the answer."""
    architecture = architecture_from_json(data["architecture"])
    network = Network(architecture, Parameters(architecture.shapes(), np.array(data["parameters"])))
    problem = Problem(
        network,
        np.array(data["ids"]),
        np.array(data["lengths"]),
        {
            (layer, direction): State(**{name: np.array(values) for name, values in state.items()})
            for layer, direction, state in data["initial"]
        },
        data["kind"],
        np.array(data["targets"]),
        np.array(data["weights"]),
        data["mean"],
    )
    return problem, {name: np.array(values) for name, values in data["answer"].items()}


def main() -> None:
    """Write the file."""
    import torch

    document = {"torch": torch.__version__.split("+")[0], "cases": [case(torch, one) for one in problems()]}
    text = json.dumps(document, separators=(",", ":")).replace('{"architecture"', '\n{"architecture"')
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
