"""Fifty steps of training against PyTorch in double precision: same weights, same batches, the same losses to 1e-8."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.optimizers import SLOTS, Optimizer
from rnn_cli.core.learning.train import Plan, Progress, train_steps
from rnn_cli.core.reads import READS
from rnn_cli.core.systems.base import Blueprint, System
from tests.oracle.torch_modules import is_in_torch
from tests.oracle.torch_training import TorchSystem, torch_losses
from tests.support.networks import KINDS, architecture_of
from tests.support.systems import ATTENTIVE, SYSTEM_KINDS, WITH_PARTS, blueprint_of, random_examples, random_system

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

torch.set_num_threads(1)
STEPS = 50
CLOSE = 1e-8
CELLS = [kind for kind in KINDS if is_in_torch(architecture_of(kind))]
RATES = {"sgd": 0.1, "momentum": 0.02, "rmsprop": 0.003, "adam": 0.01, "adamw": 0.01}
Clip = tuple[str, float] | None


def batches_of(blueprint: Blueprint) -> list[Batch]:
    """Five batches of unequal lengths, again and again."""
    few = [
        random_examples(blueprint, lengths, seed)
        for seed, lengths in enumerate([[5, 2, 7], [1, 6], [4], [3, 3, 1, 8], [2, 5]])
    ]
    return [few[k % len(few)] for k in range(STEPS)]


def our_losses(
    system: System, batches: list[Batch], kind: str, lr: float, weight_decay: float = 0.0, clip: Clip = None
) -> tuple[list[float], list[float]]:
    """The loss and the gradient norm of every step, from the loop that `rnn train` runs."""
    next_batch: Callable[[Progress], tuple[Batch, bool]] = lambda progress: (batches[progress.step], False)  # noqa: E731
    plan = Plan(0, len(batches), lr, clip=clip)
    events = list(train_steps(system, Optimizer(kind, weight_decay), plan, Progress(), next_batch))
    return [one.loss for one in events], [one.grad_norm for one in events]


def compare(blueprint: Blueprint, kind: str, weight_decay: float = 0.0, clip: Clip = None) -> float:
    """The largest difference of a loss; the norms must agree too."""
    system, batches = random_system(blueprint, 3, scale=0.7), batches_of(blueprint)
    theirs, their_norms = torch_losses(torch, system, batches, kind, RATES[kind], weight_decay, clip)
    ours, our_norms = our_losses(system, batches, kind, RATES[kind], weight_decay, clip)
    np.testing.assert_allclose(our_norms, their_norms, rtol=1e-7, atol=1e-9)
    assert ours[-5:] != ours[:5]
    assert sum(ours[-5:]) < sum(ours[:5]), "nothing was learnt: the comparison would say little"
    return float(np.abs(np.array(ours) - theirs).max())


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(
    ("cell", "kind"), [*product(CELLS, SYSTEM_KINDS), *product(["gru reset after"], [*ATTENTIVE, WITH_PARTS])]
)
def test_every_system_learns_as_in_pytorch(cell: str, kind: str, optimizer: str, record_property: Any) -> None:
    error = compare(blueprint_of(kind, cell), optimizer)
    record_property("largest_difference", f"{error:.1e}")
    assert error <= CLOSE


@pytest.mark.parametrize("kind", ["many-to-one", "many-to-many", "encoder-decoder", "one-to-many"])
@pytest.mark.parametrize("cell", CELLS)
def test_two_layers_and_both_directions(cell: str, kind: str) -> None:
    blueprint = blueprint_of(kind, cell, num_layers=2, bidirectional=kind != "one-to-many")
    assert compare(blueprint, "adam") <= CLOSE


@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_whatever_the_readout_reads(reads: str, bidirectional: bool) -> None:
    """Of sequences of unequal lengths: padding is neither the largest nor a part of the mean."""
    blueprint = blueprint_of("many-to-one", "gru reset after", bidirectional=bidirectional)
    assert blueprint.reader is not None
    assert compare(replace(blueprint, reader=replace(blueprint.reader, reads=reads)), "adam") <= CLOSE


@pytest.mark.parametrize("kind", [*ATTENTIVE, WITH_PARTS])
@pytest.mark.parametrize("seed", range(3))
def test_attention_and_parts_of_words_have_the_values_and_gradients_of_pytorch(
    kind: str, seed: int, record_property: Any
) -> None:
    """Of every parameter of all networks and of the attention: random sizes, layers, directions and lengths."""
    draw = np.random.default_rng([seed, 3])
    layers, size, cell = int(draw.integers(1, 3)), int(draw.integers(2, 7)), CELLS[int(draw.integers(len(CELLS)))]
    blueprint = blueprint_of(kind, cell, size, layers, bidirectional=bool(seed % 2))
    system = random_system(blueprint, seed)
    batch = random_examples(blueprint, [int(n) for n in draw.integers(1, 9, 5)], seed)
    theirs = TorchSystem(torch, system)
    loss = theirs.loss(batch)
    loss.backward()
    done, gradients = system.forward(batch), system.parameters.zeros()
    system.backward(done, gradients)
    assert done.loss.total == pytest.approx(float(loss.detach()), rel=1e-10)
    pairs = [(gradients[f"attention.{name}"], one.grad.numpy()) for name, one in theirs.looks.items()]
    roles = ("",) if kind == WITH_PARTS else ("encoder.", "decoder.")
    for role, network in zip(roles, theirs.networks, strict=True):
        pairs += [(gradients[f"{role}{name}"], one.grad.numpy()) for name, one in network.leaf.items()]
        for layer, direction in product(range(layers), network.a.directions):
            suffix = f"_l{layer}" + ("_reverse" if direction == "backward" else "")
            for name, ours in (("weight_ih", "W_x"), ("weight_hh", "W_h"), ("bias_ih", "b")):
                own = gradients[f"{role}layers.{layer}.{direction}.{ours}"]
                pairs.append((own, getattr(network.module, name + suffix).grad.numpy()))
    worst = max(np.abs(ours - of_torch).max() / max(1.0, np.abs(of_torch).max()) for ours, of_torch in pairs)
    record_property("largest_difference", f"{worst:.1e}")
    assert worst <= 1e-10, worst
    assert all(np.abs(ours).max() > 1e-6 for ours, _ in pairs)


@pytest.mark.parametrize("optimizer", sorted(SLOTS))
@pytest.mark.parametrize("weight_decay", [0.0, 0.02])
@pytest.mark.parametrize("clip", [None, ("global norm", 0.2), ("value", 0.02)], ids=["unclipped", "norm", "value"])
def test_every_optimizer_with_decay_and_clipping(optimizer: str, weight_decay: float, clip: Clip) -> None:
    cell = "gru reset after" if weight_decay else "lstm"
    assert compare(blueprint_of("many-to-many", cell), optimizer, weight_decay, clip) <= CLOSE


@pytest.mark.parametrize("cell", CELLS)
def test_clipping_by_global_norm_takes_the_exact_norm(cell: str) -> None:
    """PyTorch's own clip_grad_norm_ divides by the norm + 1e-6, which would be off by more than is allowed here."""
    for kind, optimizer in (("many-to-one", "adam"), ("encoder-decoder", "sgd"), ("one-to-many", "adam")):
        assert compare(blueprint_of(kind, cell), optimizer, clip=("global norm", 0.3)) <= CLOSE


def test_a_small_mistake_would_be_seen() -> None:
    """The comparison is not blind: a learning rate off by a millionth is found."""
    blueprint = blueprint_of("many-to-one", "lstm")
    batches = batches_of(blueprint)
    for kind in ("sgd", "adam"):
        theirs, _ = torch_losses(torch, random_system(blueprint, 3), batches, kind, RATES[kind])
        ours, _ = our_losses(random_system(blueprint, 3), batches, kind, RATES[kind] * (1 + 1e-6))
        assert np.abs(np.array(ours) - theirs).max() > CLOSE
