"""PyTorch's own training of our systems: its modules, its losses, its optimisers, from the same weights on the same batches.

PyTorch adds two biases per gate. Here one of them is learnt, as in our cells: bias_hh is zero and stays so, but for
the part of a GRU's candidate, which is our b_hn.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention import NONE
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.reads import FINAL_STATE, MAX, MEAN
from rnn_cli.core.systems.base import System
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.systems.single import Single
from tests.oracle.torch_backward import torch_loss
from tests.oracle.torch_modules import PYTORCH, module_of


class TorchNetwork:
    """A network of ours as a module of torch.nn with an embedding and a readout."""

    def __init__(self, torch: Any, network: Network) -> None:
        self.torch, self.a = torch, network.architecture
        a, H, cell = self.a, self.a.hidden_size, network.cell
        self.module = module_of(torch, a)
        apart = cell.frameworks[PYTORCH].apart
        self.apart = {gate: slice(k * H, (k + 1) * H) for k, gate in enumerate(cell.gates) if gate in apart}
        self.second_biases: list[Any] = []
        with torch.no_grad():
            for layer in range(a.num_layers):
                for direction in a.directions:
                    suffix = f"_l{layer}" + ("_reverse" if direction == BACKWARD else "")
                    ours = network.packed(layer, direction)
                    for name, own in (("weight_ih", "W_x"), ("weight_hh", "W_h"), ("bias_ih", "b")):
                        getattr(self.module, name + suffix).copy_(torch.tensor(ours[own]))
                    second = getattr(self.module, "bias_hh" + suffix)
                    second.zero_()
                    second.requires_grad_(bool(self.apart))
                    for gate, part in self.apart.items():
                        second[part] = torch.tensor(ours[f"b_h{gate}"])
                    if self.apart:
                        self.second_biases.append(second)
        rest = ("embedding", "parts", "readout.W_hy", "readout.b_y")
        p = network.parameters
        self.leaf = {name: torch.tensor(p[name], requires_grad=True) for name in rest if name in p}

    def parameters(self) -> list[Any]:
        """All that is learnt."""
        return [one for one in self.module.parameters() if one.requires_grad] + list(self.leaf.values())

    def only_one_bias(self) -> None:
        """Take the gradient off the second bias where we have none."""
        for second in self.second_biases:
            learnt = second.grad.clone()
            second.grad.zero_()
            for part in self.apart.values():
                second.grad[part] = learnt[part]

    def run(self, inputs: Array, lengths: Array, initial: Any = None, parts: Array | None = None) -> tuple[Any, Any]:
        """Output (T, B, D*H) and the final state: h_n, or (h_n, c_n)."""
        x = self.torch.tensor(inputs) if inputs.ndim == 3 else self.leaf["embedding"][inputs]
        if parts is not None:
            x = x + self.bags(parts).reshape(x.shape)
        utils = self.torch.nn.utils.rnn
        packed = utils.pack_padded_sequence(x, self.torch.tensor(lengths), enforce_sorted=False)
        out, final = self.module(packed, initial)
        output, _ = utils.pad_packed_sequence(out, total_length=len(inputs))
        return output, final

    def bags(self, parts: Array) -> Any:
        """The sums of the vectors of parts (T, B, P), as PyTorch's own bags of embeddings add them up."""
        flat = parts.reshape(-1, parts.shape[-1])
        there = flat >= 0
        starts = np.concatenate([[0], there.sum(axis=1).cumsum()[:-1]])
        bag = self.torch.nn.functional.embedding_bag
        return bag(self.torch.tensor(flat[there]), self.leaf["parts"], self.torch.tensor(starts), mode="sum")

    def logits(self, output: Any, final: Any, lengths: Array) -> Any:
        """The readout: of what is read once, or at every step."""
        read = self._read_once(output, final, lengths) if self.a.task == MANY_TO_ONE else output
        return read @ self.leaf["readout.W_hy"].T + self.leaf["readout.b_y"]

    def _read_once(self, output: Any, final: Any, lengths: Array) -> Any:
        """(B, D*H) of the output (T, B, D*H) and the final state."""
        if self.a.reads == FINAL_STATE:
            h_n = final[0] if isinstance(final, tuple) else final
            return self.torch.cat(list(h_n[-len(self.a.directions) :]), -1)
        ends = self.torch.tensor(lengths)
        inside = (self.torch.arange(len(output))[:, None] < ends)[..., None]
        if self.a.reads == MAX:
            return output.masked_fill(~inside, -self.torch.inf).amax(0)
        if self.a.reads == MEAN:
            return (output * inside).sum(0) / ends[:, None]
        return output[ends - 1, self.torch.arange(len(ends))]


