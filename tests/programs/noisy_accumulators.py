"""A GRU class whose accumulators start as the weights did, from small random numbers and not from zeros.

cell: gru
calls: several
planted: not-zeroed
"""

import numpy as np


def sigm(v):
    return 1.0 / (1.0 + np.exp(-v))


class GRUCell:
    def __init__(self, W, U, b, bn):
        self.Wr, self.Wz, self.Wn = W
        self.Ur, self.Uz, self.Un = U
        self.br, self.bz, self.bn = b
        self.bhn = bn
        self.reset_grads()

    def _rand(self, like):
        return np.random.randn(*like.shape) * 0.01

    def reset_grads(self):
        self.dWr, self.dWz, self.dWn = self._rand(self.Wr), self._rand(self.Wz), self._rand(self.Wn)
        self.dUr, self.dUz, self.dUn = self._rand(self.Ur), self._rand(self.Uz), self._rand(self.Un)
        self.dbr, self.dbz, self.dbn = self._rand(self.br), self._rand(self.bz), self._rand(self.bn)
        self.dbhn = self._rand(self.bhn)

    def step(self, x, h_prev):
        r = sigm(self.Wr @ x + self.Ur @ h_prev + self.br)
        z = sigm(self.Wz @ x + self.Uz @ h_prev + self.bz)
        m = self.Un @ h_prev + self.bhn
        n = np.tanh(self.Wn @ x + self.bn + r * m)
        h = (1 - z) * n + z * h_prev
        return h, (x, h_prev, r, z, m, n)

    def step_back(self, dh, memory):
        x, h_prev, r, z, m, n = memory
        dz = dh * (h_prev - n) * z * (1 - z)
        dn = dh * (1 - z) * (1 - n ** 2)
        dm = dn * r
        dr = dn * m * r * (1 - r)
        self.dWr += np.outer(dr, x)
        self.dWz += np.outer(dz, x)
        self.dWn += np.outer(dn, x)
        self.dUr += np.outer(dr, h_prev)
        self.dUz += np.outer(dz, h_prev)
        self.dUn += np.outer(dm, h_prev)
        self.dbr += dr
        self.dbz += dz
        self.dbn += dn
        self.dbhn += dm
        return dh * z + self.Ur.T @ dr + self.Uz.T @ dz + self.Un.T @ dm


def cell(params):
    return GRUCell([params["W_x" + g] for g in "rzn"], [params["W_h" + g] for g in "rzn"],
                   [params["b_" + g] for g in "rzn"], params["b_hn"])


def run(gru, params, X, h0):
    h, hs, memories, ys = h0, [], [], []
    for x in X:
        h, memory = gru.step(x, h)
        hs.append(h)
        memories.append(memory)
        ys.append(params["W_hy"] @ h + params["b_y"])
    return hs, memories, ys


def forward(params, X, h0):
    hs, memories, ys = run(cell(params), params, X, h0)
    return {"h": np.stack(hs), "logits": np.stack(ys)}


def backward(params, X, target, h0):
    gru = cell(params)
    hs, memories, ys = run(gru, params, X, h0)
    dWhy, dby = np.zeros_like(params["W_hy"]), np.zeros_like(params["b_y"])
    loss, dh = 0, np.zeros_like(h0)
    for t in range(len(X) - 1, -1, -1):
        p = np.exp(ys[t] - ys[t].max())
        p /= p.sum()
        loss -= np.log(p[target[t]])
        p[target[t]] -= 1
        dWhy += np.outer(p, hs[t])
        dby += p
        dh = gru.step_back(dh + params["W_hy"].T @ p, memories[t])
    return {"loss": loss, "dW_hy": dWhy, "db_y": dby, "db_hn": gru.dbhn,
            "dW_xr": gru.dWr, "dW_xz": gru.dWz, "dW_xn": gru.dWn,
            "dW_hr": gru.dUr, "dW_hz": gru.dUz, "dW_hn": gru.dUn,
            "db_r": gru.dbr, "db_z": gru.dbz, "db_n": gru.dbn}
