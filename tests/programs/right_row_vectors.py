"""Row vectors: x @ W with every matrix stored the other way round. The list of states begins with the initial one.

cell: rnn
planted: nothing
"""

import numpy as np


class RNN:
    def __init__(self, Wxh, Whh, Why, bh, by):
        self.Wxh, self.Whh, self.Why, self.bh, self.by = Wxh, Whh, Why, bh, by

    def forward(self, X, h0):
        hs, ys = [h0], []
        for x in X:
            hs.append(np.tanh(x @ self.Wxh + hs[-1] @ self.Whh + self.bh))
            ys.append(hs[-1] @ self.Why + self.by)
        return np.array(hs), np.array(ys)

    def backward(self, X, y, h0):
        hs, ys = self.forward(X, h0)
        probs = np.exp(ys - ys.max(1, keepdims=True))
        probs /= probs.sum(1, keepdims=True)
        loss = -np.log(probs[range(len(y)), y]).sum()
        dys = probs - np.eye(ys.shape[1])[y]
        dWxh, dWhh, dbh = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.bh)
        dh = np.zeros(hs.shape[1])
        for t in reversed(range(len(X))):
            da = (dys[t] @ self.Why.T + dh) * (1 - hs[t + 1] ** 2)
            dWxh += np.outer(X[t], da)
            dWhh += np.outer(hs[t], da)
            dbh += da
            dh = da @ self.Whh.T
        return loss, dWxh, dWhh, hs[1:].T @ dys, dbh, dys.sum(0)


def net(params):
    return RNN(params["W_xh"].T, params["W_hh"].T, params["W_hy"].T, params["b_h"], params["b_y"])


def forward(params, X, h0):
    hs, ys = net(params).forward(X, h0)
    return {"h": hs, "logits": ys}


def backward(params, X, target, h0):
    loss, dWxh, dWhh, dWhy, dbh, dby = net(params).backward(X, target, h0)
    return {"loss": loss, "dW_xh": dWxh, "dW_hh": dWhh, "dW_hy": dWhy, "db_h": dbh, "db_y": dby}
