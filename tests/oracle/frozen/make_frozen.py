"""Write torch_forward.json: what PyTorch answers in double precision, for tests where PyTorch is not installed.

    python -m tests.oracle.frozen.make_frozen

Each case holds the state dict under PyTorch's names, a batch of sequences of different lengths, and PyTorch's
output, h_n and c_n for each sequence alone.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture
from tests.oracle.torch_modules import activation_of, state_dict, torch_forward, torch_module
from tests.support.networks import random_sequence

FILE = Path(__file__).with_name("torch_forward.json")

RELU = (("activation", "relu"),)
CASES = [
    Architecture("rnn", 3, 4),
    Architecture("rnn", 2, 3, 2, True),
    Architecture("rnn", 1, 1),
    Architecture("rnn", 3, 4, options=RELU),
    Architecture("rnn", 2, 2, 3, True, options=RELU),
    Architecture("lstm", 3, 4),
    Architecture("lstm", 2, 3, 2, True),
    Architecture("lstm", 1, 2, 3),
    Architecture("gru", 3, 4),
    Architecture("gru", 2, 3, 2, True),
    Architecture("gru", 1, 2, 3),
    Architecture("gru", 4, 1, 1, True),
]
LENGTHS = (4, 1, 3)


def case(torch: Any, architecture: Architecture, seed: int) -> dict[str, Any]:
    """One network, its inputs and PyTorch's answers."""
    module = torch_module(torch, architecture, seed)
    weights = {name: np.round(array, 6) for name, array in state_dict(module).items()}
    module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    sequences = []
    for k, length in enumerate(LENGTHS):
        x = np.round(random_sequence(length, architecture.input_size, 100 * seed + k), 6)
        output, h_n, c_n = torch_forward(torch, module, x[:, None], np.array([length]))
        sequences.append(
            {
                "x": x.tolist(),
                "output": output[:, 0].tolist(),
                "h_n": h_n[:, 0].tolist(),
                "c_n": None if c_n is None else c_n[:, 0].tolist(),
            }
        )
    return {
        "cell": architecture.cell,
        "activation": activation_of(architecture),
        "num_layers": architecture.num_layers,
        "bidirectional": architecture.bidirectional,
        "state_dict": {name: plain(array) for name, array in weights.items()},
        "sequences": sequences,
    }


def plain(array: Array) -> Any:
    """Lists of numbers."""
    return array.tolist()


def main() -> None:
    """Write the file."""
    import torch

    document = {"torch": torch.__version__.split("+")[0], "cases": [case(torch, a, k) for k, a in enumerate(CASES)]}
    FILE.write_text(json.dumps(document, indent=None, separators=(",", ":")).replace('{"cell"', '\n{"cell"') + "\n")


if __name__ == "__main__":
    main()
