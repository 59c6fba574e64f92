"""What `rnn check` says of numbers that are wrong in a known way, of right ones, and of noise.

    python tests/fuzz/referee.py [--seed 0] [--count 20] [--right 1000] [--noise 1000] [--pairs 200] [--only lstm]

--count networks for each mistake in each kind of cell: a form of the mistake, layers, directions, sizes and a batch are
drawn, and every second program hands over only what people save. A network on which the mistake changes nothing is drawn
again. --seconds holds for each of the four tables. Right programs have their arrays in the layouts and under the names of tests/study/check. Noise is added to one array.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.findings import Judgement
from rnn_cli.core.referee.plan import Numbers, Plan
from rnn_cli.core.referee.search import judge
from tests.core.referee.test_search import KINDS, TOLERANCE, found_in, is_saved, mistakes_of
from tests.fuzz.trials import numbers, parser
from tests.study.check.test_arrays import drawn, drawn_style
from tests.support.referee_programs.cases import SHAPES, case, of_lengths, seen_of
from tests.support.referee_programs.planted import Planted

Rng = np.random.Generator
WANTED, WANTED_PAIRS = 0.95, 0.8
ROUNDING = 1e-14
DRAWS = 50
"""After so many networks that a mistake does not change, it has none."""


@dataclass
class Counts:
    """How many of what was tried came out as it should, and stories of those that did not."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    good: Counter[tuple[str, str]] = field(default_factory=Counter)
    beside: Counter[tuple[str, str]] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)

    def add(self, row: str, column: str, good: bool, story: str, beside: bool = False) -> None:
        """One more trial; `beside` where the right name stands after another that agrees as well."""
        at = row, column
        self.tried[at] += 1
        self.good[at] += good
        self.beside[at] += beside
        if not good:
            self.stories.append(f"{row}, {column}{': named as well' if beside else ''}: {story}")

    def share(self) -> float:
        """Of all trials."""
        return sum(self.good.values()) / max(1, sum(self.tried.values()))

    def say(self, what: str) -> str:
        """The counts in words."""
        beside = (
            f", {sum(self.beside.values())} more named beside one that agrees as well" if self.beside.total() else ""
        )
        return f"{what}: {sum(self.good.values())} of {sum(self.tried.values())} ({self.share():.1%}){beside}"


def same(plan: Plan, seen: Numbers) -> bool:
    """Whether a mistake changes nothing on this network. Gradients that are 0 are rounding, and differ in every digit."""
    right = compute(plan)
    return all(np.allclose(seen[key], right[key], TOLERANCE, ROUNDING, equal_nan=True) for key in seen)


def names(judgement: Judgement) -> list[str]:
    """The mistakes that are named, in their order."""
    return [one.mistake for one in judgement.findings]


def others(judgement: Judgement) -> set[str]:
    """The mistakes that agree as well as those."""
    return {name for one in judgement.findings for name, _ in one.others}


def networks(kind: str, name: str, rng: Rng) -> Iterator[tuple[Planted, Plan, Numbers]]:
    """Networks in which a mistake with this name shows."""
    forms = [(k, one) for k, shape in enumerate(SHAPES) for one in mistakes_of(kind, shape) if one.name == name]
    vain = 0
    while vain < DRAWS:
        k, one = forms[rng.integers(len(forms))]
        plan, seen = found_in(kind, SHAPES[k], one, int(rng.integers(1 << 30)))
        if rng.random() < 0.5:
            seen = {key: array for key, array in seen.items() if is_saved(key)}
        vain += 1
        if not same(plan, seen):
            vain = 0
            yield one, plan, seen


def equal(one: Numbers, other: Numbers) -> bool:
    """Whether two programs give the same numbers: the second mistake of the one is not to be seen behind its first."""
    return all(np.allclose(one[key], other[key], equal_nan=True) for key in one)


def planted_mistakes(kinds: list[str], seed: int, count: int, seconds: float | None) -> Counts:
    """Every mistake in every kind of cell, so many networks each."""
    counts = Counts()
    cases = [
        (kind, name) for kind in kinds for name in dict.fromkeys(m.name for s in SHAPES for m in mistakes_of(kind, s))
    ]
    for number in numbers(len(cases), seconds):
        kind, name = cases[number]
        drawn_networks = networks(kind, name, np.random.default_rng([seed, number]))
        for _ in range(count):
            found = next(drawn_networks, None)
            if found is None:
                break
            one, plan, seen = found
            judgement = judge(plan, seen, TOLERANCE)
            story = f"{one.what}, fits {one.fits}: {names(judgement)} {sorted(others(judgement))}"
            good = names(judgement)[:1] == [name]
            counts.add(name, kind, good, story, beside=not good and name in others(judgement))
    return counts


