"""`rnn check mine.py`: what the referee says of programs, right ones and such as misbehave, written as people write them."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.network import FORWARD
from rnn_cli.core.referee.plan import Key
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import CheckFailed, InputError
from rnn_cli.front.result import Result
from rnn_cli.study.check import behaviour
from rnn_cli.study.check.arrays import check_arrays
from rnn_cli.study.check.hints import CAUSE, VERDICTS, CheckResult
from rnn_cli.study.check.other_form import in_other_form
from rnn_cli.study.check.program import check_program
from rnn_cli.study.check.report import Compared, First, Report
from rnn_cli.study.check.template import template
from rnn_cli.study.check.trials import TRIALS, trials
from rnn_cli.views.check import check_page
from tests.support.command import is_alive
from tests.support.networks import slow_if

RIGHT = """import numpy as np


def softmax(y):
    e = np.exp(y - np.max(y))
    return e / np.sum(e)


def forward(params, X, h0):
    hs, ps = [], []
    h = h0
    for x in X:
        h = np.tanh(np.dot(params["W_xh"], x) + np.dot(params["W_hh"], h) + params["b_h"])
        hs.append(h)
        ps.append(softmax(np.dot(params["W_hy"], h) + params["b_y"]))
    return {"h": hs, "probabilities": ps}


def backward(params, X, target, h0):
    out = forward(params, X, h0)
    hs, ps = [h0] + out["h"], out["probabilities"]
    grads = {}
    for name in params:
        grads["d" + name] = np.zeros_like(params[name])
    loss = 0
    dh_next = np.zeros_like(h0)
    for t in range(len(X) - 1, -1, -1):
        loss += -np.log(ps[t][target[t]])
        dy = ps[t].copy()
        dy[target[t]] -= 1
        grads["dW_hy"] += np.outer(dy, hs[t + 1])
        grads["db_y"] += dy
        dh = np.dot(params["W_hy"].T, dy) + dh_next
        da = (1 - hs[t + 1] ** 2) * dh
        grads["db_h"] += da
        grads["dW_xh"] += np.outer(da, X[t])
        grads["dW_hh"] += np.outer(da, hs[t])
        dh_next = np.dot(params["W_hh"].T, da)
    grads["loss"] = loss
    return grads
"""
"""The way of many a tutorial: lists of vectors, one sequence at a time."""

IN_LOOP, AT_START, ZEROS = "        hs.append(h)\n", "    h = h0\n", "np.zeros_like(params[name])"


BACK_EXCHANGED = (
    *("da_n = dh * (1 - z)", "da_n = dh * z"),
    *("da_z = dh * (h_prev - n)", "da_z = dh * (n - h_prev)"),
    *("dh_prev = dh * z +", "dh_prev = dh * (1 - z) +"),
)
"""The way back through a GRU's step whose z takes the new state."""


def checked(folder: Path, *changes: str, cell: str = "rnn", source: str = RIGHT, timeout: float = 20) -> Report:
    """The report on a program after changes of its text: old, new, old, new, …"""
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in source
        source = source.replace(old, new)
    path = folder / "mine.py"
    path.write_text(source, encoding="utf-8")
    return check_program(str(path), cell, timeout=timeout)


def named(report: Report) -> list[str]:
    """The mistakes that a report names."""
    return [one.mistake for one in (*report.findings, *report.behaviour)]


@pytest.mark.parametrize("cell", slow_if(CELLS, *list(CELLS)[2:]))
def test_the_filled_template_passes(cell: str, tmp_path: Path) -> None:
    report = checked(tmp_path, cell=cell, source=template(cell))
    assert report.passed and not report.not_compared
    assert {"loss", "dh", "dx", "dW_hy", "db_y", "h", "logits"} <= {one.key.name for one in report.compared}


