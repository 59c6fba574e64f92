"""An LSTM from a blog with six mistakes at once, as copied from repository to repository.

No 1 - tanh(c)^2, c_t where c_{t-1} is meant, the candidate's slope forgotten, dc_next never added, dh_next never updated,
and the bias of the output overwritten.

cell: lstm
calls: several
planted: overwritten derivative-missing future-dropped off-by-one
"""

import numpy as np

def sigmoid(x):
    return 1/(1+np.exp(-x))

def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()

class LSTM:
    def __init__(self, n_in, n_h, n_out):
        self.W = {g: np.random.randn(n_h, n_in)*0.1 for g in 'ifco'}
        self.U = {g: np.random.randn(n_h, n_h)*0.1 for g in 'ifco'}
        self.b = {g: np.zeros((n_h, 1)) for g in 'ifco'}
        self.Wy = np.random.randn(n_out, n_h)*0.1
        self.by = np.zeros((n_out, 1))
        self.n_h = n_h

    def forward(self, xs, h, c):
        self.cache = []
        for x in xs:
            x = x.reshape(-1, 1)
            i = sigmoid(self.W['i'] @ x + self.U['i'] @ h + self.b['i'])
            f = sigmoid(self.W['f'] @ x + self.U['f'] @ h + self.b['f'])
            o = sigmoid(self.W['o'] @ x + self.U['o'] @ h + self.b['o'])
            c_bar = np.tanh(self.W['c'] @ x + self.U['c'] @ h + self.b['c'])
            c_old, h_old = c, h
            c = f*c_old + i*c_bar
            h = o*np.tanh(c)
            y = self.Wy @ h + self.by
            self.cache.append((x, i, f, o, c_bar, c_old, h_old, c, h, y, softmax(y)))
        return self.cache

    def backward(self, targets):
        dW = {g: np.zeros_like(self.W[g]) for g in 'ifco'}
        dU = {g: np.zeros_like(self.U[g]) for g in 'ifco'}
        db = {g: np.zeros_like(self.b[g]) for g in 'ifco'}
        dWy, dby = np.zeros_like(self.Wy), np.zeros_like(self.by)
        dh_next = np.zeros((self.n_h, 1))
        loss = 0
        for t in range(len(targets)-1, -1, -1):
            x, i, f, o, c_bar, c_old, h_old, c, h, y, p = self.cache[t]
            loss -= np.log(p[targets[t], 0])
            dy = p.copy()
            dy[targets[t]] -= 1
            dWy += dy @ h.T
            dby = dy
            dh = self.Wy.T @ dy + dh_next
            do = dh * np.tanh(c) * o * (1 - o)
            dc = dh * o
            df = dc * c * f * (1 - f)
            di = dc * c_bar * i * (1 - i)
            dcb = dc * i
            for g, d in zip('ifco', (di, df, dcb, do)):
                dW[g] += d @ x.T
                dU[g] += d @ h_old.T
                db[g] += d
        return loss, dW, dU, db, dWy, dby


def build(params):
    H, I = params['W_xi'].shape
    net = LSTM(I, H, len(params['b_y']))
    for mine, theirs in zip('ifco', 'ifgo'):
        net.W[mine] = params['W_x' + theirs]
        net.U[mine] = params['W_h' + theirs]
        net.b[mine] = params['b_' + theirs].reshape(-1, 1)
    net.Wy = params['W_hy']
    net.by = params['b_y'].reshape(-1, 1)
    return net

def forward(params, X, h0, c0):
    cache = build(params).forward(X, h0.reshape(-1, 1), c0.reshape(-1, 1))
    return {
        'i': np.array([k[1].ravel() for k in cache]),
        'f': np.array([k[2].ravel() for k in cache]),
        'o': np.array([k[3].ravel() for k in cache]),
        'g': np.array([k[4].ravel() for k in cache]),
        'c': np.array([k[7].ravel() for k in cache]),
        'h': np.array([k[8].ravel() for k in cache]),
        'probabilities': np.array([k[10].ravel() for k in cache]),
    }

def backward(params, X, target, h0, c0):
    net = build(params)
    net.forward(X, h0.reshape(-1, 1), c0.reshape(-1, 1))
    loss, dW, dU, db, dWy, dby = net.backward(target)
    out = {'loss': loss, 'dW_hy': dWy, 'db_y': dby.ravel()}
    for mine, theirs in zip('ifco', 'ifgo'):
        out['dW_x' + theirs] = dW[mine]
        out['dW_h' + theirs] = dU[mine]
        out['db_' + theirs] = db[mine].ravel()
    return out
