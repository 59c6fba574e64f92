"""Scan style: a pure step, a scan, and a step's pull-back handed back as a closure. The GRU of PyTorch.

cell: gru
planted: nothing
"""

import numpy as np


def scan(f, carry, xs):
    out = []
    for x in xs:
        carry, y = f(carry, x)
        out.append(y)
    return carry, out


def logistic(a):
    return np.where(a > 0, 1 / (1 + np.exp(-np.clip(a, 0, None))), np.exp(np.clip(a, None, 0)) / (1 + np.exp(np.clip(a, None, 0))))


def gru_step(p):
    def f(h, x):
        r = logistic(p["W_xr"] @ x + p["W_hr"] @ h + p["b_r"])
        z = logistic(p["W_xz"] @ x + p["W_hz"] @ h + p["b_z"])
        q = p["W_hn"] @ h + p["b_hn"]
        n = np.tanh(p["W_xn"] @ x + p["b_n"] + r * q)
        h_new = (1 - z) * n + z * h

        def vjp(d):
            dn = d * (1 - z) * (1 - n ** 2)
            dz = d * (h - n) * z * (1 - z)
            dr = dn * q * r * (1 - r)
            grads = {"dW_xr": np.outer(dr, x), "dW_xz": np.outer(dz, x), "dW_xn": np.outer(dn, x),
                     "dW_hr": np.outer(dr, h), "dW_hz": np.outer(dz, h), "dW_hn": np.outer(dn * r, h),
                     "db_r": dr, "db_z": dz, "db_n": dn, "db_hn": dn * r}
            dx = p["W_xr"].T @ dr + p["W_xz"].T @ dz + p["W_xn"].T @ dn
            return d * z + p["W_hr"].T @ dr + p["W_hz"].T @ dz + p["W_hn"].T @ (dn * r), dx, grads

        return h_new, (h_new, r, z, n, vjp)
    return f


def forward(params, X, h0):
    _, ys = scan(gru_step(params), h0, X)
    h, r, z, n, _ = zip(*ys)
    h = np.stack(h)
    return {"h": h, "r": np.stack(r), "z": np.stack(z), "n": np.stack(n), "logits": h @ params["W_hy"].T + params["b_y"]}


def backward(params, X, target, h0):
    _, ys = scan(gru_step(params), h0, X)
    hs = np.stack([y[0] for y in ys])
    logits = hs @ params["W_hy"].T + params["b_y"]
    m = logits.max(-1, keepdims=True)
    logp = logits - m - np.log(np.exp(logits - m).sum(-1, keepdims=True))
    onehot = np.eye(logits.shape[1])[target]
    dlogits = np.exp(logp) - onehot
    dhs = dlogits @ params["W_hy"]

    def back(d, item):
        vjp, dh = item
        d, dx, grads = vjp(d + dh)
        return d, (dx, grads)

    dh0, out = scan(back, np.zeros_like(h0), list(zip([y[-1] for y in ys], dhs))[::-1])
    total = {k: sum(grads[k] for _, grads in out) for k in out[0][1]}
    return {"loss": -(logp * onehot).sum(), "dx": np.stack([dx for dx, _ in out[::-1]]), "dh0": dh0,
            "dW_hy": dlogits.T @ hs, "db_y": dlogits.sum(0), **total}
