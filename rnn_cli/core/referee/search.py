"""Which mistakes turn the right numbers into those that were found.

The first wrong array, in the order of computation, is explained first: a mistake is named where with it that array comes
out as it was found, in every number, and no array before it goes wrong. Then the mistake is part of the plan and the search
goes on, so that several mistakes of one program are found one after the other. Where no mistake explains the first wrong
array alone, two are tried together: first those of which one explains the array's first wrong step, then others, the
likelier first, up to MOST_PAIRS.

What is computed otherwise and right all the same is a convention: a mean for the sum with the gradient of the mean,
truncated BPTT, a logarithm that is kept from 0. It is told, and no mistake.

Chance does not agree. An explanation makes right at least SURE numbers that are wrong without it, by MUCH times the
tolerance: were the found numbers anything else, each would agree with a mistake's to the tolerance only once in 1 /
tolerance tries, and there are fewer than a thousand forms of mistakes. Of numbers with few digits more must agree, so that
chance is below 1 in 10^DOUBT. A single number, as a loss, counts where the tolerance is at most MANY_DIGITS.

Two mistakes that agree on everything that was found are named together, the one that stands first in MUTANTS before the
others: people make it more often. Where more was handed over, as the errors of the steps beside the gradients, they may part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.referee.agreement import (
    MUCH,
    WAITS,
    WRONG,
    Measure,
    changed_by_far,
    close,
    first_of_wrong,
    no_chance,
    rank_of,
    relative_error,
    stage_of,
    within_sequences,
)
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.findings import Finding, Judgement
from rnn_cli.core.referee.mutants import BACK, FORWARD, Mutant
from rnn_cli.core.referee.one_array import Search
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan
from rnn_cli.core.referee.suspects import Named, Suspect, forms_of, suspected, with_all
from rnn_cli.core.referee.waiting import waiting

MOST_FINDINGS = 4
OF_LOSS = ["mean-loss", "guarded-log", "logarithm", "flipped-name", "scaled-loss"]
"""The conventions that may explain what is not of the forward pass, the likelier first."""
COARSER = {np.float32: 1e-5, np.float16: 2e-2}
"""The tolerance for numbers that have no more digits than these types hold, whatever type they came in."""


def judge(
    plan: Plan, seen: Numbers, tolerance: float, strict: bool = False, suspects: Sequence[Suspect] = ()
) -> Judgement:
    """Compare what was found with what is right, and explain the difference. With `strict` a convention is a mistake.

    `suspects` are mistakes that other data of the same program showed: they count where with them all is explained.
    """
    judgement = _judged(plan, seen, tolerance, strict, suspects)
    return judgement if judgement.explained or not suspects else _judged(plan, seen, tolerance, strict, ())


def _judged(plan: Plan, seen: Numbers, tolerance: float, strict: bool, suspects: Sequence[Suspect]) -> Judgement:
    right = compute(plan)
    seen = {key: within_sequences(plan, right[key], np.asarray(seen[key])) for key in right if key in seen}
    told = _coarse(right, seen, tolerance)
    if told:
        tolerance = max(tolerance, told.after)
    told_first = (replace(told, after=0.0),) if told else ()
    measure = Measure.of(plan, right, seen, tolerance)
    known: list[Named] = []
    if suspects and measure.wrong(right, seen):
        known = suspected(plan, seen, suspects, lambda made: len(seen) - len(measure.wrong(made, seen)))
    end = _follow(_Path(with_all(plan, known), plan, conventions=told_first), seen, measure, strict)
    if end.base is not plan:
        right = compute(end.base)
    found = list(end.findings)
    if known and not end.wrong:
        found = _needed(end.base, known, found, seen, measure, suspects)
    judgement = Judgement({}, found, not end.wrong, right, list(end.conventions), tolerance)
    blamed = {finding.key for finding in found}
    if end.wrong:
        blamed.add(first_of_wrong(compute(end.now), seen, list(end.wrong), measure))
    judgement.verdicts |= {key: measure.verdict(key, judgement.right[key], seen[key]) for key in seen}
    off = [key for key, one in judgement.verdicts.items() if one.state == WRONG]
    steps = {key: measure.steps(key, judgement.right[key], seen[key]) for key in off}
    for key in waiting(plan, steps, {key: stage_of(key) for key in off}) - blamed:
        judgement.verdicts[key] = replace(judgement.verdicts[key], state=WAITS)
    return judgement


@dataclass(frozen=True, eq=False)
class _Path:
    """How far the search has come: the plan with what was found, and with the conventions alone; what is still wrong."""

    now: Plan
    base: Plan
    findings: tuple[Finding, ...] = ()
    conventions: tuple[Finding, ...] = ()
    wrong: tuple[Key, ...] = ()


def _follow(path: _Path, seen: Numbers, measure: "Measure", strict: bool) -> _Path:
    """The search from here to its end.

    Where several ways back of a mistake explain as much, as when all that comes later is wrong for another reason too, the
    way with which most is explained at the end is taken.
    """
    numbers = compute(path.now)
    path = replace(path, wrong=tuple(measure.wrong(numbers, seen)))
    if not path.wrong or len(path.findings) >= MOST_FINDINGS:
        return path
    search = Search(path.now, numbers, seen, first_of_wrong(numbers, seen, list(path.wrong), measure), measure)
    usual = ["flipped-name"] if search.stage == FORWARD else OF_LOSS
    convention = search.convention(usual)
    found = [] if convention and not search.is_doubtful(convention) else search.mistake()
    if convention and found and search.explained_by(found[0]) > search.explained_by(convention):
        convention = None
    if not found and not convention and search.stage == BACK:
        convention = search.convention(["truncated"])
    found = [convention] if convention else found or search.two()
    if not found:
        return path
    if convention and not strict:
        told = (*path.conventions, convention)
        now, base = (convention.mutant.apply(one) for one in (path.now, path.base))
        return _follow(replace(path, now=now, base=base, conventions=told), seen, measure, strict)
    best: _Path | None = None
    for way in found[0].ways if len(found) == 1 and found[0].ways else (found[0].mutant,):
        first, *more = found
        now = way.apply(path.now)
        for finding in more:
            now = finding.mutant.apply(now)
        made = (*path.findings, replace(first, mutant=way), *more)
        end = _follow(replace(path, now=now, findings=made), seen, measure, strict)
        if best is None or len(end.wrong) < len(best.wrong):
            best = end
        if not best.wrong:
            break
    assert best is not None
    return best


def _needed(
    plan: Plan,
    known: Sequence[Named],
    found: Sequence[Finding],
    seen: Numbers,
    measure: "Measure",
    suspects: Sequence[Suspect],
) -> list[Finding]:
    """What explains all together, as findings in the order of the computation: each as it shows where the others are there."""
    every = [*known, *((one.mistake, one.mutant) for one in found)]
    made = compute(with_all(plan, every))
    findings: list[Finding] = []
    for name, mutant in tuple(every):
        rest = [other for other in every if other[1] is not mutant]
        now = with_all(plan, rest)
        without = compute(now)
        wrong = measure.wrong(without, seen)
        floors = {key: measure.floor(key, without[key]) for key in wrong}
        count = sum(changed_by_far(without[key], seen[key], measure.tolerance, floors[key]) for key in wrong)
        if not no_chance(count, measure.tolerance):
            every = rest
            continue
        key = first_of_wrong(without, seen, wrong, measure)
        before, after = (measure.error(key, numbers[key], seen[key]) for numbers in (without, made))
        own = next((one.others for one in found if one.mutant is mutant), ())
        forms = [one for suspect in suspects if (name, mutant.says) in suspect for one in forms_of(now, seen, suspect)]
        also = {other: form for other, form in forms if not measure.wrong(compute(form.apply(now)), seen)}
        others = own or tuple((other, form) for other, form in also.items() if other != name)
        findings.append(Finding(name, mutant, key, before, after, others))
    order = list(made)
    return sorted(findings, key=lambda finding: (rank_of(stage_of(finding.key)), order.index(finding.key)))


def _coarse(right: Numbers, seen: Numbers, tolerance: float) -> Finding | None:
    """That all numbers have the digits of a type of less precision, where the right ones have more; `after` is its tolerance."""
    for kind, coarser in reversed(COARSER.items()):
        with np.errstate(over="ignore"):
            few = all((array == array.astype(kind)).all() for array in seen.values() if np.isfinite(array).all())
        off = [key for key in seen if relative_error(right[key], seen[key]) > tolerance]
        if few and tolerance < coarser and sum(close(right[key], seen[key], coarser) for key in off) >= MUCH:
            name = np.dtype(kind).name
            says, fix = f"hands out numbers of {name}: they are judged as such", "dtype=np.float64"
            before = max(relative_error(right[key], seen[key]) for key in off)
            return Finding("float32", Mutant(says, fix, Change(), "dtype"), off[0], before, coarser)
    return None
