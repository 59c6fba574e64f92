"""A GRU in row vectors, where the line of the reset gate was copied and still has the update gate's recurrent weights.

cell: gru
planted: wrong-gate
"""
import numpy as np

def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))

class Gru:
    """ h = z * h_prev + (1 - z) * n """
    def __init__(self, params):
        (self.Wxz, self.Whz, self.bz) = (params['W_xz'].T, params['W_hz'].T, params['b_z'])
        (self.Wxr, self.Whr, self.br) = (params['W_xr'].T, params['W_hr'].T, params['b_r'])
        (self.Wxn, self.Whn, self.bn) = (params['W_xn'].T, params['W_hn'].T, params['b_n'])
        self.bhn, self.Why, self.by = params['b_hn'], params['W_hy'].T, params['b_y']

    def forward(self, inputs, hprev):
        self.z, self.r, self.n, self.h, self.y = {}, {}, {}, {-1: hprev}, {}
        for t in range(len(inputs)):
            self.z[t] = sigmoid(inputs[t] @ self.Wxz + self.h[t-1] @ self.Whz + self.bz)
            self.r[t] = sigmoid(inputs[t] @ self.Wxr + self.h[t-1] @ self.Whz + self.br)
            self.n[t] = np.tanh(inputs[t] @ self.Wxn + self.bn + self.r[t] * (self.h[t-1] @ self.Whn + self.bhn))
            self.h[t] = self.z[t] * self.h[t-1] + (1 - self.z[t]) * self.n[t]
            self.y[t] = self.h[t] @ self.Why + self.by
        return [self.h[t] for t in range(len(inputs))]

def forward(params, X, h0):
    gru = Gru(params)
    hs = gru.forward(X, h0)
    T = range(len(X))
    return {'h': hs, 'z': [gru.z[t] for t in T], 'r': [gru.r[t] for t in T], 'n': [gru.n[t] for t in T],
            'logits': [gru.y[t] for t in T]}
