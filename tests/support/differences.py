"""Gradients of a small vanilla RNN in a precision of one's own, derived and by differences: files of a course's gradient check.

Nothing here is the program's: every perturbed loss is a row of a batch, and rounds as a loop over losses does.
"""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array

Net = tuple[dict[str, Array], Array, Array, str]
"""The weights by name, x (T, I), the targets (T,), "tanh" or "relu"."""


def random_net(rng: np.random.Generator, activation: str, scale: float = 1.0, least: int = 1) -> Net:
    """A network with a readout at every step, of sizes that are all different now and then."""
    inputs, H, C, T = [int(rng.integers(max(low, least), high)) for low, high in ((1, 6), (2, 8), (2, 5), (1, 9))]
    weights = {
        "W_xh": rng.normal(size=(H, inputs)),
        "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
        "b_h": rng.normal(size=H) * (rng.random() > 0.3),
        "W_hy": rng.normal(size=(C, H)),
        "b_y": rng.normal(size=C),
    }
    return weights, scale * rng.normal(size=(T, inputs)), rng.integers(0, C, T), activation


def _losses(weights: dict[str, Array], net: Net, dtype: Any) -> Array:
    """The loss of each of P settings of the weights (P, …)."""
    _, x, targets, activation = net
    W, U, b, V, c = (weights[name].astype(dtype) for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y"))
    h, loss = np.zeros(b.shape, dtype), np.zeros(len(b), dtype)
    for x_t, k in zip(x.astype(dtype), targets, strict=True):
        a = W @ x_t + (U @ h[..., None])[..., 0] + b
        h = np.tanh(a) if activation == "tanh" else np.maximum(a, 0)
        logits = (V @ h[..., None])[..., 0] + c
        most = logits.max(axis=1)
        loss = loss + (most + np.log(np.exp(logits - most[:, None]).sum(axis=1)) - logits[:, k]).astype(dtype)
    return loss


def by_differences(net: Net, dtype: Any, step: float, central: bool = True) -> dict[str, Array]:
    """The numeric gradient: (f(w + e) - f(w - e)) / 2e, or (f(w + e) - f(w)) / e."""
    weights, found = net[0], {}
    for name, array in weights.items():
        moves = step * np.eye(array.size).reshape(array.size, *array.shape)
        many = {key: np.broadcast_to(one, (array.size, *one.shape)) for key, one in weights.items()}

        def at(sign: int, name: str = name, array: Array = array, moves: Array = moves, many: Any = many) -> Array:
            moved = array.astype(dtype) + (sign * moves).astype(dtype)
            return _losses({**many, name: moved}, net, dtype)

        apart = (at(1) - at(-1)) / dtype(2 * step) if central else (at(1) - at(0)) / dtype(step)
        found[name] = apart.reshape(array.shape)
    return found


def derived(net: Net, dtype: Any, mistake: str = "") -> dict[str, Array]:
    """The analytic gradient; with "future", "slope" or "overwritten", one that has this mistake."""
    weights, x, targets, activation = net
    W, U, b, V, c = (weights[name].astype(dtype) for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y"))
    hs, errors = [np.zeros(len(b), dtype)], []
    for x_t, k in zip(x.astype(dtype), targets, strict=True):
        a = W @ x_t + U @ hs[-1] + b
        hs.append(np.tanh(a) if activation == "tanh" else np.maximum(a, 0))
        shares = np.exp(V @ hs[-1] + c - (V @ hs[-1] + c).max())
        errors.append(shares / shares.sum() - np.eye(len(c), dtype=dtype)[k])
    found = {name: np.zeros(array.shape, dtype) for name, array in weights.items()}
    future = np.zeros(len(b), dtype)
    for t in reversed(range(len(x))):
        dh = V.T @ errors[t] + (0 if mistake == "future" else future)
        slope = 1 - hs[t + 1] ** 2 if activation == "tanh" else (hs[t + 1] > 0).astype(dtype)
        da = dh * (1 if mistake == "slope" else slope)
        future = U.T @ da
        given = {"W_xh": np.outer(da, x[t]), "W_hh": np.outer(da, hs[t]), "b_h": da}
        for name, share in {**given, "W_hy": np.outer(errors[t], hs[t + 1]), "b_y": errors[t]}.items():
            whole = mistake != "overwritten" or name not in given
            found[name] = (found[name] + share if whole else share).astype(dtype)
    return found
