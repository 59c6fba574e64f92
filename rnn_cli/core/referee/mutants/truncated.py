"""Truncated BPTT: the gradients of the loss whose error goes back through some steps alone."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """By 2 steps and more: in chunks, or from each loss step. By one step it is future-dropped, a mistake."""
    T = len(plan.x)
    many = plan.targets is not None and plan.targets.ndim > 1
    for k in range(2, T):
        fix = f"pass dh on through all {T} steps"
        if not many:
            says = f"has the gradients of BPTT truncated to the last {k} steps"
            yield Mutant(says, fix, Change(back={"window": k}), "dh")
            continue
        says = f"has the gradients of BPTT truncated to {k} steps"
        yield Mutant(f"{says}: the error stops after every {k} steps", fix, Change(back={"chunk": k}), "dh")
        yield Mutant(
            f"{says}: the error of each goes back through {k} steps, its own included",
            fix,
            Change(back={"window": k}),
            "dh",
        )
