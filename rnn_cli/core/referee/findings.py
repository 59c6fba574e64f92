"""What the referee finds out: the mistakes that explain what is wrong, and a verdict on each array."""

from dataclasses import dataclass, field

from rnn_cli.core.referee.agreement import RIGHT, Verdict
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Key, Numbers


@dataclass(frozen=True, eq=False)
class Finding:
    """A mistake that explains a wrong array.

    key            the first array that was wrong
    before, after  its relative error without the mistake and with it
    others         forms of other mistakes that agree as well on all that was found
    ways           the mistake with each way back that explains as much
    """

    mistake: str
    mutant: Mutant
    key: Key
    before: float
    after: float
    others: tuple[tuple[str, Mutant], ...] = ()
    ways: tuple[Mutant, ...] = ()


@dataclass(eq=False)
class Judgement:
    """What was found out.

    conventions   what is computed otherwise and right all the same; `right` and the verdicts follow them
    tolerance     the one that was used: coarser than the one that was given where the numbers have fewer digits
    """

    verdicts: dict[Key, Verdict]
    findings: list[Finding] = field(default_factory=list)
    explained: bool = True
    right: Numbers = field(default_factory=dict)
    conventions: list[Finding] = field(default_factory=list)
    tolerance: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every array is right."""
        return all(one.state == RIGHT for one in self.verdicts.values())
