"""rnn.check/1 of a gradient check: two files of gradients."""

from dataclasses import asdict
from typing import Any

from rnn_cli.core.referee.kinds import kind_of
from rnn_cli.study.check.numbers import AGREES, MISTAKE, NumbersReport


def numbers_document(result: NumbersReport) -> dict[str, Any]:
    """Every array with its diagnosis, and what the numeric gradient says of how it was made."""
    first = result.first_wrong
    return {
        "schema": "rnn.check/1",
        "source": " ".join(result.names),
        "model": None,
        "tolerance": AGREES,
        "hints": 3,
        "said": list(result.said),
        "compared": [
            {
                "name": one.name,
                "read_as": "×".join(map(str, one.shape)) or "1",
                "layout": "",
                "verdict": one.verdict,
                "relative_error": one.relative_error,
                "first": None,
                "diagnosis": one.diagnosis,
                "says": one.says,
                "worst": {"index": list(one.worst), "analytic": one.analytic, "numeric": one.numeric},
            }
            for one in result.compared
        ],
        "not_compared": [name for name, _ in result.not_compared],
        "left_out": [{"name": name, "why": why} for name, why in result.not_compared],
        "first_wrong": None if first is None else first.name,
        "findings": [
            {
                "mistake": one.mistake.mistake,
                "or": [],
                "kind": kind_of(one.mistake.mistake),
                "array": one.name,
                "where": None,
                "says": one.mistake.says,
                "fix": one.mistake.fix,
                "error_before": one.relative_error,
                "error_after": None,
                "with": [],
            }
            for one in result.compared
            if one.mistake is not None
        ],
        "explained": all(one.mistake is not None for one in result.compared if one.diagnosis == MISTAKE),
        "passed": result.passed,
        "prints": "",
        "differences": None if result.spacing is None else asdict(result.spacing),
        "try_next": result.try_next or None,
    }
