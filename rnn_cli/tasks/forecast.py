"""forecast: from the last `window` steps of a series, the next `horizon` (many-to-one; many-to-many with every_step).

Data: tables with columns of numbers, a row a time step, of one series or of several. The last part of each series is
for validation, and columns are scaled to mean 0 and standard deviation 1 of the training part of all series: what
comes later is not known when one forecasts. A column can be read and predicted as it changes (see models/forms.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import pairwise
from typing import ClassVar

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import DIFFERENCE, FORMS, GROWTH, LEVEL, form_words
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.metrics.season import season_of
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.series import Asked, Series, read_series
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import NUMBER
from rnn_cli.models.forms import as_read, check_positive
from rnn_cli.tasks.base import Needs, Prepared, check_level
from rnn_cli.tasks.defaults import LOSS, OF_DATA, Default, Rounds
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.options import AUTO, COMMON, DataOptions, check_options, validation_fraction
from rnn_cli.tasks.order import bucketed
from rnn_cli.tasks.series_forms import WINDOW, Found, form_for, window_for

HORIZON = 1


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of a series.

    inputs (N, I) and targets (N, K) of each row, in the units of the data; starts (M,) the first row of each window. The
    network predicts horizon * K numbers: all targets of the next step, then those of the step after it.

    begins   the rows at which a stretch without a gap begins, the first of them 0
    spans    of each stretch: where it begins, the first row of it whose answers are asked for, and the row after the last
    """

    inputs: Array
    targets: Array
    starts: Array
    window: int
    horizon: int
    every_step: bool
    begins: tuple[int, ...] = (0,)
    encoding: Encoding = field(default_factory=partial(Encoding, NUMBER))
    spans: tuple[tuple[int, int, int], ...] = ()

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
        means, scales = self.encoding.moments_after(self.targets[read])  # (…, B, K)
        targets = ((self.targets[future] - means[..., None, :]) / scales[..., None, :]).reshape(*read.shape, -1)
        inputs = self.encoding.scaled(self.inputs[rows])
        return Batch(inputs, np.full(len(indices), self.window), targets, np.ones(read.shape), units=(means, scales))


LARGEST, SMALLEST = 1e140, 1e-140
"""Sums of the squares of so large numbers, and of the squares of their sums, are still numbers in double precision; squares of
so small differences are not yet 0."""


class Forecast:
    """The task "forecast". See rnn_cli.tasks.base.Task."""

    name = "forecast"
    reads_numbers = forecasts = True
    writes = running = generates = False
    example = "window"
    label, labels = "class", "classes"
    simple_answers = "last_value", "seasonal_naive", "drift", "linear_autoregression"
    run_defaults: ClassVar = {
        "epochs": Default(Rounds(10), "Ten rounds through long series, and enough updates on short ones."),
        "keep": Default(
            LOSS, "It is measured in standard deviations, so that the unit of a column does not choose the step."
        ),
        "hidden_size": Default(32, "More units remember the noise of a series."),
    }
    data_defaults: ClassVar = {
        "window": Default(
            f"whole seasons, else {WINDOW}",
            "A season shows as a whole, and else as many steps show where a series is going.",
            by_data=True,
        ),
        "form": Default(
            AUTO,
            "A column that wanders, or whose changes say clearly more of what comes next, is predicted as it changes, "
            "one that returns to its mean as it is.",
            by_data=True,
        ),
        "horizon": Default(HORIZON, "The next step; what lies further ahead rests on it."),
    }
    accepts = COMMON | {
        *("header", "delimiter", "columns", "targets", "window", "horizon", "season", "every_step"),
        *("time", "series", "decimal", "missing", "across_gaps", "form"),
    }
    needs_data = True

    def prepare(self, data: Sequence[str], options: DataOptions, seed: int) -> Prepared:
        """See Task. Without `columns`, all numbers but those of time are read; without `targets`, all columns read are predicted."""
        check_options(self.name, options, self.accepts)
        fraction = validation_fraction(options)
        report = options.report()
        series = read_series(data, asked_of(options), report)
        report.check_share(", ".join(data))
        check_size(series.inputs, series.names)
        check_size(series.targets, series.target_names)
        options = replace(options, columns=series.names, targets=series.target_names, **series.settled)
        cuts = [one.last - round((fraction or 0) * (one.last - one.first)) for one in series.groups]
        known = [(one.first, cut) for one, cut in zip(series.groups, cuts, strict=True)]
        options = defaults(_found(data[0], series, known, options, report))
        encoding = learn(series, known, options)
        check_positive(series.inputs, series.names, encoding.forms, data[0])
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
            unheld="" if fraction == 0 or len(validation) else _unheld(held_out, series, validation, options),
        )

    def settled(self, options: DataOptions, encoding: Encoding) -> DataOptions:
        """See Task: columns that were numbered are kept by their names, and forms by column."""
        form, horizon = ",".join(encoding.forms) or None, options.horizon or HORIZON
        return replace(options, columns=encoding.columns, targets=encoding.target_columns, horizon=horizon, form=form)

    def shape_of(self, options: DataOptions) -> str:
        """See Task."""
        return MANY_TO_MANY if options.every_step else MANY_TO_ONE

    def needs(self, options: DataOptions, encoding: Encoding) -> Needs:
        """See Task."""
        check_level(encoding, NUMBER)
        outputs = len(encoding.target_columns) * (options.horizon or HORIZON)
        return Needs(self.name, self.shape_of(options), MSE, encoding, len(encoding.columns), outputs)

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
        check_positive(series.inputs, series.names, encoding.forms, data[0])
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
    return _in_stretches([end - start for start, end in pairwise([*series.starts, len(series.inputs)])])


