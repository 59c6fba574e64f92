"""What truncation costs: the gradient with it beside the whole one, as rnn bptt --truncate measures them."""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.norms import cosine, norm
from rnn_cli.core.truncation import cell_gradients
from rnn_cli.explore.world import World
from rnn_cli.views.numbers import percent

ROUNDING = 1e-12
"""A gradient that differs by no more than this of its norm is added up in another order, and is the same."""


@dataclass(frozen=True)
class Cost:
    """Of the gradient of the cells' parameters, which alone goes back through time.

    norm, whole    with truncation and without it
    cosine         between the two; `lost`: whether they differ by more than rounding
    nothing        the steps whose input gets nothing with truncation, and something without it
    """

    norm: float
    whole: float
    cosine: float
    lost: bool
    nothing: tuple[int, ...]

    @property
    def said(self) -> str:
        """In one line."""
        kept = f"the gradient of the cells has norm {self.norm:.4g}, untruncated {self.whole:.4g}"
        if not self.lost:
            return f"{kept}: nothing is lost"
        share = f" ({self._share})" if self._share else ""
        steps = f"; nothing reaches the input of {ranges(self.nothing)}" if self.nothing else ""
        return f"{kept}{share}{self._turned}{steps}"

    @property
    def brief(self) -> str:
        """The same where there is little room."""
        if not self.lost:
            return "nothing is lost"
        return f"{self._share or format(self.norm, '.4g')} of the gradient's norm{self._turned}"

    @property
    def _share(self) -> str:
        return percent(self.norm / self.whole) if self.whole and np.isfinite(self.norm / self.whole) else ""

    @property
    def _turned(self) -> str:
        return f", turned {np.degrees(np.arccos(np.clip(self.cosine, -1, 1))):.1f} degrees" if self.norm else ""


def said_window(window: int) -> str:
    """Through how many steps errors go back: that at which they begin counts too, so that 1 is no step back at all."""
    return f"{window:,} step{'s' * (window > 1)}, their own included"


def cost(world: World) -> Cost:
    """What the window of a world costs. It is kept once it is known."""
    return world.once("cost", lambda: _cost(world))


def _cost(world: World) -> Cost:
    cut, whole = (cell_gradients(one.back.gradients) for one in (world, world.whole))
    gone = ~world.back.inputs.any(axis=1) & world.whole.back.inputs.any(axis=1)
    nothing = tuple(int(t) + 1 for t in np.flatnonzero(gone))
    lost = norm(cut - whole) > ROUNDING * norm(whole)
    return Cost(norm(cut), norm(whole), cosine(whole, cut), lost, nothing)


def ranges(steps: tuple[int, ...]) -> str:
    """Steps in their order: step 2; steps 1-3, 5."""
    edges = [k for k, one in enumerate(steps) if not k or one != steps[k - 1] + 1]
    runs = [steps[start:stop] for start, stop in zip(edges, [*edges[1:], len(steps)], strict=True)]
    said = ", ".join(f"{one[0]:,}" if len(one) == 1 else f"{one[0]:,}-{one[-1]:,}" for one in runs)
    return f"step{'s' if len(steps) > 1 else ''} {said}"
