"""Documents held against the schemas that the program prints."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from rnn_cli.core.cells import CELLS
from rnn_cli.documents.schema import read_schema
from tests.support.quick_schemas import Holds, quick


def validate(document: Any) -> Any:
    """The document, valid under the schema that its first key names."""
    first, name = next(iter(document.items()))
    assert first == "schema"
    schema, holds = _schema(str(name).removeprefix("rnn.").removesuffix("/1"), tuple(CELLS))
    if not holds(document):
        Draft202012Validator(schema).validate(document)
    return document


@cache
def _schema(command: str, cells: tuple[str, ...]) -> tuple[dict[str, Any], Holds]:
    """A command's schema, and its function, while these cells are in the registry: a schema lists them."""
    schema = read_schema(command)
    return schema, quick(schema)
