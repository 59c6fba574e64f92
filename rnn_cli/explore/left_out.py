"""What a word is worth to the loss, seen by leaving it out: the sequence is read again without it.

    change    L without the step - L, both without the loss that goes with the step

Where one loss is read at the end, none goes. Where every step has a loss, that of the step goes; where the targets are the next
words, the one that had the word as its target, and with the first word that of the second, which nothing comes before any more.
"""

from collections.abc import Sequence as Series

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Target
from rnn_cli.core.forward import answers_of, run_forward
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.errors import InputError
from rnn_cli.explore.world import World
from rnn_cli.models.answers import is_language_model
from rnn_cli.study.initial_states import batched
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count

ROUNDING = 1e-12
"""A change by no more than this of the loss is one of the order in which it is added up."""

MOST_TRIED, MOST_NUMBERS, MOST_NAMED = 100, 1_000_000, 8
"""All words are left out, one at a time, where there are so few, with so few numbers of h; so many are named."""


def changes_without(world: World, times: Series[int]) -> list[float | None]:
    """How the loss changes without each of these steps; None where no loss is left. They are kept once they are known."""
    kept = world.once("changes without", dict[int, float | None])
    missing = [t for t in times if t not in kept]
    if missing:
        kept.update(zip(missing, _changes(world, missing), strict=True))
    return [kept[t] for t in times]


def answers_without(world: World, times: Series[int]) -> list[Array | None]:
    """What the network answers without each of these steps, as its logits; None where none are left to read."""
    changes_without(world, times)
    kept = _answers(world)
    return [kept.get(t) for t in times]


def flips(world: World, t: int, logits: Array) -> int:
    """How many of the answers that stay without a step become others, where it says these logits."""
    answers = world.trace.answers
    if world.one_answer:
        return int(logits.argmax() != answers.argmax())
    return int(np.count_nonzero(logits.argmax(axis=-1) != np.delete(answers.argmax(axis=-1), t - 1)))


def said_flips(world: World) -> str:
    """Which words the answers hang on, each alone; "" where answers are numbers, or it would take long to try all."""
    T, a = world.length, world.model.network.architecture
    if T > MOST_TRIED or T * T * sum(a.sizes) * len(a.directions) > MOST_NUMBERS or world.model.numeric:
        return ""
    found = []
    for t, logits in enumerate(answers_without(world, range(1, T + 1)), start=1):
        if logits is not None and (changed := flips(world, t, logits)):
            at = "" if world.one_answer else f" at {count(changed, 'step')}"
            found.append(f"{clean(world.sequence.names[t - 1])} ({t}){at}")
    if not _answers(world):
        return ""
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    what = "the answer" if world.one_answer else "an answer"
    return f"flips: {', '.join(found[:MOST_NAMED])}{more}" if found else f"no {_unit(world)} alone flips {what}"


def _unit(world: World) -> str:
    """What is left out: a word, or of what is no words a step."""
    return "word" if world.sequence.tokens is not None and world.model.level == "word" else "step"


def _answers(world: World) -> dict[int, Array]:
    return world.once("answers without", dict[int, Array])


def _changes(world: World, times: Series[int]) -> list[float | None]:
    network, sequence, wanted = world.model.network, world.sequence, world.wanted
    targets = {t: target_without(world, t) for t in times}
    if world.length == 1 or not any(targets.values()):
        return [None] * len(times)
    runs = np.stack([np.delete(sequence.inputs, t - 1, axis=0) for t in times], axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        said = answers_of(network, run_forward(network, runs, initial=batched(sequence.initial for _ in times)))
    one, whole = world.one_answer, world.trace.answers
    answers = said if one else said.transpose(1, 0, 2)
    _answers(world).update(zip(times, answers, strict=True))
    before = loss_of(wanted.kind, whole[None] if one else whole, wanted.targets, wanted.weights)
    found: list[float | None] = []
    for t, left in zip(times, answers, strict=True):
        target = targets[t]
        if target is None:
            found.append(None)
            continue
        gone = lost_with(world, t)
        own = 0.0 if gone is None else float((before.each * wanted.weights)[gone])
        after = loss_of(target.kind, left[None] if one else left, target.targets, target.weights)
        change = after.total - (before.total - own)
        found.append(0.0 if abs(change) <= ROUNDING * abs(before.total) else change)
    return found


def target_without(world: World, t: int) -> Target | None:
    """The target of the sequence without a step; None where nothing of it is left."""
    wanted = world.wanted
    if world.one_answer:
        return wanted
    if not _next_words(world):
        left = Target(wanted.kind, np.delete(wanted.targets, t - 1, axis=0), np.delete(wanted.weights, t - 1))
    else:  # the step before has the word after as its target now
        targets, weights = wanted.targets.copy(), wanted.weights.copy()
        if t > 1:
            targets[t - 2], weights[t - 2] = targets[t - 1], weights[t - 1]
        left = Target(wanted.kind, np.delete(targets, t - 1), np.delete(weights, t - 1))
    return left if left.weights.any() else None


def lost_with(world: World, t: int) -> int | None:
    """Which loss goes with a step, from 0; None where none does."""
    if world.one_answer:
        return None
    return max(t - 2, 0) if _next_words(world) else t - 1


def _next_words(world: World) -> bool:
    return is_language_model(world.model) and world.target is None


def said_without(world: World) -> str:
    """What is measured. InputError where nothing would be left."""
    if world.length == 1:
        raise InputError("there is one step alone: nothing would be left without it")
    step = _unit(world)
    said = f"left out: the loss of the sequence read again without the {step}, less the loss now"
    if world.one_answer:
        return said
    if _next_words(world):
        return f"{said}; the loss that has the word as its target is in neither (without {step} 1: that of {step} 2)"
    return f"{said}; the {step}'s own loss is in neither"
