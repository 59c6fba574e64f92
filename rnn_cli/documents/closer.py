"""A closer look at an evaluation, as it stands in its document."""

from typing import Any

from rnn_cli.core.metrics.calibration import BINS, Calibration
from rnn_cli.study.closer import Compared, Outcomes, Slice, slices


def closer_document(of: Outcomes, compared: Compared | None, intervals: bool) -> dict[str, Any]:
    """What stands in the document of its own keys."""
    document: dict[str, Any] = {"slices": [_slice(one, of) for one in slices(of, intervals)]}
    if of.calibration is not None:
        document["calibration"] = _calibration(of.calibration)
    if compared is not None:
        document["against"] = _compared(compared)
    return document


def _calibration(found: Calibration) -> dict[str, Any]:
    bins = []
    for k in range(BINS):
        answers = float(found.answers[k])
        said, right = (float(array[k]) / answers if answers else None for array in (found.sums, found.right))
        bins.append({"low": k / BINS, "high": (k + 1) / BINS, "answers": int(answers), "said": said, "right": right})
    return {"bins": bins, "expected_error": found.error, "surer_than_right": found.beyond}


def _slice(one: Slice, of: Outcomes) -> dict[str, Any]:
    low, high = (None, None) if one.ends is None else one.ends
    return {
        "by": one.by,
        "from": one.low,
        "to": one.high,
        "examples": one.examples,
        "answers": one.answers,
        "metric": of.metric,
        "value": one.value,
        "low": low,
        "high": high,
    }


def _compared(found: Compared) -> dict[str, Any]:
    low, high = (None, None) if found.ends is None else found.ends
    document: dict[str, Any] = {
        "model": found.other,
        "metric": found.metric,
        "values": found.values,
        "difference": {"value": found.difference, "low": low, "high": high},
        "test": found.test,
        "p": found.p,
        "draws": found.draws,
        "units": found.units,
        "block": found.block,
    }
    return document if found.only is None else {**document, "right_alone": found.only}
