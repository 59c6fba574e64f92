"""How many digits of a gradient mean anything: what it becomes where all that it is computed from is rounded once more.

Every number of the forward pass and every parameter is moved by one unit in its last place, up, down or not at all, and
the backward pass runs again. What two such passes disagree in, no method could tell. This is the random rounding of
Parker, "Monte Carlo Arithmetic: how to gamble with floating point and win" (2000).
"""

import copy
from collections.abc import Iterator, Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Bptt, bptt, bptt_from_end
from rnn_cli.core.seq2seq import taken_back
from rnn_cli.core.trace import Trace

UNIT, LARGEST = float(np.finfo(np.float64).eps), float(np.finfo(np.float64).max)


def again(results: Sequence[Bptt], generator: np.random.Generator | None = None) -> tuple[Bptt, ...]:
    """The same backward passes, from numbers that are rounded once more where there is a generator of random numbers.

    `results` are one untruncated pass, or a decoder's and its encoder's.
    """
    traces = copy.deepcopy([one.trace for one in results])
    if generator is not None:
        for array in {id(array): array for one in traces for array in _numbers(one)}.values():
            array *= 1 + UNIT * generator.choice((-1, 0, 1), array.shape)
            np.clip(array, -LARGEST, LARGEST, out=array)
    passes = [bptt(traces[0], results[0].target)]
    for one in traces[1:]:
        passes.append(bptt_from_end(one, passes[-1], taken_back(passes[-1].initial_each, one.network.architecture)))
    return tuple(passes)


def _numbers(one: Trace) -> Iterator[Array]:
    """What the backward pass reads of a trace. An array may come twice: one step's state is read by the next."""
    yield one.network.parameters.flat
    for array in (one.inputs, one.readout_inputs, one.logits):
        if array is not None:
            yield array
    if one.look is not None:
        yield one.look.memory.attention.parameters.flat
        yield from (one.look.memory.h, one.look.memory.keys, one.look.s, one.look.alpha, one.look.ctx)
    for traced in one.steps:
        step = traced.step
        yield step.x
        yield from step.before.values()
        yield from step.state.values()
        yield from (step.value(name) for name in step.numbers)
