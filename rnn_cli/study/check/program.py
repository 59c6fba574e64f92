"""Somebody's program held against a cell: its functions called on random networks, their numbers and their manners judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import FORWARD
from rnn_cli.core.referee.agreement import RIGHT, stage_of
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import BACK
from rnn_cli.core.referee.plan import Plan
from rnn_cli.core.referee.suspects import Suspect
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import InputError
from rnn_cli.reading import matched, shown
from rnn_cli.study.check import behaviour
from rnn_cli.study.check.arrays import TOLERANCES, check_arrays, tolerance_of
from rnn_cli.study.check.child.flat import WITHIN
from rnn_cli.study.check.exchanged import as_named, put_right, settles
from rnn_cli.study.check.merge import forms_of, merged
from rnn_cli.study.check.names import compact
from rnn_cli.study.check.other_form import in_other_form
from rnn_cli.study.check.process import Ran, run_apart
from rnn_cli.study.check.report import Finding, Report
from rnn_cli.study.check.source import read_program, returned_names
from rnn_cli.study.check.trials import GATES, JUDGED, LOGITS, Trial, trials

FUNCTIONS = ("forward", "backward")
CHILD = "rnn_cli.study.check.child.run"
TIMEOUT = 10.0
CHANCE = ("drawn", "anew")
"""What differs between two calls where their results say nothing: other random numbers, or another run."""

MISFIT = "its shape is"
"""How the reason begins for which an array with a name that is understood was not compared."""

FAR = 1e-4
"""A relative error that no formula gives which merely loses digits to large numbers."""


@dataclass(eq=False)
class Answers:
    """What a program returned on one trial: its arrays by name, and those left out with why."""

    arrays: dict[str, Array] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)


def check_program(
    path: str,
    cell: str,
    options: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    seed: int = 0,
    timeout: float = TIMEOUT,
    mapping: Mapping[str, str] | None = None,
) -> Report:
    """Call forward and backward of a program on random networks of a cell, and judge what comes back.

    InputError where there is no such program, it cannot be loaded, or it has no function to call.
    """
    source, name = read_program(path), matched(cell, CELLS)
    tried = trials(name, options or {}, seed)
    ran = run_apart(CHILD, _job(path, source, tried), _arrays(tried), timeout)
    batched = _loaded(path, tried[0], ran)
    answers, findings, said = _gathered(path, tried, ran, batched)
    wide = tolerance
    if tolerance is None and (narrow := _narrow(answers)):
        wide = TOLERANCES["float32"]
        says = f"computes in single precision: {behaviour.some(narrow)} hold float32 where the arguments are double"
        findings.append(
            Finding("float32", "", says, "leave out dtype=np.float32 and .astype(np.float32)", where=narrow[0])
        )
    reports = _reports(path, tried, answers, batched, mapping or {}, wide)
    if not reports:
        report = _nothing(path, tried[0], batched, wide or TOLERANCES["float64"])
    else:
        pairs = next((one.exchanged for one in reports.values() if len(one.plan.x) > 1), ())
        if pairs:
            own = [replace(one, arrays=put_right(one.arrays, pairs)) for one in answers]
            under_own = _reports(path, tried, own, batched, mapping or {}, wide)
            if all(settles(one, pairs) for one in under_own.values()):
                reports, answers = under_own, own
            else:
                pairs = ()
        reports = in_other_form(reports)
        report = merged(reports, {k: one.title for k, one in enumerate(tried)})
        findings += _shapes(reports)
        findings += _overflows(path, tried, answers, reports, batched, mapping or {})
        if pairs:
            report = as_named(report, pairs)
            findings = [*report.behaviour, *findings]
    return _whole(path, report, findings, said, answers[0].left, ran)


def _reports(
    path: str,
    tried: Sequence[Trial],
    answers: Sequence[Answers],
    batched: bool,
    mapping: Mapping[str, str],
    tolerance: float | None,
) -> dict[int, Report]:
    """The reports on the networks that are judged, that of one step first; what is found on one is tried on the next."""
    judged = [k for k, trial in enumerate(tried) if trial.sizes.purpose == JUDGED and answers[k].arrays]
    reports: dict[int, Report] = {}
    for k in sorted(judged, key=lambda k: tried[k].sizes.steps > 1):
        known = max((one.findings for one in reports.values() if one.explained), key=len, default=())
        suspects = [[(form.mistake, form.says) for form in forms_of(finding)] for finding in known]
        reports[k] = _judged(path, tried[k], answers[k].arrays, batched, mapping, tolerance, suspects)
        if not reports[k].explained and tried[k].sizes.steps > 1:
            break  # a long search that found nothing would find no more on the others
    return dict(sorted(reports.items()))


def _job(path: str, source: str, tried: Sequence[Trial]) -> dict[str, Any]:
    return {
        "path": str(Path(path).resolve()),
        "source": source,
        "functions": {name: returned_names(source, name) for name in FUNCTIONS},
        "networks": [{"loud": trial.sizes.purpose in (LOGITS, GATES)} for trial in tried],
        "states": [f"{name}0" for name in tried[0].initial],
        "parameters": [*tried[0].parameters, *tried[0].of_other_forms],
    }


def _arrays(tried: Sequence[Trial]) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for k, trial in enumerate(tried):
        own = {**trial.parameters, **trial.of_other_forms, "X": trial.x, "target": trial.targets}
        own |= {f"{name}0": array for name, array in trial.initial.items()}
        arrays |= {f"{k}/{name}": array for name, array in own.items()}
    return arrays


def _loaded(path: str, trial: Trial, ran: Ran) -> bool:
    """Whether the program takes batches. InputError where it cannot be loaded or called."""
    states = ", ".join(f"{name}0" for name in trial.initial)
    calls = {"forward": f"forward(params, X, {states})", "backward": f"backward(params, X, target, {states})"}
    first = next((said for said, _ in ran.records if said["kind"] != "loading"), None)
    if first is None:
        finding = behaviour.stopped(ran.ended, {}, ran.where, str(Path(path).resolve()), lambda *_: "")
        raise InputError(
            f"{shown(path)}: it {finding.says}\n"
            'put what is no definition under if __name__ == "__main__":, where it does not run when it is loaded'
        )
    if first["kind"] == "raised":
        at = f":{first['line']}" if first.get("line") and Path(first["file"]).name == Path(path).name else ""
        elsewhere = "" if at or not first.get("file") else f" at {first['file']}:{first['line']}"
        text = f"{first['error']}: {first['text']}" if first["text"] else first["error"]
        raise InputError(
            f"{shown(path)}{at}: it cannot be loaded: {text}{elsewhere}\n"
            'what is no definition belongs under if __name__ == "__main__":'
        )
    if "forward" not in first["functions"]:
        raise InputError(
            f"{shown(path)}: it has no function forward: it is called as {calls['forward']}\n"
            f"rnn check --template {trial.model.network.architecture.cell} prints a program that has it"
        )
    for said, _ in ran.records:
        if said["kind"] == "signature":
            function = said["function"]
            raise InputError(
                f"{shown(path)}:{said['line'] or 1}: {function}{said['takes']} cannot be called as {calls[function]}"
            )
    return bool(first["BATCHED"])


def _unchecked(report: Report, ran: Ran) -> str:
    """What is to be said where no gradient was compared; "" where one was."""
    if any(stage_of(one.key) == BACK for one in report.compared):
        return ""
    functions = next(said["functions"] for said, _ in ran.records if said["kind"] == "loaded")
    why = "backward gives none that could be compared" if "backward" in functions else "there is no function backward"
    return f"no gradient was checked: {why}"


def _gathered(
    path: str, tried: Sequence[Trial], ran: Ran, batched: bool
) -> tuple[list[Answers], list[Finding], list[str]]:
    """What the records say: the answers on each trial, findings about behaviour, and what was decided."""
    answers = [Answers() for _ in tried]
    findings: dict[str, Finding] = {}
    cell = tried[0].model.network.cell
    said: list[str] = []

    def shapes(function: str, k: int) -> str:
        trial = tried[k]
        last = slice(None) if batched else 0
        given = (
            {"X": trial.x[:, last], "target": trial.targets[:, last]}
            if function == "backward"
            else {"X": trial.x[:, last]}
        )
        given |= {f"{name}0": array[last] for name, array in trial.initial.items()}
        return ", ".join(["params", *(f"{name} {array.shape}" for name, array in given.items())])

    def found(one: Finding, key: str = "") -> None:
        findings.setdefault(key or f"{one.mistake} {one.where}", one)

    last: Mapping[str, Any] = {}
    failing: set[str] = set()
    unsure: set[str] = set()
    for record, arrays in ran.records:
        kind = record["kind"]
        if kind in ("calling", "loading"):
            last = record
        elif kind == "raised":
            purpose = JUDGED if record["network"] is None else tried[record["network"]].sizes.purpose
            if purpose not in (LOGITS, GATES):
                failing.add(record["function"])
                at = [record.get(key) for key in ("file", "line")]
                found(
                    behaviour.raised(record, shapes, cell), f"{record['error']} {at if any(at) else record['function']}"
                )
            elif record["function"] not in failing and record["error"] == OverflowError.__name__:
                found(behaviour.unstable([], purpose, f"{record['function']} raises {record['error']}"))
            elif record["function"] not in failing:
                said.append(
                    f"{record['function']} raises {record['error']} where numbers are large: they were not compared"
                )
        elif kind == "nothing":
            returned = (
                f"returns {record['returned']} from {record['function']}, where a dict of arrays by name is wanted"
            )
            fix = 'return {"h": h, …} or, from backward, {"loss": loss, "dW_hh": dW_hh, …}'
            found(Finding("not-returned", "", returned, fix, where=record["function"]))
        elif kind == "result":
            _taken(record, arrays, answers[record["network"]], tried[record["network"]], found)
        elif kind == "differs":
            found(behaviour.differs(record))
            if record["what"] in CHANCE:
                unsure |= {_own_name(function, name, tried[0]) for function, name in record["arrays"]}
        elif kind == "untried":
            said.append("calling it again was not tried: where its calls take too long, --timeout gives them longer")
    if ran.ended:
        found(behaviour.stopped(ran.ended, last, ran.where, str(Path(path).resolve()), shapes))
    for one in answers:
        for name in [name for name in one.arrays if name in unsure]:
            del one.arrays[name]
            one.left[name] = "its numbers are others at each call"
    return answers, list(findings.values()), said


def _taken(record: Mapping[str, Any], arrays: Mapping[str, Array], answers: Answers, trial: Trial, found: Any) -> None:
    """One call's result into the answers of its trial."""
    function = record["function"]
    if record["changed"]:
        first = record["changed"][0]
        found(behaviour.argument_changed(record["changed"], function), f"changes {first.partition('[')[0]}")
    for name in record["repeated"]:
        found(behaviour.repeated(name, function))
    answers.left |= record["left"]
    for name, array in sorted(arrays.items(), key=lambda one: one[0].count(WITHIN)):
        own = _own_name(function, name, trial)
        if (weight := own.removeprefix("d")) in trial.of_other_forms:
            if array.any():
                answers.left[own] = f"this form of the cell has no {weight}: it was given as zeros"
            continue
        if own not in answers.arrays:
            answers.arrays[own] = array
        elif not np.array_equal(array, answers.arrays[own]):
            if WITHIN in name:
                answers.left[name] = f"{own} stands before it"
            elif not _alike(array, answers.arrays[own]):
                says = f"gives one {own} in forward and another in backward on the same arguments"
                found(
                    Finding("passes-disagree", own, says, "let backward call forward, or both the same step", where=own)
                )


