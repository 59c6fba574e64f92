"""Columns in dictionaries by step, as gists have them, with parameters at module level. Results are columns too.

cell: rnn
planted: nothing
"""
import numpy as np

def lossFun(inputs, targets, hprev, model):
  Wxh, Whh, Why, bh, by = model
  xs, hs, ys, ps = {}, {}, {}, {}
  hs[-1] = np.copy(hprev)
  loss = 0
  for t in range(len(inputs)):
    xs[t] = inputs[t][:, None]
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    m = np.max(ys[t])
    ps[t] = np.exp(ys[t] - m) / np.sum(np.exp(ys[t] - m))
    loss += -np.log(ps[t][targets[t],0])
  dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
  dbh, dby = np.zeros_like(bh), np.zeros_like(by)
  dhnext = np.zeros_like(hs[0])
  for t in reversed(range(len(inputs))):
    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dhraw = (1 - hs[t] * hs[t]) * (np.dot(Why.T, dy) + dhnext)
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.dot(Whh.T, dhraw)
  return loss, dWxh, dWhh, dWhy, dbh, dby, hs, ps

def unpack(params):
  return params["W_xh"], params["W_hh"], params["W_hy"], params["b_h"][:, None], params["b_y"][:, None]

def forward(params, X, h0):
  *_, hs, ps = lossFun(X, [0] * len(X), h0[:, None], unpack(params))
  return {"hs": [hs[t] for t in range(len(X))], "ps": [ps[t] for t in range(len(X))]}

def backward(params, X, target, h0):
  loss, dWxh, dWhh, dWhy, dbh, dby, hs, ps = lossFun(X, target, h0[:, None], unpack(params))
  print("iter 0, loss: %f" % loss)
  return {"loss": loss, "dWxh": dWxh, "dWhh": dWhh, "dWhy": dWhy, "dbh": dbh, "dby": dby}
