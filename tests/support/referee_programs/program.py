"""A network of layers and directions with a softmax at every step or at the end, its loss and its gradients.

`Program(...).run(mistakes, fits)` gives every number by name, as somebody's program would save it: "h", "loss", "dW_hh" …, with
layer and direction. With `fits` the backward pass is the one that fits the forward pass, mistakes and all; without, it is
the one of the right equations, by hand.
"""

from dataclasses import dataclass

import numpy as np

from tests.support.referee_programs.by_hand import Arrays, Back
from tests.support.referee_programs.forward import GATES, STATES, Mistakes, step
from tests.support.referee_programs.tape import V, backward, beside, linear, stack, where

Name = tuple[str, int, str]


def turned(x: V, lengths: np.ndarray) -> V:
    """Each sequence from its end."""
    T = x.value.shape[0]
    order = np.array([[n - 1 - t if t < n else t for n in lengths] for t in range(T)])
    return x[order, np.arange(len(lengths))]


@dataclass
class Program:
    """What a program has: its weights, and its data.

    weights   (layer, direction) -> W_xi, W_hi, b_i, …; W_hy, b_y
    x         (T, B, I); lengths (B,); targets (B,) or (T, B)
    initial   (layer, direction) -> h and so on (B, H); zeros where there is none
    ids       (T, B), of x with a one in each row: where it stands
    """

    kind: str
    weights: dict[tuple[int, str], Arrays]
    W_hy: np.ndarray
    b_y: np.ndarray
    x: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray
    initial: dict[tuple[int, str], Arrays]
    ids: np.ndarray | None = None

    def run(self, m: Mistakes, fits: bool = True) -> dict[Name, np.ndarray]:
        """Every number by (name, layer, direction), with the mistakes of `m`."""
        many = self.targets.ndim > 1
        T, B = self.x.shape[:2]
        layers, directions = 1 + max(k for k, _ in self.weights), sorted({d for _, d in self.weights}, reverse=True)
        lengths = np.full(B, T) if "padding-read" in m else self.lengths
        inside = np.arange(T)[:, None] < lengths
        found: dict[Name, np.ndarray] = {}
        W, nodes, runs = {}, {}, {}
        x = self.x
        if "axes-swapped" in m:
            x = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(x.shape)
        source = V(x)
        output: V = source
        ends: list[V] = []
        for layer in range(layers):
            outs, ends = [], []
            read_here = output
            if m.get("wrong-layer") == "last step" and layer:
                read_here = stack([output[T - 1] for _ in range(T)])
            for direction in directions:
                raw = self.weights[layer, direction]
                if m.get("wrong-layer") == "weights" and layer == 1:
                    raw = self.weights[0, direction]
                if m.get("wrong-layer") == "direction" and direction == "backward":
                    raw = self.weights[layer, "forward"]
                w = {name: V(a) for name, a in raw.items()}
                W[layer, direction] = w
                flips = direction == "backward" and m.get("direction-not-reversed") != "forward"
                read = turned(read_here, lengths) if flips else read_here
                first = self.start(layer, direction)
                if "no-initial-state" in m:
                    first = {
                        name: V(0 * v.value) if m["no-initial-state"] in (name, "all") else v
                        for name, v in first.items()
                    }
                steps = self.loop(m, w, read, first, lengths)
                names = [n for n in steps[0] if not n.startswith(("x", "prev ", "whole "))]
                made = {name: stack([s[name] for s in steps]) for name in names}
                put_back = flips and m.get("direction-not-reversed") != "not put back"
                runs[layer, direction] = (steps, put_back, flips)
                for name, v in made.items():
                    nodes[layer, direction, name] = v
                    found[name, layer, direction] = (turned(v, lengths) if put_back else v).value
                out = turned(made["h"], lengths) if put_back else made["h"]
                outs.append(out)
                own = out if m.get("direction-not-reversed") == "last output" else made["h"]
                ends.append(own[lengths - 1, np.arange(B)])
            output = beside(outs)
        read_y = output if many else beside(ends)
        if many and "readout-off" in m:
            before = beside([self.start(layers - 1, direction)["h"] for direction in directions])
            read_y = stack([output[t - 1] if t else before for t in range(T)])
        W_hy, b_y = V(self.W_hy), V(self.b_y)
        logits = linear(W_hy, read_y)
        for _ in range({"no-bias": 0, "double-bias": 2}.get(next((k for k in m if m[k] == "y"), ""), 1)):
            logits = logits + b_y
        self.finish(m, found, logits, read_y, inside, many)
        dlogits = found["dlogits", -1, ""]
        if fits:
            backward(logits, dlogits)
            self.collect(found, W, nodes, runs, source, lengths, W_hy, b_y)
        else:
            self.by_hand(m, found, runs, dlogits, read_y.value, inside, lengths, directions)
        self.handed_out(m, found)
        return found

    def start(self, layer: int, direction: str) -> dict[str, V]:
        """The initial states."""
        zeros = np.zeros((self.x.shape[1], raw_size(self.weights[layer, direction])))
        given = self.initial.get((layer, direction), {})
        return {name: V(given.get(name, zeros)) for name in STATES[self.kind]}

    def loop(
        self, m: Mistakes, w: dict[str, V], read: V, first: dict[str, V], lengths: np.ndarray
    ) -> list[dict[str, V]]:
        """The steps of one layer and direction."""
        T, B = read.value.shape[:2]
        if "state-kept" in m and B > 1:
            state = {name: v[0:1] for name, v in first.items()}
            runs = []
            for b in range(B):
                runs.append(
                    self.loop(
                        {k: v for k, v in m.items() if k != "state-kept"},
                        w,
                        read[:, b : b + 1],
                        state,
                        lengths[b : b + 1],
                    )
                )
                state = {name: V(runs[-1][lengths[b] - 1][name].value) for name in first}
            return [{name: joined([run[t][name] for run in runs]) for name in runs[0][t]} for t in range(T)]
        state, steps = first, []
        for t in range(T):
            x = read[t]
            made = step(self.kind, m, w, x, state)
            inside = (t < lengths)[:, None]
            for name in first:
                made["whole " + name] = made[name]
                made[name] = where(inside, made[name])
            steps.append({**made, "x": x, **{"prev " + name: v for name, v in state.items()}})
            after = {name: made[name] for name in first}
            if "swapped-states" in m:
                after = {"h": made["c"], "c": made["h"]}
            state = first if m.get("no-recurrence") == "state" else after
        return steps

    def finish(
        self, m: Mistakes, found: dict[Name, np.ndarray], logits: V, read_y: V, inside: np.ndarray, many: bool
    ) -> None:
        """Probabilities, loss and dL/dlogits."""
        y = logits.value

        def softmax(v: np.ndarray) -> np.ndarray:
            axis = 0 if m.get("wrong-axis") == "softmax" else -1
            e = np.exp(v - v.max(axis=axis, keepdims=True))
            shares: np.ndarray = e / e.sum(axis=axis, keepdims=True)
            return shares

        p = softmax(y)
        twice = softmax(p) if "softmax-twice" in m else p
        targets = self.targets
        if "not-shifted" in m:
            assert self.ids is not None
            targets = self.ids
        onehot = np.eye(y.shape[-1])[targets]
        scored = inside[..., None] * 1.0 if many else np.ones((len(y), 1))
        T, B = self.x.shape[:2]
        counts = {"steps": T, "sequences": B, "both": T * B, "classes": y.shape[-1]}
        over = counts.get(m.get("mean-loss", m.get("mean", "")), 1)
        found["logits", -1, ""] = y
        found["probabilities", -1, ""] = twice if m.get("softmax-twice") == "shown" else p
        last = (np.arange(len(scored))[:, None] == self.lengths - 1)[..., None] if "last-step" in m else 1.0
        if "left-out" in m:
            step, only = m["left-out"].split()
            last = (np.arange(len(scored))[:, None] != (self.lengths - 1 if step == "last" else 0))[..., None] * 1.0
        else:
            only = m.get("last-step", "")
        in_loss, in_error = (1.0 if only == other else last for other in ("gradient", "loss"))
        each = np.log((twice * onehot).sum(-1, keepdims=True)) * scored * in_loss
        found["loss", -1, ""] = np.array(-each.sum() / over * float(m.get("scaled-loss", 1)))
        found["loss", -1, ""] /= np.log(float(m.get("logarithm", np.e)))
        d = twice - onehot
        if "softmax-twice" in m:
            d = p * (d - (d * p).sum(-1, keepdims=True))
        how = m.get("softmax-derivative")
        if how == "p":
            d = p
        elif how == "slope":
            d = d * p * (1 - p)
        elif how == "negated":
            d = -d
        elif how == "missing":
            d = -onehot / p
        by = float(m.get("scaled-loss", 1)) * float(m.get("scaled-errors", 1))
        found["dlogits", -1, ""] = d * scored * in_error * by / counts.get(m.get("mean", ""), 1)

    def collect(self, found, W, nodes, runs, source, lengths, W_hy, b_y) -> None:  # type: ignore[no-untyped-def]
        """Every gradient off the tape."""
        found["dW_hy", -1, ""], found["db_y", -1, ""] = W_hy.grad, b_y.grad
        for (layer, direction), w in W.items():
            for name, v in w.items():
                found["d" + name, layer, direction] = v.grad
            steps, put_back, _ = runs[layer, direction]
            for name in [*STATES[self.kind], *("a_" + g for g in GATES[self.kind])]:
                inside = (np.arange(len(steps))[:, None] < lengths)[..., None]
                grad = np.stack([arrived(s.get("whole " + name, s[name])) for s in steps]) * inside
                found["d" + name, layer, direction] = turned(V(grad), lengths).value if put_back else grad
        found["dx", -1, ""] = source.grad

    def by_hand(self, m, found, runs, dlogits, read_y, inside, lengths, directions) -> None:  # type: ignore[no-untyped-def]
        """Every gradient by hand."""
        many, (T, B) = self.targets.ndim > 1, self.x.shape[:2]
        found["dW_hy", -1, ""] = dlogits.reshape(-1, dlogits.shape[-1]).T @ read_y.reshape(-1, read_y.shape[-1])
        found["db_y", -1, ""] = dlogits.reshape(-1, dlogits.shape[-1]).sum(axis=0)
        if m.get("overwritten") == "readout" and many:
            found["dW_hy", -1, ""] = dlogits[0].T @ read_y[0]
        if m.get("off-by-one") == "readout":
            first = np.concatenate([self.start(max(k for k, _ in runs), way)["h"].value for way in directions], -1)
            found["dW_hy", -1, ""] = sum(dlogits[t].T @ (read_y[t - 1] if t else first) for t in range(len(dlogits)))
        W_hy = self.W_hy.T if m.get("transposed-back") == "y" else self.W_hy
        dread = dlogits @ W_hy
        if "last-error-alone" in m:
            dread = np.where((np.arange(T)[:, None] == lengths - 1)[..., None], dread, 0)
        size = dread.shape[-1] // len(directions)
        error = dread if many else np.zeros((T, B, dread.shape[-1]))
        layers = 1 + max(k for k, _ in runs)
        for layer in reversed(range(layers)):
            below: np.ndarray = np.zeros(1)
            for k, direction in enumerate(directions):
                steps, _, flips = runs[layer, direction]
                part = slice(k * size, (k + 1) * size)
                own = error[..., part]
                come = (turned(V(own), lengths).value if flips else own).copy()
                if layer == layers - 1 and not many:
                    last = flips and m.get("direction-not-reversed") == "last output"
                    come[0 if last else lengths - 1, np.arange(B)] += dread[:, part]
                rows = [
                    {
                        n.removeprefix("prev ") + "_prev" * n.startswith("prev "): s.get("whole " + n, v).value
                        for n, v in s.items()
                    }
                    for s in steps
                ]
                back = Back(self.kind, m, self.weights[layer, direction], rows)
                errors, dx, grads = back.run(come, inside)
                for name, array in errors.items():
                    found[name, layer, direction] = turned(V(array), lengths).value if flips else array
                for name, array in grads.items():
                    found["d" + name, layer, direction] = array
                below = below + (turned(V(dx), lengths).value if flips else dx)
            error = below * (0 if "error-from-above-dropped" in m and layer else 1)
        found["dx", -1, ""] = below

    def handed_out(self, m: Mistakes, found: dict[Name, np.ndarray]) -> None:
        """What happens to numbers on their way out."""
        shown = m.get("pre-activation-shown")
        T, B = self.x.shape[:2]
        counts = {"steps": T, "sequences": B, "both": T * B}
        gradients = [k for k in found if k[0].startswith(("dW_", "db_", "dp_"))]
        for key in list(found):
            name, layer, direction = key
            if name == shown:
                found[key] = found["a_" + name, layer, direction]
            if name == "h" and m.get("off-by-one") == "shown":
                before = self.initial.get((layer, direction), {}).get("h", np.zeros_like(found[key][0]))
                h = found[key]
                found[key] = (
                    np.concatenate([h[1:], before[None]])
                    if direction == "backward"
                    else np.concatenate([before[None], h[:-1]])
                )
        factor = 2 if "not-zeroed" in m else 1 / counts.get(m.get("mean-gradients", ""), 1)
        factor *= float(m.get("scaled", 1))
        for key in gradients:
            if "clipped-each" in m:
                found[key] = found[key] * min(1, float(m["clipped-each"]) / np.sqrt((found[key] ** 2).sum()))
        if "scaled-one" in m:
            found["dW_hy", -1, ""] = found["dW_hy", -1, ""] * float(m["scaled-one"])
        norm = np.sqrt(sum((found[k] ** 2).sum() for k in gradients))
        if "clipped" in m and m["clipped"].startswith("norm"):
            factor *= min(1, float(m["clipped"][5:]) / norm)
        for key in gradients:
            found[key] = found[key] * factor
            if m.get("mean-gradients") == "biases" and key[0].startswith("db_"):
                found[key] = found[key] / B
            if "clipped" in m and m["clipped"].startswith("value"):
                found[key] = np.clip(found[key], -float(m["clipped"][6:]), float(m["clipped"][6:]))
            if key[0].startswith(m.get("not-filled", "none")):
                found[key] = np.zeros_like(found[key])
            if "float32" in m:
                found[key] = found[key].astype(np.float32).astype(float)


def raw_size(raw: Arrays) -> int:
    """H."""
    return len(next(a for name, a in raw.items() if name.startswith("b_")))


def arrived(v: V) -> np.ndarray:
    """The error at a value; of a batch that was put together, at its sequences' own."""
    return np.concatenate([one.grad for one in v.parts]) if v.parts else v.grad


def joined(values: list[V]) -> V:
    """Sequences of one each, as a batch."""
    whole = V(
        np.concatenate([v.value for v in values]), *[(v, lambda g, k=k: g[k : k + 1]) for k, v in enumerate(values)]
    )
    whole.parts = values
    return whole
