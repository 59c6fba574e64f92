"""Several reports on one program as one: a mistake is named where it explains every network that is wrong."""

import re
from collections.abc import Mapping
from dataclasses import replace

from rnn_cli.study.check.report import Finding, Report


def merged(reports: Mapping[int, Report], titles: Mapping[int, str]) -> Report:
    """The report on the network that tells most, with the findings that the other networks bear out.

    A mistake of the program is in it on every network, so that what one network names and another, as wrong and as well
    explained, does not, is no mistake of the program; and of mistakes that agree on one network others tell some apart.
    """
    wrong = {k: one for k, one in reports.items() if not one.passed}
    if not wrong:
        k, best = next(iter(reports.items()))
        others = f" and {len(reports) - 1} more" if len(reports) > 1 else ""
        said = dict.fromkeys(line for one in reports.values() for line in one.said)
        return replace(best, said=(*said, f"random networks: {titles[k]}{others}"))
    explained = {k: one for k, one in wrong.items() if one.explained and one.findings}
    k, best = max((explained or wrong).items(), key=lambda one: (len(one[1].findings), _several(one[1]), -one[0]))
    findings = best.findings
    for one in explained.values():
        findings = tuple(left for finding in findings if (left := _borne_out(finding, one)))
    if any(not _known(own, findings) for one in explained.values() for own in one.findings):
        findings = ()
    wrongs = f"{len(wrong)} of {len(reports)} random networks {'is' if len(wrong) == 1 else 'are'} wrong"
    shown = f"{wrongs}; shown is the one of {titles[k]}" if len(reports) > 1 else f"a random network: {titles[k]}"
    if findings and any(map(_several, wrong.values())) and not any(map(_several, explained.values())):
        shown += (
            ". The mistake that is named explains only the network that reads a single step: what goes wrong over several "
            "steps is something else as well"
        )
    other = sum(not one.explained for one in wrong.values()) if findings and best.explained else 0
    whole = bool(findings) and best.explained and not other
    return replace(best, findings=findings, explained=whole, unexplained=other, said=(*best.said, shown))


def _several(report: Report) -> bool:
    """Whether the network ran through several steps: those of one alone show less of what goes through time."""
    return len(report.plan.x) > 1


def forms_of(finding: Finding) -> tuple[Finding, ...]:
    """All mistakes that a finding may be, the likeliest first."""
    return (replace(finding, others=(), forms=()), *finding.forms)


def _same(one: Finding, other: Finding) -> bool:
    """Whether two findings may be one mistake: what it adds, or clips to, is in the program, and not in the network."""
    numbers = r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?"
    return one.mistake == other.mistake and re.findall(numbers, one.says) == re.findall(numbers, other.says)


def _known(finding: Finding, findings: tuple[Finding, ...]) -> bool:
    """Whether a finding may be one of others."""
    return any(_same(own, form) for own in forms_of(finding) for each in findings for form in forms_of(each))


def _borne_out(finding: Finding, other: Report) -> Finding | None:
    """The finding as those forms alone that another network's report leaves possible; None where it leaves none.

    A network on which the array is right, or wrong for another reason alone, says nothing.
    """
    beside = [one for one in other.findings if one.array == finding.array]
    if not beside:
        return finding
    left = [one for one in forms_of(finding) if any(_same(one, form) for each in beside for form in forms_of(each))]
    if not left:
        return finding if len(other.findings) > len(beside) else None
    return replace(left[0], others=tuple(one.mistake for one in left[1:]), forms=tuple(left[1:]))
