"""A module of PyTorch handed to Python's front door as it is: the same states, whatever its options."""

from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed; test_front_door.py tries a module without it"
)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("RNN", {}),
        ("RNN", {"nonlinearity": "relu"}),
        ("LSTM", {"num_layers": 2, "bidirectional": True}),
        ("GRU", {"num_layers": 2, "bias": False}),
        ("GRU", {"bidirectional": True, "batch_first": True}),
    ],
)
def test_states_are_the_modules_own(kind: str, options: dict[str, Any]) -> None:
    torch.manual_seed(1)
    module = getattr(torch.nn, kind)(3, 4, **options).double()
    x = np.random.default_rng(0).normal(size=(5, 3))
    with torch.no_grad():
        batch = torch.from_numpy(x)[None] if options.get("batch_first") else torch.from_numpy(x)[:, None]
        output = module(batch)[0].reshape(5, -1).numpy()
    ours = rnn.from_torch(module).forward(x)
    outputs = [
        ours.states("h", direction=one) for one in ("forward", "backward")[: 1 + options.get("bidirectional", 0)]
    ]
    assert np.allclose(np.concatenate(outputs, axis=-1), output, rtol=0, atol=1e-12)


def test_parameters_on_their_way_through_training_can_be_read() -> None:
    module = torch.nn.LSTM(2, 3)
    module(torch.ones(4, 1, 2))[0].sum().backward()
    assert rnn.from_torch(module).trace(np.ones((4, 2))).states("c").shape == (4, 3)


@pytest.mark.parametrize("module", [torch.nn.Linear(2, 3), torch.nn.Sequential()])
def test_a_module_without_a_recurrent_one_is_refused(module: torch.nn.Module) -> None:
    with pytest.raises(rnn.InputError, match=f"{type(module).__name__} holds no torch.nn.RNN, LSTM or GRU: give one"):
        rnn.from_torch(module)


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
def test_a_cell_runs_as_a_layer_of_its_own(kind: str) -> None:
    cell = getattr(torch.nn, kind)(2, 3).double()
    x = np.random.default_rng(0).standard_normal((5, 2))
    state: Any = None
    with torch.no_grad():
        for x_t in torch.from_numpy(x):
            state = cell(x_t, state)
    h = (state[0] if kind == "LSTMCell" else state).numpy()
    assert np.allclose(rnn.from_torch(cell).forward(x).states("h")[-1], h, rtol=0, atol=1e-12)


def test_a_number_type_that_numpy_lacks_is_refused() -> None:
    with pytest.raises(rnn.InputError, match=r"convert the module with .float\(\)"):
        rnn.from_torch(torch.nn.GRU(2, 3).bfloat16())
