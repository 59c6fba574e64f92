"""Arrays under each other's names are told by their numbers: in files of one size for all, and in what programs return."""

import json
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS, made_cell
from rnn_cli.documents.check import check_document
from rnn_cli.study.check.hints import CAUSE, VERDICTS, CheckResult
from rnn_cli.study.check.program import check_program
from rnn_cli.study.check.report import Report
from rnn_cli.study.check.template import template
from tests.study.check.test_arrays import Case, arrays_of, made
from tests.study.check.test_misfits import OF_CELLS
from tests.study.check.test_program import page_of
from tests.support.networks import slow_if
from tests.support.schemas import validate

Pair = tuple[str, str]


@pytest.fixture(autouse=True)
def _no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mistakes at once are for the tests of the search, which takes its time over them."""
    for name in ("MOST_PAIRS", "COSTLY_PAIRS"):
        monkeypatch.setattr(f"rnn_cli.core.referee.one_array.{name}", 0)


def square(kind: str) -> Case:
    """A case in which no shape tells W_x from W_h, or x from h."""
    return made(np.random.default_rng(5), kind, H=4, I=4)


def swapped(arrays: dict[str, Array], *pairs: Pair) -> dict[str, Array]:
    """The arrays under each other's names."""
    found = dict(arrays)
    for one, other in pairs:
        found[one], found[other] = arrays[other], arrays[one]
    return found


def holds(report: Report, mistakes: list[str], *pairs: Pair) -> None:
    """The exchange is among the mistakes, and the arrays of it are wrong with those that another mistake spoils."""
    document = validate(json.loads(json.dumps(check_document(CheckResult(report)))))
    assert [one["mistake"] for one in document["findings"]] == mistakes
    says = document["findings"][-1]["says"]
    assert all(f"{one} and {other}" in says or f"{other} and {one}" in says for one, other in pairs)
    wrong = {one.name for one in report.compared if one.verdict == "wrong"}
    assert wrong >= {name for pair in pairs for name in pair}
    if len(mistakes) == 1:
        assert wrong == {name for pair in pairs for name in pair}
        told = [page_of(report, hints) for hints in (VERDICTS, CAUSE)]
        assert ["other's name" in page for page in told] == [False, True]


AGAIN = ("rnn relu", "gru reset before")
"""Kinds of a cell that another kind is of."""


@pytest.mark.parametrize(
    "kind", slow_if(OF_CELLS, *[kind for kind in OF_CELLS if kind.split()[0] not in ("rnn", "gru")], *AGAIN)
)
def test_names_that_no_shape_tells_apart(kind: str) -> None:
    case = square(kind)
    last = list(case.plan.network.cell.gates)[-1]
    weights, errors = (f"dW_x{last}", f"dW_h{last}"), ("dx", "dh")
    pairs = [weights, errors] if f"W_h{last}" in case.plan.network.cell.parameters else [errors]
    arrays = arrays_of(case, "h", "logits", *(name for pair in pairs for name in pair))
    holds(case.check(swapped(arrays, *pairs)), ["swapped-names"], *pairs)
    if weights in pairs:
        holds(case.check(swapped(arrays, weights)), ["swapped-weights"], weights)


def test_what_is_under_no_other_name_is_no_exchange() -> None:
    """One array under both names, noise under both, and one that is right under a name that holds something else."""
    case = square("rnn tanh")
    arrays = arrays_of(case, "h", "dW_xh", "dW_hh", "dh", "db_h")
    noise = np.random.default_rng(0).standard_normal
    for x, h in (
        (arrays["dW_xh"], arrays["dW_xh"]),
        (noise((4, 4)), noise((4, 4))),
        (arrays["dW_hh"], noise((4, 4))),
        (0 * arrays["dW_xh"], 0 * arrays["dW_hh"]),
    ):
        report = case.check({**arrays, "dW_xh": x, "dW_hh": h})
        assert not report.passed and not report.behaviour


def of_program(folder: Path, cell: str, pairs: list[Pair], change: Pair = ("", "")) -> Report:
    """What is said of the right program whose results are exchanged, and in which a line is another."""
    source = template(cell)
    assert change[0] in source
    again = (
        "\n\ndef exchanged(right):\n    def results(*arguments):\n        found = right(*arguments)\n"
        f"        for one, other in {pairs}:\n            if one in found:\n"
        "                found[one], found[other] = found[other], found[one]\n        return found\n\n"
        "    return results\n\n\nforward, backward = exchanged(forward), exchanged(backward)\n"
    )
    (folder / "mine.py").write_text(source.replace(*change, 1) + again, encoding="utf-8")
    return check_program(str(folder / "mine.py"), cell)


@pytest.mark.parametrize("cell", slow_if(CELLS, *[name for name in CELLS if name != "rnn"]))
def test_programs_that_exchange_what_they_return(cell: str, tmp_path: Path) -> None:
    made = made_cell(cell, ())
    weights = [(f"dW_x{gate}", f"dW_h{gate}") for gate in made.gates if f"W_h{gate}" in made.parameters]
    pairs = [*weights, ("h", "logits"), ("dx", "dh"), ("dW_hy", "db_y")]
    holds(of_program(tmp_path, cell, pairs), ["swapped-names"], *pairs)


def test_an_exchange_beside_another_mistake(tmp_path: Path) -> None:
    pair = ("dW_xh", "dW_hh")
    report = of_program(tmp_path, "rnn", [pair], ("dh * (1 - h * h)", "dh"))
    holds(report, ["derivative-missing", "swapped-weights"], pair)
    assert report.explained
