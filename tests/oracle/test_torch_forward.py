"""Random networks against PyTorch in double precision: every cell that it has, stacked, both directions, packed batches."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.forward import layer_states, run_forward
from rnn_cli.core.network import Architecture
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.state_dict import model_from_state_dict
from tests.oracle.torch_modules import activation_of, is_in_torch, state_dict, torch_forward, torch_module
from tests.support.networks import (
    KINDS,
    architecture_of,
    architectures,
    batch_lengths,
    random_batch,
    random_sequence,
    seeds,
    stacked,
)

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed; test_frozen.py holds its frozen values")

CLOSE = 1e-10
IN_TORCH = sorted(kind for kind in KINDS if is_in_torch(architecture_of(kind)))


@pytest.mark.parametrize("kind", IN_TORCH)
@settings(max_examples=30)
@given(data=st.data(), lengths=batch_lengths, seed=seeds)
def test_output_and_final_states_are_pytorchs(kind: str, data: st.DataObject, lengths: list[int], seed: int) -> None:
    architecture = data.draw(architectures(max_size=9, readout=False, kind=kind, alike=True))
    module = torch_module(torch, architecture, seed)
    model = model_from_state_dict("memory", "m", state_dict(module), Choices(activation=activation_of(architecture)))
    read = model.network.architecture
    assert (read.cell, read.input_size, read.hidden_size, read.num_layers, read.bidirectional) == (
        architecture.cell,
        architecture.input_size,
        architecture.hidden_size,
        architecture.num_layers,
        architecture.bidirectional,
    )
    x, sizes = random_batch(lengths, architecture.input_size, seed, padding=-7.0)
    run = run_forward(model.network, x, sizes)
    output, h_n, c_n = torch_forward(torch, module, x, sizes)
    np.testing.assert_allclose(run.output, output, atol=CLOSE, rtol=0)
    np.testing.assert_allclose(stacked(run, "h"), h_n, atol=CLOSE, rtol=0)
    assert ("c" in model.network.cell.states) == (c_n is not None)
    if c_n is not None:
        np.testing.assert_allclose(stacked(run, "c"), c_n, atol=CLOSE, rtol=0)


@pytest.mark.parametrize("kind", IN_TORCH)
def test_a_long_sequence_stays_pytorchs(kind: str) -> None:
    architecture = architecture_of(kind, 4, 16, 3, True)
    module = torch_module(torch, architecture, 3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(0.5)  # relu must not run away over 200 steps
    model = model_from_state_dict("memory", "m", state_dict(module), Choices(activation=activation_of(architecture)))
    x = random_sequence(200, 4)[:, None]
    output, _, _ = torch_forward(torch, module, x, np.array([200]))
    scale = max(1.0, float(np.abs(output).max()))
    np.testing.assert_allclose(run_forward(model.network, x).output, output, atol=CLOSE * scale, rtol=0)


@settings(max_examples=25)
@given(data=st.data(), lengths=batch_lengths, seed=seeds)
def test_the_gru_that_resets_before_by_its_formula(data: st.DataObject, lengths: list[int], seed: int) -> None:
    """PyTorch has no such cell: six lines of the 2014 paper stand in for it, one layer and direction at a time."""
    from tests.support.networks import random_network

    network = random_network(data.draw(architectures(readout=False, kind="gru reset before")), seed)
    x, sizes = random_batch(lengths, network.architecture.input_size, seed)
    run = run_forward(network, x, sizes)
    for b, length in enumerate(lengths):
        inputs = x[:length, b]
        for layer in range(network.architecture.num_layers):
            outputs = []
            for direction in network.architecture.directions:
                p, h, states = network.packed(layer, direction), np.zeros(network.architecture.size_of(layer)), []
                (U_r, U_z, U_n), (W_r, W_z, W_n) = np.split(p["W_h"], 3), np.split(p["W_x"], 3)
                b_r, b_z, b_n = np.split(p["b"], 3)
                for v in inputs if direction == "forward" else inputs[::-1]:
                    r = 1 / (1 + np.exp(-(W_r @ v + U_r @ h + b_r)))
                    z = 1 / (1 + np.exp(-(W_z @ v + U_z @ h + b_z)))
                    h = z * h + (1 - z) * np.tanh(W_n @ v + U_n @ (r * h) + b_n)
                    states.append(h)
                outputs.append(np.stack(states if direction == "forward" else states[::-1]))
            inputs = np.concatenate(outputs, axis=-1)
        np.testing.assert_allclose(run.output[:length, b], inputs, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-10), ("float32", 1e-6)])
def test_a_state_dict_through_the_real_command(
    rnn: Callable[..., Any], tmp_path: Path, dtype: str, close: float
) -> None:
    save_file = pytest.importorskip("safetensors.torch").save_file
    torch.manual_seed(11)
    module = torch.nn.LSTM(5, 7, num_layers=2, bidirectional=True).to(getattr(torch, dtype))
    save_file(module.state_dict(), tmp_path / "lstm.safetensors")
    sequences = [random_sequence(6, 5, 1), random_sequence(3, 5, 2)]
    (tmp_path / "x.json").write_text(json.dumps([x.tolist() for x in sequences]))
    done = rnn("forward", "--model", "lstm.safetensors", "--input", "x.json", "--json")
    assert (done.code, done.stderr) == (0, "")
    document = done.document()
    assert document["model"]["cell"] == "lstm"
    assert document["model"]["num_layers"] == 2
    assert document["model"]["bidirectional"] is True
    for x, found in zip(sequences, document["sequences"], strict=True):
        with torch.no_grad():
            output, (h_n, c_n) = module(torch.from_numpy(x).to(getattr(torch, dtype))[:, None])
        np.testing.assert_allclose(found["output"], output[:, 0].numpy(), atol=close, rtol=0)
        for k, states in enumerate(found["layers"]):
            assert (states["layer"], states["direction"]) == (k // 2, ("forward", "backward")[k % 2])
            end = -1 if states["direction"] == "forward" else 0
            np.testing.assert_allclose(states["h"][end], h_n[k, 0].numpy(), atol=close, rtol=0)
            np.testing.assert_allclose(states["c"][end], c_n[k, 0].numpy(), atol=close, rtol=0)
            assert set(states["gates"]) == set("ifgo")


def test_gates_recompute_the_hidden_state_that_pytorch_gives() -> None:
    """PyTorch's fused LSTM hides its gates; o * tanh(c) of ours must be its h."""
    architecture = Architecture("lstm", 3, 5)
    module = torch_module(torch, architecture, 1)
    model = model_from_state_dict("memory", "m", state_dict(module), Choices(activation="tanh"))
    x = random_sequence(6, 3)[:, None]
    (states,) = layer_states(model.network, run_forward(model.network, x), 0)
    output, _, c_n = torch_forward(torch, module, x, np.array([6]))
    assert c_n is not None
    c = states.states["c"]
    np.testing.assert_allclose(states.gates["o"] * np.tanh(c), output[:, 0], atol=CLOSE)
    np.testing.assert_allclose(c[-1], c_n[0, 0], atol=CLOSE)
