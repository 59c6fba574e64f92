"""rnn.samples/1."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnn_cli.inputs.samples import Sample


def samples_document(samples: Sequence[Sample], copied_to: Path | None) -> dict[str, Any]:
    """The bundled files; `copied_to` is the folder they were written to, if they were."""
    document: dict[str, Any] = {
        "schema": "rnn.samples/1",
        "samples": [
            {
                "path": sample.path,
                "kind": sample.kind,
                "name": sample.name,
                "description": sample.description,
                "bytes": sample.size,
            }
            for sample in samples
        ],
    }
    if copied_to is not None:
        document["copied_to"] = str(copied_to)
    return document
