"""Losses at many moved points at once are those that a trace of each point on its own gives."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rnn_cli.core import moved_loss
from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import bptt
from rnn_cli.core.learning.losses import total_loss
from rnn_cli.core.moved_loss import Line, Point, Quantity, Results
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import READS
from rnn_cli.core.trace import trace
from tests.support.backward import traced
from tests.support.networks import KINDS, architecture_of, each_value_once, random_network

STEPS = (1e-2, -1e-2, 0, 0.5)


@pytest.mark.parametrize(("kind", "task"), each_value_once(product(KINDS, (MANY_TO_ONE, MANY_TO_MANY))))
def test_every_point_has_the_loss_and_the_kinks_of_its_own_trace(
    kind: str, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = READS[list(KINDS).index(kind) % len(READS)] if task == MANY_TO_ONE else READS[0]
    shape = architecture_of(kind, 2, 3, num_layers=2, bidirectional=True, task=task, output_size=2)
    network = random_network(replace(shape, reads=reads))
    result = bptt(*traced(network, 4))
    where = (1, BACKWARD)

    def everything(points: Sequence[Point], change: Array) -> None:
        (point,) = points
        parameters, inputs, state = np.split(change, np.cumsum([point.parameters.flat.size, point.x.size]))
        point.parameters.flat[...] += parameters
        point.x[...] += inputs.reshape(point.x.shape)
        point.initial[where] = {"h": state}

    size = network.parameters.flat.size + result.trace.inputs.size + 3
    generator = np.random.default_rng(0)
    quantity = Quantity("all", np.zeros(size), everything)
    lines = [Line((result,), quantity, generator.standard_normal(size)) for _ in range(2)]
    parts: list[int] = []
    compute = moved_loss._losses

    def counted(results: Results, moves: Sequence[tuple[Quantity, Array]]) -> list[tuple[complex, Array | None]]:
        parts.append(len(moves))
        return compute(results, moves)

    monkeypatch.setattr(moved_loss, "_losses", counted)
    monkeypatch.setattr(moved_loss, "AT_ONCE", 3 * network.parameters.flat.size)
    Line.learn(lines, STEPS)
    assert parts == [3, 3, 2], "as many at once as have room"
    for line in lines:
        for step in STEPS:
            own = Point(network.parameters.copy(), result.trace.inputs.copy())
            everything([own], step * line.v)
            first = dict(result.trace.initial)
            state = first[where]
            first[where] = type(state)(**{**state, "h": state.h + own.initial[where]["h"]})
            there = trace(network.with_parameters(own.parameters), own.x, first)
            answers = there.answers[None] if task == MANY_TO_ONE else there.answers
            expected = total_loss(result.target.kind, answers, result.target.targets, result.target.weights)
            loss, sides = line.at(step)
            np.testing.assert_allclose(loss, expected, rtol=1e-13)
            if sides is not None:
                above = [there.states(k, d).ravel() > 0 for k in (0, 1) for d in (FORWARD, BACKWARD)]
                chosen = there.outputs.argmax(axis=0) if reads == "max" else np.zeros(0)
                np.testing.assert_array_equal(sides, np.concatenate([*above, chosen]))
