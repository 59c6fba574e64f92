"""The bundled data sets: what their script makes, and what each task reads without a flag."""

import json

import pytest

from rnn_cli.tasks import TASKS, find_task
from rnn_cli.tasks.options import DataOptions
from tests.support.make_samples import FILES, FOLDER

READ = {
    "classify": ("reviews.tsv", 600),
    "tag": ("sentences.conllu", 300),
    "lm": ("verse.txt", None),
    "translate": ("dates.tsv", 3000),
    "describe": ("names.tsv", 400),
    "forecast": ("weather.csv", 800),
}


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_script_makes(name: str) -> None:
    assert (FOLDER / name).read_bytes() == FILES[name]().encode()


def test_they_are_small_and_described() -> None:
    files = sorted(path.name for path in FOLDER.iterdir())
    assert files == sorted(FILES) == sorted(name for name, _ in READ.values())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 400_000
    index = json.loads((FOLDER.parent / "index.json").read_text(encoding="utf-8"))
    assert all(index[f"data/{name}"] for name in files)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_reads_its_file(task: str) -> None:
    name, rows = READ[task]
    data = find_task(task).prepare([str(FOLDER / name)], DataOptions(strict=True), 0)
    assert (data.report.bad_count, data.report.duplicates, data.report.shared) == (0, 0, 0)
    assert rows is None or data.report.rows == rows
    assert data.validation is not None
    for part in (data.train, data.validation):
        for indices in part.batches(0, 0, 32):
            batch = part.collate(indices)
            assert batch.weights.sum() > 0
            assert batch.lengths.max() == len(batch.inputs)
