"""rnn.predict/1."""

from typing import TYPE_CHECKING, Any

from rnn_cli.documents.known import known
from rnn_cli.documents.model import model_document
from rnn_cli.models.model import Model
from rnn_cli.study.predict import CLASS, NEXT, NUMBERS, TAGS, TEXTS, Answer, PredictResult, likeliest

if TYPE_CHECKING:  # loaded where several steps ahead are asked for
    from rnn_cli.study.rollout import Ahead


def predict_document(result: PredictResult) -> dict[str, Any]:
    """The document of many answers, which are drawn from `answers` as they are written."""
    model, kind, top = result.model, result.kind, result.top
    return {**_head(model, kind), "predictions": (answer_document(model, kind, one, top) for one in result.answers)}


def _head(model: Model, kind: str) -> dict[str, Any]:
    return {
        "schema": "rnn.predict/1",
        "model": model_document(model),
        "task": model.trained_for or None,
        "kind": kind,
    }


def answer_document(model: Model, kind: str, answer: Answer, most: int) -> dict[str, Any]:
    """One answer; `most` classes or tokens are listed under `likeliest`."""
    document: dict[str, Any] = {"text": answer.text, "tokens": answer.tokens, "known": answer.known}
    if answer.line is not None:
        document["line"] = answer.line
    if answer.explained is not None:
        from rnn_cli.documents.attribution import why_document

        document |= why_document(answer.explained)
    if kind == TEXTS:
        document["prediction"] = answer.hypotheses[0].text
        document["hypotheses"] = [vars(one) for one in answer.hypotheses]
    elif kind == NUMBERS:
        assert model.encoding is not None
        assert answer.numbers is not None
        assert answer.last is not None
        document |= {"series": answer.series} if answer.series else {}
        document |= {
            "columns": model.encoding.target_columns,
            "prediction": answer.numbers,
            "last": [known(value) for value in answer.last],
            "steps_read": answer.steps,
        }
        if answer.ahead is not None:
            document["intervals"] = _intervals(answer.ahead)
    else:
        assert answer.probabilities is not None
        best = answer.probabilities.argmax(axis=-1)
        if kind == TAGS:
            document["prediction"] = [model.label(int(k)) for k in best]
            document["probabilities"] = answer.probabilities
        else:
            assert kind in (CLASS, NEXT)
            document["prediction"] = model.label(int(best))
            document["probabilities"] = answer.probabilities
            document["likeliest"] = [
                {"label": model.label(k), "probability": p} for k, p in likeliest(answer.probabilities, most)
            ]
    return document


def _intervals(ahead: "Ahead") -> dict[str, Any]:
    """How far such forecasts were from what came in the validation part, by steps ahead and column; or why nobody knows."""
    from rnn_cli.study.rollout import COVERED

    if isinstance(ahead.past, str):
        return {"covered": COVERED, "why_none": ahead.past}
    found = {"low": ahead.low, "high": ahead.high, "within": ahead.past.within}
    ends = {name: [[known(value) for value in row] for row in numbers.tolist()] for name, numbers in found.items()}
    return {
        "covered": COVERED,
        "why_none": None,
        "errors": ahead.past.counts,
        **ends,
        "within_is_share": ahead.grows.tolist(),
    }
