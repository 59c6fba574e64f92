"""A GRU with `self.grads[...] = ` where `+=` is meant for the recurrent weights: only one step's gradient is left.

cell: gru
planted: overwritten
"""

import numpy as np

sigmoid = lambda a: 1 / (1 + np.exp(-a))


class GRU:
    def __init__(self, params):
        self.params = params
        self.grads = {name: np.zeros_like(p) for name, p in params.items()}

    def forward(self, xs, h):
        P = self.params
        self.tape = []
        for x in xs:
            r = sigmoid(P["W_xr"] @ x + P["W_hr"] @ h + P["b_r"])
            z = sigmoid(P["W_xz"] @ x + P["W_hz"] @ h + P["b_z"])
            u = P["W_hn"] @ h + P["b_hn"]
            n = np.tanh(P["W_xn"] @ x + P["b_n"] + r * u)
            h_new = n + z * (h - n)
            y = P["W_hy"] @ h_new + P["b_y"]
            self.tape.append((x, h, r, z, u, n, h_new, y))
            h = h_new
        return self.tape

    def backward(self, labels):
        P, G = self.params, self.grads
        dh_next, loss = 0, 0
        for (x, h, r, z, u, n, h_new, y), label in zip(self.tape[::-1], labels[::-1]):
            logp = y - y.max() - np.log(np.exp(y - y.max()).sum())
            loss -= logp[label]
            dy = np.exp(logp)
            dy[label] -= 1
            G["W_hy"] += np.outer(dy, h_new)
            G["b_y"] += dy
            dh = P["W_hy"].T @ dy + dh_next
            dan = dh * (1 - z) * (1 - n * n)
            daz = dh * (h - n) * z * (1 - z)
            dar = dan * u * r * (1 - r)
            for gate, d in (("r", dar), ("z", daz), ("n", dan)):
                G["W_x" + gate] += np.outer(d, x)
                G["b_" + gate] += d
                G["W_h" + gate] = np.outer(d * r if gate == "n" else d, h)
            G["b_hn"] += dan * r
            dh_next = dh * z + P["W_hr"].T @ dar + P["W_hz"].T @ daz + P["W_hn"].T @ (dan * r)
        return loss


def forward(params, X, h0):
    tape = GRU(params).forward(X, h0)
    return {"r": [s[2] for s in tape], "z": [s[3] for s in tape], "n": [s[5] for s in tape],
            "h": [s[6] for s in tape], "logits": [s[7] for s in tape]}


def backward(params, X, target, h0):
    net = GRU(params)
    net.forward(X, h0)
    loss = net.backward(target)
    return dict({"d" + name: g for name, g in net.grads.items()}, loss=loss)
