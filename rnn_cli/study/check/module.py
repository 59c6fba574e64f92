"""Somebody's torch.nn.Module held against a cell, from a file or as it stands in Python."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.reading import matched, shown
from rnn_cli.study.check.behaviour import raised, stopped
from rnn_cli.study.check.modules.judge import cell_of, check_observed, task_for
from rnn_cli.study.check.modules.observe import Observed, observe, state_of
from rnn_cli.study.check.modules.weights import read_weights
from rnn_cli.study.check.process import Ran, run_apart
from rnn_cli.study.check.report import Report
from rnn_cli.study.check.source import read_program

CHILD = "rnn_cli.study.check.modules.child"
TIMEOUT = 60.0
"""Seconds: importing PyTorch alone may take ten."""
MEMORY = 16 << 30


def check_module(
    path: str,
    name: str,
    cell: str,
    options: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    seed: int = 0,
    timeout: float = TIMEOUT,
    mapping: Mapping[str, str] | None = None,
) -> Report:
    """Make the module of that name in a process of its own, run it on random sequences, and judge its numbers and gradients.

    mapping   a parameter's name -> what it is: W_xi, b_f, W_x of all gates, or none

    InputError where there is no such module, it cannot be made or called, or a parameter is not understood.
    """
    cell, source = matched(cell, CELLS), f"{shown(path)}:{name}"
    names = dict(mapping or {})
    job = {
        "path": str(Path(path).resolve()),
        "source": read_program(path),
        "shown": source,
        "name": name,
        "functions": {},
        "networks": [],
        "states": [],
        "parameters": [],
        "cell": cell,
        "options": dict(options or {}),
        "names": names,
        "seed": seed,
    }
    ran = run_apart(CHILD, job, {}, timeout, MEMORY)
    observed = _observed(source, path, ran)
    made = cell_of(cell, options or {})
    task = task_for(read_weights(source, observed.state, made, names), made, seed)
    return replace(check_observed(source, observed, task, made, names, tolerance), prints=ran.prints)


def check_torch(
    module: Any,
    cell: str,
    options: Mapping[str, str],
    sequences: Sequence[Array],
    names: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    seed: int = 0,
) -> Report:
    """The same of a module that is there, on given sequences (T, I) of one length. The module itself is not changed."""
    source, made = type(module).__name__, cell_of(cell, options)
    if not callable(getattr(module, "named_parameters", None)):
        raise InputError(f"module: {source} is no torch.nn.Module")
    weights = read_weights(source, state_of(module), made, names or {})
    if len({len(one) for one in sequences}) != 1:
        raise InputError("module: the sequences differ in length, and a module gets one batch of them: give them apart")
    x = np.stack(sequences, axis=1)
    if x.shape[2] != weights.input_size:
        raise InputError(
            f"module: {source} reads vectors of {weights.input_size} numbers, and x has {x.shape[2]} at each step"
        )
    task = task_for(weights, made, seed, x)
    try:
        observed = observe(module, task, made.states)
    except InputError as error:
        raise InputError(f"module: {error}") from error
    return check_observed(source, observed, task, made, names or {}, tolerance)


def _observed(source: str, path: str, ran: Ran) -> Observed:
    """What came back. InputError where nothing did."""
    last: Mapping[str, Any] = {}
    for said, arrays in ran.records:
        last = said
        if said["kind"] == "refused":
            raise InputError(said["text"])
        if said["kind"] == "raised" and said["error"] == "ModuleNotFoundError" and "'torch'" in said["text"]:
            raise InputError(f"{source}: it needs PyTorch: pip install torch")
        if said["kind"] == "raised":
            finding = raised({**said, "network": None}, lambda *_: "")
            raise InputError(
                f"{source}: it {finding.says.replace('while it is loaded', 'while it is made or called')}\n{finding.fix}"
            )
        if said["kind"] == "module":

            def part(kind: str, arrays: Mapping[str, Array] = arrays) -> dict[str, Array]:
                return {key.removeprefix(kind): array for key, array in arrays.items() if key.startswith(kind)}

            rest = {name: said[name] for name in ("single", "started", "detached", "again", "said")}
            return Observed(said["is"], part("state/"), part("result/"), part("gradient/"), arrays["dx"], **rest)
    finding = stopped(ran.ended, last, ran.where, str(Path(path).resolve()), lambda *_: "")
    raise InputError(f"{source}: it {finding.says}")
