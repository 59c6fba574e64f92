"""The loss is the mean over steps and the gradient is its gradient: a convention, for the two agree.

cell: rnn
planted: nothing
"""

import numpy as np


class SimpleRNN:
    def __init__(self, p):
        self.p = p

    def forward(self, X, h0):
        p = self.p
        self.X, self.h = X, [h0]
        for x in X:
            self.h.append(np.tanh(p["W_xh"] @ x + p["W_hh"] @ self.h[-1] + p["b_h"]))
        self.logits = np.array(self.h[1:]) @ p["W_hy"].T + p["b_y"]
        z = self.logits - self.logits.max(axis=1, keepdims=True)
        self.probs = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return self.probs

    def loss(self, y):
        return np.mean(-np.log(self.probs[np.arange(len(y)), y]))

    def backward(self, y):
        p, T = self.p, len(y)
        d = self.probs.copy()
        d[np.arange(T), y] -= 1
        d /= T
        g = {k: np.zeros_like(v) for k, v in p.items()}
        carry = np.zeros_like(self.h[0])
        for t in range(T)[::-1]:
            g["W_hy"] += np.outer(d[t], self.h[t + 1])
            g["b_y"] += d[t]
            da = (p["W_hy"].T @ d[t] + carry) * (1 - self.h[t + 1] ** 2)
            g["W_xh"] += np.outer(da, self.X[t])
            g["W_hh"] += np.outer(da, self.h[t])
            g["b_h"] += da
            carry = p["W_hh"].T @ da
        return g


def forward(params, X, h0):
    net = SimpleRNN(params)
    probs = net.forward(X, h0)
    return {"h": np.array(net.h[1:]), "logits": net.logits, "probabilities": probs}


def backward(params, X, target, h0):
    net = SimpleRNN(params)
    net.forward(X, h0)
    return {"loss": net.loss(target), **{"d" + k: v for k, v in net.backward(target).items()}}