def _own_name(function: str, name: str, trial: Trial) -> str:
    """What an array is compared as: a name in a dict by itself, and what backward gives for a weight as its gradient."""
    own = name.rpartition(WITHIN)[2]
    return f"d{own}" if function == "backward" and own in trial.parameters else own


def _alike(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True))


def _narrow(answers: Sequence[Answers]) -> list[str]:
    """The names of results that are no doubles, in every answer that has them."""
    held = [one.arrays for one in answers if one.arrays]
    return [
        name
        for name in (held[0] if held else ())
        if all(name not in arrays or tolerance_of([arrays[name]]) > TOLERANCES["float64"] for arrays in held)
        and held[0][name].size > 1
    ]


def _given(trial: Trial, batched: bool) -> tuple[list[Array], list[Array], list[InitialStates]]:
    """The sequences, targets and initial states that a program saw."""
    few = range(trial.x.shape[1] if batched else 1)
    initial: list[InitialStates] = [{(0, FORWARD): trial.initial.sequence(b)} for b in few]
    return [trial.x[:, b] for b in few], [trial.targets[:, b] for b in few], initial


def _plan(trial: Trial, batched: bool) -> Plan:
    """What the program should have computed on a trial."""
    few = slice(None) if batched else slice(1)
    x, initial = trial.x[:, few], {(0, FORWARD): trial.initial.rows(few)}
    return Plan(trial.model.network, x, np.full(x.shape[1], len(x)), initial, trial.targets[:, few])


