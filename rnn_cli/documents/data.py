"""rnn.data/1."""

from typing import Any

from rnn_cli.documents.makeup import makeup_document
from rnn_cli.documents.reading import left_out_document, read_document
from rnn_cli.study.data import DataResult


def data_document(result: DataResult) -> dict[str, Any]:
    """What would be read, and what it is made of."""
    prepared, made = result.prepared, result.made
    reports = result.reports
    document: dict[str, Any] = {
        "schema": "rnn.data/1",
        "task": prepared.task,
        "files": result.data,
        "fits": [vars(one) for one in result.fits],
        "read": read_document(*reports),
        "examples": made.train + (made.validation or 0),
        "training_examples": made.train,
        "validation_examples": made.validation or 0,
        "first": result.first,
        **makeup_document(made, prepared),
        "left_out": left_out_document(*reports),
    }
    if prepared.encoding.columns:
        document |= {"columns": prepared.encoding.columns, "target_columns": prepared.encoding.target_columns}
    return document