def _in_stretches(lengths: Sequence[int]) -> str:
    return f" in {len(lengths)} stretches of at most {max(lengths)}" if len(lengths) > 1 else ""


def _unheld(parts: Sequence[tuple[int, int]], series: Series, held: Windows, options: DataOptions) -> str:
    """Why the rows that are held out are no examples."""
    rows = sum(last - first for first, last in parts)
    if not rows:
        share = options.validation or OF_DATA["validation"].value
        each = f" in {len(parts)} series, each by itself," if len(parts) > 1 else ""
        return f"{share} of {count_of(len(series.inputs), 'row')}{each} is no row to hold out (--validation)"
    wanted = f"window of {count_of(held.window, 'step')} and {held.horizon} more"
    lengths = [one.stop - one.start for one in _stretches(series, parts)]
    where = f"the {count_of(rows, 'row')} held out" + _in_stretches(lengths)
    return f"no {wanted} has all its answers in {where} (--validation)"


def defaults(options: DataOptions) -> DataOptions:
    """The options with window and horizon settled."""
    return replace(options, window=options.window or WINDOW, horizon=options.horizon or HORIZON)


def _found(
    file: str, series: Series, known: Sequence[tuple[int, int]], options: DataOptions, report: ReadingReport
) -> DataOptions:
    """The options with the window and the forms that the training part asks for, where they are left open."""
    runs = _stretches(series, known)
    season = options.season or season_of([series.targets[rows] for rows in runs]) if runs else None
    if options.window is None:
        longest = max((rows.stop - rows.start for rows in runs), default=1)
        window = window_for(season, longest)
        if season and season > 1 and window % season == 0:
            why = f"whole seasons of {season} steps"
        elif longest // 4 < 1:
            why = "the fewest that there are"
        else:
            why = f"a quarter of the {'longest stretch for training' if len(runs) > 1 else 'training part'}"
        said = "" if window == WINDOW else f"windows of {count_of(window, 'step')}, {why} (--window)"
        report.decide(file, "window", window, said)
        options = replace(options, window=window)
    if options.form is None:
        return options
    if options.form == AUTO:
        columns = series.inputs.T
        found = [Found(LEVEL)] * len(columns)
        if not options.every_step:
            found = [form_for([column[rows] for rows in runs], season) for column in columns]
        found = [_possible(*one, column) for one, column in zip(found, columns, strict=True)]
    else:
        found = [Found(form) for form in _asked_forms(options.form, series.names)]
    forms = [one.form for one in found]
    if options.every_step and set(forms) != {LEVEL}:
        raise InputError(
            f"--form {options.form}: with --every-step each answer has a last value of its own: --form {LEVEL}"
        )
    if set(forms) == {LEVEL}:
        return replace(options, form=None)
    words = []
    for group in dict.fromkeys(one for one in found if one.form != LEVEL):
        alike = form_words(series.names, [one.form if one == group else "" for one in found])
        words += [f"{one}{group.why and f', as {group.why}'}" for one in alike]
    said = f"{'; '.join(words)} (--form)"
    report.decide(file, "forms", dict(zip(series.names, forms, strict=True)), said)
    return replace(options, form=",".join(forms))


def _possible(form: str, why: str, column: Array) -> Found:
    """The form, or differences where the column falls to 0 after its training part: it cannot grow from there."""
    if form == GROWTH and column.min() <= 0:
        return Found(DIFFERENCE, "the level wanders, and what falls to 0 cannot grow from there")
    return Found(form, why)


def count_of(number: int, noun: str) -> str:
    """1 step, 2 steps."""
    return f"{number} {noun}{'s' * (number != 1)}"


