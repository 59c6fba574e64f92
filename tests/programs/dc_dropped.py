"""An LSTM on [h, x] glued together, with batches in columns. The error of c from the next step is not added.

cell: lstm
planted: dc-dropped
"""
import numpy as np

BATCHED = True

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def softmax(x):
    e_x = np.exp(x - np.max(x, axis=0, keepdims=True))
    return e_x / e_x.sum(axis=0, keepdims=True)

def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    concat = np.concatenate((a_prev, xt), axis=0)
    ft = sigmoid(np.dot(parameters["Wf"], concat) + parameters["bf"])
    it = sigmoid(np.dot(parameters["Wi"], concat) + parameters["bi"])
    cct = np.tanh(np.dot(parameters["Wc"], concat) + parameters["bc"])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(np.dot(parameters["Wo"], concat) + parameters["bo"])
    a_next = ot * np.tanh(c_next)
    yt_pred = softmax(np.dot(parameters["Wy"], a_next) + parameters["by"])
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt)

def lstm_cell_backward(da_next, dc_next, cache, parameters):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt = cache
    n_a = a_next.shape[0]
    dot = da_next * np.tanh(c_next) * ot * (1 - ot)
    dc = da_next * ot * (1 - np.tanh(c_next) ** 2)
    dcct = dc * it * (1 - cct ** 2)
    dit = dc * cct * it * (1 - it)
    dft = dc * c_prev * ft * (1 - ft)
    concat = np.concatenate((a_prev, xt), axis=0)
    gradients = {"dWf": np.dot(dft, concat.T), "dWi": np.dot(dit, concat.T),
                 "dWc": np.dot(dcct, concat.T), "dWo": np.dot(dot, concat.T),
                 "dbf": np.sum(dft, axis=1, keepdims=True), "dbi": np.sum(dit, axis=1, keepdims=True),
                 "dbc": np.sum(dcct, axis=1, keepdims=True), "dbo": np.sum(dot, axis=1, keepdims=True)}
    da_prev = sum(np.dot(parameters["W" + k][:, :n_a].T, d) for k, d in zip("fico", (dft, dit, dcct, dot)))
    return da_prev, dc * ft, gradients

NAMES = {"f": "f", "i": "i", "c": "g", "o": "o"}

def convert(params):
    p = {"Wy": params["W_hy"], "by": params["b_y"][:, None]}
    for mine, theirs in NAMES.items():
        p["W" + mine] = np.hstack([params["W_h" + theirs], params["W_x" + theirs]])
        p["b" + mine] = params["b_" + theirs][:, None]
    return p

def lstm_forward(p, x, a0, c0):
    a, c, caches, y = a0, c0, [], []
    for t in range(x.shape[2]):
        a, c, yt, cache = lstm_cell_forward(x[:, :, t], a, c, p)
        caches.append(cache)
        y.append(yt)
    return caches, y

def forward(params, X, h0, c0):
    caches, y = lstm_forward(convert(params), X.transpose(2, 1, 0), h0.T, c0.T)
    return {"h": np.array([k[0].T for k in caches]), "c": np.array([k[1].T for k in caches]),
            "probabilities": np.array([yt.T for yt in y])}

def backward(params, X, target, h0, c0):
    p = convert(params)
    caches, y = lstm_forward(p, X.transpose(2, 1, 0), h0.T, c0.T)
    m, n_a = X.shape[1], h0.shape[1]
    da_next, dc_next = np.zeros((n_a, m)), np.zeros((n_a, m))
    total, loss = {}, 0
    total["dWy"], total["dby"] = np.zeros_like(p["Wy"]), np.zeros_like(p["by"])
    for t in reversed(range(len(X))):
        dy = y[t].copy()
        loss -= np.sum(np.log(dy[target[t], np.arange(m)]))
        dy[target[t], np.arange(m)] -= 1
        total["dWy"] += dy @ caches[t][0].T
        total["dby"] += dy.sum(axis=1, keepdims=True)
        da_next, dc_next, gradients = lstm_cell_backward(p["Wy"].T @ dy + da_next, dc_next, caches[t], p)
        for k, g in gradients.items():
            total[k] = total.get(k, 0) + g
    out = {"loss": loss, "dW_hy": total["dWy"], "db_y": total["dby"].ravel()}
    for mine, theirs in NAMES.items():
        out["dW_h" + theirs] = total["dW" + mine][:, :n_a]
        out["dW_x" + theirs] = total["dW" + mine][:, n_a:]
        out["db_" + theirs] = total["db" + mine].ravel()
    return out
