"""What is computed, the right way or with mistakes. A mistake changes a plan; the steps of the cells are never copied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Place
from rnn_cli.core.cells.records import Contribution
from rnn_cli.core.network import Network
from rnn_cli.core.referee.embedding import SUM as ADDED_UP
from rnn_cli.core.referee.embedding import Words
from rnn_cli.core.state import InitialStates

SUM, MEAN = "sum", "mean"
GRADIENTS = ("dW_", "db_", "dp_", "dE")
"""How the gradients of parameters begin; dE is that of an embedding."""
LAST, FIRST, BUT_LAST, BUT_FIRST = "last", "first", "but last", "but first"
"""Which of the steps: one alone, or all but one."""
NONE, OF_VALUE, OF_LAST, OF_NEXT, OF_PREVIOUS, OF_A = "none", "of-value", "of-last", "of-next", "of-previous", "of-a"
OF_STEPS = (OF_LAST, OF_NEXT, OF_PREVIOUS, OF_A)
"""Slopes that need more than the gate's own value."""


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
    loss_of        which steps count in the loss, and error_of in its gradient; None for all
    carried        state -> the state whose value the next step reads in its place
    last_below     whether a layer reads the last step of the layer below at every step
    late           how many steps too early the outputs are that the readout reads; round: from the end, where it has none
    softmax        what stands in for softmax
    dlogits        (probabilities, one-hot targets) -> dL/dlogits
    likelihood     what is done to the probabilities of the targets before their logarithm
    """

    recurrent: bool = True
    kept: bool = False
    reversed: bool = True
    put_back: bool = True
    padding: bool = False
    softmaxes: int = 1
    last_output: bool = False
    loss_scale: float = 1.0
    loss_of: str | None = None
    error_of: str | None = None
    carried: Mapping[str, str] = field(default_factory=dict)
    last_below: bool = False
    late: int = 0
    round: bool = False
    softmax: Callable[[Array], Array] | None = None
    dlogits: Callable[[Array, Array], Array] | None = None
    likelihood: Callable[[Array], Array] | None = None

    @property
    def ahead(self) -> "Loop":
        """The same without what comes after the forward pass."""
        return replace(self.errors_alone, loss_scale=1.0, error_of=None, dlogits=None)

    @property
    def errors_alone(self) -> "Loop":
        """The same without what changes the loss and not its gradient."""
        return replace(self, likelihood=None, loss_of=None)


@dataclass(frozen=True)
class EachNorm:
    """The norm to which each gradient is cut by itself; `packed`: those of all gates as one; `always`: smaller ones grow to it."""

    limit: float
    packed: bool
    always: bool


@dataclass(frozen=True)
class Back:
    """How the error goes back. The values here are the right ones.

    future         the states whose error from the step after is added; None for all
    summed         parameter -> the steps whose gradients are added up, in the order in which they are computed
    same_step      whether the recurrent weights' gradient takes h_t where h_{t-1} belongs
    slopes         gate -> how its slope is taken, where not as it should be: NONE (left out), OF_VALUE (at the gate's value,
                   which is squashed already), OF_LAST, OF_NEXT, OF_PREVIOUS (of another step), OF_A (at a for f(a))
    reads          number of a step -> the number that is read in its place, or what makes it from all of them
    reads_of       gate -> the same, for the error of that gate alone
    da_of          gate -> the gate whose error stands for its own
    weights        what is done to the weights for the way back alone
    right_weights  whether the way back takes the weights, and the cell, of the plan without mistakes
    errors         name -> (the step's numbers, the error) -> the error in its place; names as a_i, c, h_prev. The numbers
                   include the errors that came before: da_n, dc, dh
    sums           the same of an error that is wrong by itself, and not where it is used: it is handed out so
    contributions  parameter -> (the step's numbers, what it gets) -> what it gets in its place
    clip           the norm or size to which gradients are clipped at the end, each: the norm of each by itself; inside: the
                   size of the error at every step; passed: that of what a step passes back, state -> size
    scale          what the gradients of all parameters are multiplied by; scales: those whose names begin so
    error_scale    what dL/dlogits is multiplied by, and so all that comes after it
    dropped_above  whether the layers below the last get no error
    carried        whether the way back knows Loop.carried, Loop.late and Loop.last_below
    puts_back      whether the way back takes the outputs of the backward direction for put back, whatever they are
    turned_readout whether the error goes through W_hy as it stands
    piles          the states whose error from the step after is kept, and added to
    late_readout   whether dW_hy takes the output of the step before; round: at the first step that of the last
    onward         whether it goes from the first step to the last
    last_alone     whether the last step's error alone goes from the readout into the layers
    words          how the steps that read one row of an embedding come together (embedding.py)
    window         the most steps back that the error of one loss step goes; chunk: the error stops where a chunk begins
    """

    future: frozenset[str] | None = None
    summed: Mapping[str, str] = field(default_factory=dict)
    same_step: bool = False
    slopes: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, str | Callable[[Mapping[str, Array]], Array]] = field(default_factory=dict)
    reads_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    da_of: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Callable[[SimpleNamespace, Array], Array]] = field(default_factory=dict)
    sums: Mapping[str, Callable[[SimpleNamespace, Array], Array]] = field(default_factory=dict)
    contributions: Mapping[str, Callable[[SimpleNamespace, Contribution], Contribution]] = field(default_factory=dict)
    clip_value: float | None = None
    clip_norm: float | None = None
    clip_each: EachNorm | None = None
    clip_inside: float | None = None
    clip_passed: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0
    scales: Mapping[str, float] = field(default_factory=dict)
    error_scale: float = 1.0
    dropped_above: bool = False
    carried: bool = True
    puts_back: bool = False
    turned_readout: bool = False
    piles: frozenset[str] = frozenset()
    late_readout: bool = False
    round: bool = False
    onward: bool = False
    last_alone: bool = False
    words: str = ADDED_UP
    window: int | None = None
    chunk: int | None = None
    weights: Callable[[Network], Network] | None = None
    right_weights: bool = False

    @property
    def errors_alone(self) -> "Back":
        """The same without what is done to the gradients of the steps."""
        return replace(
            self, summed={}, clip_value=None, clip_norm=None, clip_each=None, scale=1.0, scales={}, words=ADDED_UP
        )


class Key(NamedTuple):
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
    derived     what is made of the numbers at the very end, and added to them
    places      what stands in for places of the step forward; back_places in the step backward alone
    words       which row of an embedding each step reads; None where dE, its gradient, is not asked for
    original    the network before mistakes changed it; None where none did
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
    derived: tuple[Afterwards, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    back_places: Mapping[str, Place] = field(default_factory=dict)
    words: Words | None = None
    original: Network | None = None

    @property
    def back_network(self) -> Network:
        """The network whose weights the way back takes."""
        network = self.original if self.back.right_weights and self.original else self.network
        return self.back.weights(network) if self.back.weights else network

    def changed(self, change: "Change") -> "Plan":
        """The same plan after a change. What is done to the numbers at the end is done before what was done already."""
        return replace(
            self,
            network=self.network if change.network is None else change.network(self.network),
            original=self.original if change.network is None else self.original or self.network,
            x=self.x if change.x is None else change.x,
            initial=self.initial if change.initial is None else change.initial,
            targets=self.targets if change.targets is None else change.targets,
            reduction=change.reduction or self.reduction,
            loop=_with(self.loop, change.loop) if change.loop else self.loop,
            back=_with(self.back, change.back) if change.back else self.back,
            places={**self.places, **change.places} if change.places else self.places,
            back_places={**self.back_places, **change.back_places} if change.back_places else self.back_places,
            afterwards=self.afterwards if change.afterwards is None else (change.afterwards, *self.afterwards),
        )

    def same_forward(self, other: "Plan") -> bool:
        """Whether the other plan's forward pass is this one's: they differ in the way back alone."""
        same = all(getattr(self, name) is getattr(other, name) for name in ("network", "x", "initial", "places"))
        return same and (self.loop is other.loop or self.loop.ahead == other.loop.ahead)

    def same_loss(self, other: "Plan") -> bool:
        """Whether the loss of one forward pass is that of the other plan."""
        return self.targets is other.targets and self.reduction == other.reduction and self.loop is other.loop

    def same_errors(self, other: "Plan") -> bool:
        """Whether the other plan's errors are this one's too: they differ in how gradients are made of them alone."""
        same = self.targets is other.targets and self.reduction == other.reduction
        same = same and (self.loop is other.loop or self.loop.errors_alone == other.loop.errors_alone)
        same = same and self.back_places == other.back_places
        return same and (self.back is other.back or self.back.errors_alone == other.back.errors_alone)


def _with(record: Any, fields: Mapping[str, Any]) -> Any:
    """A Loop or Back with more mistakes: those that it has stay."""
    return replace(record, **{name: _both(name, getattr(record, name), value) for name, value in fields.items()})


def _both(name: str, one: Any, other: Any) -> Any:
    """What two mistakes make of one field."""
    if isinstance(one, Mapping):
        return {**one, **other}
    if isinstance(one, frozenset):
        return one | other if name == "piles" else one & other
    return one * other if name in ("scale", "loss_scale", "error_scale") else other


@dataclass(frozen=True, eq=False)
class Change:
    """What a mistake changes in a plan; what is not given stays.

    network                 what is done to the plan's
    x, initial, targets, reduction   stand for the plan's
    loop, back              fields of Loop and Back by name
    places, back_places     are added to the plan's
    afterwards              is done to the numbers at the end
    """

    network: Callable[[Network], Network] | None = None
    x: Array | None = None
    initial: InitialStates | None = None
    targets: Array | None = None
    reduction: str | None = None
    loop: Mapping[str, Any] = field(default_factory=dict)
    back: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    back_places: Mapping[str, Place] = field(default_factory=dict)
    afterwards: Afterwards | None = None