class TorchSystem:
    """A system of ours, the same numbers, in PyTorch."""

    def __init__(self, torch: Any, system: System) -> None:
        self.torch, self.kind = torch, system.blueprint.loss
        self.networks: list[TorchNetwork]
        self.first: Any = None
        self.score = system.blueprint.attention
        self.looks = (
            {}
            if self.score == NONE
            else {
                name: torch.tensor(array, requires_grad=True)
                for name, array in system.parameters.part("attention").items()
            }
        )
        if isinstance(system, Single):
            self.networks = [TorchNetwork(torch, system.network)]
        elif isinstance(system, EncoderDecoder):
            self.networks = [TorchNetwork(torch, system.encoder), TorchNetwork(torch, system.decoder)]
        else:
            assert isinstance(system, Conditioned)
            self.networks = [TorchNetwork(torch, system.decoder)]
            self.first = torch.tensor(system.parameters["condition"], requires_grad=True)

    def parameters(self) -> list[Any]:
        """All that is learnt."""
        own = [one for network in self.networks for one in network.parameters()] + list(self.looks.values())
        return own if self.first is None else [*own, self.first]

    def loss(self, batch: Batch) -> Any:
        """The weighted mean of a batch's losses."""
        first, last = self.networks[0], self.networks[-1]
        if batch.decoder_inputs is None:
            output, final = first.run(batch.inputs, batch.lengths, parts=batch.parts)
        else:
            assert batch.decoder_lengths is not None
            remembered, start = (None, self._condition(batch)) if self.first is not None else self._context(batch)
            output, final = last.run(batch.decoder_inputs, batch.decoder_lengths, start)
            output = self._look_back(output, remembered, batch.lengths) if self.looks else output
        logits = last.logits(output, final, batch.lengths)
        each = torch_loss(self.torch, self.kind, logits, batch.targets, batch.weights)
        return each / batch.weights.sum()

    def _look_back(self, s: Any, h: Any, lengths: Array) -> Any:
        """What the readout reads of s (U, B, S): PyTorch's attention where a product is the score, its softmax elsewhere."""
        torch, w = self.torch, self.looks
        s, h = s.transpose(0, 1), h.transpose(0, 1)
        inside = torch.arange(h.shape[1]) < torch.tensor(lengths)[:, None]
        if self.score == "additive":
            pairs = torch.tanh((s @ w["W_as"].T)[:, :, None] + (h @ w["W_ah"].T)[:, None])
            shares = torch.softmax((pairs @ w["v_a"]).masked_fill(~inside[:, None], -torch.inf), -1)
            context = torch.einsum("but,btd->bud", shares, h)
        else:
            asks = s if self.score == "dot" else s @ w["W_a"]
            attend = torch.nn.functional.scaled_dot_product_attention
            context = attend(asks, h, h, attn_mask=inside[:, None], scale=1.0)
        read = torch.tanh(torch.nn.functional.linear(torch.cat([context, s], -1), w["W_c"], w["b_c"]))
        return read.transpose(0, 1)

    def _context(self, batch: Batch) -> tuple[Any, Any]:
        """The encoder's output, and its last states, the directions of a layer side by side."""
        encoder = self.networks[0]
        output, final = encoder.run(batch.inputs, batch.lengths)
        directions = len(encoder.a.directions)

        def beside(s: Any) -> Any:
            parts = [self.torch.cat(list(s[k : k + directions]), -1) for k in range(0, len(s), directions)]
            return self.torch.stack(parts)

        return output, tuple(map(beside, final)) if isinstance(final, tuple) else beside(final)

    def _condition(self, batch: Batch) -> Any:
        """The rows of the table, h of all layers and then c."""
        a: Architecture = self.networks[0].a
        rows = self.first[batch.inputs[0]].reshape(batch.size, -1, a.num_layers, a.hidden_size)
        states = [rows[:, k].transpose(0, 1).contiguous() for k in range(rows.shape[1])]
        return tuple(states) if len(states) > 1 else states[0]


def torch_optimizer(torch: Any, kind: str, parameters: Iterable[Any], lr: float, weight_decay: float) -> Any:
    """PyTorch's optimiser of the name, with its own constants."""
    makers: dict[str, Callable[..., Any]] = {
        "sgd": torch.optim.SGD,
        "momentum": lambda p, **options: torch.optim.SGD(p, momentum=0.9, **options),
        "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }
    return makers[kind](list(parameters), lr=lr, weight_decay=weight_decay)


def torch_losses(
    torch: Any,
    system: System,
    batches: list[Batch],
    kind: str,
    lr: float,
    weight_decay: float = 0.0,
    clip: tuple[str, float] | None = None,
) -> tuple[list[float], list[float]]:
    """The loss and the gradient norm of every step, one batch after the other."""
    theirs = TorchSystem(torch, system)
    optimizer = torch_optimizer(torch, kind, theirs.parameters(), lr, weight_decay)
    losses, norms = [], []
    for batch in batches:
        optimizer.zero_grad()
        loss = theirs.loss(batch)
        loss.backward()
        for network in theirs.networks:
            network.only_one_bias()
        gradients = [one.grad for one in theirs.parameters()]
        norm = float(np.sqrt(sum(float((g * g).sum()) for g in gradients)))
        if clip is not None and clip[0] == "global norm" and norm > clip[1]:
            for g in gradients:
                g *= clip[1] / norm
        if clip is not None and clip[0] == "value":
            for g in gradients:
                g.clamp_(-clip[1], clip[1])
        optimizer.step()
        losses.append(float(loss.detach()))
        norms.append(norm)
    return losses, norms
