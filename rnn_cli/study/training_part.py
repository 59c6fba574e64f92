"""The data that a model was trained on, read once more: what simple answers learn from, beside other data too."""

from collections.abc import Sequence
from pathlib import Path

from rnn_cli.errors import RnnError
from rnn_cli.inputs.class_folder import files_of
from rnn_cli.models.model import Model
from rnn_cli.models.typed import typed
from rnn_cli.reading import FILE, FOLDER, stands_at
from rnn_cli.study.baselines import baselines_of
from rnn_cli.study.examples import Subject
from rnn_cli.study.makeup import make_up
from rnn_cli.study.scores import Baseline
from rnn_cli.study.tally import Tally
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.options import DataOptions, validation_files

MOST_BYTES = 1 << 26
"""Files that are larger are not read once more: an evaluation of a few texts would wait for them."""


def baselines_beside(subject: Subject) -> tuple[Baseline, ...]:
    """The simple answers on the examples of a subject, the best first; () where the training part is not at hand."""
    if subject.prepared is not None:
        return make_up(subject.prepared).baselines
    prepared = training_part(subject.model)
    if prepared is None:
        return ()
    if not subject.kind.needs_data:  # what is drawn says its answers itself, and nothing is counted of it
        return baselines_of(prepared, Tally(prepared, None), Tally(prepared, None))
    return baselines_of(prepared, Tally(prepared, prepared.train), Tally(prepared, subject.examples))


def training_part(model: Model) -> Prepared | None:
    """What training read and learnt from; None where its files are gone, have changed, are very large, or nothing names them."""
    config = model.run.get("config")
    data, seed = (config.get("data"), config.get("seed")) if isinstance(config, dict) else (None, None)
    if model.foreign or not isinstance(data, list | tuple) or not isinstance(seed, int):
        return None
    if not data:
        return _drawn(model, seed)
    if not all(isinstance(one, str) and one != "-" for one in data):
        return None
    try:
        options = typed(DataOptions, model.data_options)
        names = [*data, *validation_files(options)]
        if _bytes(names) > MOST_BYTES or fingerprint(data, options) != model.run.get("fingerprint"):
            return None
        prepared = find_task(model.trained_for).prepare(data, options, seed)
    except (RnnError, OSError):
        return None
    return prepared if prepared.encoding == model.encoding else None


def _drawn(model: Model, seed: int) -> Prepared | None:
    """What training drew, of a task that makes its own examples."""
    task = find_task(model.trained_for)
    return None if task.needs_data else task.prepare((), DataOptions(), seed)


def _bytes(names: Sequence[str]) -> float:
    """How large they are together; without end where one of them is not there, or is no file and no folder."""
    total = 0.0
    for name in names:
        found = stands_at(name)
        if found not in (FILE, FOLDER):
            return float("inf")
        total += sum(one.stat().st_size for one in (files_of(Path(name)) if found == FOLDER else [Path(name)]))
    return total
