"""Several reports on one program as one: a mistake is named where it explains every network that is wrong."""

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
        return replace(best, said=(*best.said, f"random networks: {titles[k]}{others}"))
    explained = {k: one for k, one in wrong.items() if one.explained and one.findings}
    k, best = max((explained or wrong).items(), key=lambda one: (len(one[1].findings), -one[0]))
    findings = best.findings
    for one in explained.values():
        findings = tuple(each for each in (_borne_out(finding, one, best) for finding in findings) if each is not None)
    for one in explained.values():
        if any(not any(_names(own) & _names(each) for each in findings) for own in one.findings):
            findings = ()
    whole = bool(findings) and len(explained) == len(wrong)
    said = f"of {len(reports)} random networks {len(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong"
    shown = f"{said}; shown is the one of {titles[k]}" if len(reports) > 1 else f"a random network: {titles[k]}"
    return replace(best, findings=findings, explained=whole, said=(*best.said, shown))


def _names(finding: Finding) -> set[str]:
    """The mistakes that a finding may be."""
    return {finding.mistake, *finding.others}


def _borne_out(finding: Finding, other: Report, best: Report) -> Finding | None:
    """The finding with those mistakes alone that another network's report leaves possible; None where it leaves none.

    A network on which the mistake does not show says nothing.
    """
    if other is best:
        return finding
    same = [one for one in other.findings if one.array == finding.array]
    if not same:
        return finding
    left = _names(finding) & {name for one in same for name in _names(one)}
    if not left:
        return finding if any(one.array != finding.array for one in other.findings) else None
    first = finding.mistake if finding.mistake in left else next(name for name in finding.others if name in left)
    others = tuple(name for name in finding.others if name in left and name != first)
    if first == finding.mistake:
        return replace(finding, others=others)
    stated = next((one for one in same if one.mistake == first), None)
    if stated is None:
        return finding
    return replace(stated, array=finding.array, before=finding.before, after=finding.after, others=others)
