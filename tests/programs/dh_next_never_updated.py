"""An LSTM class with a cache of dictionaries. dh_next stays at its zeros; dc_next is passed on rightly.

cell: lstm
planted: future-dropped
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class LSTMNet(object):
    gates = ["f", "i", "g", "o"]

    def __init__(self, params):
        self.p = params
        self.caches = []

    def cell_forward(self, xt, h_prev, c_prev):
        p, a = self.p, {}
        for name in self.gates:
            pre = np.dot(p["W_x" + name], xt) + np.dot(p["W_h" + name], h_prev) + p["b_" + name]
            a[name] = np.tanh(pre) if name == "g" else sigmoid(pre)
        c_next = a["f"] * c_prev + a["i"] * a["g"]
        h_next = a["o"] * np.tanh(c_next)
        self.caches.append(dict(a, x=xt, h_prev=h_prev, c_prev=c_prev, c=c_next, h=h_next))
        return h_next, c_next

    def cell_backward(self, dh_next, dc_next, cache):
        p = self.p
        tc = np.tanh(cache["c"])
        dc = dc_next + dh_next * cache["o"] * (1 - tc ** 2)
        d = {
            "o": dh_next * tc * cache["o"] * (1 - cache["o"]),
            "i": dc * cache["g"] * cache["i"] * (1 - cache["i"]),
            "g": dc * cache["i"] * (1 - cache["g"] ** 2),
            "f": dc * cache["c_prev"] * cache["f"] * (1 - cache["f"]),
        }
        grads = {}
        dh_prev = np.zeros_like(cache["h"])
        for name in self.gates:
            grads["dW_x" + name] = np.outer(d[name], cache["x"])
            grads["dW_h" + name] = np.outer(d[name], cache["h_prev"])
            grads["db_" + name] = d[name]
            dh_prev += np.dot(p["W_h" + name].T, d[name])
        return dh_prev, dc * cache["f"], grads

    def forward(self, X, h, c):
        hs = []
        for xt in X:
            h, c = self.cell_forward(xt, h, c)
            hs.append(h)
        scores = np.array(hs) @ self.p["W_hy"].T + self.p["b_y"]
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.array(hs), e / e.sum(axis=1, keepdims=True)

    def backward(self, target, hs, probs):
        onehot = np.zeros_like(probs)
        onehot[np.arange(len(target)), target] = 1
        loss = -np.sum(onehot * np.log(probs))
        dy = probs - onehot
        total = {"dW_hy": dy.T @ hs, "db_y": dy.sum(0), "loss": loss}
        dh_next = np.zeros(hs.shape[1])
        dc_next = np.zeros(hs.shape[1])
        for t in reversed(range(len(target))):
            dh = self.p["W_hy"].T @ dy[t] + dh_next
            dh_prev, dc_next, grads = self.cell_backward(dh, dc_next, self.caches[t])
            for k in grads:
                total[k] = total.get(k, 0) + grads[k]
        return total


def forward(params, X, h0, c0):
    net = LSTMNet(params)
    hs, probs = net.forward(X, h0, c0)
    result = {"h": hs, "c": np.array([k["c"] for k in net.caches]), "probabilities": probs}
    for name in net.gates:
        result[name] = np.array([k[name] for k in net.caches])
    return result


def backward(params, X, target, h0, c0):
    net = LSTMNet(params)
    hs, probs = net.forward(X, h0, c0)
    return net.backward(target, hs, probs)
