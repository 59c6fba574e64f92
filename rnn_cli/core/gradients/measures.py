"""What is asked of a product of Jacobians on the way back: all its singular values, or the leading ones.

All of them, each to high relative accuracy, take a decomposition for every factor and Jacobi rotations for every row of the
table, whose time grows faster than the cube of the size: next to none for 64 numbers, minutes for 512. Up to ALL_UP_TO that is
what is done; beyond, where nobody asked for more, the leading ones alone are found, at a few times the cost of multiplying.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.leading import Leading, leading_of
from rnn_cli.core.gradients.leading_product import LeadingProduct
from rnn_cli.core.gradients.long_products import LongProduct, identity, multiply
from rnn_cli.core.gradients.svd import log_singular_values
from rnn_cli.core.norms import log_norm

ALL_UP_TO = 64
"""The size of a state of which all singular values are found."""

ONE_BY_ONE = 1000
"""So many factors, the first ones, are multiplied and decomposed one by one where all values are wanted."""

STACK = 1_000_000
"""Matrices of so many numbers together have their singular values found at a time."""

LONGEST_BLOCK = 64

SAFE_SPREAD = float(np.log(1e10))
"""Factors are multiplied plainly while the scales that they tear apart stay within this: what such a block adds to the
logarithm of the smallest is then right to six digits, and to sixteen for the largest."""


class Measure(Protocol):
    """A transposed product that grows factor by factor. `keep` marks the row of a table, `kept` has all rows at the end."""

    def add(self, J: Array, last: bool) -> bool:
        """The next factor J; True where `keep` may be called, as it may where J is `last`."""

    def keep(self) -> None:
        """Remember the product as it is."""

    def kept(self) -> Iterator[Leading]:
        """The singular values of all products that were kept."""

    def of(self, jacobians: Sequence[Array]) -> Iterator[Leading]:
        """Those of the factors themselves."""

    def log_size(self, limit: float) -> float | None:
        """A number below `limit` where ln of the spectral norm is; None where a product that waits cannot tell."""

    def log_blocks(self, count: int) -> list[float]:
        """ln of the norms of so many diagonal blocks."""

    @property
    def log_growth(self) -> Array:
        """Benettin's numbers (see LongProduct), the largest first."""


class AllValues:
    """All singular values. Beyond the first ONE_BY_ONE factors several may be multiplied before each decomposition.

    How many they may be follows from what the last decomposition found: the spread of ln |R_ii|, per factor.
    """

    def __init__(self, size: int) -> None:
        self.product, self.size, self.taken = identity(size), 1, 0
        self.factors: list[Array] = []
        self.M: Array | None = None
        self.points: list[LongProduct] = []

    def add(self, J: Array, last: bool) -> bool:
        """See Measure."""
        self.factors.append(J)
        self.taken += 1
        self.M = J.T if self.M is None else J.T @ self.M
        if len(self.factors) < self.size and not last and self.taken > ONE_BY_ONE:
            return False
        self._flush()
        return True

    def _flush(self) -> None:
        """Multiply the waiting factors into the product, fewer at a time where they were too many."""
        assert self.M is not None
        count = len(self.factors)
        after = multiply(self.M, self.product)
        spread = np.inf
        if np.isfinite(after.log_growth).all():
            spread = float(np.ptp(np.sort(after.log_growth) - np.sort(self.product.log_growth)))
        if spread > 1.2 * SAFE_SPREAD and count > 1:
            waiting, self.factors, self.M = self.factors, [], None
            self.size = max(1, count // 2)
            for k, J in enumerate(waiting):
                self.add(J, last=k == count - 1)
            return
        room = LONGEST_BLOCK if spread == 0 else SAFE_SPREAD * count / spread
        self.size = int(min(max(room, 1), LONGEST_BLOCK, 2 * count))
        self.product, self.factors, self.M = after, [], None

    def keep(self) -> None:
        """See Measure."""
        self.points.append(self.product)

    def kept(self) -> Iterator[Leading]:
        """See Measure."""
        return self._stacks([one.log_scale for one in self.points], [one.U for one in self.points])

    def of(self, jacobians: Sequence[Array]) -> Iterator[Leading]:
        """See Measure."""
        return self._stacks([np.zeros(len(J)) for J in jacobians], jacobians)

    def log_size(self, limit: float) -> float | None:
        """See Measure."""
        return _log_size(self.product, limit) if self.M is None else None

    def log_blocks(self, count: int) -> list[float]:
        """See Measure."""
        product = self.product
        top = float(product.log_scale.max())
        if np.isneginf(top):
            return [-np.inf] * count
        A = (product.Q * np.exp(product.log_scale - top)) @ product.U
        H = len(A) // count
        return [top + log_norm(A[k * H : (k + 1) * H, k * H : (k + 1) * H]) for k in range(count)]

    @property
    def log_growth(self) -> Array:
        """See Measure."""
        growth: Array = -np.sort(-self.product.log_growth)
        return growth

    def _stacks(self, scales: Sequence[Array], U: Sequence[Array]) -> Iterator[Leading]:
        size = max(1, STACK // len(self.product.Q) ** 2)
        for k in range(0, len(U), size):
            for values in log_singular_values(np.stack(scales[k : k + size]), np.stack(U[k : k + size])):
                yield Leading(values, None, len(values))


class LeadingValues:
    """The leading ones, as many as can be answered for."""

    def __init__(self, size: int, parts: int) -> None:
        self.product = LeadingProduct(size, parts)
        self.rows: list[Leading] = []

    def add(self, J: Array, last: bool) -> bool:
        """See Measure."""
        self.product.add(J)
        return True

    def keep(self) -> None:
        """See Measure."""
        self.rows.append(self.product.leading())

    def kept(self) -> Iterator[Leading]:
        """See Measure."""
        return iter(self.rows)

    def of(self, jacobians: Sequence[Array]) -> Iterator[Leading]:
        """See Measure."""
        return map(leading_of, jacobians)

    def log_size(self, limit: float) -> float | None:
        """See Measure. An estimate decides, and where it is near the limit the value itself."""
        estimate = self.product.log_norm()
        if not limit - NEAR < estimate < limit:
            return estimate
        values = self.product.leading().log_values
        return float(values[0]) if len(values) else estimate

    def log_blocks(self, count: int) -> list[float]:
        """See Measure."""
        blocks, scale = self.product.blocks()
        return [scale + log_norm(block) for block in blocks]

    @property
    def log_growth(self) -> Array:
        """See Measure."""
        self.product.decompose()
        return self.product.log_growth


NEAR = float(np.log(1.1))
"""Power iteration that goes on from step to step finds all but a small part of a norm."""


def _log_size(product: LongProduct, limit: float) -> float:
    """A number that is below `limit` where ln of the spectral norm is: mostly ln of the Frobenius norm.

    The Frobenius norm is cheap, at least the spectral norm, and at most sqrt(n) times as large: it often decides
    alone.
    """
    margin = 0.5 * float(np.log(len(product.Q)))
    top = float(product.log_scale.max())
    if np.isneginf(top):
        return top
    rows = np.exp(product.log_scale - top)[:, None] * product.U
    frobenius = top + float(np.log(np.linalg.norm(rows)))
    if frobenius < limit or (np.isfinite(limit) and frobenius - margin >= limit):
        return frobenius
    return top + float(np.log(np.linalg.norm(rows, 2)))
