"""PyTorch's gradients of our networks: its own modules where it has the cell, written out with its autograd where not.

The problem is one batch of sequences of unequal lengths, words read from an embedding, a loss at the end or at every
step, weights of the steps included. Nothing here calls the backward pass of the core.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.embedding import embedding_gradient
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import CROSS_ENTROPY, loss_of
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.state import InitialStates
from tests.oracle.torch_modules import PYTORCH, is_in_torch, module_of
from tests.support.networks import KINDS, random_states


@dataclass(frozen=True, eq=False)
class Problem:
    """A network, a batch of words for it, initial states and a target. ids are -1 in the padding, whose vectors hold
    something that must not matter."""

    network: Network
    ids: Array
    lengths: Array
    initial: InitialStates
    kind: str
    targets: Array
    weights: Array
    mean: bool
    padding: float = 1e3

    @property
    def inputs(self) -> Array:
        """The vectors of the words, (T, B, I), and in the padding what stands there."""
        x: Array = self.network.parameters["embedding"][np.maximum(self.ids, 0)]
        return np.where(self.ids[..., None] < 0, x.dtype.type(self.padding), x)


def random_problem(network: Network, lengths: list[int], kind: str, seed: int) -> Problem:
    """Words, initial states, targets and weights for a network that has an embedding."""
    generator = np.random.default_rng([seed, 4])
    T, B, a = max(lengths), len(lengths), network.architecture
    inside = np.arange(T)[:, None] < np.array(lengths)
    ids = np.where(inside, generator.integers(0, a.embedding_rows, (T, B)), -1)
    shape = (B,) if a.task == MANY_TO_ONE else (T, B)
    weights = generator.uniform(0.2, 2, shape)
    if a.task != MANY_TO_ONE:
        weights = np.where(inside, weights, 0.0)
    targets = (
        generator.integers(0, a.output_size, shape)
        if kind == CROSS_ENTROPY
        else generator.standard_normal((*shape, a.output_size))
    )
    states = random_states(network, B, seed)
    return Problem(network, ids, np.array(lengths), states, kind, targets, weights, bool(seed % 2))


def rounded(problem: Problem, digits: int = 4) -> Problem:
    """The same problem with short numbers, for a file."""
    network = problem.network
    parameters = network.parameters.copy()
    parameters.flat[...] = np.round(parameters.flat, digits)
    return replace(
        problem,
        network=network.with_parameters(parameters),
        initial={k: state.map(lambda array: np.round(array, digits)) for k, state in problem.initial.items()},
        targets=np.round(problem.targets, digits),
        weights=np.round(problem.weights, digits),
    )


def our_answer(problem: Problem) -> dict[str, Array]:
    """logits, loss and every gradient, by the kernels."""
    run = run_forward(problem.network, problem.inputs, problem.lengths, problem.initial)
    assert run.logits is not None
    loss = loss_of(problem.kind, run.logits, problem.targets, problem.weights, problem.mean)
    back = run_backward(problem.network, run, loss.dlogits)
    answer = {name: gradient for name, gradient in back.parameters.items() if name != "embedding"}
    answer["embedding"] = embedding_gradient(problem.ids, back.inputs, problem.network.architecture.embedding_rows)
    answer["inputs"] = back.inputs
    for (layer, direction), error in back.initial.items():
        answer |= {f"{name}0.{layer}.{direction}": array for name, array in error.items()}
    inside = np.arange(len(problem.ids))[:, None] < problem.lengths
    one = problem.network.architecture.task == MANY_TO_ONE
    answer["logits"] = run.logits if one else run.logits * inside[..., None]
    answer["loss"] = np.array(loss.total)
    return answer


PRE_ACTIVATIONS = {"rnn": "h", "lstm": "ifgo", "peephole": "ifgo", "gru": "rzn", "mingru": "zn", "slstm": "ifzo"}
"""The order in which W_x, W_h and b stack the gates: stated here once more, so that the core cannot vouch for itself."""

WRITTEN_OUT = sorted(kind for kind, (cell, _) in KINDS.items() if cell in PRE_ACTIVATIONS)
"""The kinds of cells that `torch_step` has. A cell without it is held to central differences and the complex step."""

FORWARD_PARTS = ("logits", "loss")


def is_a_module(architecture: Architecture) -> bool:
    """Whether a module of PyTorch computes the whole network: its layers are alike, and none runs backward alone."""
    return is_in_torch(architecture) and not architecture.layer_sizes and not architecture.backward_only


def torch_answer(torch: Any, problem: Problem) -> dict[str, Array]:
    """The same by PyTorch in double precision."""
    network = problem.network
    a = network.architecture
    leaf = {name: torch.tensor(array, requires_grad=True) for name, array in network.parameters.items()}
    initial: dict[tuple[int, str], dict[str, Any]] = {
        where: {name: torch.tensor(array, requires_grad=True) for name, array in state.items()}
        for where, state in problem.initial.items()
    }
    pad = torch.tensor(problem.ids < 0)[..., None]
    x = torch.where(pad, torch.zeros((), dtype=torch.float64), leaf["embedding"][np.maximum(problem.ids, 0)])
    x.retain_grad()
    run = _module if is_a_module(a) else _written_out
    output, h_n, collect = run(torch, problem, x, leaf, initial)
    read = _read(torch, problem, output, h_n) if a.task == MANY_TO_ONE else output
    logits = read @ leaf["readout.W_hy"].T + leaf["readout.b_y"]
    loss = torch_loss(torch, problem.kind, logits, problem.targets, problem.weights)
    if problem.mean:
        loss = loss / problem.weights.sum()
    loss.backward()
    answer = collect()
    for name in ("embedding", "readout.W_hy", "readout.b_y"):
        answer[name] = leaf[name].grad.numpy()
    answer["inputs"] = x.grad.numpy()
    for (layer, direction), state in initial.items():
        answer |= {f"{name}0.{layer}.{direction}": one.grad.numpy() for name, one in state.items()}
    inside = (np.arange(len(problem.ids))[:, None] < problem.lengths)[..., None]
    values = logits.detach().numpy()
    answer["logits"] = values if a.task == MANY_TO_ONE else values * inside
    answer["loss"] = loss.detach().numpy()
    return answer


def _read(torch: Any, problem: Problem, output: Any, h_n: Any) -> Any:
    """What a readout that answers once reads, sequence by sequence."""
    a, columns = problem.network.architecture, [output[:length, b] for b, length in enumerate(problem.lengths)]
    match a.reads:
        case "final-state":
            return torch.cat(list(h_n[-len(a.directions) :]), dim=-1)
        case "last-output":
            return torch.stack([column[-1] for column in columns])
        case "mean":
            return torch.stack([column.mean(dim=0) for column in columns])
        case "max":
            return torch.stack([column.max(dim=0).values for column in columns])
    raise NotImplementedError(f"tests/oracle/torch_backward.py does not write out a readout of {a.reads}")


def torch_loss(torch: Any, kind: str, logits: Any, targets: Array, weights: Array) -> Any:
    """The weighted sum of the predictions' losses."""
    if kind == CROSS_ENTROPY:
        flat = torch.nn.functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), torch.tensor(targets.ravel()).long(), reduction="none"
        )
        return (flat * torch.tensor(weights.ravel())).sum()
    each = torch.nn.functional.mse_loss(logits, torch.tensor(targets), reduction="none").mean(dim=-1)
    return (each * torch.tensor(weights)).sum()


