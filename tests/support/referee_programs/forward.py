"""One step of each cell, from the papers, on values of the tape. `m` holds the mistakes by name: m["no-bias"] = "f".

rnn       Elman 1990                     h = f(W_xh x + W_hh h' + b_h)
lstm      Hochreiter, Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000
peephole  Gers, Schmidhuber 2000         the output gate sees the new c
gru       Cho et al. 2014                reset before the product; cuDNN resets after it
mingru    Feng et al. 2024
slstm     Beck et al. 2024               exponential input gate, sigmoid forget gate, with the stabiliser
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tests.support.referee_programs.tape import V, apply, linear, maximum

Mistakes = Mapping[str, str]

GATES = {"rnn tanh": "h", "rnn relu": "h", "lstm": "ifgo", "peephole": "ifgo", "gru reset after": "rzn",
         "gru reset before": "rzn", "mingru": "zn", "slstm": "ifzo"}  # fmt: skip
SQUASH = {
    "rnn tanh": {"h": "tanh"}, "rnn relu": {"h": "relu"},
    "lstm": {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"},
    "peephole": {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"},
    "gru reset after": {"r": "sigmoid", "z": "sigmoid", "n": "tanh"},
    "gru reset before": {"r": "sigmoid", "z": "sigmoid", "n": "tanh"},
    "mingru": {"z": "sigmoid", "n": "identity"},
    "slstm": {"i": "identity", "f": "logsigmoid", "z": "tanh", "o": "sigmoid"},
}  # fmt: skip
STATES = {kind: {"lstm": "hc", "peephole": "hc", "slstm": "hcnm"}.get(kind, "h") for kind in GATES}


def sigmoid(a: np.ndarray) -> np.ndarray:
    """As everybody writes it."""
    y: np.ndarray = 1 / (1 + np.exp(-a))
    return y


FUNCTIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "sigmoid": (sigmoid, lambda a, y: y * (1 - y)),
    "tanh": (np.tanh, lambda a, y: 1 - y**2),
    "relu": (lambda a: a * (a > 0), lambda a, y: (a > 0) * 1.0),
    "identity": (lambda a: a + 0.0, lambda a, y: np.ones_like(a)),
    "logsigmoid": (lambda a: np.log(sigmoid(a)), lambda a, y: 1 - sigmoid(a)),
    "hard 5": (lambda a: np.clip(a / 5 + 0.5, 0, 1), lambda a, y: (np.abs(a) < 2.5) / 5),
    "hard 6": (lambda a: np.clip(a / 6 + 0.5, 0, 1), lambda a, y: (np.abs(a) < 3) / 6),
    "tanh tanh": (lambda a: np.tanh(np.tanh(a)), lambda a, y: (1 - y**2) * (1 - np.tanh(a) ** 2)),
}


def squash(kind: str, m: Mistakes, gate: str) -> str:
    """The name of a gate's function, with a mistake in it or without."""
    own = SQUASH[kind][gate]
    if own == "sigmoid" and "hard-sigmoid" in m:
        return "hard " + m["hard-sigmoid"]
    if own == "tanh" and m.get("tanh-twice") == gate:
        return "tanh tanh"
    if m.get("wrong-activation", "").startswith(gate + " "):
        return m["wrong-activation"].split()[1]
    return own


def weight(w: Mapping[str, V], m: Mistakes, kind: str, letters: str, gate: str) -> V:
    """W_x, W_h or b of a gate, of the wrong gate where that is the mistake."""
    if "gate-order" in m:
        gate = m["gate-order"][GATES[kind].index(gate)]
    if m.get("wrong-gate", "").startswith(f"{letters}{gate} "):
        gate = m["wrong-gate"].split()[1]
    return w[letters + gate]


def turned(W: V, yes: bool) -> V:
    """A matrix or its transpose."""
    return V(W.value.T, (W, lambda g: g.T)) if yes else W


def biases(m: Mistakes, gate: str) -> int:
    """How often a gate's bias is added."""
    return 0 if m.get("no-bias") in (gate, "all") else 2 if m.get("double-bias") in (gate, "all") else 1


