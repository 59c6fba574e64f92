"""A classifier of padded sentences that takes the last column for the last word, also of the shorter sentences.

saves: arrays
cell: rnn
planted: padding-read
"""

import numpy as np


def pad_sequences(sequences):
    maxlen = max(len(s) for s in sequences)
    out = np.zeros((len(sequences), maxlen, sequences[0].shape[1]))
    for k, s in enumerate(sequences):
        out[k, :len(s)] = s
    return out


def main(weights, sentences, path):
    x = pad_sequences(sentences)
    N, T, D = x.shape
    h = np.zeros((N, weights["W_hh"].shape[0]))
    out = []
    for t in range(T):
        h = np.tanh(x[:, t] @ weights["W_xh"].T + h @ weights["W_hh"].T + weights["b_h"])
        out.append(h)
    out = np.stack(out, axis=1)
    logits = out[:, -1] @ weights["W_hy"].T + weights["b_y"]
    np.savez(path, logits=logits)