CONVENTIONS = {
    "a tuple under the names of its variables": (
        "    grads[\"loss\"] = loss\n    return grads",
        "    dWhh, dWxh, dby = grads['dW_hh'], grads['dW_xh'], grads['db_y']\n    return loss, dWxh, dWhh, dby",
    ),
    "dicts by the step, the initial state at -1": (
        "    hs, ps = [], []\n", "    hs, ps = {-1: h0}, {}\n", "for x in X:", "for t, x in enumerate(X):",
        "hs.append(h)", "hs[t] = h", "ps.append(softmax(np.dot(params[\"W_hy\"], h) + params[\"b_y\"]))",
        "ps[t] = softmax(np.dot(params[\"W_hy\"], h) + params[\"b_y\"])",
        "[h0] + out[\"h\"]", "[out[\"h\"][t] for t in range(-1, len(X))]",
    ),
    "gradients under the names of their weights, in a dict of their own": (
        "    grads[\"loss\"] = loss\n    return grads",
        "    return loss, {name[1:]: one for name, one in grads.items()}",
    ),
    "texts and None beside the arrays, prints, a thread that goes on, a file that deletes itself": (
        "\"h\": hs,", "\"h\": hs, \"note\": \"hello\", \"x\": None, \"huge\": np.broadcast_to(1.0, (10**6, 10**6)), \"m\": np.matrix(hs),",
        AT_START,
        AT_START + "    import os, threading, time\n    print('states', bytes(3)); os.write(1, bytes(range(256)))\n"
        "    threading.Thread(target=lambda: time.sleep(100)).start()\n    os.path.exists(__file__) and os.remove(__file__)\n",
    ),
    "np.empty where every number is set, a fork that comes back too": (
        "    hs, ps = [], []\n", "    import os\n    os.fork()\n    hs, ps = [], []\n    room = np.empty_like(h0)\n    room[...] = 1\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "convention", slow_if(CONVENTIONS, *(one for one in CONVENTIONS if one.startswith(("dicts", "gradients"))))
)
def test_right_programs_pass(convention: str, tmp_path: Path) -> None:
    report = checked(tmp_path, *CONVENTIONS[convention])
    assert report.passed and not named(report)
    assert not any("again" in one for one in report.said)  # everything was tried
    assert ("states" in report.prints) == ("prints" in convention)


BATCHED = """import numpy as np

BATCHED = True


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def forward(params, X, h0, c0):
    p, h, c, out = params, h0, c0, {name: [] for name in ("i", "f", "g", "o", "c", "h", "logits")}
    for x in X:
        i, f, o = (sigmoid(x @ p["W_x" + k].T + h @ p["W_h" + k].T + p["b_" + k]) for k in "ifo")
        g = np.tanh(x @ p["W_xg"].T + h @ p["W_hg"].T + p["b_g"])
        c = f * c + i * g
        h = o * np.tanh(c)
        for name, value in zip(out, (i, f, g, o, c, h, h @ p["W_hy"].T + p["b_y"])):
            out[name].append(value)
    return out
"""

BATCH_FIRST = (
    "BATCHED = True", "BATCHED = BATCH_FIRST = True", "for x in X:", "for x in X.swapaxes(0, 1):",
    "    return out", "    return {name: np.swapaxes(one, 0, 1) for name, one in out.items()}",
)  # fmt: skip


@pytest.mark.parametrize("changes", slow_if([(), BATCH_FIRST], ()))
def test_batches_of_either_order_pass(changes: tuple[str, ...], tmp_path: Path) -> None:
    report = checked(tmp_path, *changes, cell="lstm", source=BATCHED)
    assert report.passed and report.plan.x.shape[1] > 1
    assert all(("B×T" in one.layout) == bool(changes) for one in report.compared)


CLIP = '    for one in grads.values():\n        np.clip(one, -5, 5, out=one)\n    grads["loss"] = loss'

MISBEHAVE = {
    "argument-changed": ("    return grads", "    params['W_hh'] *= 2\n    return grads"),
    "not-zeroed: noise of its own": (ZEROS, "0.01 * np.random.default_rng().normal(size=params[name].shape)"),
    "not-zeroed: memory": (ZEROS, "np.empty_like(params[name])"),
    "not-zeroed: the call before": (
        "    grads = {}\n", "    grads = G\n", 'grads["d" + name] = ' + ZEROS, f'grads.setdefault("d" + name, {ZEROS})',
        "def forward", "G = {}\n\n\ndef forward",
    ),
    "state-kept": (
        IN_LOOP, IN_LOOP + "        KEPT[h.shape] = h\n", AT_START, "    h = KEPT.get(h0.shape, h0)\n",
        "def forward", "KEPT = {}\n\n\ndef forward",
    ),
    "not-deterministic": (IN_LOOP, "        h = h * (np.random.rand(*h.shape) > 0.3)\n" + IN_LOOP),
    "not-deterministic: the clock": (IN_LOOP, "        import time; h = h + time.perf_counter() % 1e-2\n" + IN_LOOP),
    "shared-buffer": (
        "    hs, ps = [], []\n", "    hs, ps = BUFFERS.setdefault(X.shape, np.zeros((len(X), len(h0)))), []\n",
        "hs.append(h)", "hs[len(ps)] = h", '[h0] + out["h"]', '[h0] + list(out["h"])',
        "def forward", "BUFFERS = {}\n\n\ndef forward",
    ),
    "shared-buffer: in a list": (AT_START, "    h = h0.copy()\n", "        h = np.tanh(", "        h[:] = np.tanh("),
    "unstable-softmax, unstable-exp": (
        "np.exp(y - np.max(y))", "np.exp(y)", "np.tanh(np.dot", "tanh(np.dot",
        "def forward", "def tanh(a):\n    return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))\n\n\ndef forward",
    ),
    "float32": (AT_START, "    X, h, params = X.astype('f'), h0.astype('f'), {k: v.astype('f') for k, v in params.items()}\n"),
    "unstable-softmax: an OverflowError": ("e = np.exp(y - np.max(y))", "import math; e = np.array([math.exp(one) for one in y])"),
    "clipped": ('    grads["loss"] = loss', CLIP),
    "wrong-shape": ('"h": hs,', '"h": hs, "logits": [h[:2] for h in hs],'),
    "passes-disagree": ('    grads["loss"] = loss', '    grads["loss"], grads["h"] = loss, [2 * h for h in hs[1:]]'),
    "not-returned": ("    return grads", "    pass"),
}  # fmt: skip


AGAIN = [one for one in MISBEHAVE if ":" in one and not one.endswith("memory")]
"""Other ways into what another case does."""


@pytest.mark.parametrize("case", slow_if(MISBEHAVE, *AGAIN))
def test_each_misbehaviour_has_its_name(case: str, tmp_path: Path) -> None:
    report = checked(tmp_path, *MISBEHAVE[case])
    assert not report.passed and named(report) == case.partition(":")[0].split(", ")
    found = [*report.findings, *report.behaviour]
    assert all(one.says and one.fix for one in found)
    assert report.findings or not CheckResult(report, hints=VERDICTS).findings or "shape" in case or "returned" in case
    if "noise" in case or "memory" in case or "call before" in case:
        assert "dW_hh" in found[0].says and "probabilities" not in found[0].says


FAILS = {
    "raises ValueError": ("hs.append(h)", "hs.append(h + np.ones(len(h) + 1))", "(4,) (5,) in forward(params, X (5, 3), h0 (4,)) at mine.py:14"),
    "ends itself with sys.exit()": (AT_START, AT_START + "    import sys; sys.exit(3)\n", "mine.py:12"),
    "ended the process": (AT_START, AT_START + "    import os; os._exit(0)\n", "in forward("),
    "died of SIG": (AT_START, AT_START + "    import ctypes; ctypes.string_at(0)\n", "mine.py:12, in forward"),
    "raises RecursionError": (AT_START, AT_START + "    forward(params, X, h0)\n", "mine.py:12"),
    "raises MemoryError": (AT_START, AT_START + "    np.ones((100000, 100000))\n", "mine.py:12"),
}  # fmt: skip


@pytest.mark.parametrize("says", slow_if(FAILS, "raises RecursionError", "raises MemoryError"))
def test_a_program_that_fails_is_told_where(says: str, tmp_path: Path) -> None:
    old, new, where = FAILS[says]
    (finding,) = checked(tmp_path, old, new).behaviour
    assert finding.says.startswith(says) and where in finding.says and "\n" not in finding.says


def test_a_loop_without_an_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    start = (
        AT_START
        + "    import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)\n    while True: pass\n"
    )
    for timeout in (1.5, 6, 24):  # on a busy machine the program has not come to its loop before the first is over
        began = time.monotonic()
        report = checked(tmp_path, AT_START, start, timeout=timeout)
        seconds = time.monotonic() - began
        if "mine.py:13" in report.behaviour[0].says:
            break
    assert named(report) == ["too-slow"]
    assert f"did not end within {timeout:g} s in forward(" in report.behaviour[0].says
    assert "mine.py:13" in report.behaviour[0].says
    assert seconds < timeout + 30  # nobody waits for what the program started
    eventually(lambda: not is_alive(int(report.prints.split()[0])))


def test_a_program_ends_with_the_process_that_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import os\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: pass\n")
    command = [sys.executable, "-m", "rnn_cli", "check", "mine.py", "--cell", "rnn"]
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": root, "TMPDIR": str(tmp_path)}
    waiting = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    pid = tmp_path / "pid"
    eventually(lambda: pid.exists() and pid.read_text())
    waiting.kill()
    waiting.wait()
    eventually(lambda: not is_alive(int(pid.read_text())) and not list(tmp_path.glob("rnn-check-*")))


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_blank_template_says_what_is_blank(tmp_path: Path) -> None:
    report = checked(tmp_path, cell="lstm", source=template("lstm", blank=True))
    assert named(report) == ["blank"]
    assert "i_t, the input gate is still blank (mine.py:" in report.behaviour[0].says
    told = CheckResult(report, hints=VERDICTS).findings
    assert [one.finding for one in told] == list(report.behaviour)  # what failed is no secret, whatever the hints


@pytest.mark.parametrize(
    ("form", "other"), [("after", "before"), pytest.param("before", "after", marks=pytest.mark.slow)]
)
def test_the_other_form_of_a_cell_is_told(form: str, other: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(template("gru", options={"reset": form}), encoding="utf-8")
    report = check_program(str(tmp_path / "mine.py"), "gru", {"reset": other})
    assert named(report) == ["reset-side"] and report.explained


REFUSED = {
    "def forward(params, X, h0)": ("def forward(params, X, h0):", "mine.py:9:27: not Python"),
    "def forwards(params, X, h0):": ("def forward(params, X, h0):", "mine.py: it has no function forward"),
    "def forward(X, h0):": (
        "def forward(params, X, h0):",
        "mine.py:9: forward(X, h0) cannot be called as forward(params",
    ),
    "open('none.txt')\nimport numpy as np": ("import numpy as np", "mine.py:1: it cannot be loaded: FileNotFoundError"),
}


@pytest.mark.parametrize("new", REFUSED)
def test_what_is_no_program_to_call_is_refused(new: str, tmp_path: Path) -> None:
    old, says = REFUSED[new]
    with pytest.raises(InputError) as refused:
        checked(tmp_path, old, new)
    assert says in str(refused.value) and str(refused.value).count("\n") <= 1


def test_a_program_finds_its_neighbours_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "activations.py").write_text("from numpy import tanh\n", encoding="utf-8")
    report = checked(
        tmp_path, "np.tanh(", "tanh(", "import numpy as np", "import numpy as np\nfrom activations import tanh"
    )
    assert report.passed
    assert sorted(one.name for one in tmp_path.iterdir()) == ["activations.py", "mine.py"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("def backward", "def _backward", "there is no function backward"),
        ("    return grads", '    return {"loss": loss}', "backward gives none that could be compared"),
    ],
)
def test_a_program_without_gradients_passes_and_the_page_says_so(tmp_path: Path, old: str, new: str, why: str) -> None:
    report = checked(tmp_path, old, new)
    page = " ".join(str(Result(CheckResult(report))).split())
    assert report.passed
    assert report.said[-1] == f"no gradient was checked: {why}"
    assert f"No gradient was checked: {why}." in page.partition("Notice")[2]


