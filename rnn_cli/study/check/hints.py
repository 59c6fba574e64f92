"""How much of a report is told: whether each array is right, where to look, what kind of mistake, or the cause."""

from dataclasses import dataclass, replace
from functools import cached_property

from rnn_cli.core.referee.agreement import WRONG
from rnn_cli.core.referee.kinds import kind_of
from rnn_cli.errors import CheckFailed
from rnn_cli.models.model import Model
from rnn_cli.study.check.report import Compared, Finding, Report
from rnn_cli.study.check.why import Unfolded, unfolded

VERDICTS, PLACE, KIND, CAUSE = range(4)
"""The degrees of --hints."""

CALL = "call"
"""The kind of a call that failed."""


@dataclass(frozen=True)
class Told:
    """What is told of a finding. `kind` and `finding` are None where they are withheld.

    array, where   the person's name of the array in which the mistake shows first, "" where it shows in none; the gate,
                   weight or state that it concerns
    """

    array: str
    where: str
    kind: str | None
    finding: Finding | None


@dataclass(frozen=True, eq=False)
class CheckResult:
    """A report as a page and a document tell it: they read what is withheld from nowhere else.

    hints   the degree: VERDICTS, PLACE, KIND or CAUSE
    why     whether the first wrong number is unfolded
    again   the command that was given, without --why; "" where it was none, or cannot be given again
    text    the text that was read, and the target, where a command can read them again
    """

    report: Report
    hints: int = CAUSE
    why: bool = False
    again: str = ""
    text: str = ""
    target: str = ""

    @property
    def model(self) -> Model:
        """The network whose numbers are the right ones."""
        return self.report.model

    @property
    def compared(self) -> tuple[Compared, ...]:
        """The arrays with their verdicts; without their first wrong numbers where only verdicts are told."""
        if self.hints >= PLACE:
            return self.report.compared
        return tuple(replace(one, first=None) for one in self.report.compared)

    @property
    def first_wrong(self) -> Compared | None:
        """The array in which the first mistake shows."""
        return self.report.first_wrong if self.hints >= PLACE else None

    @property
    def findings(self) -> tuple[Told, ...]:
        """The mistakes, best first, then those that no array shows. A call that failed is told in any case: it hides nothing."""
        return tuple(
            Told(
                one.array,
                one.where,
                kind_of(one.mistake) if self.hints >= KIND or one in self._failed else None,
                one if self.hints >= CAUSE or one in self._failed else None,
            )
            for one in (*self.report.findings, *self.report.behaviour)
            if self.hints >= PLACE or one in self._failed
        )

    @cached_property
    def _failed(self) -> tuple[Finding, ...]:
        """Those of calls that gave nothing to compare."""
        return tuple(one for one in self.report.behaviour if kind_of(one.mistake) == CALL)

    @cached_property
    def unfolded(self) -> Unfolded | None:
        """The first wrong number with its operands, where that was asked for."""
        first = self.first_wrong
        return None if not self.why or first is None else unfolded(self.report.plan, first)

    def hold(self) -> None:
        """CheckFailed unless all that was compared is right."""
        if self.report.passed:
            return
        wrong = [one.name for one in self.report.compared if one.verdict == WRONG]
        said = f"{', '.join(wrong[:6])}{', …' * (len(wrong) > 6)} {'is' if len(wrong) == 1 else 'are'} not right"
        found = [told.finding.says for told in self.findings if told.finding is not None]
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        beside = f"it {found[0]}{more}" if found else "something is wrong beside its numbers"
        raise CheckFailed(f"{self.report.source}: {said if wrong else beside}")
