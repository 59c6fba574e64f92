"""How well numbers are predicted, in the units of the data, beside the simplest forecast: the last value again."""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.blocks import block_length
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.baselines.guess import guess_of
from rnn_cli.study.baselines.last_value import PERSISTENCE, last_value
from rnn_cli.study.closer import Outcomes
from rnn_cli.study.examples import Subject
from rnn_cli.study.given import given_numbers
from rnn_cli.study.scores import Baseline, Columns, Evaluation, Resampling
from rnn_cli.tasks import GENERATED
from rnn_cli.tasks.forecast import Windows


def judge_numbers(subject: Subject, resampling: Resampling) -> Evaluation:
    """MAE and RMSE by target column. Windows overlap and weather lasts, so neighbouring ones are resampled in blocks."""
    encoding, examples = subject.encoding, subject.examples
    scales = np.array(encoding.target_scales)
    parts: list[Array] = []
    losses: list[Array] = []
    pairs: list[Array] = []
    answers = 0
    for batch, done in subject.passes():
        losses.append(_mean_of_steps(done.loss.each))
        parts.append(_errors(done.logits - batch.targets, scales))
        answers += batch.targets.size
        both = np.stack([batch.targets, done.logits]).astype(np.float64)
        pairs.append(both if both.ndim == 3 else both[:, -1])  # of many answers the one after the last step
    errors, loss = np.concatenate(parts), np.concatenate(losses)  # (N, 2, S, K), (N,)
    last = last_value(examples, scales) if isinstance(examples, Windows) else None
    count, size = len(errors), len(scales)
    table = np.concatenate([loss[:, None], errors.mean(axis=2).reshape(count, -1)], axis=1)

    def score(counts: Array) -> Array:
        means = (counts @ table) / counts.sum()
        means[1 + size :] = np.sqrt(means[1 + size :])
        return means  # type: ignore[no-any-return]

    names = ["loss", *(f"mae {k}" for k in range(size)), *(f"rmse {k}" for k in range(size))]
    block = max(map(block_length, table.T)) if isinstance(examples, Windows) else 1
    found = list(resampling.scores(names, score, count, block).values())
    baseline = None
    if subject.task in GENERATED:
        baseline = guess_of(subject.model.trained_for)
    elif last is not None:
        baseline = Baseline(PERSISTENCE, {}, "last-value")
    return Evaluation(
        subject.task,
        encoding.level,
        count,
        answers,
        0,
        0,
        {"loss": found[0]},
        baseline,
        columns=Columns(
            encoding.target_columns,
            tuple(found[1 : 1 + size]),
            tuple(found[1 + size :]),
            None if last is None else tuple(last[0].mean(axis=0).tolist()),
            None if last is None else tuple(np.sqrt(last[1].mean(axis=0)).tolist()),
            errors[:, 0].mean(axis=0),
            None if last is None else last[0],
        ),
        notes=tuple(subject.report.notes),
        units=count,
        unit="window" if isinstance(examples, Windows) else "example",
        block=block,
        given=given_numbers(subject, *_in_units(np.concatenate(pairs, axis=1), encoding)),
        outcomes=Outcomes("mae", False, (errors[:, 0] / scales).mean(axis=(1, 2)), np.ones(count)),
    )


def _mean_of_steps(values: Array) -> Array:
    """(B,) as it is; (T, B) where every step answers."""
    mean: Array = values if values.ndim == 1 else values.mean(axis=0)
    return mean


def _in_units(scaled: Array, encoding: Encoding) -> tuple[Array, Array]:
    """Truths and answers, (2, N, S*K), in the units of the data. -> (N, S, K) each"""
    split = scaled.reshape(*scaled.shape[:2], -1, len(encoding.target_scales))
    truth, answer = split * np.array(encoding.target_scales) + np.array(encoding.target_means)
    return truth, answer


def _errors(scaled: Array, scales: Array) -> Array:
    """|error| and error^2 in the units of the data, by example, steps ahead and column.

    scaled (B, S*K), or (T, B, S*K) where every step answers -> (B, 2, S, K)
    """
    error = scaled.reshape(*scaled.shape[:-1], -1, len(scales)) * scales
    both = np.stack([np.abs(error), error * error], axis=-3)
    errors: Array = both if both.ndim == 4 else both.mean(axis=0)
    return errors
