"""A blog tutorial: class RNNNumpy with U, V, W. Its bptt multiplies by W where W.T is meant.

cell: rnn
planted: transposed
"""

import numpy as np


def softmax(x):
    xt = np.exp(x - np.max(x))
    return xt / np.sum(xt)


class RNNNumpy:
    def __init__(self, word_dim, hidden_dim, out_dim):
        self.word_dim = word_dim
        self.hidden_dim = hidden_dim
        self.U = np.random.uniform(-np.sqrt(1. / word_dim), np.sqrt(1. / word_dim), (hidden_dim, word_dim))
        self.V = np.random.uniform(-np.sqrt(1. / hidden_dim), np.sqrt(1. / hidden_dim), (out_dim, hidden_dim))
        self.W = np.random.uniform(-np.sqrt(1. / hidden_dim), np.sqrt(1. / hidden_dim), (hidden_dim, hidden_dim))
        self.b = np.zeros(hidden_dim)
        self.c = np.zeros(out_dim)

    def forward_propagation(self, x, s_init):
        T = len(x)
        # we save all hidden states in s because we need them later.
        # one extra row for the initial hidden state
        s = np.zeros((T + 1, self.hidden_dim))
        s[-1] = s_init
        o = np.zeros((T, self.V.shape[0]))
        for t in np.arange(T):
            s[t] = np.tanh(self.U.dot(x[t]) + self.W.dot(s[t-1]) + self.b)
            o[t] = softmax(self.V.dot(s[t]) + self.c)
        return [o, s]

    def predict(self, x, s_init):
        o, s = self.forward_propagation(x, s_init)
        return np.argmax(o, axis=1)

    def calculate_loss(self, x, y, s_init):
        o, s = self.forward_propagation(x, s_init)
        correct_word_predictions = o[np.arange(len(y)), y]
        return -1 * np.sum(np.log(correct_word_predictions))

    def bptt(self, x, y, s_init):
        T = len(y)
        o, s = self.forward_propagation(x, s_init)
        dLdU = np.zeros(self.U.shape)
        dLdV = np.zeros(self.V.shape)
        dLdW = np.zeros(self.W.shape)
        dLdb = np.zeros(self.b.shape)
        dLdc = np.zeros(self.c.shape)
        delta_o = o
        delta_o[np.arange(len(y)), y] -= 1.
        # For each output backwards...
        for t in np.arange(T)[::-1]:
            dLdV += np.outer(delta_o[t], s[t].T)
            dLdc += delta_o[t]
            # Initial delta calculation
            delta_t = self.V.T.dot(delta_o[t]) * (1 - (s[t] ** 2))
            # Backpropagation through time
            for bptt_step in np.arange(0, t+1)[::-1]:
                dLdW += np.outer(delta_t, s[bptt_step-1])
                dLdU += np.outer(delta_t, x[bptt_step])
                dLdb += delta_t
                # Update delta for next step
                delta_t = self.W.dot(delta_t) * (1 - s[bptt_step-1] ** 2)
        return [dLdU, dLdV, dLdW, dLdb, dLdc]


def make(params):
    H, I = params["W_xh"].shape
    net = RNNNumpy(I, H, len(params["b_y"]))
    net.U, net.W, net.V = params["W_xh"], params["W_hh"], params["W_hy"]
    net.b, net.c = params["b_h"], params["b_y"]
    return net


def forward(params, X, h0):
    o, s = make(params).forward_propagation(X, h0)
    return {"h": s[:-1], "probabilities": o}


def backward(params, X, target, h0):
    net = make(params)
    dU, dV, dW, db, dc = net.bptt(X, target, h0)
    return {"loss": net.calculate_loss(X, target, h0),
            "dW_xh": dU, "dW_hy": dV, "dW_hh": dW, "db_h": db, "db_y": dc}
