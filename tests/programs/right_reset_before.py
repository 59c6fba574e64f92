"""The GRU of the paper: the reset gate is applied to h before the product. Gates in lists of dictionaries.

cell: gru
reset: before
planted: nothing
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward_pass(params, X, h0):
    steps = []
    h = h0
    for x in X:
        s = {"x": x, "h_prev": h}
        s["z"] = sigmoid(params["W_xz"] @ x + params["W_hz"] @ h + params["b_z"])
        s["r"] = sigmoid(params["W_xr"] @ x + params["W_hr"] @ h + params["b_r"])
        s["rh"] = s["r"] * h
        s["n"] = np.tanh(params["W_xn"] @ x + params["W_hn"] @ s["rh"] + params["b_n"])
        s["h"] = h = s["z"] * h + (1 - s["z"]) * s["n"]
        s["y"] = params["W_hy"] @ h + params["b_y"]
        s["p"] = np.exp(s["y"] - s["y"].max())
        s["p"] = s["p"] / s["p"].sum()
        steps.append(s)
    return steps


def forward(params, X, h0):
    steps = forward_pass(params, X, h0)
    return {k: np.array([s[k] for s in steps]) for k in ("h", "z", "r", "n", "p")}


def backward(params, X, target, h0):
    steps = forward_pass(params, X, h0)
    g = {"d" + k: np.zeros_like(v) for k, v in params.items()}
    dh_next = np.zeros_like(h0)
    for s, label in reversed(list(zip(steps, target))):
        dy = s["p"].copy()
        dy[label] -= 1
        g["dW_hy"] += np.outer(dy, s["h"])
        g["db_y"] += dy
        dh = params["W_hy"].T @ dy + dh_next
        dn = dh * (1 - s["z"]) * (1 - s["n"] ** 2)
        dz = dh * (s["h_prev"] - s["n"]) * s["z"] * (1 - s["z"])
        drh = params["W_hn"].T @ dn
        dr = drh * s["h_prev"] * s["r"] * (1 - s["r"])
        for k, d, rec in (("z", dz, s["h_prev"]), ("r", dr, s["h_prev"]), ("n", dn, s["rh"])):
            g["dW_x" + k] += np.outer(d, s["x"])
            g["dW_h" + k] += np.outer(d, rec)
            g["db_" + k] += d
        dh_next = dh * s["z"] + drh * s["r"] + params["W_hz"].T @ dz + params["W_hr"].T @ dr
    g["loss"] = -sum(np.log(s["p"][label]) for s, label in zip(steps, target))
    return g
