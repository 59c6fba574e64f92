"""What the tests of the backward pass share: traces with targets, and an independent truncated BPTT."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Target
from rnn_cli.core.learning.losses import CROSS_ENTROPY, total_loss
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_ONE, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.core.trace import Trace, trace
from tests.support.networks import random_sequence


def traced(network: Network, steps: int, kind: str = CROSS_ENTROPY, seed: int = 0) -> tuple[Trace, Target]:
    """A random sequence through a network, and a random target whose steps weigh differently."""
    a = network.architecture
    generator = np.random.default_rng([seed, 7])
    count = 1 if a.task == MANY_TO_ONE else steps
    targets = (
        generator.integers(0, a.output_size, count)
        if kind == CROSS_ENTROPY
        else generator.standard_normal((count, a.output_size))
    )
    result = trace(network, random_sequence(steps, a.input_size, seed))
    return result, Target(kind, targets, generator.uniform(0.2, 2, count))


def detached_gradients(
    torch: Any, result: Trace, target: Target, live: Callable[[int, str], range]
) -> dict[str, Array]:
    """Truncated BPTT as PyTorch users write it: every loss runs a graph of its own, states outside are detached.

    `live(k, direction)` are the steps (from 1) of a direction that the loss at step k may reach.
    """
    from tests.oracle.torch_backward import torch_loss, torch_step

    a, T = result.network.architecture, len(result.inputs)
    leaf = {name: torch.tensor(array, requires_grad=True) for name, array in result.network.parameters.items()}
    losses = [T] if a.task == MANY_TO_ONE else list(range(1, T + 1))
    for place, k in enumerate(losses):
        below = [torch.tensor(x) for x in result.inputs]
        ends: list[Any] = []
        for layer in range(a.num_layers):
            sides, ends = [], []
            for direction in a.directions:
                prefix = f"layers.{layer}.{direction}."
                p = {name[len(prefix) :]: one for name, one in leaf.items() if name.startswith(prefix)}
                zero = torch.zeros(a.hidden_size, dtype=torch.float64)
                state = dict.fromkeys(result.network.cell.states, zero)
                states: dict[int, Any] = {}
                for t in range(1, T + 1) if direction == FORWARD else range(T, 0, -1):
                    state = torch_step(torch, a, p, below[t - 1], state)
                    if t not in live(k, direction):
                        state = {name: one.detach() for name, one in state.items()}
                    states[t] = state["h"]
                sides.append([states[t] for t in range(1, T + 1)])
                ends.append(state["h"])
            below = [torch.cat(parts) for parts in zip(*sides, strict=True)]
        read = torch.cat(ends) if a.task == MANY_TO_ONE else below[k - 1]
        logits = leaf["readout.W_hy"] @ read + leaf["readout.b_y"]
        torch_loss(
            torch, target.kind, logits[None], target.targets[place : place + 1], target.weights[place : place + 1]
        ).backward()
    return {name: np.zeros(one.shape) if one.grad is None else one.grad.numpy() for name, one in leaf.items()}


def held_loss(result: Trace, target: Target, parameters: Parameters, live: Callable[[int, str], range]) -> complex:
    """The sum of the losses with other parameters, where every loss sees the states outside of its steps as they were.

    Its derivative is the gradient of truncated BPTT, for any cell. `live` is as for `detached_gradients`.
    """
    network = result.network.with_parameters(parameters)
    a, cell, T, dtype = network.architecture, network.cell, len(result.inputs), parameters.flat.dtype
    total = 0j
    for place, k in enumerate([T] if a.task == MANY_TO_ONE else range(1, T + 1)):
        below = list(result.inputs.astype(dtype))
        ends: list[Array] = []
        for layer in range(a.num_layers):
            sides, ends = [], []
            for direction in a.directions:
                w = cell.weights(network.packed(layer, direction))
                state = State.zeros(cell.states, (a.hidden_size,), dtype)
                outputs: dict[int, Array] = {}
                for t in range(1, T + 1) if direction == FORWARD else range(T, 0, -1):
                    state = cell.step(w, below[t - 1], state).state
                    if t not in live(k, direction):
                        state = result.at(layer, direction, t).state.astype(dtype)
                    outputs[t] = state.h
                sides.append([outputs[t] for t in range(1, T + 1)])
                ends.append(state.h)
            below = [np.concatenate(parts) for parts in zip(*sides, strict=True)]
        logits = network.readout(np.concatenate(ends) if a.task == MANY_TO_ONE else below[k - 1])
        one = slice(place, place + 1)
        total += total_loss(target.kind, logits[None], target.targets[one], target.weights[one])
    return total


def window(K: int, T: int, at_end: bool) -> Callable[[int, str], range]:
    """--truncate K in words: K steps back in the order in which a direction ran, from where its error enters."""

    def live(k: int, direction: str) -> range:
        if direction == BACKWARD:
            enters = 1 if at_end else k
            return range(1, min(enters + K - 1, T) + 1)
        return range(max(k - K + 1, 1), T + 1)

    return live


def chunks(k1: int, k2: int, T: int) -> Callable[[int, str], range]:
    """--truncate K1,K2 of one direction: at steps k1, 2 k1, … T the losses since go back through k2 steps."""

    def live(k: int, direction: str) -> range:
        assert direction == FORWARD
        end = next(s for s in [*range(k1, T, k1), T] if s >= k)
        return range(max(end - k2 + 1, 1), T + 1)

    return live
