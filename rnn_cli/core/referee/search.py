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
chance is below 1 in 10^DOUBT. A single number, as a loss, counts where the tolerance is
at most MANY_DIGITS. Two mistakes that agree on everything that was found are named together, the one that stands first
in MUTANTS before the others: people make it more often. Where more was handed over, as the errors of the steps beside
the gradients, they may part.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.agreement import (
    MUCH,
    RIGHT,
    WAITS,
    WRONG,
    Measure,
    Verdict,
    changed_by_far,
    close,
    enough,
    first_of_wrong,
    first_wrong,
    from_end,
    largest,
    no_chance,
    rank_of,
    relative_error,
    stage_of,
    within_sequences,
)
from rnn_cli.core.referee.back import way_of
from rnn_cli.core.referee.compute import Forward, compute, forward_of, handed_out
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS, Mutant, all_mutants, conventions
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan
from rnn_cli.core.referee.sought import Sought, Unlike
from rnn_cli.core.referee.suspects import Named, Suspect, forms_of, suspected, with_all
from rnn_cli.core.referee.waiting import waiting

MOST_FINDINGS = 4
MOST_PAIRS = 1_000
COSTLY_PAIRS = 200
"""How many pairs are tried where a pair needs more than a few steps."""
OF_LOSS = ["mean-loss", "guarded-log", "logarithm", "flipped-name", "scaled-loss"]
"""The conventions that may explain what is not of the forward pass, the likelier first."""
RESORTS = {"scaled"}
"""Mistakes whose number is read off what was found: one that says why it is that number is told in their place."""
COARSER = {np.float32: 1e-5, np.float16: 2e-2}
"""The tolerance for numbers that have no more digits than these types hold, whatever type they came in."""


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
    search = _Search(path.now, numbers, seen, first_of_wrong(numbers, seen, list(path.wrong), measure), measure)
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


