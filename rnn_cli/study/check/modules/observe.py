"""A module runs: its states on sequences, and the gradients that autograd takes of a loss behind them.

The loss is the sum of the cross-entropies of a readout of our own of h_t, so that every gradient goes back through time. Only
this file knows PyTorch, and it is the person's: whoever has a module has loaded it, and nothing here imports it.
"""

import copy
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError

PROBE = 5, 3
"""Steps and sequences of the inputs on which it is found out how a module is called."""
CELL, SEQUENCE = "cell", "sequence"
ALONE = "called as forward(x)"
MISSING = "no torch.nn.Module: nothing here imports torch, which pip install torch brings"


@dataclass(frozen=True)
class Task:
    """What a module is run on: x (T, B, I), the initial states by name (B, H), the readout, and targets (T, B)."""

    x: Array
    initial: Mapping[str, Array]
    readout: Mapping[str, Array]
    targets: Array


@dataclass(eq=False)
class Observed:
    """What came of it. Arrays by names of ours: h, c (T, B, H) of a cell; output, h_n, c_n of a module of sequences.

    state, gradients   by the names of its parameters; single: whether it computes in float32 alone
    started            whether it was given its initial states; else it begins at 0
    detached           whether its results know nothing of its parameters, so that there are no gradients
    again              the arrays that a second run on the same gave otherwise
    """

    kind: str
    state: dict[str, Array]
    results: dict[str, Array]
    gradients: dict[str, Array]
    dx: Array
    single: bool = False
    started: bool = True
    detached: bool = False
    again: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def loaded_torch() -> Any:
    """The PyTorch that a module was made with, which is loaded where there is one. InputError where none is."""
    torch = sys.modules.get("torch")
    if torch is None:
        raise InputError(MISSING)
    return torch


def state_of(module: Any) -> dict[str, Array]:
    """The parameters of a module, as doubles. A buffer is no weight."""
    return {name: one.detach().cpu().double().numpy().copy() for name, one in module.named_parameters()}


def observe(module: Any, task: Task, states: Sequence[str]) -> Observed:
    """Run a copy of a module. InputError where it cannot be called, or returns what cannot be read."""
    torch = loaded_torch()
    module = copy.deepcopy(module).eval()  # no dropout, and nothing of the person's changes
    before = torch.get_default_dtype()
    torch.manual_seed(0)
    try:
        for dtype in (torch.float64, torch.float32):
            torch.set_default_dtype(dtype)  # of what the module makes itself, as zeros for h_0
            try:
                found = _observed(torch, module.to(dtype), task, states, dtype)
            except RuntimeError as error:
                if dtype == torch.float64 and "dtype" in str(error):
                    continue
                raise
            found.single = dtype == torch.float32
            return found
    finally:
        torch.set_default_dtype(before)
    raise AssertionError


def _observed(torch: Any, module: Any, task: Task, states: Sequence[str], dtype: Any) -> Observed:
    state = state_of(module)
    for parameter in module.parameters():
        parameter.requires_grad_(True)
    way, kind, said = _way(
        torch, copy.deepcopy(module), task, states, dtype
    )  # a module may keep what a call leaves behind
    run = way(module)
    x = torch.tensor(task.x, dtype=dtype, requires_grad=True)
    results = run(x)
    h = results["h" if kind == CELL else "output"]
    W, b = (torch.tensor(task.readout[name], dtype=dtype) for name in ("W_hy", "b_y"))
    logits = h @ W.T + b
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, len(b)), torch.tensor(task.targets).reshape(-1), reduction="sum"
    )
    if loss.requires_grad:
        loss.backward()
    gradients = {
        name: np.zeros(one.shape) if one.grad is None else one.grad.double().numpy().copy()
        for name, one in module.named_parameters()
    }
    dx = np.zeros(task.x.shape) if x.grad is None else x.grad.double().numpy().copy()
    arrays = {name: one.detach().double().numpy().copy() for name, one in results.items()}
    second = {name: one.detach().double().numpy() for name, one in run(x).items()}
    again = [name for name, array in arrays.items() if not np.array_equal(array, second[name], equal_nan=True)]
    return Observed(
        kind,
        state,
        arrays,
        gradients,
        dx,
        started=said[0] != ALONE,
        detached=not loss.requires_grad,
        again=again,
        said=said,
    )


Run = Callable[[Any], dict[str, Any]]
Call = Callable[[Any, Any, Any], Any]
"""(module, x, the states) -> what the module returns."""


def _way(
    torch: Any, module: Any, task: Task, states: Sequence[str], dtype: Any
) -> tuple[Callable[[Any], Run], str, list[str]]:
    """How such a module is called: module -> (x -> results by name); what it is; and what was decided."""
    T, B = PROBE  # a sequence of one step, or one alone, would not show along which axis time runs
    probe = np.random.default_rng(0)
    width, size = task.readout["W_hy"].shape[1], next(iter(task.initial.values())).shape[1]
    start = {name: torch.tensor(probe.normal(size=(B, size)), dtype=dtype) for name in states}
    given = {name: torch.tensor(array, dtype=dtype) for name, array in task.initial.items()}
    needed, most = _arguments(module)
    failed: list[str] = []

    def tried(call: Callable[..., Any], x: Any, states: Any) -> Any:
        try:
            with torch.no_grad():
                return call(x, states)
        except Exception as error:  # whatever somebody's code raises, another call may be the one it takes
            failed.append(f"{type(error).__name__}: {error}")
            return None

    x = torch.tensor(probe.normal(size=(T, B, task.x.shape[2])), dtype=dtype)
    for words, called in _calls(states, needed, most):
        call = partial(called, module)
        for batch_first in (False, True):
            turned = x.transpose(0, 1) if batch_first else x
            whole = tried(call, turned, start)
            output = _output(torch, whole, (B, T, width) if batch_first else (T, B, width))
            if output is None or not _depends(torch, tried, call, turned, start, output, 1 if batch_first else 0):
                continue
            axes = (*task.x.shape[:2], width)
            run: Callable[[Any], Run] = partial(_sequence_run, torch, called, given, batch_first, states, axes)
            return run, SEQUENCE, [words, *_axes(batch_first)]
        if words == ALONE:
            continue
        one = tried(call, x[0], start)
        if one is not None and _states_of(torch, one, states, start) is not None:
            return partial(_cell_run, torch, called, given, states), CELL, [words]
    why = f": {failed[0].splitlines()[0][:200]}" if failed else ", and what it returned holds no output (T, B, H)"
    raise InputError(
        f"{type(module).__name__} can be called neither as a cell, forward(x, {', '.join(states)}), nor on a sequence, "
        f"forward(x) -> output, h_n{why}"
    )