def gate(
    kind: str, m: Mistakes, w: Mapping[str, V], name: str, x: V, h: V | None, more: V | None = None
) -> tuple[V, V]:
    """-> (a, f(a)) of one gate."""
    left, right = ("W_h", "W_x") if "swapped-weights" in m and h is not None else ("W_x", "W_h")
    a = linear(turned(weight(w, m, kind, left, name), m.get("transposed") in ("x" + name, "x")), x)
    if h is not None and m.get("no-recurrence") not in (name, "all"):
        a = a + linear(turned(weight(w, m, kind, right, name), m.get("transposed") in ("h" + name, "h")), h)
    if more is not None:
        a = a + more
    for _ in range(biases(m, name)):
        a = a + weight(w, m, kind, "b_", name)
    if name == "f" and "forget-bias-added" in m:
        a = a + V(np.array(float(m["forget-bias-added"])))
    f, slope = FUNCTIONS[squash(kind, m, name)]
    return a, apply(a, f, slope)


def tanh(a: V) -> V:
    return apply(a, *FUNCTIONS["tanh"])


def exp(a: V) -> V:
    return apply(a, np.exp, lambda a, y: y)


ONE = np.array(1.0)


def step(kind: str, m: Mistakes, w: Mapping[str, V], x: V, s: Mapping[str, V]) -> dict[str, V]:
    """Gates (i, …), their pre-activations (a_i, …) and the states after the step."""
    h = s["h"]
    made: dict[str, V] = {}

    def take(name: str, more: V | None = None, recurrent: V | None = h) -> V:
        made["a_" + name], made[name] = gate(kind, m, w, name, x, recurrent, more)
        return V(np.ones_like(made[name].value)) if m.get("gate-unused") == name else made[name]

    one = V(ONE)
    if kind.startswith("rnn"):
        take("h")
    elif kind in ("lstm", "peephole"):
        see = kind == "peephole"
        i = take("i", w["p_i"] * s["c"] if see else None)
        f = take("f", w["p_f"] * s["c"] if see else None)
        g = take("g")
        c = f * s["c"] + (one - f if "coupled" in m else i) * g
        if m.get("tanh-twice") == "c":
            c = tanh(c)
        o = take("o", w["p_o"] * c if see else None)
        made["c"] = c
        made["h"] = o * (c if "no-tanh-of-c" in m else tanh(c))
        if m.get("tanh-twice") == "h":
            made["h"] = tanh(made["h"])
    elif kind.startswith("gru"):
        before = kind.endswith("before") != ("reset-side" in m)
        r, z = take("r"), take("z")
        own, other = ("W_x", "W_h") if "swapped-weights" in m else ("W_h", "W_x")
        turn = m.get("transposed") in ("hn", "h")
        inner = linear(turned(weight(w, m, kind, own, "n"), turn), r * h if before else h)
        if m.get("no-recurrence") in ("n", "all"):
            inner = inner * V(np.array(0.0))
        if "b_hn" in w:
            inner = inner + w["b_hn"]
        a = linear(turned(weight(w, m, kind, other, "n"), m.get("transposed") in ("xn", "x")), x)
        a = a + (inner if before else r * inner)
        for _ in range(biases(m, "n")):
            a = a + weight(w, m, kind, "b_", "n")
        made["a_n"] = a
        n = made["n"] = apply(a, *FUNCTIONS[squash(kind, m, "n")])
        made["h"] = z * n + (one - z) * h if "update-flipped" in m else (one - z) * n + z * h
    elif kind == "mingru":
        z, n = take("z", None, None), take("n", None, None)
        made["h"] = z * h + (one - z) * n if "update-flipped" in m else (one - z) * h + z * n
    else:
        i, f, z, o = (take(name) for name in "ifzo")
        k = f + s["m"]
        made["m"] = maximum(k, i)
        e, j = exp(k - made["m"]), exp(i - made["m"])
        made["c"] = e * s["c"] + j * z
        made["n"] = e * s["n"] + j
        made["h"] = o * made["c"] / made["n"]
    return made