def pairs(kinds: list[str], seed: int, count: int, seconds: float | None) -> Counts:
    """Two mistakes of different names in one program: both must be named."""
    counts = Counts()
    for number in numbers(count, seconds):
        rng = np.random.default_rng([seed, number, 2])
        kind, shape = str(rng.choice(kinds)), SHAPES[rng.integers(len(SHAPES))]
        apart = ("not-shifted", "padding-read")  # these have data of their own
        every = [one for one in mistakes_of(kind, shape) if one.name not in apart]
        while True:
            one, other = (every[k] for k in rng.choice(len(every), 2, replace=False))
            if one.name == other.name or one.what.keys() & other.what.keys() or one.fits != other.fits:
                continue
            which = int(rng.integers(1 << 30))
            plan, alone = found_in(kind, shape, one, which)
            _, second = found_in(kind, shape, other, which)
            _, both = found_in(kind, shape, Planted(one.name, one.what | other.what, one.fits), which)
            shown = not same(plan, alone) and not same(plan, second)
            if shown and not equal(both, alone) and not equal(both, second):
                break
        judgement = judge(plan, both, TOLERANCE)
        named = {*names(judgement), *others(judgement)}
        story = f"{one.what} and {other.what}: {names(judgement)} {sorted(others(judgement))}"
        counts.add("two mistakes", kind, {one.name, other.name} <= named, story)
    return counts


def right_programs(seed: int, count: int, seconds: float | None) -> Counts:
    """Right numbers in any convention: nothing is accused."""
    counts = Counts()
    for number in numbers(count, seconds):
        rng = np.random.default_rng([seed, number, 3])
        one, style = drawn(rng), drawn_style(rng)
        report = one.check(style.write(one))
        accused = [finding.mistake for finding in report.findings]
        counts.add("right", "", report.passed and not accused, f"{number}: {style}: {accused}")
    return counts


def noise(kinds: list[str], seed: int, count: int, seconds: float | None) -> Counts:
    """Noise in one array: it is wrong, and nothing explains it."""
    counts = Counts()
    for number in numbers(count, seconds):
        rng = np.random.default_rng([seed, number, 4])
        kind, shape = str(rng.choice(kinds)), SHAPES[rng.integers(len(SHAPES))]
        plan, program = case(kind, int(rng.integers(1 << 30)), shape)
        plan = of_lengths(plan, program, [4, 2])
        seen = seen_of(plan, program.run({}, bool(rng.random() < 0.5)))
        key = list(seen)[rng.integers(len(seen))]
        size = float(10 ** rng.uniform(-3, 0))
        seen[key] = seen[key] + size * rng.standard_normal(seen[key].shape)
        judgement = judge(plan, seen, TOLERANCE)
        good = not judgement.findings and not judgement.explained and not judgement.passed
        counts.add("noise", kind, good, f"{number}: {size:.1e} in {key}: {names(judgement)}, passed {judgement.passed}")
    return counts


def table(counts: Counts, kinds: list[str]) -> Iterator[str]:
    """Mistakes and cells: how many were named first."""
    rows = list(dict.fromkeys(name for name, _ in counts.tried))
    width = max(map(len, rows), default=0)
    yield f"{'named first':{width}}  " + "".join(f"{kind.replace('reset ', ''):>11}" for kind in kinds)
    for row in rows:
        at = [(row, kind) for kind in kinds]
        cells = [f"{counts.good[one]} of {counts.tried[one]}" if counts.tried[one] else "-" for one in at]
        yield f"{row:{width}}  " + "".join(f"{one:>11}" for one in cells)


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; 1 where less was named than is wanted or a right program was accused."""
    made = parser(__doc__, 20, "networks for each mistake in each kind of cell", called=False)
    made.add_argument("--right", type=int, default=1000, help="right programs (default 1000)")
    made.add_argument("--noise", type=int, default=1000, help="programs with noise in an array (default 1000)")
    made.add_argument("--pairs", type=int, default=200, help="programs with two mistakes (default 200)")
    made.add_argument("--only", help="kinds of cells whose name begins so")
    options = made.parse_args(arguments)
    seed, seconds = options.seed, options.seconds
    kinds = [kind for kind in KINDS if kind.startswith(options.only or "")]
    code = 0
    with suppress(KeyboardInterrupt), np.errstate(all="ignore"):
        for what, trials, wanted in (
            ("mistakes named first", partial(planted_mistakes, kinds, seed, options.count, seconds), WANTED),
            ("both of two mistakes named", partial(pairs, kinds, seed, options.pairs, seconds), WANTED_PAIRS),
            ("right programs that were not accused", partial(right_programs, seed, options.right, seconds), 1.0),
            ("noise that nothing explains", partial(noise, kinds, seed, options.noise, seconds), 1.0),
        ):
            counts = trials()
            if not counts.tried:
                continue
            for line in table(counts, kinds) if what.startswith("mistakes") else ():
                print(line)
            print(counts.say(what), flush=True)
            for story in counts.stories[: options.tell]:
                print(f"- {story}", flush=True)
            code |= counts.share() < wanted
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
