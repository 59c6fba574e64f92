"""What the network answers where a word is left out, below what the word is worth: a sign stands before what is another answer."""

from collections.abc import Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.explore.draw.text import word
from rnn_cli.explore.left_out import answers_without, flips
from rnn_cli.explore.world import World
from rnn_cli.views import style
from rnn_cli.views.numbers import short

FLIPPED = "!"
Cells = list[tuple[str, str]]


def without(world: World, times: Sequence[int], size: int) -> list[tuple[str, Cells]]:
    """Rows with a name and a cell for each step. Of an answer at each step, how many of those that stay become others."""
    if world.trace.logits is None:
        return []
    found = list(zip(times, answers_without(world, times), strict=True))
    if not world.one_answer:
        return [] if world.model.numeric else [(" answers", [_changed(world, t, one, size) for t, one in found])]
    cells = [_answer(world, one, size) for _, one in found]
    return [(" answer", [first for first, _ in cells]), ("", [second for _, second in cells])]


def _answer(world: World, logits: Array | None, size: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """The likeliest class and its probability; of numbers the first."""
    empty = (" " * size, "")
    if logits is None:
        return empty, empty
    values = world.probabilities(logits)
    if world.model.numeric:
        return (f" {short(float(values[0]), 4)}".ljust(size), ""), empty
    best = int(np.argmax(values))
    another = bool(flips(world, 1, logits))
    how = style.WARNING if another else style.FAINT
    return (
        ((FLIPPED if another else " ") + word(world.model.label(best), size - 2) + " ", how),
        (f" {values[best]:.4f}".ljust(size), how),
    )


def _changed(world: World, t: int, logits: Array | None, size: int) -> tuple[str, str]:
    if logits is None:
        return " " * size, ""
    others = flips(world, t, logits)
    return (
        f"{FLIPPED if others else ' '}{others:,} of {world.length - 1:,}".ljust(size),
        style.WARNING if others else style.FAINT,
    )
