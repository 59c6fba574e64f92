"""What an edit moved: the numbers of two worlds beside each other."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.explore.numbers import Numbers


@dataclass(frozen=True, eq=False)
class Moved:
    """The numbers before an edit, and after it."""

    before: Numbers
    after: Numbers

    @cached_property
    def same_network(self) -> bool:
        """Whether the numbers have the same names."""
        return self.before.a == self.after.a

    @cached_property
    def _earlier(self) -> dict[int, int]:
        """The step of each word before the edit, where it was there: the words that both have stand in the same order."""
        words = [one.world.sequence.tokens for one in (self.before, self.after)]
        if words[0] is None or words[1] is None or words[0] == words[1]:
            return {t: t for t in range(1, min(self.before.world.length, self.after.world.length) + 1)}
        blocks = SequenceMatcher(a=words[0], b=words[1], autojunk=False).get_matching_blocks()
        return {one.b + k + 1: one.a + k + 1 for one in blocks for k in range(one.size)}

    def earlier(self, t: int) -> int | None:
        """The step at which the word of step t stood; None for a new word."""
        return self._earlier.get(t)

    def column(self, kind: str, layer: int, direction: str, t: int) -> Array | None:
        """The numbers that stood at the word of step t; None where there were none."""
        then = self.earlier(t) if self.after.has_steps(kind) else t
        if not self.same_network or then is None:
            return None
        return self.before.column(kind, layer, direction, then)

    def value(self, key: str) -> float | None:
        """The number that had this key before; None where the edit changed which words there are."""
        if not self.same_network or self.before.world.sequence.tokens != self.after.world.sequence.tokens:
            return None
        found = self.before.open(key)
        return None if found is None else found.value

    def count(self) -> tuple[int, int]:
        """How many numbers of h moved, of how many that both have."""
        moved = every = 0
        if not self.same_network:
            return 0, 0
        for layer in range(self.after.a.num_layers):
            for direction in self.after.a.directions:
                pairs = [(then, now) for now, then in self._earlier.items()]
                old, new = (one.world.trace.states(layer, direction) for one in (self.before, self.after))
                then, now = (np.array([pair[k] for pair in pairs], dtype=int) - 1 for k in (0, 1))
                moved += int(np.count_nonzero(old[then] != new[now]))
                every += len(pairs) * self.after.a.size_of(layer)
        return moved, every
