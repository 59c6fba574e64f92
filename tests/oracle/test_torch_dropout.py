"""Dropout of the state against PyTorch's cells in double precision: what is left of h_{t-1} goes into its step, by hand.

An LSTM and a vanilla RNN read h in their matrices alone, so that their step gets m h; a GRU also carries h past them.
"""

from typing import Any

import numpy as np
import pytest

from rnn_cli.core.fast import kernel_of
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.state import State
from tests.oracle.torch_modules import is_in_torch
from tests.support.networks import KINDS, architecture_of, random_network

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

STEPS, BATCH, INPUTS, H = 7, 3, 4, 5
CELLS = [kind for kind in KINDS if is_in_torch(architecture_of(kind))]


def step(kind: str, p: dict[str, Any], x: Any, state: list[Any], m: Any) -> list[Any]:
    """PyTorch's step with what is left of h."""
    W_x, W_h, b = p["W_x"], p["W_h"], p["b"]
    h, zero = state[0], torch.zeros_like(b)
    if kind == "lstm":
        return list(torch.lstm_cell(x, (m * h, state[1]), W_x, W_h, b, zero))
    if kind.startswith("rnn"):
        return [(torch.rnn_relu_cell if "relu" in kind else torch.rnn_tanh_cell)(x, m * h, W_x, W_h, b, zero)]
    b_h = torch.cat([zero[: 2 * H], p["b_hn"]])
    z = torch.sigmoid((x @ W_x.T + b + (m * h) @ W_h.T)[:, H : 2 * H])
    return [torch.gru_cell(x, m * h, W_x, W_h, b, b_h) + z * (h - m * h)]


@pytest.mark.parametrize("kind", CELLS)
def test_states_and_gradients_are_those_of_pytorch(kind: str) -> None:
    network = random_network(architecture_of(kind, INPUTS, H), 3)
    packed, draw = network.packed(0, "forward"), np.random.default_rng(1)
    x, dropped = draw.standard_normal((STEPS, BATCH, INPUTS)), (draw.random((BATCH, H)) > 0.4) / 0.6
    initial = State(**{name: draw.standard_normal((BATCH, H)) for name in network.cell.states})
    error = draw.standard_normal((STEPS, BATCH, H))
    tape = kernel_of(network.cell).forward(packed, Vectors(x), initial, None, dropped)
    back = kernel_of(network.cell).backward(packed, tape, {"h": error})

    def tensor(array: Any) -> Any:
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)

    p, x_, m = {name: tensor(array) for name, array in packed.items()}, tensor(x), torch.tensor(dropped)
    first = [tensor(initial[name]) for name in network.cell.states]
    state, states = first, []
    for t in range(STEPS):
        state = step(kind, p, x_[t], state, m)
        states.append(state[0])
    h = torch.stack(states)
    (h * torch.tensor(error)).sum().backward()
    np.testing.assert_allclose(tape.h[1:], h.detach().numpy(), rtol=1e-11, atol=1e-12)
    for name, tensor_ in p.items():
        np.testing.assert_allclose(back.packed[name], tensor_.grad.numpy(), rtol=1e-10, atol=1e-11, err_msg=name)
    np.testing.assert_allclose(back.dx, x_.grad.numpy(), rtol=1e-10, atol=1e-11)
    for name, tensor_ in zip(network.cell.states, first, strict=True):
        np.testing.assert_allclose(back.initial[name], tensor_.grad.numpy(), rtol=1e-10, atol=1e-11)
