"""What is wrong with how a program behaves, whatever its numbers: it changes what it is given, remembers, draws, overflows.

A finding here is an observation, never a guess: each was seen in calls that differ in one thing alone.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rnn_cli.core.cells.base import Cell
from rnn_cli.core.referee.mutants import line_of
from rnn_cli.study.check.report import Finding

Said = Mapping[str, Any]
"""A record of the process that ran the program."""

MOST_NAMES = 4


def some(names: Sequence[str]) -> str:
    """Names for a sentence."""
    names = list(dict.fromkeys(names))
    return ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def place_of(said: Said) -> str:
    """file:line of the program, for the end of a sentence; "" where it is not known."""
    return f"{Path(said['file']).name}:{said['line']}" if said.get("file") else ""


def call_of(said: Said, shapes: Callable[[str, int], str]) -> str:
    """The call that a record is of: "backward(params, X (5, 3), …)"; or that the program was loaded."""
    if said.get("network") is None:
        return "while it is loaded"
    return f"in {said['function']}({shapes(said['function'], said['network'])})"


def raised(said: Said, shapes: Callable[[str, int], str], cell: Cell | None = None) -> Finding:
    """A call that ended with an exception."""
    at, text = place_of(said), said["text"]
    if said["blank"]:
        says = f"is not finished: {text or said['in']}" + (f" ({at})" if at else "")
        name = text.partition(" ")[0].strip(",:")
        names = (name, f"{name}_t", *(["da_t"] if name.startswith("da_") else []))
        line = "" if cell is None else line_of(cell, *names)
        return Finding("blank", "", says, line or "the expression that belongs there", where=said["function"])
    if said["error"] == "SystemExit":
        says = f"ends itself with sys.exit() {call_of(said, shapes)}" + (f" ({at})" if at else "")
        return Finding(
            "raises", "", says, "return the results, and leave the end to whoever calls", where=said["function"]
        )
    what = f"{said['error']}: {text}" if text else said["error"]
    says = f"raises {what} {call_of(said, shapes)}" + (f" at {at}" if at else "")
    return Finding(
        "raises",
        "",
        says,
        f"look at {'the line ' * bool(at)}{said.get('code') or at or 'what it returns: arrays by name'}",
        where=said["function"],
    )


def stopped(
    ended: str, last: Said, where: Sequence[tuple[str, int, str]], path: str, shapes: Callable[[str, int], str]
) -> Finding:
    """A process that did not come to its end; `last` is the call that it was in."""
    own = [one for one in where if one[0] == path]
    within = f", in {own[0][2]}" if own and own[0][2] != "<module>" else ""
    at = f" at {Path(path).name}:{own[0][1]}{within}" if own else ""
    late = ended.startswith("did not end")
    fix = "look for a loop without an end there; --timeout gives a slow program longer"
    fix = fix if late else "forward and backward return their results: nothing that they call may end the program"
    name = "too-slow" if late else "raises"
    return Finding(name, "", f"{ended} {call_of(last, shapes)}{at}", fix, where=str(last.get("function", "")))


def argument_changed(names: Sequence[str], function: str) -> Finding:
    """Arguments that a call left with other numbers."""
    fix = f"work on a copy: {names[0].partition('[')[0] if len(names) > 1 else names[0]}.copy()"
    if all(name.startswith("params") for name in names):
        fix = f"leave the weights alone: update them where backward is called, or a copy: {names[0]}.copy()"
    return Finding(
        "argument-changed",
        "",
        f"changes its {'arguments' if len(names) > 1 else 'argument'} {some(names)} in place in {function}",
        fix,
        where=names[0],
    )


def repeated(name: str, function: str) -> Finding:
    """A list of states that is one array many times."""
    says = f"puts the same array into the list {name} at every step in {function}, so that each shows the last one"
    return Finding(
        "shared-buffer", name, says, f"{name}.append(array.copy()), or compute a new array at each step", where=name
    )


def differs(said: Said) -> Finding:
    """Results that are not the same when the same is asked again."""
    names, what = [name for _, name in said["arrays"]], said["what"]
    functions = list(dict.fromkeys(function for function, _ in said["arrays"]))
    of = f"{some(names)} of {' and '.join(functions)}" if functions else ""
    noise = "starts the sums of a gradient from noise: {} {} what {} plus numbers that do not depend on the data"
    zero = "start every sum from np.zeros_like(weight), at the beginning of backward"
    if what == "again" and said["added"]:
        says = f"adds the results of one call to those of the call before it: a second call on the same arguments doubles {of}"
        return Finding("not-zeroed", "", says, zero, where=names[0])
    if what in ("again", "after"):
        when = (
            "a second call on the same arguments"
            if what == "again"
            else "a call on the same arguments after another one"
        )
        says = f"keeps something from one call for the next: {when} gives another {of}"
        return Finding(
            "state-kept",
            "",
            says,
            "set what forward and backward remember anew at the start of each call",
            where=names[0],
        )
    if what == "shared":
        says = "hands out arrays that a later call writes over: the results of an earlier call change with it"
        return Finding("shared-buffer", "", says, "return copies, or make the arrays anew in each call", where="")
    if what == "unfilled":
        says = f"reads memory that it never filled: {of} depend on what np.empty happened to find"
        return Finding(
            "not-zeroed",
            "",
            says,
            "np.zeros where a sum starts, and np.empty only where every number is set",
            where=names[0],
        )
    if what == "drawn" and said["added"] and functions == ["backward"]:
        verb = "is" if len(names) == 1 else "are"
        it = "it should be" if len(names) == 1 else "they should be"
        return Finding("not-zeroed", "", noise.format(of, verb, it), zero, where=names[0])
    says = f"gives another {of} when the same is asked again" + " with other random numbers" * (what == "drawn")
    return Finding(
        "not-deterministic",
        "",
        says,
        "draw nothing in forward and backward: all that is random comes in as arguments",
        where=names[0],
    )


def unstable(names: Sequence[str], purpose: str, became: str) -> Finding:
    """Numbers that an overflow spoilt; `became` says how, for the end of a sentence."""
    what = f"{some(names)} {'is' if len(set(names)) == 1 else 'are'} {became}" if names else became
    if purpose == "logits":
        says = f"computes e^y of large logits: with logits near 1000 {what}"
        fix = "e = np.exp(y - y.max()); e / e.sum()"
        return Finding("unstable-softmax", next(iter(names), ""), says, fix, where="softmax")
    says = f"computes e^a of large numbers: with pre-activations near 1000 and -1000 {what}"
    fix = "np.tanh(a) as NumPy has it, and sigmoid(a) = (1 + np.tanh(a / 2)) / 2"
    return Finding("unstable-exp", next(iter(names), ""), says, fix, where=next(iter(names), ""))
