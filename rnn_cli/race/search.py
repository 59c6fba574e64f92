"""Which lengths a cell is tried on: doubling until one is not held, then bisection between that and the longest held.

    first        is it held?    doubled until one is not, or `longest` is reached
                 is it not?     halved until one is, or `shortest` is reached
    then         the geometric middle of the longest held and the shortest broken, until these are within CLOSE of each other

A pure function of which lengths were held so far, so that an interrupted race goes on as it would have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

CLOSE = 1.25
"""A break is known well enough when the shortest length that is broken is at most so many times the longest held."""


@dataclass(frozen=True)
class Search:
    """Where a search begins and ends; with `lengths` exactly these are tried, in their order."""

    first: int
    longest: int
    shortest: int = 1
    lengths: tuple[int, ...] = ()

    def next_length(self, held: Mapping[int, bool]) -> int | None:
        """The length to try next, from whether each of those tried was held; None where the search has ended."""
        if self.lengths:
            return next((length for length in self.lengths if length not in held), None)
        if not held:
            return self.first
        found = bracket(held)
        if found.breaks_at is None:
            return min(2 * max(held), self.longest) if max(held) < self.longest else None
        if found.holds is None:
            return max(found.breaks_at // 2, self.shortest) if found.breaks_at > self.shortest else None
        if found.breaks_at - found.holds <= 1 or found.breaks_at <= CLOSE * found.holds:
            return None
        return min(max(isqrt(found.holds * found.breaks_at), found.holds + 1), found.breaks_at - 1)


@dataclass(frozen=True)
class Bracket:
    """Where a cell breaks: the shortest length that it did not hold, None where it held all; and the longest below that it
    held, None where there is none."""

    breaks_at: int | None
    holds: int | None


def bracket(held: Mapping[int, bool]) -> Bracket:
    """The break among the lengths tried."""
    breaks_at = min((length for length, one in held.items() if not one), default=None)
    below = [length for length, one in held.items() if one and (breaks_at is None or length < breaks_at)]
    return Bracket(breaks_at, max(below, default=None))
