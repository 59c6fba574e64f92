"""Layers as objects. One Tanh object serves every step and remembers its last output, so that backward reads the last step.

cell: rnn
planted: derivative-of-wrong-step
"""

import numpy as np


class MultiplyGate:
    def forward(self, W, x):
        return np.dot(W, x)

    def backward(self, W, x, dz):
        dW = np.asarray(np.dot(np.transpose(np.asmatrix(dz)), np.asmatrix(x)))
        dx = np.dot(np.transpose(W), dz)
        return dW, dx


class AddGate:
    def forward(self, x1, x2):
        return x1 + x2

    def backward(self, dz):
        return dz * np.ones_like(dz), dz * np.ones_like(dz)


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, top_diff):
        return (1.0 - np.square(self.out)) * top_diff


class Softmax:
    def predict(self, x):
        exp_scores = np.exp(x - np.max(x))
        return exp_scores / np.sum(exp_scores)

    def loss(self, x, y):
        return -np.log(self.predict(x)[y])

    def diff(self, x, y):
        probs = self.predict(x)
        probs[y] -= 1.0
        return probs


mulGate = MultiplyGate()
addGate = AddGate()
activation = Tanh()
output = Softmax()


class RNNLayer:
    def forward(self, x, prev_s, U, W, b, V, c):
        self.mulu = mulGate.forward(U, x)
        self.mulw = mulGate.forward(W, prev_s)
        self.add = addGate.forward(self.mulw, self.mulu) + b
        self.s = activation.forward(self.add)
        self.mulv = mulGate.forward(V, self.s) + c

    def backward(self, x, prev_s, U, W, V, diff_s, dmulv):
        dV, dsv = mulGate.backward(V, self.s, dmulv)
        ds = dsv + diff_s
        dadd = activation.backward(ds)
        dmulw, dmulu = addGate.backward(dadd)
        dW, dprev_s = mulGate.backward(W, prev_s, dmulw)
        dU, dx = mulGate.backward(U, x, dmulu)
        return dprev_s, dU, dW, dV, dadd, dx


class Model:
    def __init__(self, params):
        self.U, self.W, self.b = params["W_xh"], params["W_hh"], params["b_h"]
        self.V, self.c = params["W_hy"], params["b_y"]

    def forward_propagation(self, X, h0):
        layers = []
        prev_s = h0
        for t in range(len(X)):
            layer = RNNLayer()
            layer.forward(X[t], prev_s, self.U, self.W, self.b, self.V, self.c)
            prev_s = layer.s
            layers.append(layer)
        return layers

    def bptt(self, X, y, h0):
        layers = self.forward_propagation(X, h0)
        dU, dV, dW = np.zeros(self.U.shape), np.zeros(self.V.shape), np.zeros(self.W.shape)
        db, dc = np.zeros(self.b.shape), np.zeros(self.c.shape)
        diff_s = np.zeros(len(h0))
        loss = 0.0
        for t in reversed(range(len(X))):
            loss += output.loss(layers[t].mulv, y[t])
            dmulv = output.diff(layers[t].mulv, y[t])
            prev_s = layers[t - 1].s if t > 0 else h0
            diff_s, dU_t, dW_t, dV_t, db_t, dx = layers[t].backward(
                X[t], prev_s, self.U, self.W, self.V, diff_s, dmulv)
            dU, dW, dV, db, dc = dU + dU_t, dW + dW_t, dV + dV_t, db + db_t, dc + dmulv
        return loss, dU, dW, dV, db, dc


def forward(params, X, h0):
    layers = Model(params).forward_propagation(X, h0)
    return {"h": np.array([l.s for l in layers]), "logits": np.array([l.mulv for l in layers])}


def backward(params, X, target, h0):
    loss, dU, dW, dV, db, dc = Model(params).bptt(X, target, h0)
    return {"loss": loss, "dW_xh": dU, "dW_hh": dW, "dW_hy": dV, "db_h": db, "db_y": dc}
