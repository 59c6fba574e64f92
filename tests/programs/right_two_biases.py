"""An LSTM with two biases a gate, b_ih and b_hh, as frameworks have. Each gets the same gradient.

cell: lstm
planted: nothing
"""

import numpy as np


def sig(x):
    return 1.0 / (1.0 + np.exp(-x))


class LSTMCell:
    def __init__(self, params):
        self.w_ih = np.concatenate([params[f"W_x{k}"] for k in "ifgo"])
        self.w_hh = np.concatenate([params[f"W_h{k}"] for k in "ifgo"])
        bias = np.concatenate([params[f"b_{k}"] for k in "ifgo"])
        self.b_ih, self.b_hh = 0.25 * bias, 0.75 * bias

    def __call__(self, x, state):
        h, c = state
        i, f, g, o = np.split(self.w_ih @ x + self.b_ih + self.w_hh @ h + self.b_hh, 4)
        i, f, g, o = sig(i), sig(f), np.tanh(g), sig(o)
        c_new = f * c + i * g
        return (o * np.tanh(c_new), c_new), (x, h, c, i, f, g, o, c_new)

    def grad(self, dh, dc, saved, acc):
        x, h, c, i, f, g, o, c_new = saved
        t = np.tanh(c_new)
        dc = dc + dh * o * (1 - t ** 2)
        da = np.concatenate([dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g ** 2), dh * t * o * (1 - o)])
        acc["weight_ih"] += np.outer(da, x)
        acc["weight_hh"] += np.outer(da, h)
        acc["bias_ih"] += da
        acc["bias_hh"] += da
        return self.w_hh.T @ da, dc * f


def unroll(cell, X, h0, c0):
    state, saved, hs = (h0, c0), [], []
    for x in X:
        state, tape = cell(x, state)
        saved.append(tape)
        hs.append(state[0])
    return np.array(hs), saved


def forward(params, X, h0, c0):
    hs, saved = unroll(LSTMCell(params), X, h0, c0)
    return {"output": hs, "logits": hs @ params["W_hy"].T + params["b_y"]}


def backward(params, X, target, h0, c0):
    cell = LSTMCell(params)
    hs, saved = unroll(cell, X, h0, c0)
    acc = {"weight_ih": np.zeros_like(cell.w_ih), "weight_hh": np.zeros_like(cell.w_hh),
           "bias_ih": np.zeros_like(cell.b_ih), "bias_hh": np.zeros_like(cell.b_hh)}
    logits = hs @ params["W_hy"].T + params["b_y"]
    e = np.exp(logits - logits.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    loss = -np.log(p[np.arange(len(X)), target]).sum()
    p[np.arange(len(X)), target] -= 1
    dh, dc = np.zeros_like(h0), np.zeros_like(c0)
    for t in range(len(X) - 1, -1, -1):
        dh, dc = cell.grad(dh + params["W_hy"].T @ p[t], dc, saved[t], acc)
    return {"loss": loss, "dW_hy": p.T @ hs, "db_y": p.sum(0),
            "weight_ih_l0.grad": acc["weight_ih"], "weight_hh_l0.grad": acc["weight_hh"],
            "bias_ih_l0.grad": acc["bias_ih"], "bias_hh_l0.grad": acc["bias_hh"]}
