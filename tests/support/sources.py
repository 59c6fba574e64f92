"""What the tests of the whole package ask of its source files, each read once."""

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass
class Facts:
    """What the tests ask of a file.

    imports      (the module of `from module import`, or ""; the full names; whether it stands at the top)
    calls        (the name that is called, line)
    attributes   (the name before it, the attribute, line)
    compared     (a text that something is compared with, line)
    undocumented (what has no docstring and should: "the file", or the name of a public function or class at the top)
    """

    imports: list[tuple[str, list[str], bool]] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)
    attributes: list[tuple[str, str, int]] = field(default_factory=list)
    compared: list[tuple[str, int]] = field(default_factory=list)
    undocumented: list[str] = field(default_factory=list)


@cache
def facts(path: Path) -> Facts:
    """Read a file once for all tests. Its tree is not kept: hundreds of them slow down all that runs later."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = Facts()
    if not ast.get_docstring(tree):
        found.undocumented.append("the file")
    for one in tree.body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef) and not one.name.startswith("_"):
            found.undocumented += [] if ast.get_docstring(one) else [one.name]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.imports.append(("", [alias.name for alias in node.names], node in tree.body))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.imports.append((node.module, names, node in tree.body))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.calls.append((node.func.id, node.lineno))
        elif isinstance(node, ast.Compare):
            texts = [one.value for one in (node.left, *node.comparators) if isinstance(one, ast.Constant)]
            found.compared += [(text, node.lineno) for text in texts if isinstance(text, str)]
        elif isinstance(node, ast.Attribute):
            found.attributes.append((getattr(node.value, "id", ""), node.attr, node.lineno))
    return found
