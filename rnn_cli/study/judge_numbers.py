"""How well numbers are predicted, in the units of the data, beside the simplest forecast: the last value again."""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.blocks import block_length
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
    size = len(encoding.target_columns)
    parts: list[Array] = []
    losses: list[Array] = []
    pairs: list[Array] = []
    answers = 0
    for batch, done in subject.passes():
        losses.append(_mean_of_steps(done.loss.each))
        both = np.stack([batch.targets, done.logits]).astype(np.float64)
        said = both.reshape(*both.shape[:-1], -1, size)
        means, scales = batch.units or (np.array(encoding.target_means), np.array(encoding.target_scales))
        said = said * scales[..., None, :] + means[..., None, :]
        parts.append(_errors(said[1] - said[0]))
        answers += batch.targets.size
        pairs.append(said if both.ndim == 3 else said[:, -1])  # of many answers the one after the last step
    errors, loss = np.concatenate(parts), np.concatenate(losses)  # (N, 2, S, K), (N,)
    truth, answer = np.concatenate(pairs, axis=1)  # (N, S, K) each
    spread = truth.std(axis=(0, 1))
    spread[spread == 0] = 1.0
    last = last_value(examples) if isinstance(examples, Windows) else None
    count = len(errors)
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
        given=given_numbers(subject, truth, answer, spread),
        outcomes=Outcomes("mae", False, (errors[:, 0] / spread).mean(axis=(1, 2)), np.ones(count)),
    )


def _mean_of_steps(values: Array) -> Array:
    """(B,) as it is; (T, B) where every step answers."""
    mean: Array = values if values.ndim == 1 else values.mean(axis=0)
    return mean


def _errors(error: Array) -> Array:
    """|error| and error^2 by example, steps ahead and column: (B, S, K), or (T, B, S, K) where every step answers. -> (B, 2, S, K)"""
    both = np.stack([np.abs(error), error * error], axis=-3)
    errors: Array = both if both.ndim == 4 else both.mean(axis=0)
    return errors
