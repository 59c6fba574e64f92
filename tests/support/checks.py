"""Reports of checks, made of numbers that are wrong in a known way."""

from collections.abc import Callable

import numpy as np

from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.referee.agreement import RIGHT, WRONG, Verdict, first_wrong, from_end, relative_error
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.findings import Judgement
from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS, Mutant, all_mutants
from rnn_cli.core.referee.plan import Numbers, Plan
from rnn_cli.core.referee.search import judge
from rnn_cli.models.load import random_model
from rnn_cli.models.model import Model
from rnn_cli.study.check.report import Compared, Report, findings_of, first_of


def planned(cell: str, large: bool = False, lengths: tuple[int, ...] = ()) -> tuple[Model, Plan]:
    """A network and what is computed of it: one sequence of one layer, or `large` a batch, two layers and directions."""
    made = Architecture(
        cell, 2, 3, 2 if large else 1, large, task=MANY_TO_MANY if large else MANY_TO_ONE, output_size=2
    )
    model = random_model(made, ("negative", "positive"), 1)
    generator = np.random.default_rng(0)
    each = np.array(lengths or ((4, 3) if large else (4,)))
    x = generator.normal(size=(each.max(), len(each), 2))
    targets = generator.integers(2, size=x.shape[:2] if large else len(each))
    return model, Plan(model.network, x, each, targets=targets)


def reported(model: Model, plan: Plan, seen: Numbers, tolerance: float = 1e-9) -> Report:
    """What a check of these numbers finds out; each array has the name of its key."""
    return report_of(model, plan, seen, judge(plan, seen, tolerance), tolerance)


def unexplained(model: Model, plan: Plan, seen: Numbers, tolerance: float = 1e-9) -> Report:
    """The same without a search for mistakes."""
    right = compute(plan)
    verdicts = {
        key: Verdict(WRONG, relative_error(right[key], array), at) if at is not None else Verdict(RIGHT, 0.0, None)
        for key, array in seen.items()
        for at in [first_wrong(right[key], array, tolerance, from_end(key) and array.ndim == 3)]
    }
    return report_of(model, plan, seen, Judgement(verdicts, [], False, right), tolerance)


def report_of(model: Model, plan: Plan, seen: Numbers, judgement: Judgement, tolerance: float) -> Report:
    """The report of a judgement."""
    names = {key: ".".join(filter(None, (key.name, str(key.layer) * (key.layer > 0), key.direction))) for key in seen}
    compared = tuple(
        Compared(names[key], key, key.name, "", one.state, one.error, first)
        for key, one in judgement.verdicts.items()
        for first in [first_of(key, judgement.right[key], seen[key], one.at, plan)]
    )
    found = findings_of(judgement, names)
    return Report(
        "mine.npz", model, plan, seen, judgement.right, tolerance, compared, (), found, (), judgement.explained
    )


def mutants_of(plan: Plan, wanted: Callable[[str], bool] = lambda name: True) -> dict[str, Mutant]:
    """The first form of each mistake that this plan can have, by the name under which it stands."""
    seen = compute(plan)
    made: dict[str, Mutant] = {}
    for stage in (FORWARD, LOSS, BACK):
        for name, mutant in all_mutants(plan, seen, stage):
            if wanted(name):
                made.setdefault(f"{stage} {name}", mutant)
    return made
