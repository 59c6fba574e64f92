"""How good a trained model is on a set of examples: which judge a task needs, and the judges of classes and of tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, isinf, log
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.verdict import exp_or_inf
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.metrics.blocks import block_length
from rnn_cli.core.metrics.calibration import Calibration
from rnn_cli.core.metrics.confusion import confusion_matrix, per_class, ratio
from rnn_cli.core.metrics.spans import NAMES as SPAN_NAMES
from rnn_cli.core.metrics.spans import span_scores, span_tags
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError, NumberError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model
from rnn_cli.study.baselines.commonest_label import always, commonest_of, named
from rnn_cli.study.baselines.even_guess import even_guess
from rnn_cli.study.baselines.guess import guess_of
from rnn_cli.study.closer import Compared, Outcomes, compare, sizes_of
from rnn_cli.study.examples import Subject, open_subject
from rnn_cli.study.foreign import require_labels
from rnn_cli.study.given import Given, given_labels, place_of
from rnn_cli.study.judge_numbers import judge_numbers
from rnn_cli.study.judge_translations import judge_translations
from rnn_cli.study.range import LEFT, in_words
from rnn_cli.study.scores import Baseline, Classes, Evaluation, Resampling, Score, Share, Spans
from rnn_cli.study.sums import MOST_UNITS, UnitSums, unknown_tokens
from rnn_cli.study.training_part import baselines_beside
from rnn_cli.study.word_vectors import with_vectors
from rnn_cli.tasks import GENERATED
from rnn_cli.tasks.base import ENCODER_DECODER
from rnn_cli.tasks.classify import Classify
from rnn_cli.tasks.options import DataOptions
from rnn_cli.tasks.rows import RowTask
from rnn_cli.tasks.tag import Tag

LONGEST_WORD = 20
"""The most tokens that a word has on average. A text with longer ones has no words between its blanks."""


@dataclass(frozen=True, eq=False)
class EvaluateResult:
    """How good a model is on some data. `name` is how the model was asked for, `data` are the files' names, and
    `reading` says how they were read."""

    subject: Subject
    name: str
    data: list[str]
    found: Evaluation
    resampling: Resampling
    reading: DataOptions
    compared: Compared | None = None

    @property
    def left_range(self) -> str | None:
        """Which score a float cannot hold; None where there is none."""
        scores = {**self.found.scores, **_errors_by_column(self.found)}
        for name, score in scores.items():
            if isinf(score.value):
                return f"the {name} {LEFT}"
        return None


def _errors_by_column(found: Evaluation) -> dict[str, Score]:
    columns = found.columns
    if columns is None:
        return {}
    every = [("mean absolute error", columns.mae), ("root of the mean squared error", columns.rmse)]
    return {
        f"{what} of {name}": score for what, scores in every for name, score in zip(columns.names, scores, strict=True)
    }


def evaluate_model(
    model: Model,
    name: str,
    data: Sequence[str],
    *,
    held_out: bool = False,
    beam: int = 1,
    resamples: int = 1000,
    seed: int = 0,
    against: tuple[Model, str] | None = None,
    **reading: Any,
) -> EvaluateResult:
    """Measure a trained model on data files, or on generated examples where its task draws its own; and against another one.

    `reading` are the options of DataOptions, for data that look different from those of training.
    InputError where the model was not trained or the data do not fit; NumberError where the loss is not finite.
    """
    if against is not None and any(name == "-" or Path(name).is_fifo() for name in data):
        raise InputError("--against reads DATA once for each model: give a file, not stdin or a pipe")
    asked = DataOptions(**reading)
    subject = open_subject(name, model, data, asked, held_out, seed)
    check_beam(subject, beam)
    resampling = Resampling(resamples, seed)
    result = EvaluateResult(subject, name, list(data), evaluate(subject, resampling, beam), resampling, asked)
    if against is None:
        return result
    other, called = against
    second = evaluate_model(other, called, data, held_out=held_out, beam=beam, resamples=0, seed=seed, **reading)
    return replace(result, compared=compared(result, second))


def compared(one: EvaluateResult, other: EvaluateResult) -> Compared:
    """The test of two models on the same examples. InputError where they have none in common, or answer otherwise."""
    both = one.found.outcomes, other.found.outcomes
    assert both[0] is not None
    assert both[1] is not None
    if one.subject.task != other.subject.task:
        raise InputError(
            f"--against {other.name}: was trained for {other.subject.task}, and {one.name} for {one.subject.task}"
        )
    if one.subject.kind.generates and one.subject.encoding.labels != other.subject.encoding.labels:
        raise InputError(
            f"--against {other.name}: has another vocabulary, so that the losses of its tokens are of other things"
        )
    places = [
        ([place_of(of.subject, k) for k in range(len(of.subject.report.examples))], of.found.examples)
        for of in (one, other)
    ]
    block = max(one.found.block, other.found.block)
    resampling = one.resampling
    return compare(other.name, places, (both[0], both[1]), block, resampling.resamples, resampling.seed)


def with_vectors_for(
    model: Model, name: str, path: str, data: Sequence[str], held_out: bool, reading: DataOptions
) -> tuple[Model, ReadingReport]:
    """A classifier or a tagger without an embedding, with the vectors of a file for the words of the data; and how it was read.

    InputError where the data hold no words for it: it is for --held-out, for stdin, which is read once, or for another task.
    """
    if not model.foreign or model.has_decoder or not model.network.architecture.output_size:
        raise InputError(f"--vectors {path}: {name} is no classifier or tagger of another program that reads vectors")
    require_labels(name, model)
    if held_out or not data or "-" in data:
        raise InputError(f"--vectors {path}: the words are looked up first: give DATA as files")
    task: RowTask[Any] = Classify() if model.network.architecture.task == MANY_TO_ONE else Tag()
    report = ReadingReport()
    options = task.defaults(replace(reading, level=model.level, lowercase=False))
    known = Encoding(model.level, labels=model.labels)
    words = (word for row in task.read(data, options, options.report(), known) for word in task.tokens(row, known))
    return with_vectors(model, path, words, report), report


def answers_of(result: EvaluateResult) -> Given:
    """Every answer beside its truth. InputError where a model gives none: it was trained on texts without answers."""
    if result.found.given is None:
        raise InputError(
            f"--save-predictions: {result.name} says how likely each next token is, and gives no answers; "
            "rnn generate lets it write"
        )
    return result.found.given


def evaluate(subject: Subject, resampling: Resampling, beam: int = 1) -> Evaluation:
    """Run all examples once and judge them as their task asks for. NumberError where the loss is not finite."""
    with in_words(subject.model):
        found = _beside_counts(subject, _judged(subject, resampling, beam))
    if not isfinite(found.scores["loss"].value):
        raise NumberError(f"the loss is not a finite number: {_departure(subject)}")
    return found


def _beside_counts(subject: Subject, found: Evaluation) -> Evaluation:
    """Where the training part is at hand, or drawn: beside what is learnt from it, as rnn train and rnn data have it."""
    own = () if found.baseline is None else (found.baseline,)
    made = tuple(_as_scored(one, found) for one in baselines_beside(subject)) or own
    same = subject.prepared is not None or not subject.kind.needs_data
    beside = made[0] if same and made and made[0].errors is None else found.baseline
    return replace(found, baseline=beside, baselines=made)


def _as_scored(one: Baseline, found: Evaluation) -> Baseline:
    """A simple answer with the scores that the evaluation has, under its names."""
    if one.errors is not None:
        return one
    scores = dict(one.scores)
    if "loss" in scores:
        scores |= _of_mean_loss(scores["loss"], found.answers / found.words if found.words else 1.0)
    if "token_accuracy" in found.scores and "accuracy" in scores:
        scores["token_accuracy"] = scores.pop("accuracy")
    return replace(one, scores={name: scores[name] for name in found.scores if name in scores})


def _of_mean_loss(loss: float, tokens: float) -> dict[str, float]:
    """What follows from the mean loss of a token, where a word has so many."""
    return {
        "loss": loss,
        "perplexity": exp_or_inf(loss),
        "bits_per_token": loss / log(2),
        "perplexity_per_word": exp_or_inf(loss * tokens),
    }


def _departure(subject: Subject) -> str:
    """Which example's logits, or else losses, left the finite range first."""
    first = 0
    for batch, done in subject.passes():
        losses = done.loss.each[..., None]
        for what, values in (("logits", done.logits), ("loss", losses)):
            bad = np.argwhere(~np.isfinite(values.reshape(-1, batch.size, values.shape[-1])))
            if len(bad):
                t, b, _ = bad[bad[:, 1].argsort(kind="stable")][0]
                where = f", step {t + 1}" if values.ndim > 2 else ""
                return f"the {what} of example {first + b + 1}{where} left the finite range"
        first += batch.size
    return "the sum of the losses left the finite range"


