"""predict() returns probabilities, and the loss takes them for scores. The gradient is that of this loss.

cell: rnn
planted: softmax-twice
"""

import numpy as np


class Loss:
    """Softmax + cross entropy, like the one of a framework: takes raw scores."""

    def __call__(self, scores, label):
        e = np.exp(scores - np.max(scores))
        self.p = e / e.sum()
        self.label = label
        return -np.log(self.p[label])

    def backward(self):
        d = self.p.copy()
        d[self.label] -= 1
        return d


class Net:
    def __init__(self, params):
        for k, v in params.items():
            setattr(self, k, v)

    def predict(self, X, h):
        self.hs, self.ps = [h], []
        for x in X:
            h = np.tanh(self.W_xh.dot(x) + self.W_hh.dot(h) + self.b_h)
            z = self.W_hy.dot(h) + self.b_y
            z = np.exp(z - z.max())
            self.hs.append(h)
            self.ps.append(z / z.sum())
        return self.ps

    def train_step(self, X, target, h0):
        outputs = self.predict(X, h0)
        criterions = [Loss() for _ in X]
        loss = sum(criterion(y, label) for criterion, y, label in zip(criterions, outputs, target))
        g = {name: 0 for name in ("dW_xh", "dW_hh", "dW_hy", "db_h", "db_y")}
        dh = np.zeros(len(h0))
        for t in range(len(X))[::-1]:
            p, dp = outputs[t], criterions[t].backward()
            dz = p * (dp - np.dot(dp, p))
            g["dW_hy"] = g["dW_hy"] + np.outer(dz, self.hs[t + 1])
            g["db_y"] = g["db_y"] + dz
            da = (self.W_hy.T.dot(dz) + dh) * (1 - self.hs[t + 1] ** 2)
            g["dW_xh"] = g["dW_xh"] + np.outer(da, X[t])
            g["dW_hh"] = g["dW_hh"] + np.outer(da, self.hs[t])
            g["db_h"] = g["db_h"] + da
            dh = self.W_hh.T.dot(da)
        return loss, g


def forward(params, X, h0):
    net = Net(params)
    ps = net.predict(X, h0)
    return {"h": np.array(net.hs[1:]), "probabilities": np.array(ps)}


def backward(params, X, target, h0):
    loss, g = Net(params).train_step(X, target, h0)
    return dict(g, loss=loss)
