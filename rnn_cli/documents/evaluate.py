"""rnn.evaluate/1."""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.bootstrap import COVERED
from rnn_cli.core.metrics.spans import span_scores
from rnn_cli.documents.closer import closer_document
from rnn_cli.documents.known import known
from rnn_cli.documents.makeup import baseline_document
from rnn_cli.documents.model import model_document
from rnn_cli.documents.reading import left_out_document, read_document, unlearnt_document
from rnn_cli.study.evaluate import EvaluateResult
from rnn_cli.study.scores import Classes, Columns, Evaluation, Score, Spans
from rnn_cli.tasks.levels import COUNTED

MOST_MISTAKES = 10


def evaluate_document(result: EvaluateResult) -> dict[str, Any]:
    """The document; shares are in 0 … 1, BLEU too."""
    subject, data, found, resampling = result.subject, result.data, result.found, result.resampling
    report = subject.report
    document: dict[str, Any] = {
        "schema": "rnn.evaluate/1",
        "model": model_document(subject.model),
        "task": subject.model.trained_for,
        "data": {
            "files": data,
            "held_out": subject.held_out,
            "trained_on": subject.seen,
            "rows": report.rows,
            "bad_rows": report.bad_count,
            "duplicates": report.duplicates,
            "notes": list(found.notes),
        },
        "read": read_document(report),
        "left_out": left_out_document(report),
        "examples": found.examples,
        "answers": found.answers,
        "tokens": found.tokens,
        "unknown_tokens": found.unknown,
        "scores": {name: score_document(score) for name, score in found.scores.items()},
        "bootstrap": {
            "resamples": resampling.resamples,
            "seed": resampling.seed,
            "covered": COVERED,
            "unit": found.unit,
            "units": found.units,
            "block": found.block,
        },
        "baseline": None if found.baseline is None else baseline_document(found.baseline),
        "baselines": [baseline_document(one) for one in found.baselines],
    }
    if subject.kind.running:
        document["token"] = COUNTED[found.level]
        document["words"] = found.words
    if found.outcomes is not None:
        document |= closer_document(found.outcomes, result.compared, resampling.resamples > 0)
    if found.given is not None:
        document["worst_mistakes"] = found.given.worst(MOST_MISTAKES)
    if found.classes is not None:
        document["unlearnt_labels"] = unlearnt_document(report)
        document["answers_with_loss"] = found.with_loss
        document["classes"] = [_class(found.classes, k) for k in range(len(found.classes.labels))]
        document["confusion"] = found.classes.matrix
    if found.spans is not None:
        document["spans"] = [_spans(found.spans, k) for k in range(len(found.spans.kinds))]
    if found.columns is not None:
        document["columns"] = [_column(found, found.columns, k) for k in range(len(found.columns.names))]
    if found.bleu is not None:
        document["bleu"] = {
            "precisions": [known(p) for p in found.bleu.precisions],
            "brevity_penalty": found.bleu.brevity_penalty,
            "tokens_written": found.bleu.written,
            "tokens_of_references": found.bleu.references,
            "token": found.level,
            "smoothing": "none",
            "orders": found.bleu.orders,
            "beam": found.beam,
        }
        document["mistakes"] = [vars(one) for one in found.mistakes]
    return document


def score_document(score: Score) -> dict[str, Any]:
    """A value with its interval, and how that was made."""
    document = {"value": known(score.value), "low": score.low, "high": score.high, "interval": score.how}
    return document if score.independent is None else {**document, "independent_answers": score.independent}


def _class(classes: Classes, k: int) -> dict[str, Any]:
    each = classes.each
    return {
        "label": classes.labels[k],
        "learnt": k < classes.learnt,
        "true": int(each.true[k]),
        "predicted": int(each.predicted[k]),
        "precision": known(each.precision[k]),
        "recall": known(each.recall[k]),
        "f1": score_document(classes.f1[k]),
    }


def _spans(spans: Spans, k: int) -> dict[str, Any]:
    found, called, there = spans.counts[k].tolist()
    precision, recall, _ = span_scores(spans.counts[k]).tolist()
    return {
        "type": spans.kinds[k],
        "found": found,
        "called": called,
        "there": there,
        "precision": precision,
        "recall": recall,
        "f1": score_document(spans.f1[k]),
    }


def _column(found: Evaluation, columns: Columns, k: int) -> dict[str, Any]:
    last = None
    if columns.last_mae is not None and columns.last_rmse is not None and columns.last_steps is not None:
        last = {"mae": columns.last_mae[k], "rmse": columns.last_rmse[k], "mae_by_step": columns.last_steps[:, k]}
    return {
        "name": columns.names[k],
        "mae": score_document(columns.mae[k]),
        "rmse": score_document(columns.rmse[k]),
        "mae_by_step": columns.steps[:, k],
        "persistence": last,
        "baselines": [_errors(one.name, one.errors[:, :, k]) for one in found.baselines if one.errors is not None],
    }


def _errors(name: str, errors: Array) -> dict[str, Any]:
    """Of a simple forecast of one column; errors (2, S)."""
    mae, squared = errors.mean(axis=1)
    return {"name": name, "mae": mae, "rmse": np.sqrt(squared), "mae_by_step": errors[0]}
