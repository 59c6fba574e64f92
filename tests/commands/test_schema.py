"""rnn schema: every schema is valid, closed, alike where it should be, and holds for the documents of its command."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from rnn_cli.app import COMMANDS
from rnn_cli.documents.schema import FOLDER, read_schema, schema_names
from tests.conftest import Command
from tests.support.schemas import validate

DOCUMENTS = [
    ["trace", "I love NLP"],
    ["trace", "I love hats", "--why", "h[2][1]"],
    ["trace", "I love NLP", "--cell", "lstm", "--num-layers", "2", "--bidirectional"],
    ["trace", "I love NLP", "--cell", "gru", "--task", "many-to-many"],
    ["trace", "fantastic hats", "--model", "imdb"],
    ["trace", "--input", "NUMBERS", "--cell", "gru", "--reset-before"],
    ["forward", "fantastic hats", "--model", "imdb"],
    ["forward", "--input", "NUMBERS", "--cell", "lstm"],
    ["inspect", "nlp"],
    ["inspect", "imdb"],
    ["samples"],
    ["schema"],
]


def load(name: str) -> Any:
    """A schema with the names of the cells in it, as the command prints it."""
    return read_schema(name)


@pytest.mark.parametrize("name", schema_names())
def test_each_schema_is_valid_and_that_of_a_command(name: str) -> None:
    schema = load(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert name in COMMANDS
    assert schema["description"]


def objects(schema: Any) -> Iterator[Any]:
    """Every part of a schema that describes an object with named keys."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


@pytest.mark.parametrize("name", schema_names())
def test_a_key_that_the_schema_does_not_name_is_an_error(name: str) -> None:
    found = list(objects(load(name)))
    assert found
    for part in found:
        assert part["additionalProperties"] is False
        assert set(part.get("required", ())) <= set(part["properties"])


def test_the_model_object_is_the_same_in_every_schema() -> None:
    models = [
        json.dumps(load(name)["$defs"]["model"]) for name in schema_names() if "model" in load(name).get("$defs", {})
    ]
    assert len(models) >= 3
    assert len(set(models)) == 1


def test_the_command_prints_the_file(call: Command, rnn: Command) -> None:
    for k, name in enumerate(schema_names()):
        assert call("schema", name, *["--json"] * (k % 2)).document() == load(name)
    assert call("schema", name, *["--json"] * ((k + 1) % 2)).document() == load(name)
    piped = rnn("schema", "trace", env={"COLUMNS": "40"})
    assert (piped.code, piped.stderr) == (0, "")
    assert piped.document() == load("trace")


def test_the_list_is_what_lies_in_the_folder(call: Command) -> None:
    names = validate(call("schema", "--json").document())["commands"]
    assert names == sorted(path.stem for path in FOLDER.glob("*.json"))
    page = call("schema").stdout
    assert all(name in page for name in names)


@pytest.mark.parametrize("name", ["nope", "../schemas/trace", "trace.json", ""])
def test_a_command_without_a_schema_is_refused(call: Command, name: str) -> None:
    result = call("schema", name)
    assert (result.code, result.stdout) == (2, "")
    assert all(known in result.stderr for known in ("forward", "inspect", "trace"))


def lists_of_numbers(part: Any) -> Iterator[list[Any]]:
    """Every list of a document that holds numbers."""
    if isinstance(part, list) and part and isinstance(part[0], float):
        yield part
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from lists_of_numbers(one)


@pytest.mark.parametrize("arguments", DOCUMENTS, ids=lambda arguments: " ".join(arguments))
def test_documents_validate_and_each_key_of_theirs_counts(call: Command, tmp_path: Path, arguments: list[str]) -> None:
    table = tmp_path / "numbers.json"
    table.write_text("[[1, 2, 3], [4, 5, 6]]")
    result = call(*(str(table) if one == "NUMBERS" else one for one in arguments), "--json")
    assert (result.code, result.stderr) == (0, "")
    document = validate(result.document())
    assert document["schema"] == f"rnn.{arguments[0]}/1"
    for broken in ({**document, "extra": 1}, {**document, "schema": "rnn.other/1"}):
        with pytest.raises(ValidationError):
            Draft202012Validator(load(arguments[0])).validate(broken)
    with pytest.raises(ValidationError):
        validate({**document, "extra": 1})
    for numbers in list(lists_of_numbers(document))[:20]:
        last = numbers.pop()
        numbers.append(True)
        with pytest.raises(ValidationError):
            validate(document)
        numbers[-1] = last
    if "model" in document:
        broken = copy.deepcopy(document)
        del broken["model"]["hidden_size"]
        with pytest.raises(ValidationError):
            validate(broken)


def test_a_trace_whose_numbers_are_not_finite_validates(call: Command, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text("[[1e308], [1e308], [1e308]]")
    options = [
        "--input",
        str(path),
        "--cell",
        "rnn",
        "--activation",
        "relu",
        "--hidden-size",
        "4",
        "--dtype",
        "float32",
    ]
    document = validate(call("forward", *options, "--json").document())
    assert document["non_finite"]
    document["non_finite"] = []
    with pytest.raises(ValidationError):
        validate(document)
