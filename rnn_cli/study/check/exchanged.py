"""Arrays under each other's names: each is wrong as what it is called, and right as what the other is called.

Their numbers show it, so that it is seen also where both have one shape, and of what has steps as of weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import inf

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.agreement import RIGHT, WRONG, Measure, no_chance
from rnn_cli.core.referee.plan import Numbers
from rnn_cli.study.check.items import Item
from rnn_cli.study.check.layouts import OF_WEIGHTS, Frame, readings
from rnn_cli.study.check.names import Meaning
from rnn_cli.study.check.report import Compared, Finding, Report, first_of

Pairs = tuple[tuple[str, str], ...]
"""The names of arrays that are exchanged, two and two."""


def exchanged(wrong: Sequence[tuple[Item, Sequence[Meaning]]], frame: Frame, numbers: Numbers, limit: float) -> Pairs:
    """Which arrays that are wrong, given with what their names may mean, are right under each other's name."""
    pairs: list[tuple[str, str]] = []
    taken: set[str] = set()
    sure = [one for one in wrong if one[0].array.any() and no_chance(one[0].array.size, limit)]
    for one, other in combinations(sure, 2):
        names = one[0].name, other[0].name
        if not taken & {*names} and all(
            _stands_for(*two, frame, numbers, limit) for two in ((one, other), (other, one))
        ):
            pairs.append(names)
            taken |= {*names}
    return tuple(pairs)


def _stands_for(
    one: tuple[Item, Sequence[Meaning]],
    other: tuple[Item, Sequence[Meaning]],
    frame: Frame,
    numbers: Numbers,
    limit: float,
) -> bool:
    """Whether an array is what the other's name says."""
    called = other[0].called
    return any(
        reading.is_right(numbers, limit)
        for meaning in other[1]
        for reading in readings(meaning, one[0].array, called.layer, called.direction, frame)
    )


def put_right(arrays: Mapping[str, Array], pairs: Pairs) -> dict[str, Array]:
    """The arrays, each under its own name."""
    own = {one: other for pair in pairs for one, other in (pair, pair[::-1])}
    return {own.get(name, name): array for name, array in arrays.items()}


def settles(report: Report, pairs: Pairs) -> bool:
    """Whether a report on arrays that were put right bears out that they were exchanged."""
    names = {name for pair in pairs for name in pair}
    verdicts = {one.name: one.verdict for one in report.compared if one.name in names}
    return verdicts.keys() == names and (report.explained or set(verdicts.values()) == {RIGHT})


def as_named(report: Report, pairs: Pairs) -> Report:
    """A report on arrays that were put right as one on those that were given, with the exchange among its findings."""
    own = {name: [one for one in report.compared if one.name == name] for pair in pairs for name in pair}
    beside = {one: other for pair in pairs for one, other in (pair, pair[::-1])}
    measure = Measure.of(report.plan, report.right, report.seen, report.tolerance)

    def given(one: Compared) -> Compared:
        if one.name not in beside:
            return one
        other = beside[one.name]
        parts = dict(zip([each.key for each in own[one.name]], own[other], strict=False))
        right, yours = report.right[one.key], report.seen[parts[one.key].key] if one.key in parts else None
        if yours is None or yours.shape != right.shape:
            shape = "×".join(str(size) for size in (right if yours is None else yours).shape if size > 1)
            return replace(
                one, layout=f"{shape}, which fits no layout", verdict=WRONG, relative_error=inf, first=None, fits=False
            )
        verdict = measure.verdict(one.key, right, yours)
        first = first_of(one.key, right, yours, verdict.at, report.plan)
        return replace(one, verdict=WRONG, relative_error=verdict.error, first=first, fits=False)

    weights = all(one.key.name.startswith(OF_WEIGHTS) for each in own.values() for one in each)
    names = "; ".join(f"{one} and {other}" for one, other in pairs)
    finding = Finding(
        "swapped-weights" if weights else "swapped-names",
        pairs[0][0],
        f"exchanges the names {names}: each array is right under the other's name",
        f"{', '.join(f'{one} is what stands under {other}' for one, other in pairs)}, and the other way round",
        where=pairs[0][0],
    )
    return replace(report, compared=tuple(map(given, report.compared)), behaviour=(finding, *report.behaviour))