_Run = tuple[Any, Any, Callable[[], dict[str, Array]]]


def _module(torch: Any, problem: Problem, x: Any, leaf: dict[str, Any], initial: dict[Any, Any]) -> _Run:
    """torch.nn.RNN, LSTM or GRU over packed sequences; its second bias is 0, but for the GRU's candidate."""
    a, H = problem.network.architecture, problem.network.architecture.hidden_size
    cell, module = problem.network.cell, module_of(torch, a).to(x.dtype)
    apart = {
        gate: slice(k * H, (k + 1) * H) for k, gate in enumerate(cell.gates) if gate in cell.frameworks[PYTORCH].apart
    }
    places = [(layer, direction) for layer in range(a.num_layers) for direction in a.directions]

    def names(layer: int, direction: str) -> dict[str, Any]:
        suffix = f"_l{layer}" + ("_reverse" if direction == BACKWARD else "")
        return {n: getattr(module, n + suffix) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}

    with torch.no_grad():
        for layer, direction in places:
            own, ours = names(layer, direction), problem.network.packed(layer, direction)
            own["weight_ih"].copy_(torch.tensor(ours["W_x"]))
            own["weight_hh"].copy_(torch.tensor(ours["W_h"]))
            own["bias_ih"].copy_(torch.tensor(ours["b"]))
            own["bias_hh"].zero_()
            for gate, part in apart.items():
                own["bias_hh"][part] = torch.tensor(ours[f"b_h{gate}"])
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(problem.lengths), enforce_sorted=False)
    states = [torch.stack([initial[place][name] for place in places]) for name in cell.states]
    out, final = module(packed, tuple(states) if len(states) > 1 else states[0])
    output, _ = torch.nn.utils.rnn.pad_packed_sequence(out, total_length=len(x))

    def collect() -> dict[str, Array]:
        answer = {}
        for layer, direction in places:
            own, where = names(layer, direction), f"layers.{layer}.{direction}"
            answer[f"{where}.W_x"] = own["weight_ih"].grad.numpy()
            answer[f"{where}.W_h"] = own["weight_hh"].grad.numpy()
            answer[f"{where}.b"] = own["bias_ih"].grad.numpy()
            for gate, part in apart.items():
                answer[f"{where}.b_h{gate}"] = own["bias_hh"].grad.numpy()[part]
        return answer

    return output, final[0] if len(states) > 1 else final, collect