@dataclass(eq=False)
class _Search:
    """The search for what explains one array: the first that is wrong of a plan whose numbers are `numbers`."""

    plan: Plan
    numbers: Numbers
    seen: Numbers
    first: Key
    measure: Measure

    def __post_init__(self) -> None:
        self.stage, self.tolerance = stage_of(self.first), self.measure.tolerance
        self.right = [key for key in self.seen if self.agrees(key, self.numbers)]
        self.forward: Forward = forward_of(self.plan)
        self.way = way_of(self.forward) if self.stage == BACK else None
        self.near: list[tuple[str, Mutant]] = []
        self.last: tuple[Change, Plan, Plan, Forward] | None = None
        self.begun = self._begun()
        self.sought = self._sought()

    def _sought(self) -> Sought | None:
        """The array as it was found, where a pass that cannot give it can be told from its numbers."""
        key, found, right = self.first, self.seen[self.first], self.numbers[self.first]
        if found.shape != right.shape or not np.isfinite(found).all() or (self.stage == FORWARD and key.layer < 0):
            return None
        sought = Sought(key, found, self.beyond(key), 0, self._loss())
        if key.layer < 0 or found.ndim < 3:
            return sought
        at = first_wrong(right, found, self.tolerance, from_end(key))
        if at is None:
            return None
        return replace(sought, steps=len(found) - at[0] if from_end(key) else at[0] + 1)

    def _loss(self) -> tuple[Array, float] | None:
        """The loss as it was found, where it must come out with the array."""
        loss = Key("loss")
        must = self.stage != FORWARD and (loss in self.right or loss == self.first)
        return (self.seen[loss], self.beyond(loss)) if must and np.isfinite(self.seen[loss]) else None

    def beyond(self, key: Key) -> float:
        """How far off a number of an array is wrong beyond doubt: one that agrees has no number which is larger than those that
        were found by more than the tolerance, and this is twice that."""
        return 2 * self.tolerance * max(largest(self.seen[key]), self.measure.floor(key, self.seen[key]))

    def _begun(self) -> list[tuple[Key, slice]]:
        """The arrays of the same run that go wrong later, with the steps before the first wrong number: they are right."""
        first, wrong = self.first, [key for key in self.numbers if key in self.seen and key not in self.right]
        steps = {
            key: self.measure.steps(key, self.numbers[key], self.seen[key])
            for key in wrong
            if stage_of(key) == self.stage and (key.layer, key.direction) == (first.layer, first.direction)
        }
        own = steps.get(first)
        if own is None:
            return []
        begun = []
        for key in wrong[: wrong.index(first)] + wrong[wrong.index(first) + 1 :]:
            at = steps.get(key)
            if at is not None:
                count = min(int(own.argmax()) + (wrong.index(key) < wrong.index(first)), int(at.argmax()))
                begun.append((key, slice(len(at) - count, None) if from_end(key) else slice(count)))
        return [(key, part) for key, part in begun if self.seen[key][part].size]

    def agrees(self, key: Key, made: Numbers) -> bool:
        """Whether an array comes out as found."""
        return self.measure.agrees(key, made, self.seen)

    def convention(self, names: list[str]) -> Finding | None:
        """The convention that explains the array, and makes nothing wrong that is right; a loss may be off by very little."""
        little = self.stage == LOSS and not self.changed(self.first)
        for name, mutant in conventions(self.plan, self.seen, names):
            made = self.made(mutant)
            if not made:
                continue
            if self.explains(made, self.right) or (
                little and all(map(partial(self.agrees, made=made), [self.first, *self.right]))
            ):
                return self.finding(name, mutant, self.numbers, made)
        return None

    def explained_by(self, finding: Finding) -> int:
        """How many arrays come out as found with it."""
        return self.agreeing(self.made(finding.mutant, whole=True))

    def is_doubtful(self, convention: Finding) -> bool:
        """Whether a convention of the loss leaves other arrays wrong: a mistake may explain them together with the loss."""
        return self.stage == LOSS and self.explained_by(convention) < len(self.seen)

    @property
    def before(self) -> list[Key]:
        """The right arrays that a mistake of this stage may not make wrong."""
        return [key for key in self.right if rank_of(stage_of(key)) <= rank_of(self.stage)]

    def mistake(self) -> list[Finding]:
        """The mistake that explains the array; [] where none does. Of several, the one that explains most."""
        before = self.before
        fits = self.fitting(self.offers(), before) or self.fitting(self.earlier(), before)
        if not fits:
            return []
        fits = [one for one in fits if one[1] not in RESORTS] or fits
        most = max(count for count, *_ in fits)
        (name, mutant, made), *rest = [(name, form, made) for count, name, form, made in fits if count == most]
        others = {other: form for other, form, _ in rest if other != name}
        ways = tuple(form for _, form, _ in rest if form.change is mutant.change)
        found = self.finding(name, mutant, self.numbers, made, tuple(others.items()))
        return [replace(found, ways=(mutant, *ways))]

    def fitting(
        self, offers: Iterator[tuple[str, Mutant]], before: list[Key]
    ) -> list[tuple[int, str, Mutant, Numbers]]:
        """The mistakes that explain the array: how many arrays come out as found, the name, the mistake, its numbers."""
        fits: list[tuple[int, str, Mutant, Numbers]] = []
        for name, mutant in offers:
            for form in self.forms(mutant, name):
                made = self.made(form)
                if made and self.explains(made, before):
                    fits.append((self.agreeing(made), name, form, made))
        return fits

    def earlier(self) -> Iterator[tuple[str, Mutant]]:
        """Mistakes of the forward pass that show later alone, as where its own numbers were not handed over."""
        if self.stage != FORWARD:
            yield from all_mutants(self.plan, self.seen, FORWARD)

    def offers(self) -> Iterator[tuple[str, Mutant]]:
        """Mistakes of the stage; of a gradient those of the loss before them."""
        if self.stage == BACK:
            yield from all_mutants(self.plan, self.seen, LOSS)
        yield from all_mutants(self.plan, self.seen, self.stage)

    def forms(self, mutant: Mutant, name: str) -> tuple[Mutant, ...]:
        """The mistake with each of its ways back. A forward pass is tried first, as far as the array alone."""
        if self.stage != FORWARD:
            return mutant.forms()
        made = self.ahead(mutant)
        if not made:
            return ()
        if not self.agrees(self.first, made):
            if self.first in made and self.explains_first_step(made):
                self.near.append((name, mutant))
            return ()
        return mutant.forms()

    def ahead(self, mutant: Mutant, plan: Plan | None = None) -> Numbers:
        """The numbers of a forward pass with the mistake, as far as the array; {} where they cannot give it."""
        layers = self.first.layer + 1
        with np.errstate(all="ignore"), suppress(Unlike):
            changed = (plan or self.plan).changed(mutant.change)
            return handed_out(changed, forward_of(changed, layers or None, self.sought).numbers)
        return {}

    def made(self, mutant: Mutant, plan: Plan | None = None, whole: bool = False) -> Numbers:
        """All numbers with the mistake; {} where they cannot give the array, or spoil what is right, unless the `whole` is asked
        for."""
        made: Numbers = {}
        with np.errstate(all="ignore"), suppress(Unlike):
            changed, forward = self.with_change(mutant.change, plan or self.plan)
            if not whole and forward is not self.forward and self.spoils(changed, forward):
                return {}
            way = self.way if forward is self.forward else None
            changed = changed.changed(mutant.ways[0]) if mutant.ways else changed
            made = compute(
                changed, forward=forward, way=way, sought=None if whole or self.stage == FORWARD else self.sought
            )
        if self.stage == BACK and self.first in made and self.explains_first_step(made):
            self.near.append(("", mutant))
        return made

    def spoils(self, changed: Plan, forward: Forward) -> bool:
        """Whether a forward pass makes wrong what is right of it, where the array comes after it."""
        if self.stage == FORWARD:
            return False
        numbers = handed_out(changed, forward.numbers)
        return any(not self.agrees(key, numbers) for key in self.right if stage_of(key) == FORWARD)

    def with_change(self, change: Change, plan: Plan) -> tuple[Plan, Forward]:
        """A plan after a change, and its forward pass: one for all ways back that a mistake may have."""
        if self.last is None or self.last[:2] != (change, plan):
            made = plan.changed(change)
            forward = self.forward if made.same_forward(self.forward.plan) else forward_of(made)
            self.last = change, plan, made, forward
        return self.last[2:]

    def explains_first_step(self, made: Numbers) -> bool:
        """Whether the array comes out as found up to its first wrong step, by enough numbers."""
        right, found, own = self.numbers[self.first], self.seen[self.first], made[self.first]
        if found.ndim != 3 or found.shape != right.shape:
            return False
        at = first_wrong(right, found, self.tolerance, from_end(self.first))
        if at is None:
            return False
        part = slice(at[0], None) if from_end(self.first) else slice(None, at[0] + 1)
        size = largest(found)
        same = np.abs(own[part] - found[part]) <= self.tolerance * size
        return bool(same.all()) and changed_by_far(right[part], found[part], self.tolerance) >= min(
            enough(self.tolerance), found[0].size
        )

    def agreeing(self, made: Numbers) -> int:
        """How many of the arrays come out as found."""
        return sum(self.agrees(key, made) for key in self.seen)

    def explains(self, made: Numbers, stay: list[Key]) -> bool:
        """Whether the array comes out as found, by enough numbers, and none of `stay` goes wrong."""
        if not all(self.agrees(key, made) for key in (self.first, *stay)):
            return False
        if any(self.begun_wrong(key, part, made) for key, part in self.begun):
            return False
        return self.sure(made)

    def begun_wrong(self, key: Key, part: slice, made: Numbers) -> bool:
        """Whether the steps of an array that are right go wrong."""
        if key not in made or made[key].shape != self.seen[key].shape:
            return True
        return self.measure.error(key, made[key][part], self.seen[key][part]) > self.tolerance

    def sure(self, made: Numbers) -> bool:
        """Whether so many numbers come right that agreement is no chance."""
        mended = [key for key in self.seen if key not in self.right and self.same_shape(key) and self.agrees(key, made)]
        return no_chance(sum(self.changed(key) for key in mended), self.tolerance)

    def changed(self, key: Key) -> int:
        """How many numbers of an array are wrong by far."""
        right = self.numbers[key]
        return changed_by_far(right, self.seen[key], self.tolerance, self.measure.floor(key, right))

    def same_shape(self, key: Key) -> bool:
        """Whether an array has the shape that it should have."""
        return self.numbers[key].shape == self.seen[key].shape

    def finding(
        self, name: str, mutant: Mutant, without: Numbers, made: Numbers, others: tuple[tuple[str, Mutant], ...] = ()
    ) -> Finding:
        """A finding of the array, with its errors."""
        before, after = (
            self.measure.error(self.first, one[self.first], self.seen[self.first]) for one in (without, made)
        )
        return Finding(name, mutant, self.first, before, after, others)

    def two(self) -> list[Finding]:
        """Two mistakes of one stage that explain the array together."""
        if self.stage == LOSS:
            return []
        every, before = list(self.offers()), self.before
        close = [k for k, (_, mutant) in enumerate(every) if _like(mutant, self.near)]
        costly = self.stage == BACK or self.first.layer < 0 or self.plan.network.architecture.bidirectional
        pairs = [(k, m) for k in close for m in range(len(every)) if m != k]
        rest = sorted(((k, m) for k in range(len(every)) for m in range(k)), key=sum)
        for k, m in [*pairs, *rest[: COSTLY_PAIRS if costly else MOST_PAIRS]]:
            found = self.pair(every[k], every[m], before)
            if found:
                return found
        return []

    def pair(self, one: tuple[str, Mutant], other: tuple[str, Mutant], before: list[Key]) -> list[Finding]:
        """The two as findings, where they explain the array together."""
        if one[0] == other[0]:
            return []
        begun = self.plan.changed(one[1].change)
        if self.stage == FORWARD and not self.agrees(self.first, self.ahead(other[1], begun)):
            return []
        best: tuple[int, Mutant, Mutant, Numbers] | None = None
        for first in one[1].forms():
            with np.errstate(all="ignore"):
                half = first.apply(self.plan)
            for second in other[1].forms():
                made = self.made(second, half)
                if made and self.explains(made, before) and (best is None or self.agreeing(made) > best[0]):
                    best = self.agreeing(made), first, second, made
        if best is None:
            return []
        _, first, second, made = best
        alone = self.made(first, whole=True)
        return [
            self.finding(one[0], first, self.numbers, alone),
            self.finding(other[0], second, alone, made),
        ]


def _like(mutant: Mutant, near: list[tuple[str, Mutant]]) -> bool:
    """Whether a mistake is one of those that explain the first step."""
    return any(mutant.says == one.says and mutant.where == one.where for _, one in near)
