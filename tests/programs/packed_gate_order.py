"""A packed LSTM, N x T x D as in course work. The four blocks are stacked i f g o and cut as i f o g.

cell: lstm
planted: gate-order
"""

import numpy as np

BATCHED = True


def sigmoid(x):
    pos_mask = x >= 0
    neg_mask = x < 0
    z = np.zeros_like(x)
    z[pos_mask] = np.exp(-x[pos_mask])
    z[neg_mask] = np.exp(x[neg_mask])
    top = np.ones_like(x)
    top[neg_mask] = z[neg_mask]
    return top / (1 + z)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o, g = sigmoid(a[:, :H]), sigmoid(a[:, H:2*H]), sigmoid(a[:, 2*H:3*H]), np.tanh(a[:, 3*H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (i, f, o, g, x, Wx, Wh, prev_h, prev_c, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g, x, Wx, Wh, prev_h, prev_c, next_c = cache
    dc = dnext_c + dnext_h * o * (1 - np.tanh(next_c) ** 2)
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f),
                    dnext_h * np.tanh(next_c) * o * (1 - o), dc * i * (1 - g ** 2)])
    return da.dot(Wx.T), da.dot(Wh.T), dc * f, x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


def lstm_forward(x, h, c, Wx, Wh, b):
    N, T, D = x.shape
    hs, caches = np.zeros((N, T, h.shape[1])), []
    for t in range(T):
        h, c, cache = lstm_step_forward(x[:, t, :], h, c, Wx, Wh, b)
        hs[:, t, :] = h
        caches.append(cache)
    return hs, caches


def lstm_backward(dh, caches):
    N, T, H = dh.shape
    dWx, dWh, db = 0, 0, 0
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        dx, dprev_h, dprev_c, dWx_, dWh_, db_ = lstm_step_backward(dh[:, t, :] + dprev_h, dprev_c, caches[t])
        dWx, dWh, db = dWx + dWx_, dWh + dWh_, db + db_
    return dWx, dWh, db


def stacked(params):
    Wx = np.concatenate([params["W_xi"], params["W_xf"], params["W_xg"], params["W_xo"]]).T
    Wh = np.concatenate([params["W_hi"], params["W_hf"], params["W_hg"], params["W_ho"]]).T
    b = np.concatenate([params["b_i"], params["b_f"], params["b_g"], params["b_o"]])
    return Wx, Wh, b


def forward(params, X, h0, c0):
    hs, caches = lstm_forward(X.transpose(1, 0, 2), h0, c0, *stacked(params))
    scores = hs @ params["W_hy"].T + params["b_y"]
    return {"h": hs.transpose(1, 0, 2), "logits": scores.transpose(1, 0, 2)}


def backward(params, X, target, h0, c0):
    hs, caches = lstm_forward(X.transpose(1, 0, 2), h0, c0, *stacked(params))
    N, T, H = hs.shape
    scores = (hs @ params["W_hy"].T + params["b_y"]).reshape(N * T, -1)
    y = target.T.reshape(-1)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N * T), y]).sum()
    p[np.arange(N * T), y] -= 1
    dWx, dWh, db = lstm_backward(p.dot(params["W_hy"]).reshape(N, T, H), caches)
    out = {"loss": loss, "dW_hy": p.T.dot(hs.reshape(N * T, H)), "db_y": p.sum(axis=0)}
    for k, gate in enumerate("ifgo"):
        block = slice(k * H, (k + 1) * H)
        out["dW_x" + gate], out["dW_h" + gate], out["db_" + gate] = dWx.T[block], dWh.T[block], db[block]
    return out
