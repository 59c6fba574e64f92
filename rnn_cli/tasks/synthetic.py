"""Tasks whose examples are generated from the seed: as many as one likes, of any length, and never the same twice."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.base import Needs, Prepared
from rnn_cli.tasks.defaults import Default
from rnn_cli.tasks.options import DataOptions, check_options
from rnn_cli.tasks.settings import EXAMPLES, as_text, parse_settings

TRAIN, HELD_OUT = "train", "validation"

POOL = 256
"""Examples that are drawn together: example i is row i % 256 of pool i // 256, whatever batch asks for it."""

VALIDATION = 1000
"""Examples for validation, drawn from a stream of their own."""

EPOCH = 6400
"""Examples that make an epoch, unless the settings say otherwise; each epoch has new ones."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """N examples: inputs ids (N, T) or vectors (N, T, I); targets and weights as in Batch, with N in front; lengths (N,), or
    None where all have T steps."""

    inputs: Array
    targets: Array
    weights: Array
    lengths: Array | None = None


@dataclass(frozen=True)
class Trivial:
    """A simple answer that reads the example and does not do the task: what it says, and its score."""

    says: str
    score: float


def said_everywhere(says: str, answers: int, elsewhere: float) -> Trivial | None:
    """One answer, right at one of so many scored steps, at all of them; at the others it is right by so much.

    None where the task has one answer: who keeps one thing has that or nothing.
    """
    return Trivial(says, (1 + (answers - 1) * elsewhere) / answers) if answers > 1 else None


class Generated:
    """Examples of a generated task: a pure function of the seed, the part and their number."""

    def __init__(self, task: "Synthetic", seed: int, part: str, count: int) -> None:
        self.task, self.seed, self.part, self.count = task, seed, part, count
        self._pool = lru_cache(maxsize=2)(self._drawn)

    def __len__(self) -> int:
        return self.count

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> list[Array]:
        """See Examples. Each epoch of training has examples of its own; those for validation stay the same."""
        first = epoch * self.count if self.part == TRAIN else 0
        stops = range(0, self.count, batch_size)
        return [first + np.arange(start, min(start + batch_size, self.count)) for start in stops]

    def collate(self, indices: Array) -> Batch:
        """See Examples."""
        parts = [
            (self._pool(int(pool)), indices[indices // POOL == pool] % POOL) for pool in np.unique(indices // POOL)
        ]
        inputs = np.concatenate([drawn.inputs[rows] for drawn, rows in parts])
        targets = np.concatenate([drawn.targets[rows] for drawn, rows in parts])
        weights = np.concatenate([drawn.weights[rows] for drawn, rows in parts])
        steps = inputs.shape[1]
        lengths = np.concatenate([_lengths(drawn, steps)[rows] for drawn, rows in parts])
        places = np.argsort(np.argsort(indices // POOL, kind="stable"), kind="stable")
        inputs, targets, weights, lengths = inputs[places], targets[places], weights[places], lengths[places]
        if weights.ndim == 2:  # an answer at every step: time goes first
            targets, weights = np.moveaxis(targets, 1, 0), weights.T
        inputs = np.moveaxis(inputs, 1, 0)
        return Batch(inputs, lengths, targets, weights)

    def _drawn(self, pool: int) -> Drawn:
        name = crc32(f"{self.task.text} {self.part}".encode())
        draw = self.task.draw_training if self.part == TRAIN else self.task.draw
        return draw(np.random.default_rng([self.seed, name, pool]), POOL)


def _lengths(drawn: Drawn, steps: int) -> Array:
    return np.full(len(drawn.inputs), steps) if drawn.lengths is None else drawn.lengths


class Synthetic(ABC):
    """A generated task. `defaults` are its settings, `least` the smallest values that make sense; `younger` are settings that
    came after files with the task, which its text leaves out where they are at their default: the examples follow from it.

    What is held against a network, of one example or of many:

    lengthened_by    the setting that makes examples longer and asks for the same
    scored           the score that counts, by its name among those of an evaluation: "accuracy", or "loss" of numbers
    chance           what the best answer scores that reads nothing
    different        how many different inputs there are; None of numbers, which never repeat
    trivial()        what one scores that keeps one thing of an example and answers with it, at all steps alike
    solved           the score from which on the task counts as done
    raced            settings that are better taken otherwise where cells are compared (see tasks.raced_task)
    raced_steps      updates of a run there at most: a cell that learns the task, led there from a shorter one, mostly does so
                     in a few hundred
    """

    name: str
    reads_numbers: ClassVar[bool] = False
    writes: ClassVar[bool] = False
    running: ClassVar[bool] = False
    generates: ClassVar[bool] = False
    forecasts: ClassVar[bool] = False
    example: ClassVar[str] = "example"
    label: ClassVar[str] = "class"
    labels: ClassVar[str] = "classes"
    simple_answers: ClassVar[tuple[str, ...]] = ("guess", "one_kept")
    run_defaults: ClassVar[Mapping[str, Default]] = {
        "max_steps": Default(2000, "Every example is new, so that an epoch means nothing."),
        "hidden_size": Default(64, "Enough for what has to be kept, and a step takes a few milliseconds."),
        "forget_bias": Default(
            4.0,
            "The gate then keeps a state for about e^4 = 55 steps from the start; without, no gradient comes from 60 back.",
        ),
    }
    data_defaults: ClassVar[Mapping[str, Default]] = {}
    defaults: ClassVar[Mapping[str, int]]
    least: ClassVar[Mapping[str, int]] = {}
    younger: ClassVar[tuple[str, ...]] = ()
    raced: ClassVar[Mapping[str, int]] = {}
    raced_steps: ClassVar[int] = 1000
    accepts: frozenset[str] = frozenset()
    needs_data = False
    loss: str
    input_size: int = 0
    scored: ClassVar[str] = "accuracy"
    lengthened_by: ClassVar[str] = "length"

    def __init__(self, settings: str = "") -> None:
        """InputError where the settings cannot be read."""
        self.settings = parse_settings(self.name, settings, {**self.defaults, EXAMPLES: EPOCH}, self.least)
        said = {k: v for k, v in self.settings.items() if k not in self.younger or v != self.defaults[k]}
        self.text = f"{self.name}:{as_text(said)}"

    @property
    @abstractmethod
    def shape(self) -> str:
        """Many-to-one or many-to-many: an answer at the end, or one at every step."""

    @abstractmethod
    def encoding(self) -> Encoding:
        """What ids stand for."""

    def guess(self) -> str:
        """The score of a network that has learnt nothing."""
        return f"guessing is right in 1 of {len(self.encoding().labels)} cases"

    def guess_scores(self) -> dict[str, float]:
        """The same as numbers, by the names of scores: of labels, how often a guess among them is right."""
        labels = self.encoding().labels
        return {"accuracy": 1 / len(labels)} if labels else {}

    @property
    def more_is_better(self) -> bool:
        """Whether a larger score is a better one."""
        return self.scored == "accuracy"

    @property
    def perfect(self) -> float:
        """The best score."""
        return 1.0 if self.more_is_better else 0.0

    @property
    def chance(self) -> float:
        """The score of the best answer that reads nothing."""
        return self.guess_scores()[self.scored]

    @property
    def different(self) -> int | None:
        """How many different inputs examples can have. Where they are few, another seed draws what training has read."""
        return None

    @property
    def few(self) -> bool:
        """Whether there are no more different inputs than are measured: then training may have read the same ones."""
        return self.different is not None and self.different <= VALIDATION

    def trivial(self) -> Trivial | None:
        """The best answer that keeps one thing of an example and says it at all scored steps; None where it is no better
        than chance, or where it is all that is asked for."""
        return None

    @property
    def solved(self) -> float:
        """Half-way between chance and the best score."""
        return (self.chance + self.perfect) / 2

    @property
    def length(self) -> int:
        """The setting that makes examples longer."""
        return self.settings[self.lengthened_by]

    @property
    def shortest(self) -> int:
        """The smallest length that makes sense."""
        return self.least.get(self.lengthened_by, 1)

    def of_length(self, length: int) -> "Synthetic":
        """The same task with another length. InputError where it is no possible one."""
        return self.having({self.lengthened_by: length})

    def having(self, settings: Mapping[str, int]) -> "Synthetic":
        """The same task with these settings in place of its own. InputError where they cannot be."""
        return type(self)(as_text({**self.settings, **settings}))

    @abstractmethod
    def draw(self, generator: np.random.Generator, count: int) -> Drawn:
        """`count` examples."""

    def draw_training(self, generator: np.random.Generator, count: int) -> Drawn:
        """`count` examples to learn from, where they are others than those that are measured."""
        return self.draw(generator, count)

    def of_training(self, most: str = "") -> str:
        """How the examples to learn from are others than those that are measured; "" where they are not.

        `most` names their longest length where it is told of several tasks."""
        return ""

    def prepare(self, data: Sequence[str], options: DataOptions, seed: int) -> Prepared:
        """See Task."""
        check_options(self.name, options, self.accepts)
        validation, report = self.load(data, options, self.encoding(), seed)
        train = Generated(self, seed, TRAIN, self.settings[EXAMPLES])
        report.rows = len(train)
        if others := self.of_training():
            report.note(others)
        return Prepared(
            **vars(self.needs(options, self.encoding())),
            train=train,
            validation=validation,
            report=report,
            fingerprint=sha256(f"{self.text} {seed}".encode()).hexdigest(),
            options=options,
        )

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """See Task."""
        return options

    def shape_of(self, options: DataOptions) -> str:
        """See Task."""
        return self.shape

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """See Task."""
        if encoding != self.encoding():
            raise ValueError(f"encoding is not that of {self.text}")
        return Needs(self.text, self.shape, self.loss, encoding, self.input_size, max(1, len(encoding.labels)))

    def load(
        self, data: Sequence[str], options: DataOptions, encoding: Encoding, seed: int = 0
    ) -> tuple[Generated, ReadingReport]:
        """See Task: the validation examples of the seed."""
        if data:
            raise InputError(f"--task {self.name} generates its examples: leave {data[0]} out")
        report = ReadingReport()
        report.note(self.guess())
        report.rows = VALIDATION
        return Generated(self, seed, HELD_OUT, VALIDATION), report
