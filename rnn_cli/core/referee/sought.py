"""The array that a search wants explained: a pass that cannot give it ends where that shows, which is most often at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.referee.compute import lengths_of, turned
from rnn_cli.core.referee.plan import Key, Plan

Check = Callable[[int, Array], None]
"""(step of a run, its numbers): Unlike where they cannot be those that were found."""


class Unlike(Exception):
    """What comes out is not what was found."""


@dataclass(frozen=True, eq=False)
class Sought:
    """An array as it was found.

    within  a number that is further off is wrong, whatever the size of its array
    steps   how many of its steps must come out, in the order of the computation; 0 of a gradient
    loss    the loss that must come out with it, and how far off it may be at the most; None where any may
    """

    key: Key
    found: Array
    within: float
    steps: int = 0
    loss: tuple[Array, float] | None = None

    def stands_in(self, plan: Plan, layer: int, direction: str) -> bool:
        """Whether it is of this layer and direction, and comes out as it is computed."""
        return (layer, direction) == self.key[1:] and not plan.afterwards

    def of_steps(self, plan: Plan, layer: int, direction: str, back: bool) -> Check | None:
        """The check of a run, in the order of its steps; None where the array is of another, or put together of several."""
        how = plan.loop
        whole = not (how.kept or how.padding or plan.back.window)
        if not (self.steps and whole and self.stands_in(plan, layer, direction)):
            return None
        lengths, found, T = lengths_of(plan), self.found, len(self.found)
        if direction == BACKWARD:
            if not (how.reversed and how.put_back and (lengths == T).all()):
                return None
            found = turned(found, lengths)

        def check(t: int, made: Array) -> None:
            if t >= T - self.steps if back else t < self.steps:
                inside = (t < lengths)[:, None]
                self.compare(np.where(inside, made, 0), found[t])

        return check

    def compare_loss(self, made: Array) -> None:
        """Unlike where the loss is another."""
        if self.loss is not None and not abs(made - self.loss[0]) <= self.loss[1]:
            raise Unlike

    def compare(self, made: Array, found: Array | None = None) -> None:
        """Unlike where numbers cannot be those that were found: of the whole array, or of a part of it."""
        with np.errstate(invalid="ignore", over="ignore"):
            if not np.abs(made - (self.found if found is None else found)).max(initial=0) <= self.within:
                raise Unlike