def _judged(subject: Subject, resampling: Resampling, beam: int) -> Evaluation:
    blueprint = subject.system.blueprint
    if blueprint.loss == MSE:
        return judge_numbers(subject, resampling)
    if blueprint.kind == ENCODER_DECODER:
        return judge_translations(subject, resampling, beam)
    if subject.kind.generates:
        return judge_tokens(subject, resampling)
    return judge_classes(subject, resampling)


def check_beam(subject: Subject, beam: int) -> None:
    """InputError where a beam is asked for and nothing is written."""
    if beam > 1 and subject.system.blueprint.kind != ENCODER_DECODER:
        raise InputError(f"--beam is for models that translate; this one was trained for {subject.task}")


def judge_classes(subject: Subject, resampling: Resampling) -> Evaluation:
    """Labels of texts, tags of words, symbols: accuracy, F1, who is taken for whom.

    A label that training did not have is a class of its own. The network never gives it, and has no loss there.
    """
    parts: list[Array] = []
    sizes: list[Array] = []
    first = 0
    for batch, done in subject.passes():
        asked = batch.weights > 0
        sizes.append(sizes_of(subject, batch))
        unit = np.broadcast_to(first + np.arange(batch.size), asked.shape)
        truths = batch.targets if batch.truths is None else batch.truths
        sure = softmax(done.logits).max(axis=-1)
        steps = np.zeros(asked.shape) + np.arange(len(asked))[:, None] if asked.ndim == 2 else np.zeros(asked.shape)
        rows = [truths, done.logits.argmax(axis=-1), unit, _unknown(subject, batch, asked), steps]
        every = [*rows, done.loss.each, sure]
        # A text's words, and then the next text's: the order of the data.
        parts.append(np.stack([np.asarray(row, dtype=np.float64).T[asked.T] for row in every]))
        first += batch.size
    table = np.concatenate(parts, axis=1)
    true, predicted, unit, unknown, step = table[:5].astype(np.int64)
    learnt = len(subject.encoding.labels)
    labels = (*subject.encoding.labels, *getattr(subject.examples, "unlearnt", ()))
    has_loss, hit = true < learnt, true == predicted
    losses = np.where(has_loss, table[5], 0.0)
    classes = len(labels)
    at_every_step = bool(step.any())
    tagging = subject.system.blueprint.reader is not None and true.size > first
    strange_words = bool(unknown.any()) and tagging
    each_answer = [losses, has_loss, hit, np.ones(len(true)), hit * unknown, unknown]
    sums = np.stack([np.bincount(unit, weights=one, minlength=first) for one in each_answer], axis=1)  # (N, 6)
    whole = np.stack([sums[:, 2] == sums[:, 3], np.ones(first)], axis=1)
    marks = span_tags(labels) if tagging else None
    by_kind = np.zeros((first, 0, 3)) if marks is None else marks.counts(true, predicted, unit)
    spans = by_kind.sum(axis=1)

    def score(counts: Array) -> Array:
        loss, scored, right, asked, right_unknown, all_unknown = counts @ sums
        each = per_class(true, predicted, classes, counts[unit])
        values = [ratio(loss, scored), right / asked, each.macro_f1]
        values += [ratio(*(counts @ whole))] if tagging else []
        values += [ratio(right_unknown, all_unknown)] if strange_words else []
        values += [] if marks is None else span_scores(counts @ spans).tolist()
        return np.array([*values, *each.f1])

    names = ["loss", "accuracy", "macro_f1"]
    names += ["sequences"] * tagging + ["unknown_accuracy"] * strange_words
    names += [] if marks is None else SPAN_NAMES
    matrix = confusion_matrix(true, predicted, classes)
    each = per_class(true, predicted, classes)
    f1s = [f"f1 {k}" for k in range(classes)]
    shares = _shares(sums) | _of_spans(spans) | {f1: _of_class(true, predicted, unit, k) for k, f1 in enumerate(f1s)}
    found = resampling.scores([*names, *f1s], score, first, shares=shares, mean="macro_f1")
    tokens, strange = unknown_tokens(subject)
    calibration = Calibration().add(table[6], hit) if learnt > 1 else None
    read, strange_read = np.concatenate(sizes, axis=1)
    outcomes = Outcomes("accuracy", True, sums[:, 2], sums[:, 3], read, strange_read, calibration)
    return Evaluation(
        subject.task,
        subject.encoding.unit,
        first,
        len(true),
        tokens,
        strange,
        {name: found[name] for name in names},
        _baseline(subject, labels, each.true),
        Classes(labels, learnt, matrix, each, tuple(found[f1] for f1 in f1s)),
        spans=None if marks is None else _spans(marks.kinds, by_kind, resampling),
        notes=tuple(subject.report.notes),
        with_loss=int(has_loss.sum()),
        choices=len(subject.encoding.labels),
        units=first,
        unit=subject.kind.example,
        parts=bool(subject.model.parts),
        given=given_labels(subject, labels, unit, step if at_every_step else None, true, predicted, table[6]),
        outcomes=outcomes,
    )


