"""Documents held against the schemas that the program prints."""

from typing import Any

from jsonschema import Draft202012Validator

from rnn_cli.documents.schema import read_schema


def validate(document: Any) -> Any:
    """The document, valid under the schema that its first key names."""
    first, name = next(iter(document.items()))
    assert first == "schema"
    command = str(name).removeprefix("rnn.").removesuffix("/1")
    Draft202012Validator(read_schema(command)).validate(document)
    return document
