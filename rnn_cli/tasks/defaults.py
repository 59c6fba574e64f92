"""What a run does where the command line leaves it open, each with its reason: help, pages and runs read it here.

COMMON is for all tasks; a task's file has its own beside it, as `run_defaults`. A reason is one sentence, and says what
was measured or what follows from the equations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

LOSS, METRIC, F1, FIRST, LAST = "loss", "metric", "f1", "first", "last"
"""Which weights are kept: see training/keeping.py."""

UPDATES = 1000
"""Fewer updates leave most networks half learnt, whatever the number of rounds through the data."""

APART = 20
"""Updates between two evaluations where the data are small: measuring more often costs more than it tells."""


@dataclass(frozen=True)
class Known:
    """What is known of the data once they are read: batches of an epoch, at which level texts are cut, examples held out,
    updates between two evaluations, whether most classes are rare, examples to learn from and the
    median of their lengths."""

    steps_per_epoch: int
    level: str
    held_out: int
    eval_every: int = 1
    mostly_rare: bool = False
    examples: int = 0
    median_length: float = 0


class ByData(Protocol):
    """A value that the data decide. As text it is the rule."""

    @property
    def start(self) -> Any:
        """The value before the data are known."""

    def of(self, known: Known) -> Any:
        """The value for some data."""


@dataclass(frozen=True)
class Default:
    """The value of an option that is left open, or the rule by which data decide it, and why it is that one.

    `by_data` where the value only names the rule, and the task's reader applies it.
    """

    value: Any
    reason: str
    by_data: bool = False

    @property
    def rule(self) -> ByData | None:
        """The rule, if there is one."""
        return self.value if isinstance(self.value, Rounds | Waits | ByLevel | ByHeldOut | ByTexts) else None

    @property
    def said(self) -> Any:
        """The value as it is before the data are known: of a rule its text."""
        return str(self.value) if isinstance(self.value, ByTokens) or self.rule is not None else self.value

    @property
    def start(self) -> Any:
        """The value before the data are known."""
        return self.value if self.rule is None else self.rule.start


@dataclass(frozen=True)
class Rounds:
    """At least so many rounds through the data, and as many as make enough updates."""

    start: int
    updates: int = UPDATES

    def of(self, known: Known) -> int:
        """See ByData."""
        return max(self.start, -(-self.updates // known.steps_per_epoch))

    def __str__(self) -> str:
        return f"at least {self.start}, and as many as make {self.updates:,} updates"


@dataclass(frozen=True)
class Waits:
    """So many evaluations, and as many as make so many updates, without a better one; endless where nothing is held out."""

    evaluations: int = 3
    updates: int = 200
    start: None = None

    def of(self, known: Known) -> int | None:
        """See ByData."""
        return max(self.evaluations, -(-self.updates // known.eval_every)) if known.held_out else None

    def __str__(self) -> str:
        return f"at least {self.evaluations}, and as many as make {self.updates} updates"


@dataclass(frozen=True)
class ByLevel:
    """One value where words are read, another where characters are."""

    start: float
    characters: float

    def of(self, known: Known) -> float:
        """See ByData."""
        return self.characters if known.level == "char" else self.start

    def __str__(self) -> str:
        return f"{self.start:g} by words, {self.characters:g} by characters"


@dataclass(frozen=True)
class ByHeldOut:
    """One value where many examples are held out, others where few are, and where many are but most classes are rare."""

    start: str
    few: str
    rare: str
    many: int = 500

    def of(self, known: Known) -> str:
        """See ByData."""
        if known.held_out < self.many:
            return self.few
        return self.rare if known.mostly_rare else self.start

    def __str__(self) -> str:
        return f"{self.start}; {self.few} where fewer than {self.many} are held out; else {self.rare} where most classes are rare"


@dataclass(frozen=True)
class ByTexts:
    """One value where words of few texts are read, or of long ones; another where those of many short ones are, or characters."""

    start: str
    few: str
    many: int = 4000
    long: int = 30

    def of(self, known: Known) -> str:
        """See ByData."""
        few = known.examples < self.many or known.median_length >= self.long
        return self.few if few and known.level != "char" else self.start

    def __str__(self) -> str:
        return f"{self.start}; {self.few} by words of fewer than {self.many:,} texts, or of texts of {self.long} words and more"


@dataclass(frozen=True)
class ByTokens:
    """How often a word must occur to be known, in texts of so many words: the larger the text, the more words are rare."""

    start: int
    steps: tuple[tuple[int, int], ...]

    def of_tokens(self, tokens: int) -> int:
        """The value for a training part."""
        return max((least for size, least in self.steps if tokens >= size), default=self.start)

    def __str__(self) -> str:
        of_words = [str(self.start), *(f"{least} from {size:,} on" for size, least in self.steps)]
        return f"of characters 1; of words {', '.join(of_words)}"


OF_DATA: Mapping[str, Default] = {
    "validation": Default("0.1", "A tenth is held out to measure the run by, and nine tenths are left to learn from."),
    "min_count": Default(
        ByTokens(2, ((300_000, 3), (1_000_000, 5))),
        "Rare words are read as <unk>, which is learnt that way, and cost no weights.",
    ),
    "lowercase": Default(False, "Capitals tell something, as of names and beginnings."),
}
"""For each option of reading, its default where a task has no other. Those that a reader finds out are not among them."""

TO_TOKENS = ("embedding_size", "embedding_scale", "freeze_vectors", "dropout_embedding")
"""Settings that act on the vectors of tokens alone."""

TO_DECODERS = ("attention", "teacher_forcing")
"""Settings that act on a decoder alone."""

ONE_ANSWER = "readout_reads"
"""The setting of a readout that answers once."""

OF_INIT = "With --init it is what its model has."
"""The reason of a setting that the first weights decide."""

NO_TOKENS = "The task reads numbers, which have no embedding."
NO_DECODER = "The network has no decoder."
NO_ONE_ANSWER = "The network answers at every step, each from its own state."
NO_VECTORS = "No --vectors are given."
NO_DECAY = "With --weight-decay 0 nothing decays."
NO_MOMENTUM = "Only --optimizer momentum has it."
NO_RECURRENCE = "The cell has no recurrent matrices to read it."
NO_SCHEDULE = "Only --schedule cosine and step have an end."
ONE_LAYER = "It acts between layers, and one layer has none below it (--dropout-state acts within one)."
NOTHING_HELD_OUT = "No example is held out, and the last weights are kept."
BY_VALUE = "--clip-value clips in its place."
IN_ORDER = "A text is read in its order."
ALL_NEW = "Every example is new."
FROM_INIT = "The weights are those of --init."
"""Why an option changes nothing in a run, whatever its value."""

OF_HELD_OUT = ("keep", "eval_every")
"""Settings that do nothing where nothing is held out."""

TO_FIRST_WEIGHTS = ("initialization", "embedding_scale", "forget_bias")
"""Settings that act on the weights a run begins with."""

ALL_KNOWN = "With 1 all tokens of the training part are known."
NONE_TO_HOLD_OUT = "A tenth was to be held out, and of these data nothing can be."

FOLLOWS = "It follows from the data and the other options."
"""The reason of an option of reading that is not left at a default."""


def apart(steps_per_epoch: int) -> int | None:
    """Updates between two evaluations, in whole epochs; None where every epoch has enough of them."""
    return None if steps_per_epoch >= APART else steps_per_epoch * -(-APART // steps_per_epoch)


PATIENCE = Default(Waits(), "Where so many bring nothing better, hardly any later one does.")
"""Of the tasks that read texts: on six data sets of classify and tag waiting so long lost nothing."""

COMMON: Mapping[str, Default] = {
    "cell": Default("gru", "Gates carry its state as they do an LSTM's, with three quarters of the weights."),
    "embedding_size": Default(32, "A rare token has few occurrences to learn its row from, so that the row is short."),
    "hidden_size": Default(64, "Enough for short sequences, and a step of a batch takes milliseconds."),
    "num_layers": Default(1, "A second layer costs as much time again."),
    "bidirectional": Default(False, "One direction reads as a person does, and has an answer after every step."),
    "readout_reads": Default("final-state", "The last state has seen everything that was read."),
    "attention": Default("none", "Only an encoder and a decoder have something to look back at."),
    "initialization": Default("pytorch", "Cells and readouts begin as PyTorch's do, uniform in ±1/sqrt(fan)."),
    "embedding_scale": Default(1.0, "As PyTorch's Embedding begins, N(0, 1)."),
    "dtype": Default("float32", "Half the memory of float64, and faster products."),
    "freeze_vectors": Default(False, "Vectors that are learnt on come to fit the task."),
    "batch_size": Default(32, "An epoch of small data has many updates, and products are wide enough to be fast."),
    "optimizer": Default(
        "adam", "Its steps are about as long as the learning rate, whatever the scale of the gradient."
    ),
    "learning_rate": Default(0.003, "No weight moves much further than this in an update of Adam."),
    "momentum": Default(0.9, "A tenth of each gradient is new."),
    "weight_decay": Default(0.0, "Drawing the weights to 0 helped on some data sets and harmed on others."),
    "decays": Default("weights", "A bias has no input that it could overfit."),
    "schedule": Default("constant", "It does not ask where the run ends, so that a longer one goes on from it."),
    "warmup": Default(0, "The first updates of Adam are no longer than the others."),
    "clip_norm": Default(1.0, "A gradient that explodes is held, and keeps its direction."),
    "dropout": Default(0.0, "Nothing is dropped of what a layer gives to the next."),
    "dropout_embedding": Default(0.0, "Nothing is dropped of what is read."),
    "dropout_state": Default(0.0, "Nothing is dropped of what is remembered."),
    "teacher_forcing": Default(1.0, "A decoder that reads the truth learns each token from the first update on."),
    "keep": Default(LOSS, "The loss of held-out answers says more than how many of them are right."),
    "seed": Default(0, "The same command gives the same bytes."),
    "shuffle": Default(True, "A new order in each epoch keeps the order of a file from being learnt."),
    "checkpoint_every": Default(200, "With --out, a kill loses no more updates than these."),
    "threads": Default(1, "A second one pays from 512 hidden units on, on an idle machine."),
}
"""For each setting of a run, its default where a task has no other."""


def by(name: str) -> str:
    """How a help text says the default that tasks have in common: [default: gru]."""
    value = COMMON[name].value
    return f"[default: {value:g}]" if type(value) in (int, float) else f"[default: {value}]"
