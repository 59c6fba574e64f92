"""What a task is: how a data set becomes numbers for a network, and what the network should answer.

    data file -> rows -> split -> encoding (learnt from the training part) -> examples -> batches

A task's file says what its rows mean; this file holds the records and the two protocols that all tasks share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.defaults import Default
from rnn_cli.tasks.options import DataOptions

SHOWN = 3
"""Examples of the training part that are kept as they were read, to be shown."""

ONE_TO_MANY, ENCODER_DECODER = "one-to-many", "encoder-decoder"


class Examples(Protocol):
    """One part of a data set, encoded. Batches are named by index arrays, so that a run can go on from any of them."""

    def __len__(self) -> int:
        """How many examples there are (language models: how many tokens are predicted)."""
        ...

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> Sequence[Array]:
        """The batches of an epoch, in order, as index arrays: a pure function of the arguments."""
        ...

    def collate(self, indices: Array) -> Batch:
        """The batch that an index array names: a pure function of it."""
        ...


@dataclass(frozen=True, eq=False)
class Needs:
    """What a task asks of the network that learns it.

    task         as the user named it, e.g. "classify" or "copy:length=20"
    shape        many-to-one, many-to-many, one-to-many or encoder-decoder; `loss` a name in LOSSES
    input_size   numbers per step where inputs are vectors; 0 where they are ids of `encoding.vocabulary`
    output_size  units of the readout: classes, or numbers to predict
    """

    task: str
    shape: str
    loss: str
    encoding: Encoding
    input_size: int
    output_size: int


@dataclass(frozen=True, eq=False)
class Prepared(Needs):
    """A data set ready for training.

    validation   None without a validation part
    unheld       why the data leave no validation part though one was asked for; "" otherwise
    report       bad rows, duplicates and what else a person should know; `validation_report` for a validation file
    first        the first rows of the training part, as they were read; () where the data are no rows
    mostly_rare  whether most of the classes are rare, see tasks/weights.py; False where no default hangs on it
    median_length  of the training part; 0 where no default hangs on it
    fingerprint  of the data and the options: a run can only be resumed on the same
    """

    train: Examples
    validation: Examples | None
    report: ReadingReport
    fingerprint: str
    options: DataOptions
    validation_report: ReadingReport | None = None
    first: tuple[Any, ...] = ()
    unheld: str = ""
    mostly_rare: bool = False
    median_length: float = 0

    @property
    def why_unheld(self) -> str:
        """Why there is no validation part, where there is none."""
        return self.unheld or "training held nothing out (--validation 0)"

    @property
    def has_decoder(self) -> bool:
        """Whether batches have decoder inputs: ids of `encoding.labels`."""
        return self.shape in (ONE_TO_MANY, ENCODER_DECODER)


class Task(Protocol):
    """One kind of data set.

    `accepts` names the fields of DataOptions that mean something to it; `needs_data` is False where examples are
    generated. `run_defaults` are its own defaults for settings of a run (fields of RunConfig), beside those of all tasks;
    `data_defaults` those for fields of DataOptions. `reads_numbers`: its inputs are vectors, so that nothing is embedded;
    `writes`: its network has a decoder. `running`: its data are one text, read on with the state that was reached;
    `generates`: rnn generate writes with it, and the loss of a token says how good it is. `forecasts`: its data are series,
    and its answer is what comes after the last row.

    `example` is what one of its examples is called, "" where each is a token; `label` what one of its labels is, and
    `labels` several of them. `simple_answers` are the files of rnn_cli/study/baselines that it is held against.
    """

    name: str
    reads_numbers: ClassVar[bool]
    writes: ClassVar[bool]
    running: ClassVar[bool]
    generates: ClassVar[bool]
    forecasts: ClassVar[bool]
    example: ClassVar[str]
    label: ClassVar[str]
    labels: ClassVar[str]
    simple_answers: ClassVar[tuple[str, ...]]
    run_defaults: ClassVar[Mapping[str, Default]]
    data_defaults: ClassVar[Mapping[str, Default]]
    accepts: frozenset[str]
    needs_data: bool

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """The options as `prepare` keeps them where it has learnt this encoding. InputError where they are not possible."""
        ...

    def shape_of(self, options: DataOptions) -> str:
        """The shape of its network, see Needs, by what is known before any data are read."""
        ...

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """What the task asks of a network, by its settled options. ValueError where no data give this encoding."""
        ...

    def prepare(self, data: Sequence[str], options: DataOptions, seed: int) -> Prepared:
        """Read, split, learn the encoding, encode. InputError where the data cannot be used.

        `data` are the paths of the training data; the seed draws the validation part.
        """
        ...

    def load(
        self, data: Sequence[str], options: DataOptions, encoding: Encoding, seed: int = 0
    ) -> tuple[Examples, ReadingReport]:
        """Read a data set with an encoding that is given: for validation files and for `rnn evaluate`.

        `options` are those of training (`Prepared.options`), with what is asked for anew. The seed is for tasks that
        generate their data.
        """
        ...


def check_level(encoding: Encoding, level: str, lowercase: bool = False) -> None:
    """ValueError where an encoding cuts texts in another way than the options say."""
    if (encoding.level, encoding.lowercase) != (level, lowercase):
        raise ValueError("encoding.level and lowercase are not those of its options")
