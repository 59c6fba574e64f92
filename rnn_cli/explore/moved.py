"""What an edit moved: the numbers of two worlds beside each other."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.explore.numbers import Numbers, moved_by
from rnn_cli.study.rows import BACK_KEY
from rnn_cli.views.clean import clean

MOST_GONE = 8
"""So many words that an edit took away are named."""


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
    def same_words(self) -> bool:
        """Whether the edit left the words as they were."""
        return self.before.world.sequence.tokens == self.after.world.sequence.tokens

    @cached_property
    def _went_back(self) -> bool:
        """Whether there was a way back before the edit: one word has no next one to be held against."""
        try:
            return bool(self.before.world.back)
        except InputError:
            return False

    @cached_property
    def _earlier(self) -> dict[int, int]:
        """The step of each word before the edit: of the same word in the same order, or of the one that it stands for."""
        old, new = (one.world.sequence.tokens or () for one in (self.before, self.after))
        if self.same_words:
            return {t: t for t in range(1, min(self.before.world.length, self.after.world.length) + 1)}
        most = min(len(old), len(new))
        start = next((k for k in range(most) if old[k] != new[k]), most)  # what both begin and end with needs no search
        end = next((k for k in range(most - start) if old[-1 - k] != new[-1 - k]), most - start)
        inner = old[start : len(old) - end], new[start : len(new) - end]
        pairs = [(k, k) for k in range(start)] + [(len(new) - k, len(old) - k) for k in range(end, 0, -1)]
        for name, i, i_end, j, j_end in SequenceMatcher(None, *inner, autojunk=False).get_opcodes():
            if name in ("equal", "replace"):
                pairs += [(start + j + k, start + i + k) for k in range(min(i_end - i, j_end - j))]
        return {now + 1: then + 1 for now, then in sorted(pairs)}

    @cached_property
    def gone(self) -> tuple[str, ...]:
        """The words before the edit that nothing stands for."""
        left = set(self._earlier.values())
        return tuple(word for t, word in enumerate(self.before.world.sequence.names, start=1) if t not in left)

    @property
    def said_gone(self) -> str:
        """The same in words, to stand behind others."""
        named = ", ".join(map(clean, self.gone[:MOST_GONE]))
        return f"; no more: {named}{' …' * (len(self.gone) > MOST_GONE)}" if self.gone else ""

    def earlier(self, t: int) -> int | None:
        """The step at which the word of step t stood, or the one that it replaced; None for a word that was added."""
        return self._earlier.get(t)

    def column(self, kind: str, layer: int, direction: str, t: int) -> Array | None:
        """The numbers that stood at the word of step t; None where there were none."""
        then = self.earlier(t) if self.after.has_steps(kind) else t
        if not self.same_network or then is None or (kind.startswith("d") and not self._went_back):
            return None
        return self.before.column(kind, layer, direction, then)

    def value(self, key: str) -> float | None:
        """The number that stood at the word of this key's step; None where there was none."""
        _, _, t = self.after.place(key)
        moves = moved_by(key, 1) != key
        then = self.earlier(t) if moves else t
        if not self.same_network or then is None or (BACK_KEY.fullmatch(key) and not self._went_back):
            return None
        found = self.before.open(moved_by(key, then - t))
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
