"""How good a system is on a set of examples: its loss and one number that a person understands.

accuracy     the share of right answers (classes, tags, tokens written with the true ones before them)
perplexity   e^loss, for language models: the model is as unsure as among so many equally likely tokens
mae          the mean absolute error, in the units of the data

Where answers are classes, their macro F1 is measured beside the accuracy, in which a rare class hardly counts.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.metrics.confusion import per_class
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.base import Pass, System
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks import task_class
from rnn_cli.tasks.base import Examples

ACCURACY, PERPLEXITY, MAE = "accuracy", "perplexity", "mae"


@dataclass(frozen=True)
class Measured:
    """The mean loss over all weighted answers that have one, and the metric's name and value over all answers; the macro F1
    where these are classes."""

    loss: float
    metric: str
    value: float
    answers: float
    macro_f1: float | None = None


def metric_of(task: str, loss: str) -> str:
    """The metric that says how well a task is done."""
    if loss == MSE:
        return MAE
    return PERPLEXITY if task_class(task).running else ACCURACY


def more_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is the better one."""
    return metric == ACCURACY


def is_better(metric: str, value: float, best: float | None) -> bool:
    """Whether a value of the metric is better than the best so far."""
    if best is None:
        return True
    return value > best if more_is_better(metric) else value < best


def measure(system: System, examples: Examples, encoding: Encoding, task: str, batch_size: int) -> Measured:
    """Run all examples in the order of the file."""
    metric = metric_of(task, system.blueprint.loss)
    loss = answers = scored = right = 0.0
    state: InitialStates = {}
    given: list[tuple[Array, Array, Array]] = []
    for indices in examples.batches(0, 0, batch_size, shuffle=False):
        batch = examples.collate(indices)
        done = system.forward(batch, state if batch.carries else None)
        state = done.state
        weights = batch.weights.astype(np.float64)
        with_loss = weights if batch.truths is None else weights * (batch.truths < done.logits.shape[-1])
        loss += float((done.loss.each.astype(np.float64) * with_loss).sum())
        scored += float(with_loss.sum())
        answers += float(weights.sum())
        right += _right(metric, done, batch, encoding)
        if metric == ACCURACY and batch.decoder_inputs is None:
            given.append(_answers(done, batch))
    mean = loss / scored
    with np.errstate(over="ignore"):  # an infinite perplexity is for the caller to refuse
        value = float(np.exp(mean)) if metric == PERPLEXITY else right / answers
    return Measured(mean, metric, value, answers, _macro_f1(given) if given else None)


def _answers(done: Pass, batch: Batch) -> tuple[Array, Array, Array]:
    """The true classes, those that were answered, and what each answer counts for, (N,) each."""
    truths = batch.targets if batch.truths is None else batch.truths
    counts = batch.weights > 0
    return truths[counts], done.logits.argmax(axis=-1)[counts], batch.weights[counts]


def _macro_f1(given: list[tuple[Array, Array, Array]]) -> float:
    """See core/metrics/confusion.py, over all batches."""
    true, answered, weights = (np.concatenate(parts) for parts in zip(*given, strict=True))
    return per_class(true, answered, int(max(true.max(), answered.max())) + 1, weights).macro_f1


def _right(metric: str, done: Pass, batch: Batch, encoding: Encoding) -> float:
    """The weighted number of right answers, or the weighted sum of absolute errors."""
    weights = batch.weights
    if metric == ACCURACY:
        truths = batch.targets if batch.truths is None else batch.truths
        return float(((done.logits.argmax(axis=-1) == truths) * weights).sum())
    if metric == MAE:
        scales = np.array(encoding.target_scales or (1.0,)) if batch.units is None else batch.units[1][..., None, :]
        error = np.abs(done.logits.astype(np.float64) - batch.targets)
        error = error.reshape(*error.shape[:-1], -1, scales.shape[-1]) * scales
        return float((error.mean(axis=(-2, -1)) * weights).sum())
    return 0.0
