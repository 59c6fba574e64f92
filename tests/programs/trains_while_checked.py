"""A gist whose backward pass also takes the step of gradient descent, on the caller's own arrays.

cell: rnn
calls: several
planted: argument-changed
"""
import numpy as np

learning_rate = 0.1


def step(x, h, p):
    return np.tanh(p['W_xh'] @ x + p['W_hh'] @ h + p['b_h'])


def predict(h, p):
    y = np.exp(p['W_hy'] @ h + p['b_y'])
    return y / y.sum()


def forward(params, X, h0):
    hs, ps = [], []
    h = h0
    for x in X:
        h = step(x, h, params)
        hs.append(h)
        ps.append(predict(h, params))
    return {'hidden_states': hs, 'probs': ps}


def backward(params, X, target, h0):
    out = forward(params, X, h0)
    hs, ps = out['hidden_states'], out['probs']
    one_hot = np.eye(len(params['b_y']))
    loss = -sum(np.sum(one_hot[target[t]] * np.log(ps[t])) for t in range(len(X)))
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    dh_next = np.zeros_like(h0)
    for t in reversed(range(len(X))):
        dy = ps[t] - one_hot[target[t]]
        grads['W_hy'] += np.outer(dy, hs[t])
        grads['b_y'] += dy
        dh = params['W_hy'].T @ dy + dh_next
        da = (1 - hs[t] ** 2) * dh
        grads['W_xh'] += np.outer(da, X[t])
        grads['W_hh'] += np.outer(da, hs[t-1] if t else h0)
        grads['b_h'] += da
        dh_next = params['W_hh'].T @ da
    for k in params:
        params[k] -= learning_rate * grads[k]
    result = {'d' + k: g for k, g in grads.items()}
    result['loss'] = loss
    return result
