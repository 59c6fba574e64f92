"""What a session looks at: a model at work on a sequence, forwards and backwards. An edit makes another world."""

from collections.abc import Callable, Hashable, Mapping
from collections.abc import Sequence as Series
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.reads import Reading
from rnn_cli.core.trace import Trace, trace
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.answers import is_language_model
from rnn_cli.models.model import Model
from rnn_cli.study.range import said

if TYPE_CHECKING:  # the way back is loaded when somebody goes it
    from rnn_cli.core.back_run import BackRun
    from rnn_cli.core.bptt import Target
    from rnn_cli.study.back_rows import BackRows


Goal = str | tuple[str, ...]
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class World:
    """A model and what it reads.

    target    what it should have said, as bptt takes it, or a label for each step; None: what it says itself
    window    so many steps go errors back; None: all
    again     the options that read the sequence again, where a text does not
    vectors   the edited vectors of words that the model has none for
    edited    whether numbers of the model or its words stand in no file
    unsaid    why no command gives this again, where a file of the model would not help; "" where one does
    assumed   whether the target is what the network said before its numbers were edited, as nobody gave one
    """

    model: Model
    sequence: Sequence
    seed: int = 0
    target: Goal | None = None
    window: int | None = None
    again: str = ""
    vectors: Mapping[str, Array] = field(default_factory=dict)
    edited: bool = False
    unsaid: str = ""
    assumed: bool = False

    @property
    def length(self) -> int:
        """T."""
        return len(self.sequence.inputs)

    @property
    def many(self) -> bool:
        """Whether there are several layers or directions."""
        a = self.model.network.architecture
        return a.num_layers > 1 or a.bidirectional

    @property
    def one_answer(self) -> bool:
        """Whether there is one answer, at the end."""
        return self.model.network.architecture.task == MANY_TO_ONE

    @cached_property
    def trace(self) -> Trace:
        """The forward pass: its numbers, and a step with its terms where somebody looks."""
        return self._traced(None)

    def _traced(self, like: Trace | None) -> Trace:
        with np.errstate(over="ignore", invalid="ignore"):  # a number that left the finite range is shown as it is
            return trace(self.model.network, self.sequence.inputs, self.sequence.initial, keep_steps=False, like=like)

    @property
    def left_range(self) -> str | None:
        """Where numbers left the finite range; None where all are finite."""
        return said(self.trace.departure, self.model.network.architecture)

    @property
    def said_target(self) -> Goal | None:
        """The target to go back from: the given one, or what the network says, as a command takes it where it can.

        None for a language model, whose targets are the next words. InputError where there is nothing to say.
        """
        model, logits = self.model, self.trace.logits
        if self.target is not None or is_language_model(model):
            return self.target
        if logits is None:
            raise InputError(f"{model.name} has no readout, so it has no loss of its own to go back from")
        if model.numeric:
            raise InputError(f"{model.name} predicts numbers: give the --target that it is measured against")
        names = tuple(model.label(int(k)) for k in np.atleast_2d(logits).argmax(axis=-1))
        joined = " ".join(names)
        return joined if len(names) == 1 or (tuple(joined.split()) == names and joined not in model.labels) else names

    @cached_property
    def wanted(self) -> "Target":
        """What the network should have said. InputError where there is no loss."""
        return goal_of(self.model, self.sequence, self.said_target)

    @property
    def loss(self) -> float:
        """The loss, without the way back from it."""
        trace, wanted = self.trace, self.wanted
        return loss_of(
            wanted.kind, trace.answers[None] if self.one_answer else trace.answers, wanted.targets, wanted.weights
        ).total

    @cached_property
    def back(self) -> "BackRun":
        """The backward pass. InputError where there is no loss, or too much to truncate."""
        from rnn_cli.core.back_run import back_run
        from rnn_cli.core.bptt import Truncation

        cut = None if self.window is None else Truncation(None, self.window)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                return back_run(self.trace, self.wanted, cut)
        except ValueError as error:
            raise InputError(f"{error}; without truncation they go back together") from error

    @cached_property
    def whole(self) -> "World":
        """The same without truncation."""
        if self.window is None:
            return self
        return self.same_run(window=None)

    def same_run(self, **loss: Any) -> "World":
        """Another loss or window over the same forward pass, which is not computed again."""
        world = replace(self, **loss)
        world.__dict__["trace"] = self.trace
        return world

    def reading(self, sequence: Sequence, **others: Any) -> "World":
        """The same network on another input; the steps before the first number that is another are not computed again."""
        world = replace(self, sequence=sequence, **others)
        world.__dict__["trace"] = world._traced(self.trace)
        return world

    def once(self, name: Hashable, make: Callable[[], Found]) -> Found:
        """Something that is worked out of this world, under a name: made when it is asked for first, and kept."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Found = self._kept[name]
        return found

    @cached_property
    def _kept(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def back_rows(self) -> "BackRows":
        """The arithmetic of the backward pass."""
        from rnn_cli.study.back_rows import BackRows

        return BackRows(self.back, given_end=False)

    def answers(self, times: Series[int]) -> list[Array]:
        """What the network says after each of these steps, as if the sequence ended there: logits (C,); [] without a readout."""
        if self.trace.logits is None:
            return []
        known = self.once("answers", dict[int, Array])
        missing = [t for t in times if t not in known]
        if missing:
            known.update(zip(missing, self._answers(missing), strict=True))
        return [known[t] for t in times]

    def _answers(self, times: Series[int]) -> list[Array]:
        network, T = self.model.network, self.length
        a, whole = network.architecture, self.trace.logits
        assert whole is not None
        if not self.one_answer and a.forward_only:
            return [whole[t - 1] for t in times]
        if not a.forward_only:  # what comes back from a later word is not there: the sequence is run again without it
            from rnn_cli.core.fast.batches import run_batch
            from rnn_cli.study.initial_states import batched

            prefixes = [self.sequence.inputs[:t] for t in times]
            runs = run_batch(network, prefixes, batched(self.sequence.initial for _ in times))
            found = [run.logits for run in runs]
            ends = [one if self.one_answer else one[-1] for one in found if one is not None]
        else:
            ends = []
            for t in times:
                read = Reading(a.reads, a.forward_width, np.array([t])).see(self.trace.outputs[:t, None])
                ends.append(network.readout(read.read[0]))
        last = whole if self.one_answer else whole[-1]
        return [last if t == T else one for t, one in zip(times, ends, strict=True)]

    def probabilities(self, logits: Array, t: int | None = None) -> Array:
        """Logits as probabilities of the classes, or where the outputs are numbers, those in the units of the data: as they
        are after step t, or after the last."""
        if not self.model.numeric:
            return softmax(logits)
        raw = None if t is None or self.sequence.raw is None else self.sequence.raw[:t]
        encoding = self.model.after(raw).encoding
        return logits if encoding is None else encoding.in_units(logits[None])[0]

    def worth(self, t: int) -> float:
        """-dL/dx_t · x_t: what the loss would change by if x_t shrank to zeros and the loss were a straight line."""
        return -float(self.back.inputs[t - 1] @ self.sequence.inputs[t - 1])


def goal_of(model: Model, sequence: Sequence, goal: Goal | None) -> "Target":
    """What a network should have said of a sequence. InputError where there is no loss, or the goal does not fit."""
    from rnn_cli.study.targets import read_loss

    target, targets = (None, goal) if isinstance(goal, tuple) else (goal, None)
    return read_loss(model, sequence, target, targets)[1]
