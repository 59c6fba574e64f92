"""A GRU with h = (1 - z) h + z n, whose update gate reads the weights with the other sign: the same function.

cell: gru
planted: nothing
"""

import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

class GRULayer:
    def __init__(self, p):
        self.p = dict(p)
        for k in ("W_xz", "W_hz", "b_z"):
            self.p[k] = -p[k]          # our z opens for the candidate

    def __call__(self, X, h):
        p = self.p
        self.saved, hs = [], []
        for x in X:
            z = sigmoid(p["W_xz"] @ x + p["W_hz"] @ h + p["b_z"])
            r = sigmoid(p["W_xr"] @ x + p["W_hr"] @ h + p["b_r"])
            hn = p["W_hn"] @ h + p["b_hn"]
            n = np.tanh(p["W_xn"] @ x + r * hn + p["b_n"])
            self.saved.append((x, h, z, r, hn, n))
            h = (1 - z) * h + z * n
            hs.append(h)
        return np.array(hs)

    def backward(self, dhs):
        p = self.p
        g = {k: np.zeros_like(v) for k, v in p.items()}
        dh = 0
        for (x, h, z, r, hn, n), d in zip(self.saved[::-1], dhs[::-1]):
            dh = dh + d
            dz = dh * (n - h) * z * (1 - z)
            dn = dh * z * (1 - n ** 2)
            dr = dn * hn * r * (1 - r)
            for k, e in zip("zrn", (dz, dr, dn)):
                g["W_x" + k] += np.outer(e, x)
                g["b_" + k] += e
            g["W_hz"] += np.outer(dz, h)
            g["W_hr"] += np.outer(dr, h)
            g["W_hn"] += np.outer(dn * r, h)
            g["b_hn"] += dn * r
            dh = dh * (1 - z) + p["W_hz"].T @ dz + p["W_hr"].T @ dr + p["W_hn"].T @ (dn * r)
        for k in ("W_xz", "W_hz", "b_z"):
            g[k] = -g[k]
        return g

def forward(params, X, h0):
    hs = GRULayer(params)(X, h0)
    return {"hs": hs, "scores": hs @ params["W_hy"].T + params["b_y"]}

def backward(params, X, target, h0):
    layer = GRULayer(params)
    hs = layer(X, h0)
    scores = hs @ params["W_hy"].T + params["b_y"]
    probs = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    correct = probs[np.arange(len(target)), target]
    dscores = probs
    dscores[np.arange(len(target)), target] -= 1
    loss = -np.sum(np.log(correct))
    g = layer.backward(dscores @ params["W_hy"])
    g["W_hy"], g["b_y"] = dscores.T @ hs, dscores.sum(axis=0)
    return {"loss": loss, **{"d" + k: v for k, v in g.items()}}
