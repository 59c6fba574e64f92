"""A program's text: whether it is Python, and what its functions return by name."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator

from rnn_cli.errors import InputError
from rnn_cli.reading import OTHER, open_file, parsing, shown, stands_at

LARGEST = 1 << 20
"""Bytes; a program of one's own is far smaller."""


def read_program(path: str) -> str:
    """The text of a program. InputError where there is none, or it is not Python."""
    if stands_at(path) == OTHER:
        raise InputError(f"{path}: is a pipe or a device, not a file")
    with open_file(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"{shown(path)}: more than {LARGEST} bytes are no program to check")
    with parsing(shown(path), "not a Python program"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an odd escape in a text: the program's own business
        try:
            ast.parse(data, path)
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            return data.decode(encoding)
        except SyntaxError as error:
            place = f":{error.lineno}:{error.offset}" if error.lineno else ""
            raise InputError(f"{shown(path)}{place}: not Python: {error.msg}") from None


def returned_names(source: str, function: str) -> list[str] | None:
    """What the last `return` of a function lists, as written; None where it returns something else."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            values = [one.value for one in _returns(node)]
            last = values[-1] if values else None
            if isinstance(last, ast.Tuple | ast.List):
                return [ast.unparse(one) for one in last.elts]
            return [last.id] if isinstance(last, ast.Name) else None
    return None


def _returns(node: ast.AST) -> Iterator[ast.Return]:
    """The return statements of a function itself, in order."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _returns(child)