def _asked_forms(text: str, names: Sequence[str]) -> list[str]:
    """The form of each column, from one for all or one for each."""
    forms = [part.strip() for part in text.split(",")]
    forms = forms * len(names) if len(forms) == 1 else forms
    wrong = next((form for form in forms if form not in FORMS), None)
    if wrong is not None:
        raise InputError(f"--form {text}: {wrong!r} is none of {', '.join((AUTO, *FORMS))}")
    if len(forms) != len(names):
        raise InputError(
            f"--form {text}: {len(forms)} form{'s' * (len(forms) != 1)} for {len(names)} column{'s' * (len(names) != 1)} ({', '.join(names)})"
        )
    return forms


def _stretches(series: Series, known: Sequence[tuple[int, int]]) -> list[slice]:
    """The rows of the parts from a row to before another, in stretches without a gap."""
    ends = [*series.starts[1:], len(series.inputs)]
    cuts = [
        slice(max(begin, first), min(end, last))
        for first, last in known
        for begin, end in zip(series.starts, ends, strict=True)
    ]
    return [one for one in cuts if one.start < one.stop]


def learn(series: Series, known: Sequence[tuple[int, int]], options: DataOptions) -> Encoding:
    """The columns, with the means and scales of the `known` rows; a column that never changes has scale 1."""
    forms = () if options.form is None else tuple(_asked_forms(options.form, series.names))
    check_positive(series.inputs, series.names, forms, "the training part")
    runs = _stretches(series, known)
    plain = Encoding("number", columns=series.names, target_columns=series.target_names, forms=forms)
    unknown = np.full(len(series.names), np.nan)  # what a column did before the first row of a stretch
    read = [as_read(series.inputs[rows], forms, unknown) for rows in runs]
    means, scales = moments(np.concatenate(read or [series.inputs[:0]]))
    target_means, target_scales = moments(
        np.concatenate([_answers(series.targets[rows], plain, options) for rows in runs] or [series.targets[:0]])
    )
    return replace(plain, means=means, scales=scales, target_means=target_means, target_scales=target_scales)


def _answers(targets: Array, plain: Encoding, options: DataOptions) -> Array:
    """What is predicted of the rows of a stretch, before it is scaled: (N, K), over all steps ahead."""
    forms = np.array(plain.target_forms)
    if (forms == LEVEL).all():
        return targets
    horizon = options.horizon or HORIZON
    unscaled = replace(plain, target_means=(0.0,) * len(forms), target_scales=(1.0,) * len(forms))
    ahead = []
    for step in range(1, horizon + 1):
        base, units = unscaled.moments_after(targets[:-step])
        ahead.append((targets[step:] - base) / units)
    return np.concatenate(ahead)


def check_size(values: Array, names: Sequence[str]) -> None:
    """InputError where sums of squares of a column, by its name, would leave double precision; values (N, I)."""
    for name, column in zip(names, values.T, strict=True):
        if 0 < (spread := np.nanmax(column, initial=-np.inf) - np.nanmin(column, initial=np.inf)) < SMALLEST:
            raise InputError(
                f"{name}: its numbers differ by {spread:.3g} at most, and below {SMALLEST:g} squares leave double precision;\n"
                "give them in a smaller unit"
            )
        if (most := np.nanmax(np.abs(column), initial=0.0)) > LARGEST:
            raise InputError(
                f"{name}: its numbers reach {most:.3g}, and from {LARGEST:g} on their squares leave double precision;\n"
                "give them in a larger unit"
            )


def moments(values: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Means and standard deviations of the known numbers of columns; values (N, I), NaN where one is not known."""
    known = ~np.isnan(values)
    if not known.any(axis=0).all():
        raise InputError("no row is left for training: give a smaller --validation")
    if known.all():
        means, deviations = values.mean(axis=0), values.std(axis=0)
    else:
        means, deviations = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    return tuple(means.tolist()), tuple(np.where(deviations > 0, deviations, 1.0).tolist())


def encode(series: Series, encoding: Encoding, options: DataOptions, parts: Sequence[tuple[int, int]]) -> Windows:
    """The windows whose targets all lie in the part of their series, from a row to before another, and that span no gap.

    A window may begin before that part, because earlier rows were known at the time.
    """
    window, horizon = options.window or WINDOW, options.horizon or HORIZON
    lead = 1 if options.every_step else window
    ends = [*series.starts[1:], len(series.inputs)]
    spans = [
        (begin, max(begin, first), min(end, last))
        for group, (first, last) in zip(series.groups, parts, strict=True)
        for begin, end in zip(series.starts, ends, strict=True)
        if group.first <= begin < group.last
    ]
    starts = [np.arange(max(begin, first - lead), last - window - horizon + 1) for begin, first, last in spans]
    return Windows(
        series.inputs,
        series.targets,
        np.concatenate(starts),
        window,
        horizon,
        options.every_step,
        series.starts,
        encoding,
        tuple(spans),
    )
