"""An LSTM of objects that each remember what they need, one object a step. Sigmoid is the stable one.

cell: lstm
planted: nothing
"""

import numpy as np


class Sigmoid:
    def __call__(self, x):
        self.y = np.empty_like(x)
        neg = x < 0
        e = np.exp(x[neg])
        self.y[neg] = e / (1 + e)
        self.y[~neg] = 1 / (1 + np.exp(-x[~neg]))
        return self.y

    def back(self, d):
        return d * self.y * (1 - self.y)


class Tanh:
    def __call__(self, x):
        self.y = np.tanh(x)
        return self.y

    def back(self, d):
        return d * (1 - self.y ** 2)


class Linear2:
    def __init__(self, params, name):
        self.Wx, self.Wh, self.b = params["W_x" + name], params["W_h" + name], params["b_" + name]
        self.name = name

    def __call__(self, x, h):
        self.x, self.h = x, h
        return self.Wx @ x + self.Wh @ h + self.b

    def back(self, d, grads):
        grads["dW_x" + self.name] += np.outer(d, self.x)
        grads["dW_h" + self.name] += np.outer(d, self.h)
        grads["db_" + self.name] += d
        return self.Wx.T @ d, self.Wh.T @ d


class Step:
    def __init__(self, params):
        self.lin = {k: Linear2(params, k) for k in "ifgo"}
        self.act = {"i": Sigmoid(), "f": Sigmoid(), "g": Tanh(), "o": Sigmoid()}
        self.tanh = Tanh()

    def __call__(self, x, h, c):
        self.c_prev = c
        self.v = {k: self.act[k](self.lin[k](x, h)) for k in "ifgo"}
        self.c = self.v["f"] * c + self.v["i"] * self.v["g"]
        self.h = self.v["o"] * self.tanh(self.c)
        return self.h, self.c

    def back(self, dh, dc, grads):
        v = self.v
        dc = dc + self.tanh.back(dh * v["o"])
        d = {"o": dh * self.tanh.y, "i": dc * v["g"], "g": dc * v["i"], "f": dc * self.c_prev}
        dx, dh_prev = 0, 0
        for k in "ifgo":
            a, b = self.lin[k].back(self.act[k].back(d[k]), grads)
            dx, dh_prev = dx + a, dh_prev + b
        return dx, dh_prev, dc * v["f"]


def run(params, X, h, c):
    steps = []
    for x in X:
        step = Step(params)
        h, c = step(x, h, c)
        steps.append(step)
    return steps


def forward(params, X, h0, c0):
    steps = run(params, X, h0, c0)
    out = {k: [s.v[k] for s in steps] for k in "ifgo"}
    return {**out, "h": [s.h for s in steps], "c": [s.c for s in steps],
            "logits": [params["W_hy"] @ s.h + params["b_y"] for s in steps]}


def backward(params, X, target, h0, c0):
    steps = run(params, X, h0, c0)
    grads = {"d" + k: np.zeros_like(v) for k, v in params.items()}
    grads["dx"], grads["loss"] = np.zeros_like(X), 0
    dh, dc = np.zeros_like(h0), np.zeros_like(c0)
    for t, step in reversed(list(enumerate(steps))):
        y = params["W_hy"] @ step.h + params["b_y"]
        y = np.exp(y - y.max())
        y = y / y.sum()
        grads["loss"] += -np.log(y[target[t]])
        y[target[t]] -= 1
        grads["dW_hy"] += np.outer(y, step.h)
        grads["db_y"] += y
        grads["dx"][t], dh, dc = step.back(dh + params["W_hy"].T @ y, dc, grads)
    return grads
