"""How data were read, and what of them was left out: keys of every document whose data a reader decided something about."""

from typing import Any

from rnn_cli.inputs.reading_report import ReadingReport


def read_document(*reports: ReadingReport | None) -> dict[str, Any]:
    """What the reader decided, or was told, of each file: {"reviews.tsv": {"encoding": "UTF-8", …}}."""
    return {file: decided for report in reports if report is not None for file, decided in report.read.items()}


def left_out_document(*reports: ReadingReport | None) -> list[dict[str, Any]]:
    """The rows that were left out, by reason, with the places of the first of them."""
    return [vars(one) for report in reports if report is not None for one in report.left_out.values()]


def unlearnt_document(report: ReadingReport) -> list[dict[str, Any]]:
    """The labels that training did not have."""
    return [{"label": label, "count": one.count, "lines": one.lines} for label, one in report.unlearnt.items()]
