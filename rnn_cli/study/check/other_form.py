"""A program whose update gate is 1 minus the one here, in values and gradients: the other form of the cell, and no mistake."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rnn_cli.core.referee.agreement import RIGHT, agrees, relative_error
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants.update_flipped import gradients_of, mutants, update_gate
from rnn_cli.study.check.report import Report

SAYS = "its {0}_t is the 1 - {0}_t of this cell, in values and gradients: taken as the other form of it"


def in_other_form(reports: Mapping[int, Report]) -> dict[int, Report]:
    """The reports as those on the other form, where it gives every number on every network; else as they are.

    Without the gradients of the gate nothing shows that the form is meant.
    """
    found = {k: _as_other_form(one) for k, one in reports.items()}
    passed = {k: one for k, one in found.items() if one is not None}
    return passed if len(passed) == len(reports) else dict(reports)


def _as_other_form(report: Report) -> Report | None:
    """The report as that on the other form; None where one of its numbers is not of it."""
    named = {one.mistake for one in report.findings}
    gate = update_gate(report.model.network.cell)
    if gate is None or named != {"update-flipped"} or not any(key.name in gradients_of(gate) for key in report.seen):
        return None
    with np.errstate(all="ignore"):
        right = compute(next(mutants(report.plan, report.seen)).apply(report.plan))
    if not all(key in right and agrees(right[key], array, report.tolerance) for key, array in report.seen.items()):
        return None
    compared = [
        replace(one, verdict=RIGHT, first=None, relative_error=relative_error(right[one.key], report.seen[one.key]))
        for one in report.compared
    ]
    return replace(report, right=right, compared=tuple(compared), findings=(), explained=True, caveat=SAYS.format(gate))
