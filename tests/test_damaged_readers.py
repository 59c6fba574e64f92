"""Fifty damaged files for what reads each kind of file: a result, or a refusal of the contract.

tests/test_damaged_files.py does so with whole commands, which compute and draw: that takes ten times as long for a file.
Here are those, too, that only a sweep or a race reads, whose commands start processes.
"""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.inputs.numbers import read_numbers
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_files import read_texts
from rnn_cli.inputs.word_vectors import read_vectors, size_of_vectors
from rnn_cli.jobs.job import DONE, Job, Outcome
from rnn_cli.jobs.records import Records
from rnn_cli.models.foreign.vocabulary import names_of, vocabulary_of
from rnn_cli.models.load import load_model
from rnn_cli.race.folder import FILE as RACE
from rnn_cli.race.folder import FORMAT, read_asked
from rnn_cli.study.check.files import read_arrays, read_map
from rnn_cli.sweep.plan import FILE as PLAN
from rnn_cli.sweep.plan import Plan, read_plan, write_plan
from rnn_cli.tasks import TASKS, find_task
from rnn_cli.tasks.options import DataOptions
from rnn_cli.training.session import resume
from tests.fuzz.mutants import mutant
from tests.fuzz.readers import DATA, FORMS, MODELS, material
from tests.support.networks import each_value_once

FILES = 50
SETTING = {"said": {"lr": 0.1}, "given": {"learning_rate": 0.1, "max_steps": 1}, "options": {"level": None}}
JOB = Job("1-seed0", "parity:length=2", {"max_steps": 1})


def _records(path: Path) -> None:
    with closing(Records(path.parent)) as found:
        found.find(JOB)


def _vectors(path: Path) -> None:
    size_of_vectors(str(path))
    read_vectors(str(path), ["the", "film"], ReadingReport())


READERS: dict[str, Callable[[Path], Any]] = {
    **dict.fromkeys(MODELS, lambda path: load_model(str(path))),
    **dict.fromkeys(("numbers", "start"), lambda path: read_numbers(str(path))),
    **dict.fromkeys(("vocab", "written"), lambda path: vocabulary_of(str(path))),
    "run": lambda path: resume(str(path), [], {}, DataOptions()),
    "arrays": lambda path: read_arrays(str(path)),
    "map": lambda path: read_map(str(path)),
    "sentence": lambda path: list(read_texts(str(path), ReadingReport())),
    "labels": lambda path: names_of(str(path)),
    "vectors": _vectors,
    "plan": lambda path: read_plan(path.parent),
    "asked": lambda path: read_asked(path),
    "records": _records,
}
"""By the kinds of tests/fuzz/readers.py; a kind that is in none fails `test_every_kind_has_a_reader`."""

OF_FOLDERS = {"plan": PLAN, "asked": RACE, "records": "runs.jsonl"}
LIKE_OTHERS = ("text", ".hdf5", "written.json", "written.txt")
"""What the reader of another kind reads: a text is what `lm` learns from."""

EVERY = [(kind, suffix) for kind, suffixes in (FORMS | DATA).items() for suffix in suffixes if not {kind, suffix, kind + suffix} & set(LIKE_OTHERS)]  # fmt: skip
EVERY += [(kind, Path(name).suffix) for kind, name in OF_FOLDERS.items()]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where good files are made, once."""
    return tmp_path_factory.mktemp("templates")


def good_file(kind: str, suffix: str, folder: Path, templates: Path) -> Path:
    """A file that is read without a refusal."""
    path = folder / OF_FOLDERS.get(kind, f"tried{suffix}")
    if kind == "plan":
        write_plan(Plan("parity:length=2", (), ("lr",), (0, 1), None, (SETTING,)), folder)
    elif kind == "asked":
        path.write_text(f'{{"format": "{FORMAT}", "task": "parity", "seeds": [0], "cells": ["rnn"], "max_steps": 1}}')
    elif kind == "records":
        with closing(Records(folder)) as records:
            records.begin(JOB, JOB.key)
            records.add(Outcome(JOB.name, JOB.key, None, DONE, 1, "accuracy", 0.5, 0.7, 1, 12, machine={"system": "x"}))
    else:
        path.write_bytes(material(templates, kind, suffix))
    if suffix == ".index.json":
        (folder / "bare.safetensors").write_bytes((templates / "bare.safetensors").read_bytes())
    return path


def reader_of(kind: str) -> Callable[[Path], Any]:
    """What reads a kind."""
    if kind in TASKS:
        return lambda path: find_task(kind).prepare([str(path)], DataOptions(), 0)
    return READERS[kind]


def test_every_kind_has_a_reader() -> None:
    assert {kind for kind, _ in EVERY} == {*READERS, *DATA} - {"written"}


@pytest.mark.parametrize(
    ("kind", "suffix", "_of_data"),
    each_value_once([(kind, suffix, kind in TASKS and suffix) for kind, suffix in EVERY]),
)
def test_fifty_damaged_files_are_read_or_refused(
    kind: str, suffix: str, _of_data: object, tmp_path: Path, templates: Path
) -> None:
    """Of each kind and each ending one, and one of data for each ending that data have."""
    path, read = good_file(kind, suffix, tmp_path, templates), reader_of(kind)
    good = path.read_bytes()
    if (kind, suffix) not in (("run", ".safetensors"), ("pytorch model", ".pt")):
        read(path)
    refused = 0
    for number in range(FILES):
        draw = random.Random(f"{kind}{suffix} {number}")
        path.write_bytes(mutant(draw, good))
        try:
            read(path)
        except (InputError, ModelFileError):  # what a message may hold is seen where it is printed
            refused += 1
    assert refused
