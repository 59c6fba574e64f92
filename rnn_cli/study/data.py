"""What rnn train would read of data files, and which tasks they fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.samples import require_data
from rnn_cli.study.likely_task import likely_tasks, of_numbers
from rnn_cli.study.makeup import MakeUp, make_up
from rnn_cli.tasks import TASKS, find_task
from rnn_cli.tasks.base import ONE_TO_MANY, SHOWN, Prepared
from rnn_cli.tasks.forecast import Windows
from rnn_cli.tasks.options import DataOptions, of_new_run


@dataclass(frozen=True)
class Fit:
    """Whether a task could read the files, and why or why not."""

    task: str
    fits: bool
    why: str


@dataclass(frozen=True, eq=False)
class DataResult:
    """What training would begin with, read with these options. `fits` is () where the task was asked for."""

    data: list[str]
    prepared: Prepared
    made: MakeUp
    first: list[dict[str, Any]]
    fits: tuple[Fit, ...]
    options: DataOptions

    @property
    def reports(self) -> list[ReadingReport]:
        """What was found while the files were read."""
        return [one for one in (self.prepared.report, self.prepared.validation_report) if one is not None]


def look_at(data: Sequence[str], task: str | None, options: DataOptions, seed: int = 0) -> DataResult:
    """Read the files as rnn train would. InputError where it would refuse them, or where it is not sure which task they are for."""
    fits: tuple[Fit, ...] = ()
    if task is None:
        prepared, fits = _likeliest(data, options, seed)
    else:
        kind = find_task(task)
        if kind.needs_data != bool(data):
            raise InputError(
                f"--task {task} needs DATA" if kind.needs_data else f"--task {task} makes its own examples: no DATA"
            )
        require_data(data)
        prepared = kind.prepare(data, of_new_run(options, kind.accepts), seed)
    return DataResult(list(data), prepared, make_up(prepared), first_examples(prepared), fits, options)


def _likeliest(data: Sequence[str], options: DataOptions, seed: int) -> tuple[Prepared, tuple[Fit, ...]]:
    """The task that the files are surely for. InputError where there is none, or where it could be several."""
    if not data:
        raise InputError("give the DATA, as in: rnn data reviews.tsv")
    if "-" in data:
        raise InputError("stdin is read once: give the --task")
    require_data(data)
    found: dict[str, Prepared] = {}
    fits = []
    refused: list[InputError] = []
    brief: dict[str, str] = {}
    for name in TASKS:
        try:
            kind = find_task(name)
            found[name] = kind.prepare(data, of_new_run(options, kind.accepts), seed)
            fits.append(Fit(name, True, _why(found[name])))
        except InputError as error:
            refused.append(error)
            fits.append(Fit(name, False, str(error).replace("\n", " ")))
            brief[name] = str(error).partition("\n")[0].removesuffix("; the first row is").removesuffix(";")
        except IsADirectoryError:
            fits.append(Fit(name, False, "it reads files, not a folder"))
    likely = likely_tasks(data, found)
    if len(likely) == 1:
        return found[likely[0]], tuple(fits)
    if len(refused) == len(TASKS) and len({*map(str, refused)}) == 1:
        raise refused[0]  # it is no file of data at all
    could_be = {*(likely or (*found, "classify")), *(("forecast",) if any(map(of_numbers, found.values())) else ())}
    shown = [one for one in fits if one.task in could_be] or fits
    raise InputError(
        f"{', '.join(data)}: say with --task what it is for:\n"
        + "; ".join(f"{one.task}: {brief.get(one.task, one.why)}" for one in shown)
    )


def _why(prepared: Prepared) -> str:
    """What a task finds in the files."""
    made = make_up(prepared)
    examples = made.train + (made.validation or 0)
    if prepared.loss == MSE:
        columns = len(prepared.encoding.columns)
        return f"{columns:,} column{'s' * (columns != 1)} of numbers, {examples:,} window{'s' * (examples != 1)}"
    if made.classes:
        most = made.classes[0]
        return f"{len(made.classes):,} different answer{'s' * (len(made.classes) != 1)} over {examples:,} examples, the commonest {most.label!r} ({most.count:,})"
    return f"{examples:,} examples" if prepared.has_decoder else f"a text of {examples:,} tokens"


def first_examples(prepared: Prepared) -> list[dict[str, Any]]:
    """The first of the training part, as the network will see them."""
    one_by_one = prepared.train.batches(0, 0, 1, shuffle=False)
    return [_example(prepared, one_by_one[k], k) for k in range(min(SHOWN, len(one_by_one)))]


def _example(prepared: Prepared, indices: Any, k: int) -> dict[str, Any]:
    encoding, batch = prepared.encoding, prepared.train.collate(indices)
    row = prepared.first[k] if k < len(prepared.first) else None
    shown: dict[str, Any] = {} if row is None else {"file": row.file, "line": row.line}
    inputs = batch.inputs[: batch.lengths[0], 0]
    if prepared.loss == MSE:
        scaled = batch.targets[0] if prepared.shape == MANY_TO_ONE else batch.targets[-1, 0]
        size = len(encoding.target_columns)
        if isinstance(prepared.train, Windows):
            window = prepared.train.inputs[int(prepared.train.starts[indices[0]]) :][: len(inputs)]
        else:
            window = inputs * np.array(encoding.scales) + np.array(encoding.means)
        values = encoding.after(window).in_units(scaled).reshape(-1, size)
        return shown | {"window": window, "inputs": inputs, "target_values": values}
    if prepared.shape == ONE_TO_MANY:
        shown["condition"] = encoding.vocabulary[int(inputs[0])]
    else:
        if row is not None and isinstance(row[0], str):
            shown["text"] = row[0]
        shown |= {"tokens": [encoding.vocabulary[int(i)] for i in inputs], "ids": inputs.tolist()}
        if batch.parts is not None:
            shown["parts"] = [[encoding.parts[row] for row in own if row >= 0] for own in batch.parts[: len(inputs), 0]]
    if batch.decoder_lengths is not None:
        ids = batch.targets[: batch.decoder_lengths[0], 0]
        target = {"target": row[1]} if row is not None else {}
        return shown | target | {"target_tokens": [encoding.labels[int(i)] for i in ids], "target_ids": ids.tolist()}
    asked = batch.targets[..., 0] if batch.targets.ndim == 2 else batch.targets
    if prepared.shape == MANY_TO_ONE:
        return shown | {"label": encoding.labels[int(asked[0])]}
    return shown | {"labels": [encoding.labels[int(i)] for i in asked]}
