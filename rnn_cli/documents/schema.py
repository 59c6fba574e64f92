"""The JSON Schemas of the documents: one file for each command in the folder schemas."""

import json
from pathlib import Path
from typing import Any

from rnn_cli.errors import InputError

FOLDER = Path(__file__).parent / "schemas"


def schema_names() -> list[str]:
    """The commands that have a schema."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read_schema(command: str) -> dict[str, Any]:
    """The schema of a command's document. InputError where it has none."""
    if command not in schema_names():
        raise InputError(f"no schema for {command!r}: the commands that have one are {', '.join(schema_names())}")
    schema: dict[str, Any] = json.loads((FOLDER / f"{command}.json").read_text(encoding="utf-8"))
    return schema


def schemas_document() -> dict[str, Any]:
    """rnn.schema/1: which commands have one."""
    return {"schema": "rnn.schema/1", "commands": schema_names()}
