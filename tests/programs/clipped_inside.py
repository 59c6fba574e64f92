"""A character model in one file, with dictionaries of columns by step. The error is clipped on its way from step to step.

cell: rnn
planted: clipped-inside
"""

import numpy as np

# model parameters live at module level, as in many gists
Wxh = Whh = Why = bh = by = None


def lossFun(inputs, targets, hprev):
  """ returns the loss, gradients on model parameters, and last hidden state """
  xs, hs, ys, ps = {}, {}, {}, {}
  hs[-1] = np.copy(hprev)
  loss = 0
  for t in range(len(inputs)):
    xs[t] = inputs[t].reshape(-1, 1)
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    loss += -np.log(ps[t][targets[t],0])
  dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
  dbh, dby = np.zeros_like(bh), np.zeros_like(by)
  dhnext = np.zeros_like(hs[0])
  for t in reversed(range(len(inputs))):
    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.dot(Whh.T, dhraw)
    dhnext = np.clip(dhnext, -1, 1)  # mitigate exploding gradients
  return loss, dWxh, dWhh, dWhy, dbh, dby, hs, ps


def load(params):
  global Wxh, Whh, Why, bh, by
  Wxh, Whh, Why = params["W_xh"], params["W_hh"], params["W_hy"]
  bh, by = params["b_h"].reshape(-1, 1), params["b_y"].reshape(-1, 1)


def forward(params, X, h0):
  load(params)
  out = lossFun(X, np.zeros(len(X), dtype=int), h0.reshape(-1, 1))
  hs, ps = out[-2], out[-1]
  return {"h": [hs[t] for t in range(len(X))], "probabilities": [ps[t] for t in range(len(X))]}


def backward(params, X, target, h0):
  load(params)
  loss, dWxh, dWhh, dWhy, dbh, dby, hs, ps = lossFun(X, target, h0.reshape(-1, 1))
  return {"loss": loss, "dWxh": dWxh, "dWhh": dWhh, "dWhy": dWhy, "dbh": dbh, "dby": dby}
