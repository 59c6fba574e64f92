"""Course notebook style. The state is updated in place "to save memory", and so the caller's h0 is overwritten.

cell: rnn
calls: several
planted: argument-changed
"""

import numpy as np


def rnn_step_forward(x, h, Wx, Wh, b):
    # write the new state into h, no need for a new array every step
    h[:] = np.tanh(x.dot(Wx) + h.dot(Wh) + b)
    cache = h.copy()
    return h, cache


def rnn_forward(X, h0, Wx, Wh, b):
    h = h0
    hs = np.zeros((X.shape[0], h0.shape[0]))
    h_first = h0.copy()
    for t in range(X.shape[0]):
        h, hs[t] = rnn_step_forward(X[t], h, Wx, Wh, b)
    return hs, (X, h_first, hs, Wx, Wh)


def rnn_backward(dhs, cache):
    X, h0, hs, Wx, Wh = cache
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[0])
    dX = np.zeros_like(X)
    dh_prev = np.zeros_like(h0)
    for t in reversed(range(len(X))):
        da = (dhs[t] + dh_prev) * (1 - hs[t] ** 2)
        h_prev = h0 if t == 0 else hs[t - 1]
        dX[t] = da.dot(Wx.T)
        dWx += np.outer(X[t], da)
        dWh += np.outer(h_prev, da)
        db += da
        dh_prev = da.dot(Wh.T)
    return dX, dh_prev, dWx, dWh, db


def temporal_softmax_loss(scores, y):
    probs = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[np.arange(len(y)), y]))
    dscores = probs.copy()
    dscores[np.arange(len(y)), y] -= 1
    return loss, dscores


def forward(params, X, h0):
    hs, _ = rnn_forward(X, h0, params["W_xh"].T, params["W_hh"].T, params["b_h"])
    return {"h": hs, "logits": hs.dot(params["W_hy"].T) + params["b_y"]}


def backward(params, X, target, h0):
    hs, cache = rnn_forward(X, h0, params["W_xh"].T, params["W_hh"].T, params["b_h"])
    loss, dscores = temporal_softmax_loss(hs.dot(params["W_hy"].T) + params["b_y"], target)
    dX, dh0, dWx, dWh, db = rnn_backward(dscores.dot(params["W_hy"]), cache)
    return {"loss": loss, "dx": dX, "dW_xh": dWx.T, "dW_hh": dWh.T, "db_h": db,
            "dW_hy": dscores.T.dot(hs), "db_y": dscores.sum(axis=0)}
