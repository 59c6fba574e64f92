"""Mistakes that other data of the same program showed: they are tried first, all of them together.

One step shows what many steps hide: nothing comes from a step after it, so that each mistake of the step stands alone. And
what explains one network in whole need not be searched for on the next.
"""

from collections.abc import Callable, Sequence

from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS, Mutant, all_mutants
from rnn_cli.core.referee.plan import Numbers, Plan

Suspect = Sequence[tuple[str, str]]
"""The mistakes that a finding may be, the likeliest first: the name of each, and what it says."""

Named = tuple[str, Mutant]

MOST_WAYS = 48
"""More ways to combine the forms of all suspects are not tried."""


def suspected(
    plan: Plan, seen: Numbers, suspects: Sequence[Suspect], agreeing: Callable[[Numbers], int]
) -> list[Named]:
    """The suspects as mistakes of this plan, in the forms with which most arrays come out as found."""
    ways: list[tuple[Plan, list[Named]]] = [(plan, [])]
    for suspect in suspects:
        more = [(one[1].apply(now), [*chosen, one]) for now, chosen in ways for one in forms_of(now, seen, suspect)]
        ways = more[:MOST_WAYS] or ways
    return max(ways, key=lambda way: agreeing(compute(way[0])))[1]


def forms_of(plan: Plan, seen: Numbers, suspect: Suspect) -> list[Named]:
    """The forms of a suspect that this plan can have, each with each of its ways back, the likeliest first."""
    names = {name for name, _ in suspect}
    every = [
        (name, form)
        for stage in (FORWARD, LOSS, BACK)
        for name, mutant in all_mutants(plan, seen, stage, names)
        if (name, mutant.says) in suspect
        for form in mutant.forms()
    ]
    return sorted(every, key=lambda one: list(suspect).index((one[0], one[1].says)))


def with_all(plan: Plan, mistakes: Sequence[Named]) -> Plan:
    """The plan with these mistakes, one after the other."""
    for _, mutant in mistakes:
        plan = mutant.apply(plan)
    return plan