def _judged(
    path: str,
    trial: Trial,
    arrays: Mapping[str, Array],
    batched: bool,
    mapping: Mapping[str, str],
    tolerance: float | None,
    suspects: Sequence[Suspect] = (),
) -> Report:
    sequences, targets, initial = _given(trial, batched)
    known = {name: ours for name, ours in mapping.items() if name in arrays}
    return check_arrays(
        shown(path), arrays, trial.model, sequences, targets, known, tolerance, initial, suspects, shapes=False
    )


def _nothing(path: str, trial: Trial, batched: bool, tolerance: float) -> Report:
    """The report on a program that returned nothing."""
    plan = _plan(trial, batched)
    return Report(shown(path), trial.model, plan, {}, compute(plan), tolerance, ())


def _shapes(reports: Mapping[int, Report]) -> list[Finding]:
    """Results of a known name whose shape is none of those that it can have, whatever the sizes; one step is no test."""
    several = [report for report in reports.values() if len(report.plan.x) > 1]
    misfits = [{name: why for name, why in one.not_compared if why.startswith(MISFIT)} for one in several]
    findings = []
    for name, why in misfits[0].items() if misfits else ():
        key = next((key for key in several[0].right if compact(key.name) == compact(name)), None)
        if key is not None and all(name in one for one in misfits):
            shape = several[0].right[key].shape
            wanted = "×".join(str(n) for n in shape if len(shape) < 3 or n > 1) or "one number"
            says = (
                f"returns {name} in a shape that it cannot have: {why.partition(',')[0].removeprefix(MISFIT).strip()}"
            )
            findings.append(Finding("wrong-shape", name, says, f"{name} is {wanted} there", where=name))
    return findings