def _written_out(torch: Any, problem: Problem, x: Any, leaf: dict[str, Any], initial: dict[Any, Any]) -> _Run:
    """One sequence, layer, direction and step at a time."""
    a = problem.network.architecture
    ends: dict[tuple[int, str], list[Any]] = {}
    columns = []
    for b, length in enumerate(problem.lengths):
        below = [x[t, b] for t in range(length)]
        for layer in range(a.num_layers):
            sides = []
            for direction in a.directions:
                state = {name: array[b] for name, array in initial[layer, direction].items()}
                order = range(length) if direction == FORWARD else range(length - 1, -1, -1)
                states: dict[int, Any] = {}
                for t in order:
                    state = torch_step(torch, a, _group(leaf, layer, direction), below[t], state)
                    states[t] = state["h"]
                ends.setdefault((layer, direction), []).append(state["h"])
                sides.append([states[t] for t in range(length)])
            below = [torch.cat(parts) for parts in zip(*sides, strict=True)]
        zero = torch.zeros_like(below[0])
        columns.append(torch.stack(below + [zero] * (len(x) - int(length))))
    output = torch.stack(columns, dim=1)

    def collect() -> dict[str, Array]:
        return {name: one.grad.numpy() for name, one in leaf.items() if name.startswith("layers.")}

    return output, [torch.stack(states) for states in ends.values()], collect


def _group(leaf: dict[str, Any], layer: int, direction: str) -> dict[str, Any]:
    prefix = f"layers.{layer}.{direction}."
    return {name[len(prefix) :]: one for name, one in leaf.items() if name.startswith(prefix)}


def torch_step(torch: Any, architecture: Any, p: dict[str, Any], x: Any, state: dict[str, Any]) -> dict[str, Any]:
    """One step of a cell from the equations of its paper: x (I,) and states (H,) by name -> the next states."""
    gates, f = PRE_ACTIVATIONS[architecture.cell], torch.sigmoid
    options, h = dict(architecture.options), state["h"]
    W, b = (dict(zip(gates, p[name].split(len(h)), strict=True)) for name in ("W_x", "b"))
    U = dict(zip(gates, p["W_h"].split(len(h)), strict=True)) if "W_h" in p else {}
    a = {k: W[k] @ x + b[k] for k in gates}
    full = {k: a[k] + U[k] @ h for k in U}
    match architecture.cell:
        case "rnn":
            return {"h": {"tanh": torch.tanh, "relu": torch.relu}[options.get("activation", "tanh")](full["h"])}
        case "lstm":
            c = f(full["f"]) * state["c"] + f(full["i"]) * torch.tanh(full["g"])
            return {"h": f(full["o"]) * torch.tanh(c), "c": c}
        case "peephole":
            i, forget = (f(full[k] + p[f"p_{k}"] * state["c"]) for k in ("i", "f"))
            c = forget * state["c"] + i * torch.tanh(full["g"])
            return {"h": f(full["o"] + p["p_o"] * c) * torch.tanh(c), "c": c}
        case "gru":
            r, z = f(full["r"]), f(full["z"])
            inner = U["n"] @ (r * h) if options.get("reset") == "before" else r * (U["n"] @ h + p["b_hn"])
            return {"h": z * h + (1 - z) * torch.tanh(a["n"] + inner)}
        case "mingru":
            return {"h": torch.lerp(h, a["n"], f(a["z"]))}
        case "slstm":
            log_f = torch.nn.functional.logsigmoid(full["f"])
            m = torch.maximum(log_f + state["m"], full["i"])
            kept, taken = torch.exp(log_f + state["m"] - m), torch.exp(full["i"] - m)
            c, n = kept * state["c"] + taken * torch.tanh(full["z"]), kept * state["n"] + taken
            return {"h": f(full["o"]) * c / n, "c": c, "n": n, "m": m}
    raise NotImplementedError(f"tests/oracle/torch_backward.py does not write out the cell {architecture.cell}")


def relative_error(found: Array, expected: Array) -> float:
    """The norm of the difference over the norm of what is right; the difference alone where that is 0."""
    size = float(np.linalg.norm(expected))
    return float(np.linalg.norm(found - expected)) / (size if size > 1e-12 else 1.0)
