"""Writers of other programs' files stand apart from the readers that prove them."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

from rnn_cli.models.formats import FORMATS

READERS = ("rnn_cli.models.foreign", "rnn_cli.models.load", "rnn_cli.models.shards", "rnn_cli.models.tensors")
WRITERS = [one.writer for one in FORMATS.values() if one.writer and one.writer.startswith("rnn_cli.models.writers")]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_writer_imports_no_reader(writer: str) -> None:
    spec = find_spec(writer)
    assert spec is not None
    assert spec.origin is not None
    own = [one.reader for one in FORMATS.values() if one.writer == writer and one.reader]
    for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not str(node.module).startswith((*READERS, *own)), f"{writer} imports {node.module}"


def test_every_writer_has_what_proves_it() -> None:
    for one in FORMATS.values():
        if one.writer:
            assert find_spec(one.writer), one.name
            assert not one.proof or find_spec(one.proof), one.name
