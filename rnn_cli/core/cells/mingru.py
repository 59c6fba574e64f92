"""The minGRU: gates that see the input alone, so that all steps can be computed side by side."""

from collections.abc import Mapping, Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Remark, Step, StepGradient
from rnn_cli.core.quantities import Value


class MinGRU(Cell):
    """The minGRU in its linear-space form: a GRU without a reset gate and without recurrent matrices.

        z_t = sigmoid(W_xz x_t + b_z)              update gate
        n_t = W_xn x_t + b_n                       candidate
        h_t = (1 - z_t) * h_{t-1} + z_t * n_t      hidden state

    A gate's pre-activation has the gate's letter: z_t = sigmoid(a_z), and n_t = a_n. Backwards, dh_t = dL/dh_t is the error
    from the output plus that from the future, and u ⊗ v = u v^T is the outer product:

        da_n = dh_t * z_t     da_z = dh_t * (n_t - h_{t-1}) * z_t (1 - z_t)
        dx_t = W_xz^T da_z + W_xn^T da_n
        dh_{t-1} = dh_t * (1 - z_t) + the error of its own output
        for each gate   dW_x = sum over t of da ⊗ x_t     db = sum of da

    `step_backward` gives one step's terms of the sums over t, and dh_{t-1} without the error of its own output, which bptt.py
    adds; rnn.py says why the gradients are sums over t.

    The Jacobian:

        J_t = ∂h_t/∂h_{t-1} = diag(1 - z_t): no unit reads the state of another

    A step is h_t = a_t * h_{t-1} + b_t with a_t and b_t known from the input, and two steps in a row are one of the same form:

        (a, b) after (a', b') = (a * a', a * b' + b)

    so that a parallel scan computes all T states in log2 T rounds.

    Source: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs all we needed?" (2024), section 3.1, where the paper
    writes h~_t for n_t.
    """

    name, title = "mingru", "minGRU"
    gates = {"z": "sigmoid", "n": "identity"}
    keeps = "1 - z", "h"
    candidate = "n"

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t from x_t (…, I) and h_{t-1} (…, H)."""
        z = self.gate("z", w.W_xz @ x + w.b_z)
        n = self.gate("n", w.W_xn @ x + w.b_n)
        h = self.update("h", (1 - z) * state.h + z * n)
        return self.done(x, state, z=z, n=n, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t (…, H) -> dL/da of each gate, and what goes on to h_{t-1}, x_t and the weights."""
        z, n, dh = step.z, step.n, error.h
        da_n = self.error("a_n", dh * z)
        da_z = self.error("a_z", dh * (n - step.h_prev) * self.slope("z", z))
        return self.passed_back(w, step, {"h": dh}, {"n": da_n, "z": da_z}, h=dh * (1 - z))

    def remarks(
        self, gates: Mapping[str, Array], states: Mapping[str, Array], units: Sequence[int]
    ) -> tuple[Remark, ...]:
        """That the parallel scan gives the states of the loop, with the largest difference."""
        z, h = gates["z"], states["h"]
        scanned = parallel_scan(1 - z, z * gates["n"], h[0])
        rounds = max(len(z) - 1, 0).bit_length()
        difference = float(np.abs(scanned - h[1:]).max())
        said = (
            f"a parallel scan computes all {len(z)} step{'' if len(z) == 1 else 's'} in {rounds} round{'' if rounds == 1 else 's'}: "
            f"the largest difference of its states from the loop's is {difference:.1e}."
        )
        return (Remark("Parallel scan", said),)


def parallel_scan(a: Array, b: Array, h0: Array) -> Array:
    """h_t = a_t * h_{t-1} + b_t for all t, in log2 T rounds of steps of twice the length (Hillis and Steele 1986).

    a, b (T, H), h0 (H,) -> (T, H)
    """
    a, b, length = a.copy(), b.copy(), 1
    while length < len(a):
        # Each step is combined with the step `length` before it. A step without one is complete.
        b[length:], a[length:] = a[length:] * b[:-length] + b[length:], a[length:] * a[:-length]
        length *= 2
    return a * h0 + b
