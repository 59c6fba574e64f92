"""Learning by hand: one step of gradient descent on the loss of the sequence, and what it did."""

from dataclasses import replace

import numpy as np

from rnn_cli.core.backward import run_backward
from rnn_cli.core.forward import answers_of, run_forward
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.parameters import Parameters
from rnn_cli.errors import InputError
from rnn_cli.explore.against import against, held, said_answer
from rnn_cli.explore.world import World
from rnn_cli.study.initial_states import batched
from rnn_cli.views.numbers import count

SMALLEST, LARGEST = 1e-9, 1e9
"""The learning rates that keys reach."""


def doubled(rate: float, times: int) -> float:
    """A learning rate twice as large, or half. InputError where nobody would want it."""
    other = rate * 2.0**times
    if not SMALLEST < other < LARGEST:
        raise InputError(f"the learning rate stays {rate:g}: --lr gives another")
    return other


def gradients(world: World) -> Parameters:
    """Those of the loss by all parameters but the embedding: what the backward pass adds up, by the cells' kernels."""
    network, sequence, wanted = world.model.network, world.sequence, world.wanted
    if world.window is not None:  # kernels go back all the way
        return world.back.gradients
    with np.errstate(over="ignore", invalid="ignore"):
        run = run_forward(network, sequence.inputs[:, None], initial=batched([sequence.initial]))
        answers = answers_of(network, run)
        one = world.one_answer
        loss = loss_of(wanted.kind, answers if one else answers[:, 0], wanted.targets, wanted.weights)
        return run_backward(network, run, loss.dlogits if one else loss.dlogits[:, None]).parameters


def descended(world: World, rate: float) -> tuple[World, float]:
    """The world after one step of gradient descent on the loss of this sequence, and the loss that the slope promises.

    The embedding stays.
    """
    network, gradient = world.model.network, gradients(world).flat
    slope = gradient if world.window is None else gradients(world.whole).flat
    stepped = Parameters(network.parameters.shapes, network.parameters.flat - rate * gradient)
    if not np.isfinite(stepped.flat).all():
        raise InputError("the gradient left the finite range, so there is no step against it")
    after = replace(held(world), model=replace(world.model, network=network.with_parameters(stepped)), edited=True)
    return after, world.loss - rate * float(slope @ gradient)


def said_step(before: World, after: World, rate: float, promised: float) -> str:
    """What a step of learning did to the loss, and what it left alone."""
    loss = f"loss {before.loss:.4f} -> {after.loss:.4f} against {against(after)}"
    window = before.window
    gradient = "the gradient" if window is None else f"the truncated gradient ({count(window, 'step')})"
    parts = [f"one step against {gradient}, rate {rate:g}: {loss}{said_answer(before, after)}"]
    if before.sequence.tokens is not None and not before.model.one_hot:
        parts.append("the word vectors stay")
    if promised < 0:
        from rnn_cli.views.bptt_verdicts import said_beyond

        parts.append(said_beyond(before.wanted.kind, before.loss, promised))
    return " · ".join(filter(None, parts))
