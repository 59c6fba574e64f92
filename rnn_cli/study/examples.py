"""The examples that a trained model is measured on: new data, those that its training held out, or generated ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.base import Pass, System
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.samples import require_data
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model
from rnn_cli.models.typed import typed
from rnn_cli.study.foreign import as_trained
from rnn_cli.tasks import find_task, task_class
from rnn_cli.tasks.base import Examples, Prepared, Task
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.options import DataOptions, validation_fraction

BATCH = 64
SHORTEST_STREAM = 2000
"""A language model reads up to 64 streams of a text side by side, none shorter than this: each begins without a memory."""


def streams_of(text: Examples) -> int:
    """How many streams of a text are read side by side."""
    return max(1, min(BATCH, len(text) // SHORTEST_STREAM))


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained model and the examples it is measured on.

    seen       whether the model was trained on these same data, so that its score is too good
    prepared   the data of its training, where the examples are those that training held out
    """

    model: Model
    system: System
    encoding: Encoding
    examples: Examples
    report: ReadingReport
    seen: bool = False
    prepared: Prepared | None = None

    @property
    def holds_out(self) -> bool:
        """Whether training held examples out: it measured itself on some, or was to and stopped before it did."""
        progress, asked = self.model.run.get("progress", {}), typed(DataOptions, self.model.data_options)
        first_epoch = progress.get("epoch", 0) == 0
        return progress.get("best") is not None or (first_epoch and validation_fraction(asked) != 0)

    @property
    def held_out(self) -> bool:
        """Whether the examples are those that training held out."""
        return self.prepared is not None

    @property
    def task(self) -> str:
        """Without its settings."""
        return self.model.trained_for.partition(":")[0]

    @property
    def kind(self) -> type[Task]:
        """The class of the task."""
        return task_class(self.task)

    def batches(self) -> Sequence[Array]:
        """All examples, in the order of the data."""
        size = streams_of(self.examples) if self.kind.running else BATCH
        return self.examples.batches(0, 0, size, shuffle=False)

    def passes(self) -> Iterator[tuple[Batch, Pass]]:
        """Every batch with its forward pass; a language model carries its state on."""
        state: InitialStates = {}
        for indices in self.batches():
            batch = self.examples.collate(indices)
            done = self.system.forward(batch, state if batch.carries else None)
            state = done.state
            yield batch, done


def open_subject(
    name: str, model: Model, data: Sequence[str], asked: DataOptions, held_out: bool, seed: int
) -> Subject:
    """The examples that `data` hold, read as in training but for what is asked for anew; or those of a generated task.

    InputError where the model was not trained, or the data do not fit it.
    """
    model = as_trained(name, model)
    if model.encoding is None or model.system is None:
        raise InputError(
            f"{name}: was not written by rnn train, so nothing says how data are to be read for it; "
            "rnn predict and rnn forward take it"
        )
    task = find_task(model.trained_for)
    if not task.needs_data:
        examples, report = task.load(data, asked, model.encoding, seed)
        return Subject(model, model.system, model.encoding, examples, report)
    if not data:
        raise InputError(f"give the DATA, as in: rnn evaluate {name} FILE")
    # Files side by side are for this command alone: a model that learnt from such may be measured on a table.
    require_data(data)
    options = replace(typed(DataOptions, model.data_options), parallel=asked.parallel)
    asked = replace(asked, parallel=False)
    if held_out and model.foreign:
        raise InputError(f"--held-out: nothing says on what {name} was trained: give data that it has not seen")
    if held_out:
        return _held_out(name, model, task, data, options, asked)
    anew = {one.name: getattr(asked, one.name) for one in fields(asked) if getattr(asked, one.name) != one.default}
    examples, report = task.load(data, replace(options, **anew), model.encoding, seed)
    seen = not anew and "-" not in data and model.run.get("fingerprint") == fingerprint(data, options)
    return Subject(model, model.system, model.encoding, examples, report, seen)


def _held_out(
    name: str, model: Model, task: Task, data: Sequence[str], options: DataOptions, asked: DataOptions
) -> Subject:
    """The part that training held out, drawn once more from the seed of the run."""
    assert model.encoding is not None
    assert model.system is not None
    if asked != DataOptions():
        raise InputError("--held-out reads the data as training did: leave the options of reading out")
    if model.run.get("fingerprint") != fingerprint(data, options):
        raise InputError(
            f"--held-out: {', '.join(data)}: not the data that {name} was trained on, or an older version read them otherwise"
        )
    prepared = task.prepare(data, options, model.run["config"]["seed"])
    if prepared.validation is None:
        raise InputError(f"--held-out: {prepared.why_unheld}")
    report = prepared.validation_report or prepared.report
    return Subject(model, model.system, model.encoding, prepared.validation, report, prepared=prepared)
