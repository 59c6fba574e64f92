"""An LSTM with weights glued to one matrix over [h; x], gates in the order f i o g. Batch first inside; results packed i f g o.

cell: lstm
planted: nothing
"""

import numpy as np

BATCHED = True
ORDER = "fiog"


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def pack(params):
    W = np.vstack([np.hstack([params["W_h" + k], params["W_x" + k]]) for k in ORDER])
    b = np.hstack([params["b_" + k] for k in ORDER])
    return W, b


def run(params, X, h, c):
    W, b = pack(params)
    steps = []
    for x in X:
        z = np.concatenate([h, x], axis=1)
        a = z @ W.T + b
        f, i, o = np.split(sigmoid(a[:, :3 * h.shape[1]]), 3, axis=1)
        g = np.tanh(a[:, 3 * h.shape[1]:])
        c_prev, c = c, f * c + i * g
        h = o * np.tanh(c)
        steps.append((z, f, i, o, g, c_prev, c, h))
    return W, steps


def forward(params, X, h0, c0):
    W, steps = run(params, X, h0, c0)
    hs = np.stack([s[-1] for s in steps], axis=1)
    return {"h": hs, "c": np.stack([s[-2] for s in steps], axis=1), "logits": hs @ params["W_hy"].T + params["b_y"]}


def backward(params, X, target, h0, c0):
    W, steps = run(params, X, h0, c0)
    H = h0.shape[1]
    dW, db = np.zeros_like(W), np.zeros(len(W))
    dWy, dby = np.zeros_like(params["W_hy"]), np.zeros_like(params["b_y"])
    dh_next, dc_next, loss = np.zeros_like(h0), np.zeros_like(c0), 0.0
    for t in reversed(range(len(X))):
        z, f, i, o, g, c_prev, c, h = steps[t]
        s = h @ params["W_hy"].T + params["b_y"]
        s = s - s.max(axis=1, keepdims=True)
        logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
        loss -= logp[np.arange(len(h)), target[t]].sum()
        ds = np.exp(logp)
        ds[np.arange(len(h)), target[t]] -= 1
        dWy += ds.T @ h
        dby += ds.sum(0)
        dh = ds @ params["W_hy"] + dh_next
        tc = np.tanh(c)
        dc = dh * o * (1 - tc * tc) + dc_next
        da = np.hstack([dc * c_prev * f * (1 - f), dc * g * i * (1 - i), dh * tc * o * (1 - o), dc * i * (1 - g * g)])
        dW += da.T @ z
        db += da.sum(0)
        dz = da @ W
        dh_next, dc_next = dz[:, :H], dc * f
    parts, biases = dict(zip(ORDER, np.split(dW, 4))), dict(zip(ORDER, np.split(db, 4)))
    return {"loss": loss, "dW_hy": dWy, "db_y": dby,
            "dW_hh": np.vstack([parts[k][:, :H] for k in "ifgo"]),
            "dW_xh": np.vstack([parts[k][:, H:] for k in "ifgo"]),
            "db_h": np.hstack([biases[k] for k in "ifgo"])}
