"""What a run does where the command line leaves it open, each with its reason: help, pages and runs read it here.

COMMON is for all tasks; a task's file has its own beside it, as `run_defaults`. A reason is one sentence, and says what
was measured or what follows from the equations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOSS, METRIC, LAST = "loss", "metric", "last"
"""Which weights are kept: those with the smallest validation loss, those with the best metric, the last."""

UPDATES = 1000
"""Fewer updates leave most networks half learnt, whatever the number of rounds through the data."""

APART = 20
"""Updates between two evaluations where the data are small: measuring more often costs more than it tells."""


@dataclass(frozen=True)
class Default:
    """The value of an option that is left open, and why it is that one."""

    value: Any
    reason: str

    @property
    def start(self) -> Any:
        """The value before the data are known."""
        return self.value.least if isinstance(self.value, Rounds) else self.value


@dataclass(frozen=True)
class Rounds:
    """At least so many rounds through the data, and as many as make enough updates."""

    least: int
    updates: int = UPDATES

    def of(self, steps_per_epoch: int) -> int:
        """How many rounds those are."""
        return max(self.least, -(-self.updates // steps_per_epoch))

    def __str__(self) -> str:
        return f"at least {self.least}, and {self.updates:,} updates"


def apart(steps_per_epoch: int) -> int | None:
    """Updates between two evaluations, in whole epochs; None where every epoch has enough of them."""
    return None if steps_per_epoch >= APART else steps_per_epoch * -(-APART // steps_per_epoch)


COMMON: Mapping[str, Default] = {
    "cell": Default("gru", "Its gates carry a state as far as an LSTM's do, with three quarters of the weights."),
    "embedding_size": Default(32, "Enough to tell some thousand tokens apart, and few weights for each rare one."),
    "hidden_size": Default(64, "Enough for short sequences, and a step takes a few milliseconds."),
    "num_layers": Default(
        1, "A second layer costs as much again, and has gained nothing on data that train in minutes."
    ),
    "bidirectional": Default(False, "One direction reads as a person does, and answers after every step."),
    "attention": Default("none", "Only an encoder and a decoder have something to look back at."),
    "initialization": Default("pytorch", "Uniform in ±1/sqrt(fan), so that a run can be held against PyTorch's."),
    "embedding_scale": Default(1.0, "As PyTorch begins, N(0, 1)."),
    "dtype": Default("float32", "Half the memory and twice the speed of float64, and losses agree to four digits."),
    "freeze_vectors": Default(False, "Vectors of words that are learnt on fit the task at hand."),
    "batch_size": Default(32, "Many updates an epoch on small data, and products wide enough to be fast."),
    "optimizer": Default("adam", "Its steps are as long as the learning rate, whatever the scale of the gradient."),
    "learning_rate": Default(0.003, "The largest of 0.001, 0.003 and 0.01 at which no bundled data set loses by it."),
    "momentum": Default(0.9, "The usual one; only --optimizer momentum has it."),
    "weight_decay": Default(0.0, "Nothing draws the weights to 0."),
    "decays": Default("weights", "A bias has no input that it could overfit."),
    "schedule": Default("constant", "It does not ask when the run ends, so that a longer one goes on from it."),
    "warmup": Default(0, "Clipping holds the first steps."),
    "clip_norm": Default(1.0, "It stops a gradient that explodes, and hardly touches others."),
    "dropout": Default(0.0, "It acts between layers, and there is one."),
    "teacher_forcing": Default(1.0, "A decoder that reads the truth learns fastest."),
    "keep": Default(LOSS, "The validation loss tells the best step before accuracy does, whatever a column's unit."),
    "seed": Default(0, "The same command gives the same bytes."),
    "shuffle": Default(True, "A new order in each epoch keeps the order of a file from being learnt."),
    "checkpoint_every": Default(200, "A few seconds of work are lost at most."),
    "threads": Default(1, "A second one pays from 512 hidden units on."),
}
"""For each setting of a run, its default where a task has no other."""


def shown_default(name: str) -> str:
    """As a help text ends: [default: gru]."""
    value = COMMON[name].value
    return (
        f"[default: {value:g}]"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else f"[default: {value}]"
    )
