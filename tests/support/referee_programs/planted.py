"""Every mistake that can be planted in a program, by the name that the referee should give it.

A mistake is (name, what is planted, whether the backward pass fits it). Which there are depends on the cell and the network.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.support.referee_programs.forward import GATES, SQUASH, STATES


@dataclass(frozen=True)
class Planted:
    """A mistake in a program: its name, what Program.run is given, and whether the way back fits."""

    name: str
    what: dict[str, str]
    fits: bool


def forward_mistakes(
    kind: str, square: bool, layers: int, both: bool, many: bool, batch: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """Mistakes of the forward pass and of the loss."""
    gates, squash = GATES[kind], SQUASH[kind]
    recurrent = kind != "mingru"
    for gate in [*gates, "all"] if len(gates) > 1 else gates:
        yield "no-bias", {"no-bias": gate}
        yield "double-bias", {"double-bias": gate}
        if recurrent:
            yield "no-recurrence", {"no-recurrence": gate}
            yield "transposed", {"transposed": "h" + gate.replace("all", "")}
        if square:
            yield "transposed", {"transposed": "x" + gate.replace("all", "")}
    yield "no-bias", {"no-bias": "y"}
    yield "double-bias", {"double-bias": "y"}
    yield "no-recurrence", {"no-recurrence": "state"}
    if len(gates) > 1:
        orders = {"ifgo": ("igfo", "iofg", "ifog"), "rzn": ("zrn", "nzr"), "zn": ("nz",), "ifzo": ("izfo", "fizo")}
        for order in orders["".join(gates)]:
            yield "gate-order", {"gate-order": order}
        for one, other in zip(gates, gates[1:] + gates[:1], strict=True):
            yield "wrong-gate", {"wrong-gate": f"W_x{one} {other}"}
            yield "wrong-gate", {"wrong-gate": f"b_{one} {other}"}
            if recurrent:
                yield "wrong-gate", {"wrong-gate": f"W_h{one} {other}"}
    if square and recurrent and not (layers > 1 and both):
        yield "swapped-weights", {"swapped-weights": "yes"}
    if "f" in gates:
        yield "forget-bias-added", {"forget-bias-added": "1"}
    if kind.startswith("gru"):
        yield "reset-side", {"reset-side": "yes"}
    if kind.startswith("gru") or kind == "mingru":
        yield "update-flipped", {"update-flipped": "yes"}
    if "sigmoid" in squash.values():
        yield "hard-sigmoid", {"hard-sigmoid": "5"}
        yield "hard-sigmoid", {"hard-sigmoid": "6"}
    for gate, own in squash.items():
        for other in ("sigmoid", "tanh", "relu", "identity"):
            if other != own:
                yield "wrong-activation", {"wrong-activation": f"{gate} {other}"}
        if own == "tanh":
            yield "tanh-twice", {"tanh-twice": gate}
    if kind in ("lstm", "peephole"):
        yield "no-tanh-of-c", {"no-tanh-of-c": "yes"}
        yield "tanh-twice", {"tanh-twice": "h"}
        yield "tanh-twice", {"tanh-twice": "c"}
        yield "swapped-states", {"swapped-states": "yes"}
        yield "wrong-gate", {"coupled": "yes"}
    for gate in [g for g in gates if squash[g] == "sigmoid" and g != "z"]:
        yield "gate-unused", {"gate-unused": gate}
    for state in [*STATES[kind], "all"]:
        yield "no-initial-state", {"no-initial-state": state}
    if batch > 1:
        yield "state-kept", {"state-kept": "yes"}
        yield "axes-swapped", {"axes-swapped": "yes"}
        yield "padding-read", {"padding-read": "yes"}
        yield "wrong-axis", {"wrong-axis": "softmax"}
    if both:
        yield "direction-not-reversed", {"direction-not-reversed": "forward"}
        yield "direction-not-reversed", {"direction-not-reversed": "not put back"}
        if not many:
            yield "direction-not-reversed", {"direction-not-reversed": "last output"}
        yield "wrong-layer", {"wrong-layer": "direction"}
    if layers > 1:
        yield "wrong-layer", {"wrong-layer": "last step"}
        if square and not both:
            yield "wrong-layer", {"wrong-layer": "weights"}
    yield "off-by-one", {"off-by-one": "shown"}
    if many:
        yield "off-by-one", {"readout-off": "yes"}
        yield "not-shifted", {"not-shifted": "yes"}
    for gate, own in squash.items():
        if own != "identity" and gate not in STATES[kind]:
            yield "pre-activation", {"pre-activation-shown": gate}
    yield "softmax-twice", {"softmax-twice": "shown"}
    yield "softmax-twice", {"softmax-twice": "in the loss"}
    for what in ("steps", "sequences"):
        if (what == "steps" and many) or (what == "sequences" and batch > 1):
            yield "mean-for-sum", {"mean-loss": what}
            yield "mean-for-sum", {"mean-gradients": what}
    for base in ("2", "10"):
        yield "wrong-logarithm", {"logarithm": base}
    for what in ("both", "loss", "gradient") if many else ():
        yield "last-step-only", {"last-step": what}
        for step in ("first", "last"):
            yield "step-left-out", {"left-out": f"{step} {what}"}
    for how in ("p", "slope", "missing"):
        yield "softmax-derivative", {"softmax-derivative": how}
    yield "negated", {"softmax-derivative": "negated"}


def backward_mistakes(
    kind: str, square: bool, layers: int, both: bool, many: bool, batch: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """Mistakes of a backward pass by hand."""
    gates, squash = GATES[kind], SQUASH[kind]
    recurrent = [g for g in gates if kind != "mingru"]
    several = ["all"] if len(gates) > 1 else []
    yield "future-dropped", {"future-dropped": "all"}
    if many:
        yield "last-step-only", {"last-error-alone": "yes"}
        yield "off-by-one", {"off-by-one": "readout"}
        yield "direction-not-reversed", {"onward": "yes"}
        for which in ("first", "last"):
            yield "step-left-out", {"sums-without": which}
    for state in STATES[kind] if kind in ("lstm", "peephole") else ("h",):
        yield "not-zeroed", {"piles-up": state}
        yield "not-zeroed", {"piles": state}
    if layers > 1:
        yield "future-dropped", {"error-from-above-dropped": "yes"}
    if len(STATES[kind]) > 1:
        yield "future-dropped", {"future-dropped": "h"}
        for state in STATES[kind][1:]:
            yield "dc-dropped", {"dc-dropped": f"future {state}"}
    if kind in ("lstm", "peephole"):
        yield "dc-dropped", {"dc-dropped": "through h"}
        yield "derivative-missing", {"derivative-missing": "tanh_c"}
        yield "derivative-of-value", {"derivative-of-value": "c"}
        yield "no-tanh-of-c", {"no-tanh-of-c-back": "yes"}
        yield "wrong-gate", {"wrong-gate-back": "c bare"}
        if kind == "lstm":
            yield "gate-order", {"errors-exchanged": "i f"}
            yield "gate-order", {"errors-exchanged": "g o"}
        yield "off-by-one", {"off-by-one": "c"}
        yield "wrong-gate", {"wrong-gate-back": "i"}
        yield "wrong-gate", {"wrong-gate-back": "f"}
        for slip in ("o bare", "i dh", "f dh", "g dh", "g 1-f", *(("o dc", "o dc tanh") if kind == "lstm" else ())):
            yield "wrong-gate", {"wrong-gate-back": slip}
        yield "wrong-derivative", {"wrong-derivative": "tanh_c 1-y"}
    for gate in [g for g in gates if squash[g] != "identity"] + several:
        yield "derivative-missing", {"derivative-missing": gate}
        if squash.get(gate, "tanh") in ("tanh", "sigmoid"):
            yield "derivative-of-value", {"derivative-of-value": gate}
            yield "pre-activation", {"pre-activation": gate}
        for step in ("last", "next", "previous"):
            yield "derivative-of-wrong-step", {"derivative-of-wrong-step": f"{gate} {step}"}
        if squash.get(gate) == "tanh":
            yield "derivative-of-value", {"derivative-of-value": f"{gate} inverse"}
        for formula in {"tanh": ("1-y", "(1-y)^2"), "sigmoid": ("1-y", "y")}.get(squash.get(gate, ""), ()):
            yield "wrong-derivative", {"wrong-derivative": f"{gate} {formula}"}
    if len(gates) > 1:
        yield "wrong-derivative", {"wrong-derivative": "sigmoid 1-y"}
    for gate, other in zip(gates, gates[1:] + gates[:1], strict=True):
        if gate != other:
            yield "wrong-gate", {"misplaced": f"{gate} {other}"}
            for name in [f"b_{gate}", f"W_x{gate}", *([f"W_h{gate}"] if recurrent else [])]:
                yield "wrong-gate", {"misplaced": f"{name} {other}"}
                yield "wrong-gate", {"misplaced": f"{name} {other} added"}
    for gate in recurrent:
        yield "transposed", {"transposed-back": "h" + gate}
        if several:
            yield "gate-unused", {"dropped-back": f"W_h{gate}"}
            yield "gate-unused", {"dropped-back": f"W_x{gate}"}
    if recurrent:
        yield "transposed", {"transposed-back": "h"}
        yield "off-by-one", {"off-by-one": "weights"}
    if square:
        yield "transposed", {"transposed-back": "x"}
    yield "overwritten", {"overwritten": "last"}
    yield "overwritten", {"overwritten": "first"}
    if kind.startswith("gru"):
        for where in ("n", "z", "direct"):
            yield "wrong-gate", {"wrong-gate-back": where}
        yield "wrong-gate", {"direct-dropped": "yes"}
        yield "off-by-one", {"off-by-one": "z"}
        yield "reset-side", {"reset-forgotten": "both"}
        yield "reset-side", {"reset-forgotten": "weights"}
        for where in ("bias", "weights and bias", "all") if kind.endswith("after") else ():
            yield "reset-side", {"reset-forgotten": where}
        if kind.endswith("before"):
            yield "reset-side", {"reset-forgotten": "path"}
    if kind == "mingru":
        yield "wrong-gate", {"wrong-gate-back": "n"}
        yield "wrong-gate", {"wrong-gate-back": "direct"}
    yield "clipped", {"clipped": "value 0.05"}
    yield "clipped", {"clipped": "norm 0.25"}
    yield "clipped", {"clipped-each": "0.05"}
    yield "scaled", {"scaled-one": "0.375"}
    yield "clipped-inside", {"clipped-inside": "0.1"}
    yield "not-zeroed", {"not-zeroed": "yes"}
    yield "scaled", {"scaled": str(1 / 7)}
    yield "scaled", {"scaled-errors": "0.3"}
    yield "not-filled", {"not-filled": "dW_h" if recurrent else "dW_x"}
    yield "not-filled", {"not-filled": "db_"}
    if batch > 1:
        yield "mean-for-sum", {"mean-gradients": "biases"}


def planted(kind: str, square: bool, layers: int, both: bool, many: bool, batch: int) -> list[Planted]:
    """All mistakes of a network; those of the forward pass with a way back that fits and with the right equations'."""
    about = (kind, square, layers, both, many, batch)
    ahead = [Planted(name, what, fits) for name, what in forward_mistakes(*about) for fits in (True, False)]
    return [*ahead, *(Planted(name, what, False) for name, what in backward_mistakes(*about))]


def by_name(some: list[Planted], rng: np.random.Generator, each: int) -> list[Planted]:
    """So many forms of every mistake, drawn at random."""
    names = list(dict.fromkeys(one.name for one in some))
    chosen = []
    for name in names:
        own = [one for one in some if one.name == name]
        chosen += [own[k] for k in rng.permutation(len(own))[:each]]
    return chosen
