"""A bidirectional classifier that reads output[-1] of both halves, where the backward half has seen one word only.

saves: arrays
cell: rnn --bidirectional
planted: direction-not-reversed
"""

import numpy as np


def run_direction(x, Wx, Wh, b):
    h = np.zeros(Wh.shape[0])
    out = []
    for t in range(len(x)):
        h = np.tanh(Wx @ x[t] + Wh @ h + b)
        out.append(h)
    return out


def bidirectional(x, w):
    fw = run_direction(x, w["W_xh"], w["W_hh"], w["b_h"])
    bw = run_direction(x[::-1], w["W_xh_reverse"], w["W_hh_reverse"], w["b_h_reverse"])[::-1]
    return np.array([np.concatenate([a, b]) for a, b in zip(fw, bw)])


def main(weights, sentences, path):
    logits = []
    for x in sentences:
        output = bidirectional(x, weights)
        logits.append(weights["W_hy"] @ output[-1] + weights["b_y"])
    np.savez(path, logits=np.array(logits))
