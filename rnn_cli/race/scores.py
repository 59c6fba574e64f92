"""The scores of a cell at one length, one a seed."""

from dataclasses import dataclass
from math import fsum

from rnn_cli.core.metrics.interval import t_interval


@dataclass(frozen=True)
class Scores:
    """One score a seed, and what they say together.

    values     by seed; None where a run failed, whose mean has no meaning then
    interval   Student's, of 95%; of scores that lie far apart it goes beyond what a score can be. None of a single seed or where a run failed
    steps      the steps that each run made
    """

    values: tuple[float | None, ...]
    steps: tuple[int, ...]
    more_is_better: bool

    @property
    def known(self) -> list[float]:
        """The scores that there are."""
        return [one for one in self.values if one is not None]

    @property
    def mean(self) -> float | None:
        """Of all seeds; None where a run failed."""
        known = self.known
        return fsum(known) / len(known) if len(known) == len(self.values) else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """See above."""
        found = t_interval(self.known) if self.mean is not None else None
        return None if found is None else found[1:]

    def holds(self, solved: float) -> bool:
        """Whether the whole interval, or a single score, lies on the right side of `solved`."""
        if self.mean is None:
            return False
        low, high = self.interval or (self.mean, self.mean)
        return low >= solved if self.more_is_better else high <= solved
