"""What rnn check holds against each other, from its options."""

from typing import Protocol

from rnn_cli.commands.common import open_many
from rnn_cli.commands.options import NetworkOptions, SourceOptions
from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.front.own_arrays import file_arrays
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.check.arrays import check_arrays
from rnn_cli.study.check.files import read_map
from rnn_cli.study.check.hints import CheckResult
from rnn_cli.study.targets import read_target
from rnn_cli.views.parts import quotable


class Asked(Protocol):
    """The options of the check itself."""

    @property
    def map(self) -> str | None:
        """A file of names."""

    @property
    def tolerance(self) -> float | None:
        """How far two numbers may be apart."""

    @property
    def hints(self) -> int:
        """How much is told."""

    @property
    def why(self) -> bool:
        """Whether the first wrong number is unfolded."""


def checked_arrays(
    name: str,
    source: SourceOptions,
    network: NetworkOptions,
    report: ReadingReport,
    asked: Asked,
    target: str | None,
    targets: str | None,
) -> CheckResult:
    """The arrays of a file held against a network's on the sequences of the source."""
    source.check()
    model, sequences = open_many(source, network, report)
    every = list(sequences)
    wanted = _wanted(model, every, target, targets)
    mapping = None if asked.map is None else read_map(asked.map)
    initial = [one.initial for one in every] if network.given_states else []
    inputs = [one.inputs for one in every]
    arrays = file_arrays(name, model.network.cell)
    found = check_arrays(name, arrays, model, inputs, wanted, mapping, asked.tolerance, initial)
    text = quotable(every[0]) or "" if len(every) == 1 else ""
    again = ""
    return CheckResult(found, asked.hints, asked.why, again, text, target or "")


def _wanted(model: Model, every: list[Sequence], target: str | None, targets: str | None) -> list[Array] | None:
    """The class numbers of each sequence; None where no target was given."""
    if target is None and targets is None:
        return None
    if model.numeric or not model.network.architecture.output_size:
        raise InputError(
            f"--target{'' if targets is None else 's'}: the loss of a check is that of labels, and {model.name} has none: "
            "leave it out, and what comes before the loss is compared"
        )
    return [read_target(model, one, target, targets).targets for one in every]
