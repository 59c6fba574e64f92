"""reset-side, on the way back: the reset gate is forgotten in the gradient of W_hn, or in the error that goes through it."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.records import Contribution
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of both forms of the GRU: in the weights, in the error, and in both; of the one with a second bias in that too."""
    cell = plan.network.cell
    if "reset" not in cell.options:
        return
    after = getattr(cell, "reset", "after") == "after"
    weights: dict[str, Any] = {"contributions": {"W_hn": _left if after else _right}}
    path: dict[str, Any] = {"errors": {"h_prev": _after if after else _before}}
    line = "dW_hn += (r_t * da_n) ⊗ h_{t-1}" if after else "dW_hn += da_n ⊗ (r_t * h_{t-1})"
    back = "dh_{t-1} += W_hn^T (r_t * da_n)" if after else "dh_{t-1} += r_t * (W_hn^T da_n)"
    for where, fix, change in (
        ("in the gradient of W_hn", line, weights),
        ("in the error that goes through W_hn", back, path),
        ("on the way back through W_hn", f"{line}, {back}", weights | path),
    ):
        yield Mutant(f"forgets the reset gate {where}", fix, Change(back=change), "n")
    if "b_hn" in cell.parameters:
        bias = {"b_hn": _left}
        fix = "db_hn += r_t * da_n"
        yield Mutant("forgets the reset gate in the gradient of b_hn", fix, Change(back={"contributions": bias}), "n")
        both = {"contributions": {**weights["contributions"], **bias}}
        for where, change in (
            ("in the gradients of W_hn and b_hn", both),
            ("on the way back through W_hn and b_hn", both | path),
        ):
            yield Mutant(f"forgets the reset gate {where}", f"{line}, {fix}", Change(back=change), "n")


def _left(numbers: SimpleNamespace, one: Contribution) -> Contribution:
    return replace(one, left=numbers.da_n)


def _right(numbers: SimpleNamespace, one: Contribution) -> Contribution:
    return replace(one, right=numbers.h_prev)


def _after(numbers: SimpleNamespace, error: Array) -> Array:
    without: Array = error + numbers.w.W_hn.T @ ((1 - numbers.r) * numbers.da_n)
    return without


def _before(numbers: SimpleNamespace, error: Array) -> Array:
    without: Array = error + (1 - numbers.r) * (numbers.w.W_hn.T @ numbers.da_n)
    return without
