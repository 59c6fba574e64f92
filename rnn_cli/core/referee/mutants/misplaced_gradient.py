"""wrong-gate, in the gradients: a parameter gets what the error of another gate gives, by copy and paste."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from rnn_cli.core.cells.records import Contribution
from rnn_cli.core.referee.mutants import Mutant, gate_of, renamed
from rnn_cli.core.referee.plan import Change, Key, Numbers, Plan

READS = {"W_x": " ⊗ x_t", "W_h": " ⊗ h_{t-1}", "b_": "", "p_o": " * c_t", "p_": " * c_{t-1}"}


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each parameter and each other gate, and of all parameters of a gate; in place of its own, or added to another's."""
    cell = plan.network.cell
    for gate in cell.gates:
        for other in cell.gates:
            pairs = [
                (own, own[: -len(gate)].replace("b_h", "b_") + other)
                for own in cell.parameters
                if gate != other and gate_of(cell, own) == gate
            ]
            pairs = [(own, source) for own, source in pairs if source in cell.parameters]
            taken = [_taken(plan, own, source) for own, source in pairs]
            plain = [pair for pair in pairs if not pair[0].startswith("p_")]
            groups = [pairs] * (len(pairs) > 1) + [plain] * (plain != pairs) + [[pair] for pair in pairs]
            for some in groups:
                said = f"{'all gradients' if some == pairs else 'the gradients of W and b'} of {gate}_t"
                said = said if len(some) > 1 else f"d{some[0][0]}"
                chosen = [change for pair, change in zip(pairs, taken, strict=True) if pair in some]
                yield Mutant(
                    f"computes {said} with da_{other}, where da_{gate} belongs",
                    _line(some[0][0], gate),
                    _together(chosen),
                    gate,
                )
            for own, source in pairs:
                yield Mutant(
                    f"adds to d{source} what belongs to d{own}, which gets nothing",
                    _line(own, gate),
                    Change(afterwards=partial(_added, name=own, source=source)),
                    gate,
                )


def _line(own: str, gate: str) -> str:
    reads = next(text for kind, text in READS.items() if own.startswith(kind))
    return f"d{own} += da_{gate}{reads}"


def _taken(plan: Plan, own: str, source: str) -> dict[str, Any]:
    """What the other gate's error gives. The reset gate stays where it stands: it is no part of the gate's error."""
    cell = plan.network.cell
    if "reset" in cell.options and {"W_hn", "b_hn"} & {own, source}:
        other = gate_of(cell, source)
        inside = own in ("W_hn", "b_hn") and getattr(cell, "reset", "after") == "after"
        return {"contributions": {own: partial(_of_error, gate=other, reset=inside)}}
    return {"names": {f"d{own}": f"d{source}"}}


def _together(chosen: list[dict[str, Any]]) -> Change:
    names = {own: source for one in chosen for own, source in one.get("names", {}).items()}
    contributions = {own: made for one in chosen for own, made in one.get("contributions", {}).items()}
    return Change(
        back={"contributions": contributions} if contributions else {},
        afterwards=partial(renamed, names=names) if names else None,
    )


def _of_error(numbers: SimpleNamespace, one: Contribution, gate: str, reset: bool) -> Contribution:
    left = getattr(numbers, f"da_{gate}")
    return replace(one, left=numbers.r * left if reset else left)


def _added(numbers: Numbers, name: str, source: str) -> Numbers:
    """All of one gradient, in that of another."""
    made = dict(numbers)
    for key, array in numbers.items():
        if key.name == f"d{name}":
            other = Key(f"d{source}", key.layer, key.direction)
            made[other], made[key] = numbers[other] + array, 0 * array
    return made
