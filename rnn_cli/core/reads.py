"""What a readout that answers once reads of the last layer's outputs, (T, D*H): one vector of D*H numbers.

    final-state    each direction's h where it ends: forward h_T, backward h_1 (PyTorch's h_n)
    last-output    output[T]: forward h_T, and backward h_T, which that direction computed first (PyTorch's output[-1])
    mean           (1/T) sum over t of output[t]
    max            the largest over t, element by element; of equals the first, as torch.max over a dimension has it

Each of them is a weighted sum over the steps:

    read[j] = sum over t of share[t][j] output[t][j]          doutput[t][j] = share[t][j] dread[j]

A share is 1 at the one step that is read and 0 elsewhere, or 1/T. Which step the max reads depends on the outputs, but a
small change of them does not change it, but where two are equal: its shares are constants to a derivative.
"""

import numpy as np

from rnn_cli.core.arrays import Array

FINAL_STATE, LAST_OUTPUT, MEAN, MAX = READS = ("final-state", "last-output", "mean", "max")


class Reading:
    """What is read of a batch whose outputs come in segments of time, and the share of each step in it.

    read (B, D*H), once all segments were seen.
    """

    def __init__(self, reads: str, forward: int, lengths: Array) -> None:
        """`forward` numbers are of the forward direction, lengths (B,) those of the sequences: padding has no share."""
        self.reads, self.forward, self.lengths = reads, forward, lengths
        self.read = np.zeros(0)
        self.at = np.zeros(0, dtype=int)

    def see(self, output: Array, start: int = 0) -> "Reading":
        """Read the outputs (n, B, D*H) of the steps from `start` on, counted from 0."""
        if not self.read.size:
            self.read = np.zeros(output.shape[1:], output.dtype)
            self.at = np.broadcast_to((self.lengths - 1)[:, None], output.shape[1:]).copy()
            if self.reads == FINAL_STATE:
                self.at[:, self.forward :] = 0
        if self.reads == MEAN:
            self.read = self.read + (self.shares(start, start + len(output)) * output).sum(axis=0)
        elif self.reads == MAX:
            self._see_largest(output, start)
        else:  # not the sum: 0 times an inf of another step is NaN
            here = (self.at >= start) & (self.at < start + len(output))
            found = np.take_along_axis(output, np.where(here, self.at - start, 0)[None], axis=0)[0]
            self.read = np.where(here, found, self.read)
        return self

    def _see_largest(self, output: Array, start: int) -> None:
        """Keep the largest so far; a NaN is larger than all numbers, as it is in NumPy and PyTorch."""
        steps = len(output)
        inside = (start + np.arange(steps))[:, None] < self.lengths
        real = (
            output.real if inside.all() else np.where(inside[..., None], output.real, output.real.dtype.type(-np.inf))
        )
        largest, so_far = real.max(axis=0), self.read.real
        found = real == largest
        unordered = np.isnan(largest)
        if unordered.any():
            found |= np.isnan(real)
        # The first of equals has most steps left. Much faster than an argmax over the first axis.
        left = (found * np.arange(steps, 0, -1, dtype=np.int32)[:, None, None]).max(axis=0)
        new = inside[0][:, None] & ((start == 0) | (largest > so_far) | (unordered & ~np.isnan(so_far)))
        self.at = np.where(new, start + steps - left, self.at)
        at_largest = np.take_along_axis(output, (steps - left)[None], axis=0)[0] if np.iscomplexobj(output) else largest
        self.read = np.where(new, at_largest, self.read)

    def shares(self, start: int, stop: int) -> Array:
        """The share of each of the steps start … stop - 1 in each number read, (n, B, D*H)."""
        t, dtype = np.arange(start, stop)[:, None, None], self.read.real.dtype
        if self.reads != MEAN:
            return np.asarray(t == self.at, dtype=dtype)
        each = ((t < self.lengths[:, None]) / self.lengths[:, None]).astype(dtype)
        return np.broadcast_to(each, (stop - start, *self.read.shape))