def _shares(sums: Array) -> dict[str, Share]:
    """The scores of classes that are shares, from each unit's loss, answers with one, right ones, answers, and the same
    of unknown words."""
    asked, unknown = sums[:, 3], sums[:, 5]
    return {
        "accuracy": Share(float(asked.sum()), int((asked > 0).sum())),
        "sequences": Share(len(sums), len(sums)),
        "unknown_accuracy": Share(float(unknown.sum()), int((unknown > 0).sum())),
    }


def _of_spans(spans: Array) -> dict[str, Share]:
    """What the precision and the recall of spans are shares of, from found, called and there by sentence."""
    return {
        name: Share(float(spans[:, k].sum()), int((spans[:, k] > 0).sum()))
        for k, name in ((1, "span_precision"), (2, "span_recall"))
    }


def _spans(kinds: tuple[str, ...], counts: Array, resampling: Resampling) -> Spans:
    """How each type fares, from found, called and there by sentence and type (N, K, 3)."""
    units = len(counts)
    either = counts[..., 1] + counts[..., 2] - counts[..., 0]  # what is there, is called so, or both
    names = [f"span f1 {k}" for k in range(len(kinds))]
    shares = {
        name: Share(float(either[:, k].sum()), int((either[:, k] > 0).sum()), f1=True) for k, name in enumerate(names)
    }

    def score(times: Array) -> Array:
        of_kinds: Array = (times @ counts.reshape(units, -1)).reshape(-1, 3)
        return span_scores(of_kinds)[:, 2]

    found = resampling.scores(names, score, units, shares=shares)
    return Spans(kinds, counts.sum(axis=0), tuple(found[name] for name in names))


