"""forecast: from the last `window` steps of a series, the next `horizon` (many-to-one; many-to-many with every_step).

Data: tables with columns of numbers, a row a time step, of one series or of several. The last part of each series is
for validation, and columns are scaled to mean 0 and standard deviation 1 of the training part of all series: what
comes later is not known when one forecasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.series import Asked, Series, read_series
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import NUMBER
from rnn_cli.tasks.base import Needs, Prepared, check_level
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.options import COMMON, DataOptions, check_options, validation_fraction
from rnn_cli.tasks.order import bucketed

WINDOW, HORIZON = 30, 1


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of a scaled series.

    inputs (N, I) and targets (N, K) of each row; starts (M,) the first row of each window. The network predicts
    horizon * K numbers: all targets of the next step, then those of the step after it.

    begins   the rows at which a stretch without a gap begins, the first of them 0
    """

    inputs: Array
    targets: Array
    starts: Array
    window: int
    horizon: int
    every_step: bool
    begins: tuple[int, ...] = (0,)

    def __len__(self) -> int:
        return len(self.starts)

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> list[Array]:
        """See Examples."""
        return bucketed([np.full(len(self.starts), self.window)], epoch, seed, batch_size, shuffle)

    def collate(self, indices: Array) -> Batch:
        """See Examples."""
        rows = np.arange(self.window)[:, None] + self.starts[indices]  # (T, B)
        read = rows if self.every_step else rows[-1]
        future = read[..., None] + 1 + np.arange(self.horizon)
        targets = self.targets[future].reshape(*read.shape, -1)
        return Batch(self.inputs[rows], np.full(len(indices), self.window), targets, np.ones(read.shape))


class Forecast:
    """The task "forecast". See rnn_cli.tasks.base.Task."""

    name = "forecast"
    run_defaults: ClassVar = {"epochs": 10, "hidden_size": 32}
    accepts = COMMON | {
        *("header", "delimiter", "columns", "targets", "window", "horizon", "season", "every_step"),
        *("time", "series", "decimal", "missing", "across_gaps"),
    }
    needs_data = True

    def prepare(self, data: Sequence[str], options: DataOptions, seed: int) -> Prepared:
        """See Task. Without `columns`, all numbers but those of time are read; without `targets`, all columns read are predicted."""
        check_options(self.name, options, self.accepts)
        options = defaults(options)
        fraction = validation_fraction(options)
        report = options.report()
        series = read_series(data, asked_of(options), report)
        report.check_share(", ".join(data))
        options = replace(options, columns=series.names, targets=series.target_names, **series.settled)
        cuts = [one.last - round((fraction or 0) * (one.last - one.first)) for one in series.groups]
        known = [(one.first, cut) for one, cut in zip(series.groups, cuts, strict=True)]
        encoding = learn(series, known)
        train = encode(series, encoding, options, known)
        if not len(train):
            rows = sum(cut - first for first, cut in known)
            raise InputError(f"{data[0]}: {rows} rows for training{_parted(series)} hold no window of {train.window} steps "
                             f"and {train.horizon} more: give a smaller --window")  # fmt: skip
        validation_report = None
        held_out = [(cut, one.last) for one, cut in zip(series.groups, cuts, strict=True)]
        validation = encode(series, encoding, options, held_out)
        if fraction is None and options.validation is not None:
            validation, validation_report = self.load([options.validation], options, encoding)
        return Prepared(
            **vars(self.needs(options, encoding)),
            train=train,
            validation=validation if len(validation) else None,
            report=report,
            fingerprint=fingerprint(data, options),
            options=options,
            validation_report=validation_report,
        )

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """See Task: columns that were numbered are kept by their names."""
        return replace(defaults(options), columns=encoding.columns, targets=encoding.target_columns)

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """See Task."""
        check_level(encoding, NUMBER)
        shape = MANY_TO_MANY if options.every_step else MANY_TO_ONE
        outputs = len(encoding.target_columns) * (options.horizon or HORIZON)
        return Needs(self.name, shape, MSE, encoding, len(encoding.columns), outputs)

    def load(
        self, data: Sequence[str], options: DataOptions, encoding: Encoding, seed: int = 0
    ) -> tuple[Windows, ReadingReport]:
        """See Task."""
        check_options(self.name, options, self.accepts)
        options = defaults(options)
        report = options.report()
        read = replace(asked_of(options), columns=encoding.columns, targets=encoding.target_columns)
        series = read_series(data, read, report)
        report.check_share(", ".join(data))
        windows = encode(series, encoding, options, [(one.first, one.last) for one in series.groups])
        if not len(windows):
            raise InputError(f"{data[0]}: {report.rows} rows{_parted(series)} hold no window of {windows.window} steps "
                             f"and {windows.horizon} more")  # fmt: skip
        return windows, report


def asked_of(options: DataOptions) -> Asked:
    """What the options say about the reading of a series."""
    return Asked(**{one.name: getattr(options, one.name) for one in fields(Asked)})


def _parted(series: Series) -> str:
    """The stretches without a gap, in words, where there are several."""
    longest = max(end - start for start, end in pairwise([*series.starts, len(series.inputs)]))
    return f" in {len(series.starts)} stretches of at most {longest}" if len(series.starts) > 1 else ""


def defaults(options: DataOptions) -> DataOptions:
    """The options with window and horizon settled."""
    return replace(options, window=options.window or WINDOW, horizon=options.horizon or HORIZON)


def learn(series: Series, known: Sequence[tuple[int, int]]) -> Encoding:
    """The columns, with the means and scales of the `known` rows; a column that never changes has scale 1."""
    means, scales = moments(np.concatenate([series.inputs[first:last] for first, last in known]))
    target_means, target_scales = moments(np.concatenate([series.targets[first:last] for first, last in known]))
    return Encoding(
        "number",
        columns=series.names,
        target_columns=series.target_names,
        means=means,
        scales=scales,
        target_means=target_means,
        target_scales=target_scales,
    )


def moments(values: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Means and standard deviations of columns; values (N, I)."""
    if not len(values):
        raise InputError("no row is left for training: give a smaller --validation")
    deviations = values.std(axis=0)
    return tuple(values.mean(axis=0).tolist()), tuple(np.where(deviations > 0, deviations, 1.0).tolist())


def encode(series: Series, encoding: Encoding, options: DataOptions, parts: Sequence[tuple[int, int]]) -> Windows:
    """The windows whose targets all lie in the part of their series, from a row to before another, and that span no gap.

    A window may begin before that part, because earlier rows were known at the time.
    """
    window, horizon = options.window or WINDOW, options.horizon or HORIZON
    lead = 1 if options.every_step else window
    ends = [*series.starts[1:], len(series.inputs)]
    starts = [
        np.arange(max(begin, first - lead), min(end, last) - window - horizon + 1)
        for group, (first, last) in zip(series.groups, parts, strict=True)
        for begin, end in zip(series.starts, ends, strict=True)
        if group.first <= begin < group.last
    ]
    return Windows(
        (series.inputs - encoding.means) / encoding.scales,
        (series.targets - encoding.target_means) / encoding.target_scales,
        np.concatenate(starts),
        window,
        horizon,
        options.every_step,
        series.starts,
    )
