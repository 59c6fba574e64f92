"""A model that ends in log_softmax, and a loss that takes log_softmax once more: that changes nothing.

cell: rnn
planted: nothing
"""

import numpy as np


def log_softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def cross_entropy(scores, y):
    """like F.cross_entropy(scores, y, reduction='sum')"""
    lp = log_softmax(scores)
    d = np.exp(lp)
    d[np.arange(len(y)), y] -= 1
    return -lp[np.arange(len(y)), y].sum(), d


def model(params, X, h0):
    hs = [h0]
    for x in X:
        hs.append(np.tanh(params["W_xh"] @ x + params["W_hh"] @ hs[-1] + params["b_h"]))
    hs = np.array(hs)
    return hs, log_softmax(hs[1:] @ params["W_hy"].T + params["b_y"])


def forward(params, X, h0):
    hs, log_probs = model(params, X, h0)
    return {"h": hs, "log_probs": log_probs, "probs": np.exp(log_probs)}


def backward(params, X, target, h0):
    hs, log_probs = model(params, X, h0)
    loss, dscores = cross_entropy(log_probs, target)
    dlogits = dscores - np.exp(log_probs) * dscores.sum(axis=1, keepdims=True)
    da_next = np.zeros_like(h0)
    dW_xh, dW_hh, db_h = 0, 0, 0
    for t in reversed(range(len(X))):
        da = (params["W_hy"].T @ dlogits[t] + params["W_hh"].T @ da_next) * (1 - hs[t + 1] ** 2)
        dW_xh, dW_hh, db_h = dW_xh + np.outer(da, X[t]), dW_hh + np.outer(da, hs[t]), db_h + da
        da_next = da
    return {"loss": loss, "dW_xh": dW_xh, "dW_hh": dW_hh, "db_h": db_h,
            "dW_hy": dlogits.T @ hs[1:], "db_y": dlogits.sum(0)}
