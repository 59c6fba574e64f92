"""Which units of a wide network a page shows: those that matter for its sentence, alike beside alike."""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, Architecture, Network
from rnn_cli.errors import InputError
from rnn_cli.reading import whole_number
from rnn_cli.study.wide import MOST, WIDE

MOVED, READOUT = "moved", "readout"
RULES = (MOVED, READOUT)


@dataclass(frozen=True)
class Rule:
    """By what units are chosen, and how many at most."""

    name: str = MOVED
    most: int = MOST


@dataclass(frozen=True)
class ShownUnits:
    """The units (from 1) that a page shows of one layer and direction.

    numbers     in the order of the page
    ranked      those that were asked for or that the rule chose, the one that it puts first first
    size        how many there are
    rule        what chose them; None where they are all, or those that were asked for by number
    is_read     whether the readout reads them
    named       those among `numbers` that the rule did not choose: a sentence of the page names them
    """

    numbers: tuple[int, ...]
    ranked: tuple[int, ...]
    size: int
    rule: str | None = None
    is_read: bool = False
    named: tuple[int, ...] = ()

    def first(self, most: int) -> list[int]:
        """The units to work out in full: those asked for, or the first few by the rule, in the order of their numbers."""
        return sorted(self.ranked[:most])


def read_rule(text: object, architecture: Architecture, size: int) -> Rule | None:
    """The rule that --unit names, as in "readout" or "moved:20", for layers of at most `size` units; None where it names numbers.

    InputError where there is nothing that the rule could look at.
    """
    name, colon, most = text.partition(":") if isinstance(text, str) else ("", "", "")
    if name not in RULES:
        return None
    if name == READOUT and not architecture.output_size:
        raise InputError(f"--unit {text}: this network has no readout; --unit {MOVED} takes the units that move most")
    if not colon:
        return Rule(name, min(MOST, size))
    number = whole_number(most)
    if number is None or not 1 <= number <= size:
        raise InputError(f"--unit {text}: write {name}:N with N from 1 to {size}")
    return Rule(name, number)


def units_to_show(
    network: Network,
    asked: tuple[int, ...] | None,
    rule: Rule | None,
    layer: int,
    direction: str,
    h: Array,
    start: Array,
    named: tuple[int, ...] = (),
) -> ShownUnits:
    """The units of one layer and direction: those asked for, or all of a narrow network, or those that the rule puts first.

    h (T, H) is in time order, `start` the state (H,) that the direction starts from. Of equals the first unit comes first.
    To those of a rule come the `named`; where nobody asked for a rule, in the place of its last ones.
    """
    size = h.shape[1]
    if asked is None and rule is None and size <= WIDE:
        asked = tuple(range(1, size + 1))
    if asked is not None:
        return ShownUnits(asked, asked, size)
    asked_most, rule, is_read = rule is not None, rule or Rule(), _is_read(network, layer)
    name = rule.name if is_read else MOVED
    scores = moves(h, start, direction) if name == MOVED else weights_in_readout(network, direction, h)
    scores = np.where(np.isfinite(scores), scores, np.inf)  # what is not finite is what to look at
    order = tuple(int(k) + 1 for k in np.argsort(-scores, kind="stable"))
    most = rule.most
    while (
        not asked_most and len({*order[:most], *named}) > rule.most
    ):  # the page is as wide as it would be without them
        most -= 1
    ranked, others = order[:most], tuple(sorted({*named} - {*order[:most]}))
    return ShownUnits(_alike_together(ranked + others, h), ranked, size, name, is_read, others)


def moves(h: Array, start: Array, direction: str) -> Array:
    """The largest |h_t - h_{t-1}| of each unit over all steps, in the order in which the direction runs.

    -> (H,)
    """
    order = h[::-1] if direction == BACKWARD else h
    with np.errstate(over="ignore", invalid="ignore"):
        changes: Array = np.abs(np.diff(np.vstack([start, order]), axis=0)).max(axis=0)
    return changes


def weights_in_readout(network: Network, direction: str, h: Array) -> Array:
    """|h| of each unit where the readout reads it, times the norm of its column of W_hy; the largest over the steps read.

    -> (H,)
    """
    a = network.architecture
    columns = network.parameters["readout.W_hy"][:, a.part_of(a.num_layers - 1, direction)]
    end = slice(0, 1) if direction == BACKWARD else slice(-1, None)
    read = h[end] if a.reads_ends else h[-1:] if len(a.entries(len(h))) == 1 else h
    with np.errstate(over="ignore", invalid="ignore"):
        weights: Array = np.abs(read).max(axis=0) * np.linalg.norm(columns, axis=0)
    return weights


def _is_read(network: Network, layer: int) -> bool:
    """Whether the readout reads that layer's states."""
    a = network.architecture
    return a.output_size > 0 and layer == a.num_layers - 1


def _alike_together(ranked: tuple[int, ...], h: Array) -> tuple[int, ...]:
    """The units in a chain from the first: next comes the one whose course over time is closest to the last one's."""
    course = np.nan_to_num(h[:, [unit - 1 for unit in ranked]].T, posinf=0.0, neginf=0.0)  # (n, T)
    course = course / (np.abs(course).max() or 1.0)  # squares of large numbers would overflow
    chain, left = [0], list(range(1, len(ranked)))
    while left:
        distances = ((course[left] - course[chain[-1]]) ** 2).sum(axis=1)
        chain.append(left.pop(int(distances.argmin())))
    return tuple(ranked[k] for k in chain)
