"""What came of a race: for each cell its scores at every length, where it breaks, and what was measured there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnn_cli.race.plan import Plan
from rnn_cli.race.scores import Scores
from rnn_cli.race.search import Bracket
from rnn_cli.race.sizes import Size


@dataclass(frozen=True)
class Why:
    """What was measured on the trained networks of all seeds at one length: means over seeds and examples.

    length        where; None of DATA
    reach         how many steps back the joint error, or else the product of the Jacobians, is first under a hundredth of its size
    steps         the steps of the whole way back, from the last state to the first that an input has made
    whole         the share of examples in which it does so all the way
    saturation    the mean flatness of all gates over all steps: 0 at their steepest, 1 flat
    log_kept      ln of the product of the gate that keeps over the whole way, in the unit that keeps most; None without such a gate
    by_error      whether the error is what was followed: where a loss is read at many steps, the product is
    lyapunov      the largest finite-time exponent: how much a small change of the state grows at a step
    """

    length: int | None
    reach: float
    steps: float
    whole: float
    saturation: float
    log_kept: float | None
    lyapunov: float
    by_error: bool = True


@dataclass(frozen=True, eq=False)
class Lane:
    """A cell's part of a race.

    points     its scores by length, in the order in which they were tried; None is the length of DATA
    ended      whether its search is at its end
    failures   what was wrong with runs, each text once
    """

    size: Size
    points: Mapping[int | None, Scores]
    bracket: Bracket
    ended: bool
    failures: Sequence[str] = ()
    why: Why | None = None


@dataclass(frozen=True, eq=False)
class RaceResult:
    """A race that has ended, or as far as it went.

    folder    where its runs are kept
    said      what a person should know: machines that differ, workers that died
    """

    plan: Plan
    lanes: tuple[Lane, ...]
    folder: str
    said: Sequence[str] = field(default_factory=tuple)

    @property
    def ended(self) -> bool:
        """Whether every lane is at its end."""
        return all(lane.ended for lane in self.lanes)


def held_of(points: Mapping[int | None, Scores], solved: float | None) -> dict[int, bool]:
    """Which lengths a cell held, by its scores; of DATA none."""
    if solved is None:
        return {}
    return {length: one.holds(solved) for length, one in points.items() if length is not None}
