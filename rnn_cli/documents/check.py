"""rnn.check/1."""

from dataclasses import asdict
from typing import Any

from rnn_cli.documents.model import model_document
from rnn_cli.study.check.hints import PLACE, CheckResult, Told


def check_document(result: CheckResult) -> dict[str, Any]:
    """Every array with its verdict, and the mistakes that explain what is wrong; what the hints withhold is null or []."""
    report, first = result.report, result.first_wrong
    document: dict[str, Any] = {
        "schema": "rnn.check/1",
        "source": report.source,
        "model": model_document(report.model),
        "tolerance": report.tolerance,
        "hints": result.hints,
        "said": list(report.said),
        "compared": [
            {
                "name": one.name,
                "read_as": one.read_as,
                "layout": one.layout,
                "verdict": one.verdict,
                "relative_error": one.relative_error if result.hints >= PLACE else None,
                "first": None if one.first is None else asdict(one.first),
            }
            for one in result.compared
        ],
        "not_compared": [name for name, _ in report.not_compared],
        "left_out": [{"name": name, "why": why} for name, why in report.not_compared],
        "first_wrong": None if first is None else first.name,
        "findings": [_finding(one) for one in result.findings],
        "explained": report.explained,
        "passed": report.passed,
        "prints": report.prints,
    }
    if result.why:
        document["why"] = _why(result)
    return document


def _finding(told: Told) -> dict[str, Any]:
    one = told.finding
    return {
        "mistake": one and one.mistake,
        "or": list(one.others) if one else [],
        "kind": told.kind,
        "array": told.array or None,
        "where": told.where or None,
        "says": one and one.says,
        "fix": one and one.fix,
        "error_before": one and one.before,
        "error_after": one and one.after,
        "with": list(one.beside) if one else [],
    }


def _why(result: CheckResult) -> dict[str, Any] | None:
    one = result.unfolded
    if one is None:
        return None
    return {
        "of": one.numbers[0].name,
        "sequence": one.sequence,
        "yours": one.yours,
        "right": one.right,
        "numbers": [
            {
                "name": number.name,
                "value": number.value,
                "formula": number.formula,
                "terms": [
                    {"value": term.value, "factors": [{"name": f.name, "value": f.value} for f in term.factors]}
                    for term in number.terms
                ],
            }
            for number in one.numbers
        ],
    }
