"""rnn check: what is right passes, a mistake is named, and nothing is told that the hints withhold."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.core.referee.kinds import KINDS
from tests.conftest import Command
from tests.support.schemas import validate

TEXT = ["I love NLP", "--target", "positive"]


@pytest.fixture
def saved(call: Command, tmp_path: Path) -> Path:
    """What rnn bptt computes, in a file."""
    path = tmp_path / "mine.npz"
    assert call("bptt", *TEXT, "--save", str(path)).code == 0
    return path


def loaded(path: Path) -> dict[str, Array]:
    """The arrays of a file."""
    with np.load(path) as file:
        return dict(file)


def states(call: Command) -> Array:
    """Every h_t."""
    return np.array([step["h"] for step in call("trace", TEXT[0], "--json").document()["steps"]])


def changed(path: Path, **arrays: Any) -> str:
    """A file of arrays beside another, with some of them changed."""
    other = path.with_name("changed.npz")
    np.savez(other, **{**loaded(path), **arrays})
    return str(other)


EVERY = [(cell, command) for cell in CELLS for command in ("trace", "forward", "bptt")]
AGAIN = [(cell, command) for cell, command in EVERY[3:] if command != "bptt"]


@pytest.mark.parametrize(
    ("cell", "command"), [pytest.param(*one, marks=pytest.mark.slow) if one in AGAIN else one for one in EVERY]
)
def test_documents_of_our_own_are_right(call: Command, tmp_path: Path, cell: str, command: str) -> None:
    network = ["--cell", cell, "--bidirectional"]
    target = TEXT[1:] if command == "bptt" else []
    files = [str(tmp_path / f"mine.{kind}") for kind in ("npz", "json")]
    assert call(command, TEXT[0], *network, *target, "--save", files[0], "--save", files[1]).code == 0
    names = []
    for file in files:
        checked = call("check", file, TEXT[0], *network, *target, "--json")
        document = validate(checked.document())
        assert (checked.code, document["passed"], document["findings"]) == (0, True, [])
        assert document["not_compared"] == []
        names.append({one["read_as"] for one in document["compared"]})
    assert names[0] == names[1]
    states = {"bptt": "dh of layer 0, backward"}.get(command, "h of layer 0, backward")
    assert {states, *(["loss", "dx"] if command == "bptt" else ["logits"])} <= names[0]


def test_a_mistake_is_named_with_its_evidence(call: Command, saved: Path) -> None:
    arrays = loaded(saved)
    off = arrays["dL_da.h.layer0.forward"].T @ states(call)
    checked = call("check", changed(saved, **{"dW_hh.layer0.forward": off}), *TEXT, "--json")
    document = validate(checked.document())
    assert checked.code == 5
    (finding,) = document["findings"]
    assert (finding["mistake"], finding["kind"], finding["array"]) == ("off-by-one", "loop", "dW_hh.layer0.forward")
    assert finding["fix"] == "dW_hh = sum over t of da_t ⊗ h_{t-1}"
    assert finding["error_after"] < 1e-9 < finding["error_before"]
    assert (document["explained"], document["first_wrong"]) == (True, "dW_hh.layer0.forward")


def test_a_target_that_is_no_label_is_refused(call: Command, saved: Path) -> None:
    refused = call("check", str(saved), "I love NLP", "--target", "neutral")
    assert (refused.code, "neutral" in refused.stderr) == (2, True)


def test_what_no_mistake_explains_is_said_to_be_so(call: Command, saved: Path) -> None:
    file = changed(saved, db_y=np.array([3.0, 1.0]))
    document = validate(call("check", file, *TEXT, "--json").document())
    assert (document["findings"], document["explained"], document["first_wrong"]) == ([], False, "db_y")
    assert "matches no mistake that is known here" in call("check", file, *TEXT).stdout


def test_hints_withhold_on_the_page_and_in_the_document(call: Command, saved: Path) -> None:
    arrays = loaded(saved)
    off = arrays["dL_da.h.layer0.forward"].T @ states(call)
    file = changed(saved, **{"dW_hh.layer0.forward": off})
    told = {}
    for hints in range(4):
        line = ["check", file, *TEXT, "--hints", str(hints)]
        page, document = call(*line), validate(call(*line, "--json").document())
        told[hints] = page.stdout + json.dumps(document)
        assert document["hints"] == hints
        assert page.code == 5
        assert ("row 1, column 1" in page.stdout) == (hints >= 1)
        assert (document["first_wrong"] is not None) == (hints >= 1)
        assert bool(document["findings"]) == (hints >= 1)
        verdicts = [one["verdict"] for one in document["compared"]]
        assert (verdicts.count("wrong"), verdicts.count("waits")) == (1, 0)
    mistakes = [one["mistake"] for one in validate(call("check", file, *TEXT, "--json").document())["findings"]]
    for mistake in mistakes:
        assert [mistake in told[hints] for hints in range(4)] == [False, False, False, True]
    assert call("check", file, *TEXT, "--hints", "2", "--why").code == 2


def test_verdicts_alone_count_what_is_wrong_apart_from_what_waits(call: Command, saved: Path) -> None:
    """An error of another size, and the gradients that such an error gives."""
    da, dw = "dL_da.h.layer0.forward", "dW_hh.layer0.forward"
    arrays = loaded(saved)
    file = changed(saved, **{da: arrays[da] ** 3, dw: (arrays[da] ** 3).T @ states(call)})
    compared = validate(call("check", file, *TEXT, "--hints", "0", "--json").document())["compared"]
    assert {one["name"]: one["verdict"] for one in compared if one["verdict"] != "right"} == {da: "wrong", dw: "waits"}
    page = " ".join(call("check", file, *TEXT, "--hints", "0").stdout.split())
    assert f"Notice 1 of {len(compared)} arrays wrong: {da}; 1 waits." in page


@pytest.mark.parametrize("cell", list(CELLS))
def test_a_template_is_a_program(call: Command, cell: str) -> None:
    for blank in ([], ["--blank"]):
        compile(call("check", "--template", cell, *blank).stdout, "mine.py", "exec")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give FILE"),
        (["--template", "rnn", "--json"], "> FILE.py"),
        (["--blank"], "--template lstm --blank"),
        (["mine.npz", "--template", "rnn"], "leave one out"),
        (["mine.npz"], "give a sentence"),
        (["mine.npz", "a", "--model", "no.json"], "no.json"),
        (["mine.txt", "a"], "numpy.savez"),
        (["none.npz", "a"], "none.npz"),
        (["mine.npz", "a", "--hints", "4"], "--hints"),
    ],
)
def test_what_cannot_be_checked_is_refused(call: Command, words: list[str], said: str) -> None:
    refused = call("check", *words)
    assert (refused.code, refused.stdout) == (2, "") or (refused.code == 4 and "no.json" in said)
    assert said in refused.stderr


def test_a_program_is_checked(call: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(call("check", "--template", "rnn").stdout)
    line = ["check", str(mine), "--cell", "rnn"]
    right = call(*line, "--json")
    assert (right.code, validate(right.document())["passed"]) == (0, True)
    text = mine.read_text()
    wrong = text.replace("W_hh.T @ da", "W_hh @ da")
    assert wrong != text
    mine.write_text(wrong)
    saved = tmp_path / "check.json"
    page = call(*line, "--why", "--save", str(saved))
    document = validate(json.loads(saved.read_text()))
    assert page.code == 5
    assert [one["mistake"] for one in document["findings"]] == ["transposed"]
    assert "dh_{t-1} = W_hh^T da_t + the error of its own output" in page.stdout
    assert document["why"]["right"] == pytest.approx(document["why"]["numbers"][0]["value"], abs=1e-12)
    assert [one["name"].partition("[")[0] for one in document["why"]["numbers"]] == ["dh", "dh.future"]
    mine.write_text(re.sub(r"(h = np\.tanh\(.*?\))(  #)", r"\1 + 3e-7\2", text))
    near = call(*line, "--why").stdout
    part = near[near.index("The first wrong number") :]
    yours, right = re.findall(r"(?:yours|right)  (\S+)", part)[:2]
    assert yours != right
    assert f"= {right}\n" in part, "rounded to fewer decimals the unfolded number cannot be told from the wrong one"
    refused = call("check", str(mine))
    assert (refused.code, "--cell" in refused.stderr) == (2, True)
    assert "TEXT" in call(*line, "I love NLP").stderr
    assert "--hidden-size" in call(*line, "--hidden-size", "3").stderr


def test_a_call_that_fails_has_something_to_do_and_no_right_line(call: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def forward(params, X, h0):\n    return params['V']\n", encoding="utf-8")
    page = call("check", str(tmp_path / "mine.py"), "--cell", "rnn")
    assert page.code == 5
    assert "to do  look at the line return params['V']" in page.stdout
    assert "should be" not in page.stdout


def test_a_gradient_check_is_explained(call: Command, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    gradient: dict[str, Any] = {"dW_hh": generator.normal(size=(4, 4)), "db_h": generator.normal(size=4)}
    files = [str(tmp_path / f"{name}.npz") for name in ("analytic", "numeric")]
    np.savez(files[0], **gradient)
    np.savez(files[1], **{name: 3 * gradient[name] for name in gradient})
    line = ["check", "--numbers", *files]
    assert call(*line).code == 5
    document = validate(call(*line, "--json").document())
    assert [one["diagnosis"] for one in document["compared"]] == ["wrong", "wrong"]
    assert all(one["kind"] in KINDS for one in document["findings"]) and document["findings"]
    np.savez(files[1], **gradient)
    assert call(*line).code == 0
    assert "--why" in call(*line, "--why").stderr
    assert call("check", files[0], "a", "--timeout", "3").code == 2


def rounded(call: Command, path: Path, **changes: Any) -> list[str]:
    """A check of what rnn bptt computes, to six decimals, so that every machine has the same numbers."""
    arrays = loaded(path)
    mine: dict[str, Any] = {
        "h": states(call),
        "da": arrays["dL_da.h.layer0.forward"],
        "dW_hh": arrays["dW_hh.layer0.forward"],
        "db_y": arrays["db_y"],
    } | changes
    path.with_name("mine.json").write_text(json.dumps({name: np.round(mine[name], 6).tolist() for name in mine}))
    return ["check", "mine.json", *TEXT, "--tolerance", "1e-4"]


@pytest.mark.parametrize("page", ["right", "mistake", "unexplained"])
def test_page(
    page: str, call: Command, golden: Callable[[str, str], None], saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(saved.parent)
    monkeypatch.setenv("COLUMNS", "80")
    da, h = loaded(saved)["dL_da.h.layer0.forward"], states(call)
    changes: dict[str, dict[str, Any]] = {
        "right": {},
        "mistake": {"dW_hh": da.T @ h},
        "unexplained": {"h": h + np.array([0.0, 0.1, -0.2])[:, None], "notes": np.ones(5)},
    }
    more = ["--why"] if page == "mistake" else []
    shown = call(*rounded(call, saved, **changes[page]), *more).stdout
    assert max(cell_len(one) for one in shown.splitlines() if "rnn check" not in one) <= 80  # a command is never cut
    golden(f"check-{page}", shown)


def test_gradients_without_a_target_are_refused_by_name(call: Command, saved: Path) -> None:
    refused = call("check", changed(saved), TEXT[0])
    assert refused.code == 2
    assert "dW_hh" in refused.stderr
    assert "--target" in refused.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("a.py", "b.py", "--cell", "rnn"), "a.py and b.py: rnn check takes one program"),
        (("--template", "lstm", "--num-layers", "2"), "--num-layers: --template"),
        (("--template", "lstm", "--target", "positive"), "--target: --template"),
        (("--template", "lstm", "--why"), "--why: --template"),
    ],
)
def test_what_would_be_ignored_is_refused(call: Command, given: tuple[str, ...], said: str) -> None:
    refused = call("check", *given)
    assert (refused.code, refused.stdout) == (2, "")
    assert said in refused.stderr


def test_exchanged_arrays_of_impossible_shapes_do_not_pass(call: Command, saved: Path) -> None:
    arrays = loaded(saved)
    x, h = "dW_xh.layer0.forward", "dW_hh.layer0.forward"
    assert arrays[x].shape != arrays[h].shape
    file = changed(saved, **{x: arrays[h], h: arrays[x]})
    checked = call("check", file, *TEXT, "--json")
    document = validate(checked.document())
    assert (checked.code, document["passed"], document["not_compared"]) == (5, False, [])
    assert [one["mistake"] for one in document["findings"]] == ["swapped-weights"]
    wrong = {one["name"]: one["relative_error"] for one in document["compared"] if one["verdict"] != "right"}
    assert wrong == {x: None, h: None}
    page = call("check", file, *TEXT)
    assert page.code == 5 and f"exchanges the names {x} and {h}" in " ".join(page.stdout.split())
    for hints in ("0", "1"):
        told = call("check", file, *TEXT, "--hints", hints)
        assert told.code == 5 and x in told.stdout and "exchanges" not in told.stdout
