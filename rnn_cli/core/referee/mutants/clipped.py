"""clipped: the gradients that were handed over are clipped already."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.back import norms_of
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.scaled import factor
from rnn_cli.core.referee.plan import GRADIENTS, Change, EachNorm, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """At the largest value that is there, where several have it; and to the norm of all together."""
    gradients = [array for key, array in seen.items() if key.name.startswith(GRADIENTS)]
    if not gradients:
        return
    whole = np.concatenate([array.ravel() for array in gradients])
    if not np.isfinite(whole).all():
        return
    limit = float(np.abs(whole).max())
    if limit > 0 and np.isclose(np.abs(whole), limit, rtol=1e-6, atol=0).sum() > 1:
        yield Mutant(
            f"clips every number of the gradients at {limit:.6g}",
            "hand out the gradients as they are, and clip them where they are used",
            Change(back={"clip_value": limit}),
        )
    # Of all gradients, though some were not handed over, by the factor of those that were.
    by = factor(plan, seen)
    of_all = [array for key, array in compute(plan).items() if key.name.startswith(GRADIENTS)] if by is not None else []
    norms = [float(np.sqrt((whole * whole).sum())), abs(by or 0) * float(np.sqrt(sum((a * a).sum() for a in of_all)))]
    for chosen in dict.fromkeys(float(f"{norm:.2g}") for norm in norms if norm > 0 and few_digits(norm)):
        yield Mutant(
            f"clips the gradients by their norm, at {chosen:g}",
            "hand out the gradients as they are, and clip them where they are used",
            Change(back={"clip_norm": chosen}),
        )
    for packed, each in ((False, "each gradient"), (True, "each packed gradient")):
        sizes = norms_of({key: array for key, array in seen.items() if key.name.startswith(GRADIENTS)}, packed)
        most, least = max(sizes.values()), min(sizes.values())
        if most <= 0 or not few_digits(most):
            continue
        limit, alike = float(f"{most:.2g}"), len(sizes) > 1 and most - least < 1e-5 * most
        for does, always in (
            (f"clips {each} by its own norm, at {limit:g}", False),
            (f"divides {each} by its own norm", True),
        ):
            if not always or (alike and limit == 1):
                fix = "hand out the gradients as they are, and clip them where they are used, all by one factor"
                yield Mutant(does, fix, Change(back={"clip_each": EachNorm(limit, packed, always)}))


def few_digits(norm: float) -> bool:
    """Whether a norm is one that somebody chose: any factor at all would be clipping to some norm."""
    return abs(norm / float(f"{norm:.2g}") - 1) < 1e-5
