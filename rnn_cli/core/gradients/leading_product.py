"""A product of many Jacobians, kept as far as its leading singular values need it, at little more than the cost of multiplying.

The product is that of long_products.py, P_k^T = Q diag(e^d) U, with three savings:

    several factors at a time   Y = J_{T-k+1}^T … Q is multiplied plainly, and decomposed where values are asked for
    rows that are left out      where e^d_i is LEFT_OUT times smaller than the last value of interest, the row is not carried on
    diagonal blocks             what such a block of J gives is a product of vectors

How far off that may be is measured on the way. Rounding is imitated: random vectors take the same way back, and each step
adds the size of its rounding errors to them; a decomposition turns that into relative errors of rows. And random vectors W go
the same way as E W, where E is the sum of all rows left out, as it has become by now:

    ||E|| <= 10 sqrt(2/pi) max_j ||E w_j||      except with a probability of 10^-PROBES

Source: Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), lemma 4.1.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.leading import ROUNDING, SHOWN, Leading, leading_of, leading_values
from rnn_cli.core.gradients.long_products import LARGEST, rescaled

LEFT_OUT = float(np.log(1e12))
FEW = 16
"""Fewer than one row of so many are not worth leaving out."""

PROBES, NOISES, VECTORS = 6, 4, 4
BESIDE = PROBES + NOISES
NORM_FROM_PROBES = 10 * float(np.sqrt(2 / np.pi))

LONGEST_BLOCK, LARGEST_BLOCK = 16, 20_000_000
"""So many factors are multiplied before a decomposition, and so many numbers may they have together."""

NEGLIGIBLE = 1e-10
"""What an error of a column may be beside the last value of interest, to be added to it."""

NOISE_OF_BLOCK = 1e-12
"""A block that adds more noise to a leading row is multiplied once more, as two."""

SMALLEST, GREATEST = 1e-100, 1e100
"""The numbers of Y are brought back to 1 where they leave these."""


class LeadingProduct:
    """The transposed product of the factors so far. A factor has parts × parts blocks: one for each state."""

    def __init__(self, size: int, parts: int) -> None:
        self.size, self.parts = size, parts
        self._random = np.random.default_rng(0)
        self._W = self._random.standard_normal((size, PROBES))
        self._d, self._U = np.zeros(size), np.eye(size)
        self._noise, self._growth = np.zeros(size), np.zeros(size)
        # Beside Y stand rounding errors, over ROUNDING, and E W, over e^log_E; Y and the errors are over e^log_Y.
        # Of the rounding errors the first half are those of Q itself, times `tilt` of its column; the others come up in Y.
        self._beside, self._log_Y, self._log_E = np.eye(size, size + BESIDE), 0.0, -np.inf
        self._tilt = np.zeros(size)
        self._x = np.linalg.qr(self._random.standard_normal((size, min(VECTORS, size))))[0]
        self._waiting: list[Array] = []
        self._decompositions, self._longest = 0, self._most()

    def add(self, J: Array, last: bool = False) -> None:
        """The next factor J; with `last` all factors are in the form then."""
        if not self._waiting:
            self._start = self._beside, self._log_E
        self._waiting.append(J)
        self._multiply(J)
        if last or len(self._waiting) >= self._longest:
            self.decompose()

    def decompose(self) -> None:
        """Bring the waiting factors into the form, fewer at a time where they were too many."""
        count = len(self._waiting)
        if not count:
            return
        waiting, self._waiting = self._waiting, []
        added = self._decomposed(NOISE_OF_BLOCK if count > 1 else np.inf)
        if added > NOISE_OF_BLOCK and count > 1:
            (self._beside, self._log_E), self._log_Y = self._start, 0.0
            self._longest = count // 2
            for k, J in enumerate(waiting):
                self.add(J, last=k == count - 1)
            return
        if added < NOISE_OF_BLOCK / 10:
            self._longest = min(2 * self._longest, self._most())

    def leading(self) -> Leading:
        """The leading values of the product."""
        if self._plain:
            errors = float(np.linalg.norm(self._errors, axis=0).max())  # Q is the identity, and has none
            found = leading_of(self._Y, 8 * ROUNDING * errors, self._log_Y)
            if len(found.log_values) == min(SHOWN, self.size):
                return found
        self.decompose()
        order = np.argsort(-self._d, kind="stable")
        Q = self._Y
        within = Q.T @ self._E
        beyond = NORM_FROM_PROBES * np.linalg.norm(self._E - Q @ within, axis=0).max()
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            of_rows = NORM_FROM_PROBES * np.abs(within).max(axis=1) * np.exp(self._log_E - self._d)
            log_error = float(np.log(beyond) + self._log_E)
        noise = np.hypot(self._noise, np.where(np.isneginf(self._d), 0, of_rows))
        return leading_values(self._d[order], self._U[order], noise[order], log_error)

    def _most(self) -> int:
        return max(1, min(LONGEST_BLOCK, LARGEST_BLOCK // self.size**2))

    @property
    def log_growth(self) -> Array:
        """Benettin's numbers (see LongProduct), the largest first."""
        return -np.sort(-self._growth)[:SHOWN]

    def log_norm(self) -> float:
        """ln of the spectral norm, or a little less: one round of block power iteration, from where the last one came to."""
        top = float(self._d.max())
        if np.isneginf(top):
            return top
        Y, scale = self._Y, np.exp(self._d - top)[:, None]
        image = Y @ (scale * (self._U @ self._x))
        size = float(np.linalg.norm(image, 2))
        if not size:
            return -np.inf
        self._x = np.linalg.qr(self._U.T @ (scale * (Y.T @ (image / size))))[0]
        return top + self._log_Y + float(np.log(size))

    def blocks(self) -> tuple[list[Array], float]:
        """The diagonal blocks of the product, transposed, and the logarithm of a scale to multiply them with."""
        if not self._plain:
            self.decompose()
        top, H = float(self._d.max()), self.size // self.parts
        if np.isneginf(top):
            return [np.zeros((H, H))] * self.parts, 0.0
        if self._plain:
            return [self._Y[k * H : (k + 1) * H, k * H : (k + 1) * H] for k in range(self.parts)], self._log_Y
        rows = self._d > top + np.log(np.finfo(np.float64).eps)
        Y, U = self._Y[:, rows] * np.exp(self._d[rows] - top), self._U[rows]
        parts = (slice(k * H, (k + 1) * H) for k in range(self.parts))
        return [Y[part] @ U[:, part] for part in parts], top

    @property
    def _plain(self) -> bool:
        """Whether no factor is in the form yet: Y is the product."""
        return self._decompositions == 0

    @property
    def _Y(self) -> Array:
        return self._beside[:, :-BESIDE]

    @property
    def _errors(self) -> Array:
        return self._beside[:, -BESIDE:-PROBES]

    @property
    def _E(self) -> Array:
        return self._beside[:, -PROBES:]

    def _multiply(self, J: Array) -> None:
        self._beside = self._back(J, self._beside)
        size = max(float(self._Y.max()), -float(self._Y.min()))
        self._errors[:, NOISES // 2 :] += size * self._random.standard_normal((self.size, NOISES // 2))
        if size and not SMALLEST < size < GREATEST:
            self._beside[:, :-PROBES] /= size
            self._log_Y += float(np.log(size))
        largest = float(np.abs(self._E).max())
        if largest:
            self._E[...] /= largest
            self._log_E += float(np.log(largest))
        else:
            self._log_E = -np.inf

    def _back(self, J: Array, Y: Array) -> Array:
        """J^T Y."""
        if self.parts == 1:
            return J.T @ Y
        H = self.size // self.parts
        parts = [slice(k * H, (k + 1) * H) for k in range(self.parts)]
        result = np.empty((self.size, Y.shape[1]))
        for columns in parts:
            blocks = [J[rows, columns] for rows in parts]
            if columns.start and all(map(_is_diagonal, blocks)):
                result[columns] = 0
                for rows, block in zip(parts, blocks, strict=True):
                    result[columns] += np.diagonal(block)[:, None] * Y[rows]
            else:
                np.matmul(J[:, columns].T, Y, out=result[columns])
        return result

    def _decomposed(self, most_noise: float) -> float:
        """Decompose Y unless that adds more noise than this to a leading row; the noise that it adds."""
        Y, d = self._Y, self._d
        lengths = np.sqrt(np.einsum("ij,ij->j", Y, Y))
        with np.errstate(divide="ignore"):
            carried = d + np.log(lengths)
        order = np.argsort(-carried, kind="stable")
        if np.isneginf(carried[order[0]]):
            self._d, self._growth = np.full(len(d), -np.inf), np.full(len(d), -np.inf)
            self._decompositions += 1
            return 0.0
        lengths, d = lengths[order], d[order]
        Q, R = np.linalg.qr(Y[:, order])
        after, U = rescaled(R, d, self._U[order])
        with np.errstate(divide="ignore"):
            growth = self._growth[order] + self._log_Y + np.log(np.abs(np.diagonal(R)))
        ranked = np.argsort(-after, kind="stable")
        alive = ranked[after[ranked] > -np.inf]
        leading = alive[: SHOWN + 1]
        added = self._added_noise(R, lengths, d, self._tilt[order], after, float(after[leading[-1]]))
        worst = float(added[leading].max())
        if worst > most_noise:
            return worst
        with np.errstate(over="ignore", invalid="ignore"):
            taken = np.abs(R) * np.exp(np.minimum(d - after[:, None], LARGEST))
            tilt = np.where(np.isneginf(after), 1, np.maximum(np.exp(carried[order] - after), 1))
        tilt[: 2 * SHOWN] = np.maximum.accumulate(tilt[: 2 * SHOWN])
        taken[np.isneginf(after)] = 0
        self._tilt = tilt
        self._noise = np.sqrt(added**2 + taken**2 @ self._noise[order] ** 2)
        self._d, self._U, self._growth, self._log_Y = after + self._log_Y, U, growth, 0.0
        self._decompositions += 1
        kept = self._d > self._d[leading[-1]] - LEFT_OUT
        E = self._E
        if len(kept) - kept.sum() >= max(len(kept) // FEW, 1):
            Q, E = self._leave_out(Q, kept)
        errors = np.zeros((self.size, NOISES))
        errors[:, : NOISES // 2] = self._random.standard_normal((self.size, NOISES // 2)) / np.sqrt(self.size)
        self._beside = np.concatenate([Q, errors, E], axis=1)
        return worst

    def _added_noise(self, R: Array, lengths: Array, d: Array, tilt: Array, after: Array, least: float) -> Array:
        """The relative error that the rows of R diag(e^d) U have from rounding in Y = Q R, (m,); rows from `least` on matter.

        An error F of Y changes the rows by F diag(e^d) U = (F R^-1) R diag(e^d) U. Of the last columns, which are small, the left
        side says how much at most. For the first p the right side says less: F R^-1 is a relative error. Each row has the p that
        is best for it. As F R^-1 also turns the columns of Q, it is among the errors of the next block: that is their tilt.
        """
        sizes = np.linalg.norm(self._errors, axis=0)
        imitated = 3 * ROUNDING * (sizes[NOISES // 2 :].max() + sizes[: NOISES // 2].max() * tilt)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            off = np.where(lengths > 0, imitated + ROUNDING * lengths, 0)  # a column of zeros is one without errors
            logs = np.log(off) + d
            rests = 0.5 * np.logaddexp.accumulate(2 * logs[::-1])[::-1] - 0.5 * np.log(self.size)
            rests = np.append(rests, -np.inf)
            most = int((logs > least + np.log(NEGLIGIBLE)).sum())
            added: Array = np.exp(rests[0] - after)
            for p in {*range(1, min(most, 2 * SHOWN) + 1), most} - {0}:
                slanted = float(np.linalg.svd(R[:p, :p] / lengths[:p], compute_uv=False)[-1])
                relative = float((off[:p] / lengths[:p]).max()) / slanted if slanted > 0 else np.inf
                added = np.minimum(added, relative + np.exp(rests[p] - after))
        added[np.isneginf(after)] = 0
        return added

    def _leave_out(self, Q: Array, kept: Array) -> tuple[Array, Array]:
        """Carry only these rows on, and of the others what they do to random vectors."""
        d, U = self._d[~kept], self._U[~kept]
        top, E = float(d.max()), self._E
        if not np.isneginf(top):
            scale = max(top, self._log_E)
            more = Q[:, ~kept] @ (np.exp(d - top)[:, None] * (U @ self._W))
            E, self._log_E = more * np.exp(top - scale) + E * np.exp(self._log_E - scale), scale
        self._d, self._U = self._d[kept], self._U[kept]
        self._noise, self._growth, self._tilt = self._noise[kept], self._growth[kept], self._tilt[kept]
        return Q[:, kept], E


def _is_diagonal(block: Array) -> bool:
    return bool(np.count_nonzero(block) == np.count_nonzero(np.diagonal(block)))
