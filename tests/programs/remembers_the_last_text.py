"""A stateful model at module level: the state of the last text is where the next one begins, whatever h0 is given later.

cell: rnn
calls: several
planted: state-kept
"""

import numpy as np


class StatefulRNN:
    def __init__(self):
        self.h = None

    def set_weights(self, params):
        self.W, self.U, self.b = params["W_xh"], params["W_hh"], params["b_h"]
        self.V, self.c = params["W_hy"], params["b_y"]

    def step(self, x):
        self.h = np.tanh(np.dot(self.W, x) + np.dot(self.U, self.h) + self.b)
        return np.dot(self.V, self.h) + self.c

    def run(self, X, h0):
        if self.h is None or self.h.shape != h0.shape:   # first call
            self.h = h0
        hs, ys = [], []
        for x in X:
            ys.append(self.step(x))
            hs.append(self.h)
        return np.array(hs), np.array(ys)


model = StatefulRNN()


def forward(params, X, h0):
    model.set_weights(params)
    hs, ys = model.run(X, h0)
    return {"h": hs, "logits": ys}