def _arguments(module: Any) -> tuple[int, int]:
    """How many arguments forward needs, and how many it takes."""
    parameters = [
        one
        for one in inspect.signature(module.forward).parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    return sum(one.default is one.empty for one in parameters), len(parameters)


def _calls(states: Sequence[str], needed: int, most: int) -> list[tuple[str, Call]]:
    """The ways in which it may be called, the likelier first, each in words."""
    h, rest = states[0], states[1:]
    calls: list[tuple[str, Call]] = []
    if needed <= 1:  # first of all: a state that may be left out may be left aside too
        calls.append((ALONE, lambda m, x, s: m(x)))
    if most >= 2 and not rest:
        calls.append((f"called as forward(x, {h})", lambda m, x, s: m(x, s[h])))
        calls.append((f"called as forward({h}, x)", lambda m, x, s: m(s[h], x)))
        calls.append((f"called as forward(x, {h}_0), (1, B, H)", lambda m, x, s: m(x, s[h][None])))
    elif most >= 2:
        names = ", ".join(states)
        calls.append((f"called as forward(x, ({names}))", lambda m, x, s: m(x, tuple(s[name] for name in states))))
        calls.append((f"called as forward(x, {names})", lambda m, x, s: m(x, *(s[name] for name in states))))
        calls.append(
            (
                f"called as forward(x, ({names})), (1, B, H) each",
                lambda m, x, s: m(x, tuple(s[n][None] for n in states)),
            )
        )
    return calls


def _axes(batch_first: bool) -> list[str]:
    return ["it takes (B, T, I): the batch comes first"] if batch_first else []


def _tensors(torch: Any, value: Any) -> list[Any]:
    """The tensors in a result, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    return [tensor for part in parts for tensor in _tensors(torch, part)]


def _output(torch: Any, whole: Any, axes: tuple[int, ...]) -> Any:
    """The tensor with a state for each step of each sequence; None where there is none."""
    if isinstance(whole, list) and whole and all(isinstance(one, torch.Tensor) for one in whole):
        whole = torch.stack(whole)
    return next((one for one in _tensors(torch, whole) if tuple(one.shape) == axes), None)


def _depends(torch: Any, tried: Any, call: Any, x: Any, start: Any, output: Any, axis: int) -> bool:
    """Whether time runs along an axis: what stands first in it reaches what comes later, or the other way round."""
    moved = x.clone()
    moved.select(axis, 0)[...] += 0.5
    second = _output(torch, tried(call, moved, start), tuple(output.shape))
    ahead = second is not None and bool((second.select(axis, -1) != output.select(axis, -1)).any())
    moved = x.clone()
    moved.select(1 - axis, 0)[...] += 0.5
    third = _output(torch, tried(call, moved, start), tuple(output.shape))
    across = third is not None and bool((third.select(1 - axis, -1) != output.select(1 - axis, -1)).any())
    return ahead and (not across or axis == 0)


def _states_of(torch: Any, one: Any, states: Sequence[str], start: Mapping[str, Any]) -> Any:
    """The states after a step, in order; None where the result does not hold them."""
    shape = next(iter(start.values())).shape
    found = [tensor for tensor in _tensors(torch, one) if tensor.shape == shape]
    return found[-len(states) :] if len(found) >= len(states) else None


def _cell_run(torch: Any, call: Call, start: Mapping[str, Any], states: Sequence[str], module: Any) -> Run:
    def run(x: Any) -> dict[str, Any]:
        state, kept = dict(start), []
        for x_t in x:
            state = dict(zip(states, _states_of(torch, call(module, x_t, state), states, start), strict=True))
            kept.append(state)
        return {name: torch.stack([one[name] for one in kept]) for name in states}

    return run


def _sequence_run(
    torch: Any,
    call: Call,
    start: Mapping[str, Any],
    batch_first: bool,
    states: Sequence[str],
    axes: tuple[int, int, int],
    module: Any,
) -> Run:
    def run(x: Any) -> dict[str, Any]:
        whole = call(module, x.transpose(0, 1) if batch_first else x, start)
        output = _output(torch, whole, (axes[1], axes[0], axes[2]) if batch_first else axes)
        ends = [
            one
            for one in _tensors(torch, whole)
            if one is not output and one.shape[-2] == axes[1] and one.ndim in (2, 3)
        ]
        found = {"output": output.transpose(0, 1) if batch_first else output}
        for name, one in zip(states, ends, strict=False):
            found[f"{name}_n"] = one
        return found

    return run
