"""Programs with the networks that they are checked against: the one place where the two meet."""

from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from tests.support.networks import architecture_of, random_network, random_states
from tests.support.referee_programs.program import Program

STEPS, CLASSES = 4, 3


@dataclass(frozen=True)
class Shape:
    """What kind of network a program computes."""

    square: bool = True
    layers: int = 1
    both: bool = False
    many: bool = True
    batch: int = 2
    initial: bool = True


SHAPES = (
    Shape(),
    Shape(square=False, many=False),
    Shape(square=False, layers=2, both=True),
    Shape(layers=2, many=False, initial=False),
    Shape(square=False, both=True, many=False),
)


def case(kind: str, seed: int, shape: Shape = SHAPES[0], steps: int = STEPS, size: int = 4) -> tuple[Plan, Program]:
    """A random network with its data, as the referee has it and as a program has it."""
    rng = np.random.default_rng([seed, 7])
    inputs = size if shape.square else 3
    task = MANY_TO_MANY if shape.many else MANY_TO_ONE
    a = architecture_of(kind, inputs, size, shape.layers, shape.both, task, CLASSES)
    network, B = random_network(a, seed), shape.batch
    x, lengths = rng.standard_normal((steps, B, inputs)), np.full(B, steps)
    targets = rng.integers(0, CLASSES, (steps, B) if shape.many else B)
    initial = random_states(network, B, seed) if shape.initial else {}
    weights = {
        (layer, direction): {name: array.copy() for name, array in network.named(layer, direction).items()}
        for layer in range(a.num_layers)
        for direction in a.directions
    }
    W_hy, b_y = network.parameters["readout.W_hy"], network.parameters["readout.b_y"]
    states = {at: dict(state) for at, state in initial.items()}
    program = Program(kind, weights, W_hy, b_y, x, lengths, targets, states)
    return Plan(network, x, lengths, initial, targets), program


def of_lengths(plan: Plan, program: Program, lengths: list[int]) -> Plan:
    """The same with sequences of these lengths, for both."""
    program.lengths = np.array(lengths)
    return replace(plan, lengths=program.lengths)


def with_tokens(plan: Plan, program: Program, seed: int) -> Plan:
    """The same with a single 1 in each input, for both: a class each, where there are as many inputs as classes."""
    ids = np.random.default_rng(seed).integers(0, CLASSES, plan.x.shape[:2])
    program.ids, program.x = ids, np.eye(plan.x.shape[-1])[ids]
    return replace(plan, x=program.x)


def seen_of(plan: Plan, found: dict[tuple[str, int, str], np.ndarray]) -> Numbers:
    """What a program gives, under the referee's names."""
    right = compute(plan)
    return {Key(*name): array for name, array in found.items() if Key(*name) in right}
