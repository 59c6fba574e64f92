"""How words begin and end: parts that tell the network something of a word that it has not seen."""

from collections import Counter
from collections.abc import Iterable

AFFIXES, NO_PARTS = "affixes", "none"
WORD_PARTS = (NO_PARTS, AFFIXES)

LONGEST_PREFIX, LONGEST_SUFFIX = 3, 4
FEWEST = 5
"""So many different words of the training part must begin or end so: what one word has alone says nothing of another."""


def learn_affixes(words: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Beginnings of up to 3 characters and ends of up to 4, the commonest first (ties in the order of their characters)."""
    different = set(words)
    begins = Counter(word[:n] for word in different for n in range(1, min(len(word), LONGEST_PREFIX) + 1))
    ends = Counter(word[-n:] for word in different for n in range(1, min(len(word), LONGEST_SUFFIX) + 1))
    return _commonest(begins), _commonest(ends)


def _commonest(counts: Counter[str]) -> tuple[str, ...]:
    kept = [part for part, count in counts.items() if count >= FEWEST]
    return tuple(sorted(kept, key=lambda part: (-counts[part], part)))
