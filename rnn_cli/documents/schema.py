"""The JSON Schemas of the documents: one file for each command in the folder schemas.

What depends on the cells and on the formats of models is filled in from their registries when a schema is read, so that the
documents of a new one validate.
Three special keys in a file mark the places; they never leave this module:

    "x-enum": "cells"                                   becomes an enum of all cells
    "x-shared": "left_out"                              becomes a part that several schemas share
    "x-registry": {"states": {"{}_prev": {…}}}          becomes a property for each state: h_prev, c_prev, …
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rnn_cli.documents.shared_schemas import SHARED
from rnn_cli.errors import InputError

FOLDER = Path(__file__).parent / "schemas"


def schema_names() -> list[str]:
    """The commands that have a schema."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read_schema(command: str) -> dict[str, Any]:
    """The schema of a command's document. InputError where it has none."""
    if command not in schema_names():
        raise InputError(f"no schema for {command!r}: the commands that have one are {', '.join(schema_names())}")
    schema: dict[str, Any] = _filled(json.loads((FOLDER / f"{command}.json").read_text(encoding="utf-8")), _names())
    return schema


def _names() -> dict[str, list[str]]:
    """What the cells have, by kind, each name once."""
    from rnn_cli.core.activations import ACTIVATIONS
    from rnn_cli.core.attention import SCORES
    from rnn_cli.core.cells import CELLS, every_cell
    from rnn_cli.core.quantities import role
    from rnn_cli.core.reads import READS
    from rnn_cli.models.formats import FORMATS
    from rnn_cli.models.model import PYTORCH

    own = ["rnn.model/1", "rnn.safetensors/1", "rnn.checkpoint/1"]
    cells = every_cell()
    parameters = [name for cell in cells for name in cell.parameters]
    return {
        "cells": list(CELLS),
        "reads": list(READS),
        "scores": list(SCORES),
        "formats": [*own, PYTORCH, *(one.title for one in FORMATS.values() if one.reader)],
        "activations": list(ACTIVATIONS),
        "options": _once(name for cell in cells for name in cell.options),
        "gates": _once(gate for cell in cells for gate in cell.gates),
        "states": _once(name for cell in cells for name in cell.states),
        "numbers": _once(name for cell in cells for name in cell.numbers if name not in (*cell.gates, *cell.states)),
        "matrices": _once(name for name in parameters if name.startswith("W_")),
        "vectors": _once(name for name in parameters if not name.startswith("W_")),
        "terms": _once(role(name) for name in parameters),
        "coordinates": _once(name for cell in cells for name in cell.coordinate_names),
        "jacobians": _once(cell.jacobian_symbol for cell in cells),
    }


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _filled(node: Any, names: Mapping[str, list[str]]) -> Any:
    """A part of a schema with the cells' names in it."""
    if isinstance(node, list):
        return [_filled(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    whole = {key: _filled(value, names) for key, value in node.items() if not key.startswith("x-")}
    if "x-shared" in node:
        whole |= SHARED[node["x-shared"]]
    if "x-enum" in node:
        whole["enum"] = names[node["x-enum"]]
    for kind, patterns in node.get("x-registry", {}).items():
        for name in names[kind]:
            for pattern, schema in patterns.items():
                whole.setdefault("properties", {}).setdefault(pattern.replace("{}", name), schema)
    return whole


def schemas_document() -> dict[str, Any]:
    """rnn.schema/1: which commands have one."""
    return {"schema": "rnn.schema/1", "commands": schema_names()}