def _of_class(true: Array, predicted: Array, unit: Array, k: int) -> Share:
    """What a class's F1 counts."""
    either = (true == k) | (predicted == k)
    return Share(float(either.sum()), len(np.unique(unit[either])), f1=True)


def _unknown(subject: Subject, batch: Batch, asked: Array) -> Array:
    """Where the word at hand is one that the vocabulary lacks; nowhere where one answer is for the whole text."""
    stands_for = subject.encoding.unknown
    if batch.inputs.shape != asked.shape or stands_for is None:
        return np.zeros(asked.shape)
    unknown: Array = batch.inputs == subject.encoding.vocabulary.index(stands_for)
    return unknown


def _baseline(subject: Subject, labels: Sequence[str], true: Array) -> Baseline:
    """For generated tasks a guess, else always the commonest label of the data."""
    if subject.task in GENERATED:
        return guess_of(subject.model.trained_for)
    commonest = int(true.argmax())
    return Baseline(
        f"always {named(labels[commonest])}, {commonest_of('label', true)} of these data themselves",
        always(commonest, true),
        "commonest-label",
    )


def judge_tokens(subject: Subject, resampling: Resampling) -> Evaluation:
    """The next token of a text: perplexity, bits, how often the likeliest one comes.

    Where tokens are no words, but the text has words, the loss of a word too: that of its tokens together.
    """
    read_on = subject.kind.running
    streams: list[UnitSums] = []
    calibration = Calibration()
    for batch, done in subject.passes():
        weights = batch.weights.astype(np.float64)
        hit = done.logits.argmax(axis=-1) == batch.targets
        right = hit * weights
        # ln of the sum of e^y is the loss and the target's logit together: no softmax over the vocabulary is made for it
        own = np.take_along_axis(done.logits, batch.targets[..., None].astype(np.int64), axis=-1)[..., 0]
        sure = np.exp(np.minimum(done.logits.max(axis=-1) - own - done.loss.each, 0))
        calibration.add(sure[weights > 0].astype(np.float64), hit[weights > 0])
        rows = np.stack([(done.loss.each * weights).sum(axis=0), right.sum(axis=0), weights.sum(axis=0)], axis=1)
        # The pieces of a text that is read on stay in its order; those of texts side by side are in any.
        pieces = [rows[k : k + 1] for k in range(len(rows))] if read_on else [rows]
        streams += [UnitSums(MOST_UNITS // len(pieces)) for _ in pieces[len(streams) :]]
        for stream, piece in zip(streams, pieces, strict=False):
            stream.add(piece)
    table = np.concatenate([stream.table() for stream in streams])
    block = block_length(table[:, 0] / table[:, 2]) if read_on else 1

    def score(counts: Array) -> Array:
        loss, right, answers = counts @ table
        mean = loss / answers
        return np.array([mean, right / answers])

    shares = {"accuracy": Share(float(table[:, 2].sum()), len(table))}
    counted = resampling.scores(["loss", "accuracy"], score, len(table), block, shares)
    loss = counted["loss"]
    found = {
        "loss": loss,
        "perplexity": _of_loss(loss, exp_or_inf),
        "bits_per_token": _of_loss(loss, lambda one: one / log(2)),
        "accuracy": counted["accuracy"],
    }
    size = len(subject.encoding.labels)
    words = getattr(subject.examples, "words", 0)
    length = float(table[:, 2].sum()) / words if words else 0.0
    if length != 1 and 0 < length <= LONGEST_WORD:
        found["perplexity_per_word"] = _of_loss(loss, lambda one: exp_or_inf(one * length))
    tokens, strange = unknown_tokens(subject)
    guess = even_guess(size)
    scores = _of_mean_loss(log(size), length) | guess.scores
    return Evaluation(
        subject.task,
        subject.encoding.unit,
        len(subject.examples),
        int(table[:, 2].sum()),
        tokens,
        strange,
        found,
        Baseline(guess.how, {name: scores[name] for name in found}, guess.name),
        notes=tuple(subject.report.notes),
        words=words,
        choices=len(subject.encoding.labels),
        units=len(table),
        unit="piece" if read_on else subject.kind.example,
        block=block,
        outcomes=Outcomes("loss", False, table[:, 0], table[:, 2], calibration=calibration),
    )


def _of_loss(loss: Score, score: Callable[[float], float]) -> Score:
    """A score that grows with the loss: so do the ends of its interval."""
    value, low, high = (None if one is None else score(one) for one in (loss.value, loss.low, loss.high))
    assert value is not None
    return Score(value, low, high, loss.how)
