"""Which weights a run keeps at its end: those with the smallest validation loss, those with the best metric or macro F1, or the last.

    loss     the smallest loss
    metric   the best metric, and of those that are equal the one with the smallest loss
    f1       the best macro F1 of classes, and of those that are equal the one with the smallest loss
    first    the best metric, and of those that are equal the first: runs that began before --keep was there
    last     the last step

The loss is the mean over answers in the units in which the network answers: classes, or numbers in standard deviations
of their columns. So it says the same whatever the unit of a column, and more than a share of right answers on few examples. But where most classes are rare it is that of the common ones, and
gets no better long before the rare ones are learnt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnn_cli.core.learning.train import Progress
from rnn_cli.errors import InputError
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.defaults import F1, FIRST, LAST, LOSS, METRIC
from rnn_cli.training.measure import ACCURACY, Measured, is_better, metric_of

KEEPS = {
    LOSS: "the smallest validation loss",
    METRIC: "the best metric, of equal ones the smallest loss",
    F1: "the best macro F1, of equal ones the smallest loss",
    FIRST: "the best metric, of equal ones the first",
    LAST: "nothing but its place",
}
"""What the weights that are kept have before all others, by the names that --keep takes."""


@dataclass(frozen=True)
class Kept:
    """The step whose weights a file holds, the step that the run had reached, and by what the one was chosen."""

    step: int
    reached: int
    by: str

    @property
    def why(self) -> str:
        """In words, after "step 7: "."""
        return "it is the last one" if self.by == LAST else f"it has {KEEPS[self.by]}"


def improves(keep: str, measured: Measured, progress: Progress) -> tuple[bool, bool]:
    """Whether a measure is better than the best so far, and whether patience begins anew with it: not with one that is
    better by its loss alone where the metric counts, which can go on getting smaller where all answers are right."""
    if progress.best_loss is None or keep not in (LOSS, METRIC, F1):
        better = is_better(measured.metric, measured.value, progress.best)
        return better, better
    less = measured.loss < progress.best_loss
    if keep == LOSS:
        return less, less
    if keep == F1:
        assert measured.macro_f1 is not None
        assert progress.best_f1 is not None
        better, equal = measured.macro_f1 > progress.best_f1, measured.macro_f1 == progress.best_f1
    else:
        better = is_better(measured.metric, measured.value, progress.best)
        equal = measured.value == progress.best
    return better or (less and equal), better


def check_keep(keep: str, prepared: Prepared) -> None:
    """InputError where the weights are to be kept by what the answers do not have."""
    if keep == F1 and (metric_of(prepared.task, prepared.loss) != ACCURACY or prepared.has_decoder):
        raise InputError(f"--keep {F1}: the answers of {prepared.task} are no classes, and have no macro F1")


def kept_in(run: Mapping[str, Any]) -> Kept | None:
    """What the file of a run says of its weights; None of a file of an earlier version, which may not say it."""
    if run.get("kept_step") is None:
        return None
    return Kept(run["kept_step"], run["progress"]["step"], run["kept_by"])