def _overflows(
    path: str,
    tried: Sequence[Trial],
    answers: Sequence[Answers],
    reports: Mapping[int, Report],
    batched: bool,
    mapping: Mapping[str, str],
) -> list[Finding]:
    """What large logits and large pre-activations do to the results."""
    wrong_before = {one.name for report in reports.values() for one in report.compared if one.verdict != RIGHT}
    first = next(iter(reports.values()))
    keys = {one.name: one.key for one in first.compared if one.name not in wrong_before}
    sound = all(one.passed and not one.caveat for one in reports.values())
    findings = []
    for k, trial in enumerate(tried):
        if trial.sizes.purpose not in (LOGITS, GATES):
            continue
        right = compute(_plan(trial, batched))
        arrays = {
            name: answers[k].arrays[name]
            for name, key in keys.items()
            if name in answers[k].arrays and key in right and np.isfinite(right[key]).all()
        }
        wrong = [name for name, array in arrays.items() if not np.isfinite(array).all()]
        became = "no number (NaN or inf)" if wrong else "wrong"
        if sound and arrays and not wrong:
            report = _judged(path, trial, arrays, batched, mapping, FAR)
            wrong = [one.name for one in report.compared if one.verdict != RIGHT]
        if wrong and all(np.isfinite(answers[0].arrays[name]).all() for name in wrong):
            findings.append(behaviour.unstable(wrong, trial.sizes.purpose, became))
    return findings


def _whole(
    path: str, report: Report, findings: Sequence[Finding], said: Sequence[str], left: Mapping[str, str], ran: Ran
) -> Report:
    """The report with all that was found beside the numbers."""
    caveat = report.caveat or _unchecked(report, ran)
    return replace(
        report,
        source=shown(path),
        not_compared=(*report.not_compared, *left.items()),
        behaviour=tuple(findings),
        said=(*report.said, *said, *filter(None, [caveat])),
        caveat=caveat,
        prints=ran.prints,
    )
