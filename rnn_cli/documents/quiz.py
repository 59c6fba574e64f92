"""rnn.quiz/1."""

from typing import Any

from rnn_cli.documents.model import model_document
from rnn_cli.study.quiz import Question, QuizResult


def quiz_document(result: QuizResult) -> dict[str, Any]:
    """Every question that was asked with its answers, or with the key all questions; and the score."""
    questions = result.questions if result.key else result.asked
    return {
        "schema": "rnn.quiz/1",
        "model": model_document(result.model),
        "text": result.sequence.text,
        "decimals": result.digits,
        "questions": [_question(one) for one in questions],
        "score": result.score,
        "drawn": len(result.questions),
    }


def _question(one: Question) -> dict[str, Any]:
    return {
        "asks": one.row.key,
        "answer": one.row.value,
        "given": one.given[-1] if one.given else None,
        "right": one.right,
        "slip": one.slips[0] if one.slips else None,
        "tries": list(one.given),
    }
