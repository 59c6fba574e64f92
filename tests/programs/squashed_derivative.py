"""An LSTM with d_sigmoid(x) = sigmoid(x)(1 - sigmoid(x)), which is handed gates that are squashed already.

cell: lstm
planted: derivative-of-value
"""

import numpy as np

def sigmoid(x): return 1. / (1 + np.exp(-x))
def dsigmoid(x): return sigmoid(x) * (1 - sigmoid(x))
def tanh(x): return np.tanh(x)
def dtanh(x): return 1. - np.tanh(x)**2

class LstmState:
    pass

class LstmNode:
    def __init__(self, p):
        self.p = p
        self.s = LstmState()

    def bottom_data_is(self, x, s_prev, h_prev):
        p, s = self.p, self.s
        self.x, self.s_prev, self.h_prev = x, s_prev, h_prev
        s.i = sigmoid(np.dot(p["W_xi"], x) + np.dot(p["W_hi"], h_prev) + p["b_i"])
        s.f = sigmoid(np.dot(p["W_xf"], x) + np.dot(p["W_hf"], h_prev) + p["b_f"])
        s.g = tanh(np.dot(p["W_xg"], x) + np.dot(p["W_hg"], h_prev) + p["b_g"])
        s.o = sigmoid(np.dot(p["W_xo"], x) + np.dot(p["W_ho"], h_prev) + p["b_o"])
        s.s = s.g * s.i + s_prev * s.f
        s.h = tanh(s.s) * s.o

    def top_diff_is(self, top_diff_h, top_diff_s, grads):
        p, s = self.p, self.s
        ds = s.o * dtanh(s.s) * top_diff_h + top_diff_s
        do = tanh(s.s) * top_diff_h
        di = s.g * ds
        dg = s.i * ds
        df = self.s_prev * ds
        diff = {"i": dsigmoid(s.i) * di, "f": dsigmoid(s.f) * df, "o": dsigmoid(s.o) * do, "g": dtanh(s.g) * dg}
        dh_prev = np.zeros_like(self.h_prev)
        for g, d in diff.items():
            grads["dW_x" + g] += np.outer(d, self.x)
            grads["dW_h" + g] += np.outer(d, self.h_prev)
            grads["db_" + g] += d
            dh_prev += np.dot(p["W_h" + g].T, d)
        return dh_prev, ds * s.f

def x_list(params, X, h0, c0):
    nodes = []
    for x in X:
        node = LstmNode(params)
        node.bottom_data_is(x, nodes[-1].s.s if nodes else c0, nodes[-1].s.h if nodes else h0)
        nodes.append(node)
    return nodes

def forward(params, X, h0, c0):
    nodes = x_list(params, X, h0, c0)
    h = np.array([n.s.h for n in nodes])
    return {"h": h, "c": [n.s.s for n in nodes], "logits": h @ params["W_hy"].T + params["b_y"]}

def backward(params, X, target, h0, c0):
    nodes = x_list(params, X, h0, c0)
    grads = {"d" + k: np.zeros_like(v) for k, v in params.items()}
    loss = 0
    dh, ds = np.zeros_like(h0), np.zeros_like(c0)
    for node, label in zip(reversed(nodes), target[::-1]):
        y = params["W_hy"] @ node.s.h + params["b_y"]
        y = np.exp(y - y.max())
        y /= y.sum()
        loss += -np.log(y[label])
        y[label] -= 1
        grads["dW_hy"] += np.outer(y, node.s.h)
        grads["db_y"] += y
        dh, ds = node.top_diff_is(dh + params["W_hy"].T @ y, ds, grads)
    grads["loss"] = loss
    return grads
