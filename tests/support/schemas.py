"""Documents held against the schemas that the program prints."""

from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator

from rnn_cli.core.cells import CELLS
from rnn_cli.documents.schema import read_schema


def validate(document: Any) -> Any:
    """The document, valid under the schema that its first key names."""
    first, name = next(iter(document.items()))
    assert first == "schema"
    schema, quick = _schema(str(name).removeprefix("rnn.").removesuffix("/1"), tuple(CELLS))
    if not quick.is_valid(document):  # jsonschema says why; a document of Python's may hold infinities, which it takes
        Draft202012Validator(schema).validate(document)
    return document


@cache
def _schema(command: str, cells: tuple[str, ...]) -> tuple[dict[str, Any], jsonschema_rs.Draft202012Validator]:
    """A command's schema, and its quick validator, while these cells are in the registry: a schema lists them."""
    schema = read_schema(command)
    return schema, jsonschema_rs.Draft202012Validator(schema)
