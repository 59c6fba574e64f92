"""Places where a program can be changed by one sign, and what can stand there: cosmic-ray's operators, drawn from a seed.

A place is drawn first and one change of it second: cosmic-ray has eleven changes of a plus and one of an `and`, and a sample
of changes would mostly hold sums of bits that crash at once. Left out is what no result can show: annotations, caches, `is` in
the place of `==`, and that records are frozen and slotted.
"""

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import Visitor, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

SOURCES = "rnn_cli/core", "rnn_cli/inputs", "rnn_cli/models", "rnn_cli/reading.py"
ORDERS = "Eq", "NotEq", "Lt", "LtE", "Gt", "GtE"
SUMS = "Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"
SETS = "BitOr", "BitAnd", "BitXor", "Sub"
OTHERS = (
    "AddNot", "ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ReplaceFalseWithTrue", "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is", "ZeroIterationForLoop",
)  # fmt: skip
CACHES = "cache", "lru_cache", "cached_property", "override", "overload"
"""Decorators that change no result."""


@dataclass(frozen=True)
class Mutant:
    """One change: the n-th place of an operator in a file, which begins in this line and column."""

    path: str
    operator: str
    occurrence: int
    line: int
    last: int
    column: int

    def applied(self, source: str) -> str:
        """The file with the change."""
        new = mutate_code(source, get_operator(f"core/{self.operator}")(), self.occurrence)
        if new is None or new == source:
            raise ValueError(f"{self} changes nothing")
        return str(new)


def operators() -> list[str]:
    """The names of the changes that are drawn from."""
    pairs = {f"ReplaceComparisonOperator_{a}_{b}" for a in ORDERS for b in ORDERS}
    pairs |= {f"ReplaceBinaryOperator_{a}_{b}" for signs in (SUMS, SETS) for a in signs for b in signs}
    return sorted({name.removeprefix("core/") for name in operator_names()} & (pairs | set(OTHERS)))


class _Found(Visitor):  # type: ignore[misc]  # cosmic-ray has no types
    def __init__(self, path: str) -> None:
        self.path = path
        # The changes of one sign have the same places: only the first of them is asked.
        self.families: dict[str, list[str]] = {}
        for name in operators():
            self.families.setdefault(family(name), []).append(name)
        self.asked = {key: get_operator(f"core/{names[0]}")() for key, names in self.families.items()}
        self.seen = dict.fromkeys(self.asked, 0)
        self.mutants: list[Mutant] = []

    def visit(self, node: Any) -> Any:
        for key, operator in self.asked.items():
            for start, end in operator.mutation_positions(node):
                n, self.seen[key] = self.seen[key], self.seen[key] + 1
                self.mutants += [Mutant(self.path, name, n, start[0], end[0], start[1]) for name in self.families[key]]
        return node


def family(operator: str) -> str:
    """What a change takes away."""
    return operator if operator in OTHERS else operator.rpartition("_")[0]


def mutants(root: Path, path: str) -> list[Mutant]:
    """All changes of a file that a result can show."""
    source = (root / path).read_text()
    found = _Found(path)
    found.walk(get_ast(source))
    silent = list(_silent(ast.parse(source)))
    return [m for m in found.mutants if not any(a <= (m.line, m.column) < b for a, b in silent)]


def _silent(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where such words stand, each from its first sign to behind its last."""
    for node in ast.walk(tree):
        nodes: list[ast.expr | None] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        nodes += [node.value] if isinstance(node, ast.keyword) and node.arg in ("frozen", "slots") else []
        nodes += [
            each for each in getattr(node, "decorator_list", ()) if any(f"'{c}'" in ast.dump(each) for c in CACHES)
        ]
        for each in nodes:
            if each is not None:
                # A decorator's sign stands before what it names.
                yield (each.lineno, each.col_offset - 1), (each.end_lineno or 0, each.end_col_offset or 0)


def sample(root: Path, count: int, seed: int, sources: Iterable[str] = SOURCES) -> list[Mutant]:
    """Mutants from a seed: a place each, and one of its changes."""
    places: dict[tuple[str, int, int, str], list[Mutant]] = {}
    for source in sources:
        found = root / source
        for file in [found] if found.is_file() else sorted(found.rglob("*.py")):
            path = file.relative_to(root).as_posix()
            for mutant in mutants(root, path):
                places.setdefault((path, mutant.line, mutant.column, family(mutant.operator)), []).append(mutant)
    draw = random.Random(seed)
    return [draw.choice(places[place]) for place in draw.sample(sorted(places), min(count, len(places)))]