@pytest.mark.parametrize(
    ("cell", "right", "wrong", "says", "line"),
    [
        (
            "lstm",
            "c = f * c_prev + i * g",
            "c = i * c_prev + f * g",
            "uses f_t where i_t belongs",
            "c_t = f_t * c_{t-1}",
        ),
        ("gru", "r * (w.W_hn @ h_prev + w.b_hn)", "r * (w.W_hn @ h_prev) + w.b_hn", "adds b_hn outside", "n_t = tanh("),
        ("rnn", "1 - h * h", "1 - h_prev * h_prev", "takes the slope of h_t at h_{t-1}", "da_t = dh_t * "),
        ("rnn", "w.W_hh.T @ da_h", "w.W_hh.T @ dh", "takes dh_t for da_t in dh_{t-1}", "dh_{t-1} = W_hh^T da_t"),
    ],
)
def test_a_slip_in_one_line_of_the_template_is_all_that_is_found(
    cell: str, right: str, wrong: str, says: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one network: the others take their time."""
    monkeypatch.setattr("rnn_cli.study.check.trials.TRIALS", TRIALS[:1])
    code = template(cell, blank=False).splitlines()
    hit = [k for k, one in enumerate(code) if right in one.partition("#")[0]]
    assert len(hit) == 1
    code[hit[0]] = code[hit[0]].replace(right, wrong)
    path = tmp_path / "mine.py"
    path.write_text("\n".join(code), encoding="utf-8")
    report = check_program(str(path), cell)
    (finding,) = report.findings
    assert report.explained
    assert says in finding.says
    assert finding.fix.startswith(line)


def page_of(report: Report, hints: int = CAUSE) -> str:
    """The page of a report as plain text, its lines joined."""
    console = Console(width=100, file=StringIO(), color_system=None)
    for part in check_page(CheckResult(report, hints=hints), 4):
        console.print(part)
    assert isinstance(console.file, StringIO)
    return " ".join(console.file.getvalue().split())


def test_a_blank_line_is_answered_with_its_equation_and_never_with_itself() -> None:
    for cell in CELLS:
        made, blanks = make_cell(cell), 0
        for what in re.findall(r'blank\("([^"]*)"\)', template(cell, blank=True)):
            said = {"text": f"{what} is still blank", "blank": True, "in": "step", "function": "forward", "error": ""}
            fix = behaviour.raised({**said, "code": f'x = blank("{what}")'}, lambda *_: "", made).fix
            assert "blank" not in fix
            blanks += " = " in fix
        assert blanks > len(made.gates) + len(made.states)
    made = make_cell("lstm")
    said |= {"text": "i_t, the input gate is still blank"}
    assert behaviour.raised(said, lambda *_: "", made).fix == "i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + b_i)"


def test_the_notice_says_that_a_program_is_not_finished_or_did_not_end(tmp_path: Path) -> None:
    blank = checked(tmp_path, cell="rnn", source=template("rnn", blank=True))
    assert "Nothing was compared" in page_of(blank, VERDICTS)
    assert "Every array" not in page_of(blank, VERDICTS)
    right = replace(blank, compared=(Compared("h", Key("h", 0, "forward"), "h", "T×H", "right", 0.0, None),))
    assert "is right, but the program is not finished." in page_of(right)
    ended = replace(right, behaviour=(replace(blank.behaviour[0], mistake="too-slow"),))
    assert "is right, but the program did not come to its end." in page_of(ended)
    other = replace(right, behaviour=(replace(blank.behaviour[0], mistake="argument-changed"),))
    assert "is right, but something else is wrong: --hints 1 says more." in page_of(other, VERDICTS)
    with pytest.raises(CheckFailed, match=r"mine\.py: it is not finished: h_t is still blank"):
        CheckResult(blank).hold()


def test_the_page_says_where_an_array_holds_nan_and_tells_small_numbers_apart(tmp_path: Path) -> None:
    report = checked(tmp_path)
    h = next(one for one in report.compared if one.key.name == "h")
    first = First(0, "forward", 3, 1, None, 1, (2, 0, 0), float("nan"), 0.5)
    seen = {**report.seen, h.key: np.full_like(report.seen[h.key], np.nan)}
    nan = replace(report, seen=seen, compared=(replace(h, verdict="wrong", relative_error=np.inf, first=first),))
    assert "NaN wrong" in page_of(nan) and "h holds NaN. The first difference is in h, first at step 3" in page_of(nan)
    small = replace(nan.compared[0], first=replace(first, yours=1.236e-4, right=6.1e-4))
    assert "+0.0001236, where +0.0006100 is right" in page_of(replace(nan, seen=report.seen, compared=(small,)))


@pytest.mark.parametrize("back", [True, False])
def test_an_update_gate_exchanged_throughout_is_another_form_and_else_a_mistake(back: bool) -> None:
    source = template("gru")
    changes = ("h = (1 - z) * n + z * h_prev", "h = (1 - z) * h_prev + z * n", *BACK_EXCHANGED)
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in source
        source = source.replace(old, new)
    program: dict[str, Any] = {}
    exec(source, program)
    trial = trials("gru", {}, 0)[0]
    x, target, h0 = trial.x[:, 0], trial.targets[:, 0], trial.initial["h"][0]
    arrays = program["forward"](trial.parameters, x, h0)
    if back:
        arrays |= program["backward"](trial.parameters, x, target, h0)
    arrays = {name: np.array(array) for name, array in arrays.items()}
    initial: list[InitialStates] = [{(0, FORWARD): trial.initial.sequence(0)}]
    report = check_arrays("mine", arrays, trial.model, [x], [target], initial=initial)
    assert named(report) == ["update-flipped"]
    other = in_other_form({0: report})[0]
    assert (other.passed, bool(other.caveat)) == (back, back)
    if back:
        assert max(one.relative_error for one in other.compared) < 1e-9
