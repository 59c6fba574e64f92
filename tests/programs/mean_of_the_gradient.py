"""The loss is summed over the steps, the gradient is divided by their number.

cell: rnn
planted: mean-for-sum
"""

import numpy as np


def rnn_forward(x, h_prev, w):
    h_states = {-1: h_prev}
    y_hat = {}
    for t in range(x.shape[0]):
        h_states[t] = np.tanh(w["W_xh"] @ x[t] + w["W_hh"] @ h_states[t - 1] + w["b_h"])
        logits = w["W_hy"] @ h_states[t] + w["b_y"]
        exps = np.exp(logits - np.max(logits))
        y_hat[t] = exps / np.sum(exps)
    return h_states, y_hat


def cross_entropy(y_hat, y):
    return -np.sum([np.log(y_hat[t][y[t]]) for t in range(len(y))])


def rnn_backward(x, y, h_states, y_hat, w):
    seq_len = x.shape[0]
    gradients = {name: np.zeros_like(value) for name, value in w.items()}
    dh_next = np.zeros_like(h_states[-1])
    for t in range(seq_len - 1, -1, -1):
        dlogits = y_hat[t].copy()
        dlogits[y[t]] -= 1
        dlogits /= seq_len
        gradients["W_hy"] += dlogits[:, None] * h_states[t][None, :]
        gradients["b_y"] += dlogits
        dh = w["W_hy"].T @ dlogits + dh_next
        dtanh = (1 - h_states[t] ** 2) * dh
        gradients["b_h"] += dtanh
        gradients["W_xh"] += dtanh[:, None] * x[t][None, :]
        gradients["W_hh"] += dtanh[:, None] * h_states[t - 1][None, :]
        dh_next = w["W_hh"].T @ dtanh
    return gradients


def forward(params, X, h0):
    h_states, y_hat = rnn_forward(X, h0, params)
    return {"h": np.array([h_states[t] for t in range(len(X))]), "y_hat": np.array([y_hat[t] for t in range(len(X))])}


def backward(params, X, target, h0):
    h_states, y_hat = rnn_forward(X, h0, params)
    gradients = rnn_backward(X, target, h_states, y_hat, params)
    print("loss", cross_entropy(y_hat, target))
    return {"loss": cross_entropy(y_hat, target), **{"d" + k: v for k, v in gradients.items()}}
