"""The search for the mistake, or the two, with which one array comes out as it was found."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.agreement import (
    Measure,
    changed_by_far,
    enough,
    first_wrong,
    from_end,
    largest,
    no_chance,
    rank_of,
    stage_of,
)
from rnn_cli.core.referee.back import way_of
from rnn_cli.core.referee.compute import Forward, compute, forward_of, handed_out
from rnn_cli.core.referee.findings import Finding
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS, Mutant, all_mutants, conventions
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan
from rnn_cli.core.referee.sought import Sought, Unlike

MOST_PAIRS = 1_000
COSTLY_PAIRS = 200
"""How many pairs are tried where a pair needs more than a few steps."""
RESORTS = {"scaled"}
"""Mistakes whose number is read off what was found: one that says why it is that number is told in their place."""


@dataclass(eq=False)
class Search:
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
