"""rnn.diff/1."""

from dataclasses import asdict
from typing import Any

from rnn_cli.documents.model import model_document
from rnn_cli.study.diff import DiffResult, full_name


def diff_document(result: DiffResult) -> dict[str, Any]:
    """What differs, what explains it, and where the numbers part."""
    return {
        "schema": "rnn.diff/1",
        "a": {"name": result.names[0], "model": model_document(result.a)},
        "b": {"name": result.names[1], "model": model_document(result.b)},
        "tolerance": result.tolerance,
        "equal": result.equal,
        "settings": [{"name": name, "a": one, "b": other} for name, (one, other) in result.settings.items()],
        "arrays": [
            {
                "name": one.name,
                "max_difference": one.max_difference,
                "equal": one.equal,
                "explained_by": list(one.explained_by),
            }
            for one in result.arrays
        ],
        "explained_by": result.mistakes,
        "explained": result.explained,
        "findings": [
            {"mistake": one.mistake, "says": one.says, "arrays": [full_name(*array) for array in one.arrays]}
            for one in result.found
        ],
        "input": result.input or None,
        "first_difference": None if result.first is None else asdict(result.first),
    }
