"""What is computed, the right way or with mistakes. A mistake changes a plan; the steps of the cells are never copied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Place
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates

SUM, MEAN = "sum", "mean"
ALL, LAST, FIRST = "all", "last", "first"
OWN, NONE, OF_VALUE, OF_LAST = "own", "none", "of-value", "of-last"


@dataclass(frozen=True)
class Loop:
    """How the steps are strung together. The values here are the right ones.

    recurrent      whether a step reads the state of the step before it; else it reads the initial one
    kept           whether a sequence starts from where the one before it ended
    reversed       whether the backward direction reads the sequence from its end
    put_back       whether its outputs are put back into the order of the sequence
    padding        whether padding is read as data
    softmaxes      how often softmax is applied before the loss
    last_output    whether a readout at the end takes the output of the last step for the backward half too
    loss_scale     what the loss and its gradient are multiplied by
    """

    recurrent: bool = True
    kept: bool = False
    reversed: bool = True
    put_back: bool = True
    padding: bool = False
    softmaxes: int = 1
    last_output: bool = False
    loss_scale: float = 1.0


@dataclass(frozen=True)
class Back:
    """How the error goes back. The values here are the right ones.

    future         the states whose error from the step after is added; None for all
    summed         over which steps the gradients are summed: ALL, the LAST computed one alone, or the FIRST
    same_step      whether the recurrent weights' gradient takes h_t where h_{t-1} belongs
    slopes         gate -> how its slope is taken: OWN, NONE (left out), OF_VALUE (at the gate's value, which is squashed
                   already), OF_LAST (of the last step, for all)
    clip           the norm or size to which gradients are clipped at the end; inside: the same of the error at every step
    scale          what all gradients are multiplied by
    """

    future: frozenset[str] | None = None
    summed: str = ALL
    same_step: bool = False
    slopes: Mapping[str, str] = field(default_factory=dict)
    clip_value: float | None = None
    clip_norm: float | None = None
    clip_inside: float | None = None
    scale: float = 1.0


@dataclass(frozen=True, order=True)
class Key:
    """What a number is called: its name, and the layer and direction where it has them (-1 and "" where not)."""

    name: str
    layer: int = -1
    direction: str = ""


Numbers = dict[Key, Array]
Afterwards = Callable[[Numbers], Numbers]


@dataclass(frozen=True, eq=False)
class Plan:
    """A computation.

    x           (T, B, I), time order; lengths (B,); initial (layer, direction) -> (B, H) each
    targets     class numbers: (B,) of a network that answers once, (T, B) of one that answers at every step; None where no
                loss was asked for
    reduction   SUM or MEAN over what is scored
    afterwards  what is done to the numbers when all are there, as giving a gradient the name of another weight
    places      what stands in for places of the step forward; back_places in the step backward alone
    """

    network: Network
    x: Array
    lengths: Array
    initial: InitialStates = field(default_factory=dict)
    targets: Array | None = None
    reduction: str = SUM
    loop: Loop = field(default_factory=Loop)
    back: Back = field(default_factory=Back)
    afterwards: tuple[Afterwards, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    back_places: Mapping[str, Place] = field(default_factory=dict)

    def changed(self, change: "Change") -> "Plan":
        """The same plan after a change. What is done to the numbers at the end is done before what was done already."""
        return replace(
            self,
            network=change.network or self.network,
            x=self.x if change.x is None else change.x,
            reduction=change.reduction or self.reduction,
            loop=replace(self.loop, **change.loop),
            back=replace(self.back, **change.back),
            places={**self.places, **change.places},
            back_places={**self.back_places, **change.back_places},
            afterwards=self.afterwards if change.afterwards is None else (change.afterwards, *self.afterwards),
        )


@dataclass(frozen=True, eq=False)
class Change:
    """What a mistake changes in a plan; what is not given stays.

    network, x, reduction   stand for the plan's
    loop, back              fields of Loop and Back by name
    places, back_places     are added to the plan's
    afterwards              is done to the numbers at the end
    """

    network: Network | None = None
    x: Array | None = None
    reduction: str | None = None
    loop: Mapping[str, Any] = field(default_factory=dict)
    back: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    back_places: Mapping[str, Place] = field(default_factory=dict)
    afterwards: Afterwards | None = None
