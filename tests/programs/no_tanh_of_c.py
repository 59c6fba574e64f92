"""An LSTM on a small tape of automatic differentiation, which shows o * c where o * tanh(c) is meant. Its gradient is that of this.

cell: lstm
planted: no-tanh-of-c
"""

import numpy as np


class Tensor:
    def __init__(self, data, parents=()):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.parents = parents

    def __add__(self, other):
        return Tensor(self.data + other.data, [(self, lambda g: g), (other, lambda g: g)])

    def __mul__(self, other):
        return Tensor(self.data * other.data, [(self, lambda g: g * other.data), (other, lambda g: g * self.data)])

    def __matmul__(self, v):
        return Tensor(self.data @ v.data,
                      [(self, lambda g: np.outer(g, v.data)), (v, lambda g: self.data.T @ g)])

    def sigmoid(self):
        s = 1 / (1 + np.exp(-self.data))
        return Tensor(s, [(self, lambda g: g * s * (1 - s))])

    def tanh(self):
        t = np.tanh(self.data)
        return Tensor(t, [(self, lambda g: g * (1 - t ** 2))])

    def nll(self, label):
        z = self.data - self.data.max()
        logp = z - np.log(np.exp(z).sum())
        def back(g):
            d = np.exp(logp)
            d[label] -= 1
            return g * d
        return Tensor(-logp[label], [(self, back)])

    def backward(self):
        order, seen = [], set()
        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        self.grad = np.ones_like(self.data)
        for node in reversed(order):
            for parent, fn in node.parents:
                parent.grad = parent.grad + fn(node.grad)


def lstm(P, X, h, c):
    hs, cs, ys = [], [], []
    for x in X:
        x = Tensor(x)
        a = {g: P["W_x" + g] @ x + P["W_h" + g] @ h + P["b_" + g] for g in "ifgo"}
        i, f, g, o = a["i"].sigmoid(), a["f"].sigmoid(), a["g"].tanh(), a["o"].sigmoid()
        c = f * c + i * g
        h = o * c
        hs.append(h)
        cs.append(c)
        ys.append(P["W_hy"] @ h + P["b_y"])
    return hs, cs, ys


def forward(params, X, h0, c0):
    P = {k: Tensor(v) for k, v in params.items()}
    hs, cs, ys = lstm(P, X, Tensor(h0), Tensor(c0))
    return {"h": np.stack([h.data for h in hs]), "c": np.stack([c.data for c in cs]),
            "logits": np.stack([y.data for y in ys])}


def backward(params, X, target, h0, c0):
    P = {k: Tensor(v) for k, v in params.items()}
    hs, cs, ys = lstm(P, X, Tensor(h0), Tensor(c0))
    loss = Tensor(0.0)
    for y, label in zip(ys, target):
        loss = loss + y.nll(label)
    loss.backward()
    return {"loss": loss.data, **{"d" + k: p.grad for k, p in P.items()}}
