"""Backward passes as people derive them by hand, from the values that the forward pass kept. `m` holds the mistakes by name.

One layer in one direction, from its last step to its first. d["h"] is dL/dh_t, da[gate] is dL/da of the pre-activation.
"""

from collections.abc import Callable

import numpy as np

from tests.support.referee_programs.forward import GATES, SQUASH, STATES, Mistakes, sigmoid

Arrays = dict[str, np.ndarray]

BY_VALUE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - y * y,
    "relu": lambda y: (y > 0) * 1.0,
    "identity": np.ones_like,
    "logsigmoid": lambda y: 1 - np.exp(y),
}
SQUASHED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda y: y * (y > 0),
    "identity": lambda y: y,
    "logsigmoid": lambda y: np.log(sigmoid(y)),
}


def hits(m: Mistakes, mistake: str, gate: str) -> bool:
    return m.get(mistake, "").split(" ")[0] in (gate, "all") and mistake in m


class Back:
    """The way back through the steps of one layer and direction.

    steps   what the forward pass kept: x, h_prev, …, gates, a_…, states, each (B, n)
    """

    def __init__(self, kind: str, m: Mistakes, w: Arrays, steps: list[Arrays]) -> None:
        self.kind, self.m, self.w, self.steps = kind, m, w, steps

    def slope(self, gate: str, t: int) -> np.ndarray:
        """f'(a_t) of a gate."""
        m, name, T = self.m, SQUASH[self.kind][gate], len(self.steps)
        if hits(m, "derivative-missing", gate):
            return np.ones_like(self.steps[t][gate])
        if hits(m, "derivative-of-wrong-step", gate):
            t = {"last": T - 1, "next": min(t + 1, T - 1), "previous": max(t - 1, 0)}[
                m["derivative-of-wrong-step"].split()[1]
            ]
        y = self.steps[t][gate]
        if hits(m, "derivative-of-value", gate):
            if m["derivative-of-value"].endswith("inverse"):
                return 1 / (1 - y * y)
            y = SQUASHED[name](y)
        if hits(m, "pre-activation", gate):
            y = self.steps[t]["a_" + gate]
        return self.slip(gate, name, y) if "wrong-derivative" in m else BY_VALUE[name](y)

    def slip(self, gate: str, name: str, y: np.ndarray) -> np.ndarray:
        """The slope of tanh or sigmoid, with a slip in its formula where that is planted."""
        where, formula = self.m["wrong-derivative"].split()
        wrong = {"1-y": 1 - y, "y": y, "(1-y)^2": (1 - y) ** 2}[formula]
        return wrong if where in (gate, name) else BY_VALUE[name](y)

    def up(self, name: str, v: np.ndarray) -> np.ndarray:
        """W^T v for every row v."""
        W = self.w[name]
        letters = name[2:3]
        if hits(self.m, "transposed-back", name[2:]) or self.m.get("transposed-back") == letters:
            W = W.T
        back: np.ndarray = v @ W
        return 0 * back if self.m.get("dropped-back") == name else back

    def tanh_c_slope(self, c: np.ndarray) -> np.ndarray:
        m = self.m
        if m.get("derivative-missing") == "tanh_c":
            return np.ones_like(c)
        squashed: np.ndarray = c if m.get("derivative-of-value") == "c" else np.tanh(c)
        return self.slip("tanh_c", "tanh", squashed) if "wrong-derivative" in m else BY_VALUE["tanh"](squashed)

    def one(self, t: int, d: Arrays) -> tuple[Arrays, Arrays, Arrays]:
        """-> da by gate, the errors of the states before, and what parameters get beyond da ⊗ x, da ⊗ h_prev and da.

        d is completed in place: d["c"] becomes the whole error of c_t.
        """
        s, w, m, kind = self.steps[t], self.w, self.m, self.kind
        da: Arrays = {}
        extra: Arrays = {}
        before: Arrays = {}
        dh = d["h"]
        wrong = m.get("wrong-gate-back", "")
        if kind.startswith("rnn"):
            da["h"] = dh * self.slope("h", t)
        elif kind in ("lstm", "peephole"):
            shown = s["c"] if m.get("no-tanh-of-c-back") else np.tanh(s["c"])
            da["o"] = dh * (1 if wrong == "o bare" else shown) * self.slope("o", t)
            through = dh * (1 if wrong == "c bare" else s["o"]) * self.tanh_c_slope(s["c"])
            if kind == "peephole":
                through = through + w["p_o"] * da["o"]
            if m.get("dc-dropped") == "through h":
                through = through * 0 + (w["p_o"] * da["o"] if kind == "peephole" else 0)
            d["c"] = d["c"] + through
            if wrong.startswith("o dc"):
                da["o"] = d["c"] * (shown if wrong == "o dc tanh" else 1) * self.slope("o", t)
            c_before = s["c"] if m.get("off-by-one") == "c" else s["c_prev"]
            times_i, times_g = (s["i"], s["g"]) if m.get("wrong-gate-back") == "i" else (s["g"], s["i"])
            times_g = 1 - s["f"] if wrong == "g 1-f" else times_g
            come = {gate: dh if wrong == gate + " dh" else d["c"] for gate in "ifg"}
            da["i"] = come["i"] * times_i * self.slope("i", t)
            da["f"] = come["f"] * c_before * self.slope("f", t)
            da["g"] = come["g"] * times_g * self.slope("g", t)
            if "errors-exchanged" in m:
                a, b = m["errors-exchanged"].split()
                da[a], da[b] = da[b], da[a]
            keep = s["i"] if m.get("wrong-gate-back") == "f" else s["f"]
            before["c"] = d["c"] * keep
            if kind == "peephole":
                before["c"] = before["c"] + w["p_i"] * da["i"] + w["p_f"] * da["f"]
                extra = {"p_i": da["i"] * s["c_prev"], "p_f": da["f"] * s["c_prev"], "p_o": da["o"] * s["c"]}
        elif kind.startswith("gru"):
            after = kind.endswith("after")
            h_prev = s["h"] if m.get("off-by-one") == "z" else s["h_prev"]
            r, z, n = s["r"], s["z"], s["n"]
            share = z if m.get("wrong-gate-back") == "n" else 1 - z
            da["n"] = dh * share * self.slope("n", t)
            lost = n - h_prev if m.get("wrong-gate-back") == "z" else h_prev - n
            da["z"] = dh * lost * self.slope("z", t)
            if after:
                da["r"] = da["n"] * (s["h_prev"] @ w["W_hn"].T + w["b_hn"]) * self.slope("r", t)
                forgets = m.get("reset-forgotten", "")
                before["h"] = self.up("W_hn", da["n"] if forgets in ("both", "all") else r * da["n"])
                extra["b_hn"] = da["n"] if forgets in ("bias", "weights and bias", "all") else r * da["n"]
            else:
                inner = self.up("W_hn", da["n"])
                da["r"] = inner * s["h_prev"] * self.slope("r", t)
                before["h"] = inner if m.get("reset-forgotten") == "path" else inner * r
            direct = 1 - z if m.get("wrong-gate-back") == "direct" else z
            before["h"] = before["h"] + dh * (0 if "direct-dropped" in m else direct)
        elif kind == "mingru":
            share = 1 - s["z"] if m.get("wrong-gate-back") == "n" else s["z"]
            da["n"] = dh * share * self.slope("n", t)
            da["z"] = dh * (s["n"] - s["h_prev"]) * self.slope("z", t)
            before["h"] = dh * (s["z"] if m.get("wrong-gate-back") == "direct" else 1 - s["z"])
        else:
            c, n, o = s["c"], s["n"], s["o"]
            k, i = s["f"] + s["m_prev"], s["i"]
            e, j = np.exp(k - s["m"]), np.exp(i - s["m"])
            d["c"] = d["c"] + dh * o / n
            d["n"] = d["n"] - dh * o * c / n**2
            dk = (d["c"] * s["c_prev"] + d["n"] * s["n_prev"]) * e
            dj = (d["c"] * s["z"] + d["n"]) * j
            d["m"] = d["m"] - dk - dj
            stays = (k > i) * 1.0
            da["i"] = dj + d["m"] * (1 - stays)
            da["f"] = (dk + d["m"] * stays) * self.slope("f", t)
            da["z"] = d["c"] * j * self.slope("z", t)
            da["o"] = dh * c / n * self.slope("o", t)
            before = {"c": d["c"] * e, "n": d["n"] * e, "m": dk + d["m"] * stays}
        for gate in da:
            if f"W_h{gate}" in w and not (kind.startswith("gru") and gate == "n"):
                before["h"] = before.get("h", 0) + self.up(f"W_h{gate}", da[gate])
        return da, before, extra

    def run(self, arriving: np.ndarray, inside: np.ndarray) -> tuple[Arrays, np.ndarray, Arrays]:
        """The errors of states and pre-activations (T, B, H), dx (T, B, I), and the gradients of the parameters."""
        kind, m, w, T = self.kind, self.m, self.w, len(self.steps)
        states = STATES[kind]
        future: Arrays = {name: np.zeros_like(arriving[0]) for name in states}
        kept: dict[str, list[np.ndarray]] = {}
        dxs = []
        grads: Arrays = {}
        for t in range(T) if "onward" in m else reversed(range(T)):
            s, mask = self.steps[t], inside[t][:, None]
            if "truncated" in m and (t + 1) % int(m["truncated"]) == 0:
                future = {name: 0 * array for name, array in future.items()}
            if m.get("future-dropped") == "all":
                future = {name: 0 * array for name, array in future.items()}
            if m.get("future-dropped") == "h":
                future["h"] = 0 * future["h"]
            if m.get("dc-dropped", "")[:7] == "future ":
                future[m["dc-dropped"][7:]] = 0 * future["h"]
            d = {name: array * mask for name, array in future.items()}
            d["h"] = (d["h"] + arriving[t]) * mask
            if "clipped-inside" in m:
                limit = float(m["clipped-inside"])
                d = {name: np.clip(array, -limit, limit) for name, array in d.items()}
            da, before, extra = self.one(t, d)
            da = {gate: array * mask for gate, array in da.items()}
            for name, array in {**{"d" + k: v for k, v in d.items()}, **{"da_" + k: v for k, v in da.items()}}.items():
                kept.setdefault(name, []).append(array * mask)
            dxs.append(sum(self.up("W_x" + gate, da[gate]) for gate in da))
            last = s["h"] if m.get("off-by-one") == "weights" else s["h_prev"]
            now: Arrays = {name: (array * mask).sum(axis=0) for name, array in extra.items()}
            for gate in GATES[kind]:
                now["W_x" + gate] = da[gate].T @ s["x"]
                now["b_" + gate] = da[gate].sum(axis=0)
                if f"W_h{gate}" in w:
                    left, right = da[gate], last
                    if gate == "n" and kind.endswith("after") and m.get("reset-forgotten", "bias") == "bias":
                        left = left * s["r"]
                    if gate == "n" and kind.endswith("before") and m.get("reset-forgotten") != "weights":
                        right = right * s["r"]
                    now["W_h" + gate] = left.T @ right
            if "misplaced" in m:
                self.misplace(now, da, s, last, *m["misplaced"].split())
            for name, array in now.items():
                if m.get("overwritten") == "last" and name in grads:
                    continue
                if t == {"first": 0, "last": T - 1}.get(m.get("sums-without", ""), T):
                    array = 0 * array
                grads[name] = array if "overwritten" in m or name not in grads else grads[name] + array
            passed = future
            future = {name: before[name] * mask for name in states if name in before}
            if m.get("piles") in future:
                future[m["piles"]] = future[m["piles"]] + passed[m["piles"]]
            if m.get("piles-up") in future:
                future[m["piles-up"]] = future[m["piles-up"]] + d[m["piles-up"]]
            if "h" not in future:
                future["h"] = np.zeros_like(arriving[0])
        turn = 1 if "onward" in m else -1
        return {name: np.stack(rows[::turn]) for name, rows in kept.items()}, np.stack(dxs[::turn]), grads

    def misplace(
        self, now: Arrays, da: Arrays, s: Arrays, last: np.ndarray, own: str, gate: str, how: str = ""
    ) -> None:
        """Give a parameter, or all of a gate, what da of another gate gives; or add what belongs to it to the other's."""
        for name in [name for name in now if name == own or (len(own) == 1 and name[2:].endswith(own))]:
            if how == "added":
                now[name[: -len(name[2:].removeprefix("x").removeprefix("h"))] + gate] += now[name]
                now[name] = 0 * now[name]
            elif name.startswith("b_"):
                now[name] = (da[gate] * (s["r"] if name == "b_hn" else 1)).sum(axis=0)
            elif name.startswith("W_x"):
                now[name] = da[gate].T @ s["x"]
            elif name.startswith("W_h"):
                after, before = (name == "W_hn" and self.kind.endswith(side) for side in ("after", "before"))
                now[name] = (da[gate] * s["r"] if after else da[gate]).T @ (last * s["r"] if before else last)
