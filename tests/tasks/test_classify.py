"""classify, and what all tasks on rows share."""

from pathlib import Path

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import DataOptions

ROWS = [("Good food", "pos"), ("bad", "neg"), ("good , good film", "pos"), ("a bad film", "neg"), ("Bad food", "neg")]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{text}\t{label}\n" for text, label in ROWS))
    return path


def prepare(path: Path, seed: int = 0, **options: object) -> Prepared:
    return find_task("classify").prepare([str(path)], DataOptions(**options), seed)  # type: ignore[arg-type]


def test_rows_become_ids_labels_and_weights(table: Path) -> None:
    data = prepare(table, validation="0")
    assert (data.shape, data.loss, data.input_size, data.output_size) == ("many-to-one", "cross-entropy", 0, 2)
    assert data.encoding.vocabulary == ("<unk>", "bad", "good", "film", "food")
    assert data.encoding.labels == ("neg", "pos")
    assert data.validation is None
    batch = data.train.collate(np.array([0, 2, 1]))
    assert batch.inputs.T.tolist() == [[2, 4, 0, 0], [2, 0, 2, 3], [1, 0, 0, 0]]
    assert batch.lengths.tolist() == [2, 4, 1]
    assert batch.targets.tolist() == [1, 1, 0]
    assert batch.weights.tolist() == [1, 1, 1]
    assert (batch.size, batch.steps, batch.carries, batch.decoder_inputs) == (3, 7, False, None)


def test_a_batch_is_its_examples_one_by_one(table: Path) -> None:
    train = prepare(table, validation="0").train
    batch = train.collate(np.arange(5))
    for k in range(5):
        one = train.collate(np.array([k]))
        assert one.inputs[:, 0].tolist() == batch.inputs[: batch.lengths[k], k].tolist()
        assert one.targets[0] == batch.targets[k]


def test_the_vocabulary_is_that_of_the_training_part(table: Path) -> None:
    for seed in range(5):
        data = prepare(table, seed, min_count=1, validation="0.4")
        assert (len(data.train), len(data.validation or ())) == (3, 2)
        seen = {int(k) for index in range(3) for k in data.train.collate(np.array([index])).inputs.ravel()}
        assert seen == set(range(1, len(data.encoding.vocabulary)))


def test_characters(table: Path) -> None:
    data = prepare(table, level="char", validation="0")
    assert set(data.encoding.vocabulary) == {"<unk>", *"".join(text for text, _ in ROWS)}
    assert data.train.collate(np.array([0])).lengths.tolist() == [len("Good food")]


def test_balanced_weights_are_those_of_training_alone(table: Path) -> None:
    data = prepare(table, balanced=True, validation=str(table))
    np.testing.assert_allclose(data.train.collate(np.arange(5)).weights, [5 / 4, 5 / 6, 5 / 4, 5 / 6, 5 / 6])
    assert data.validation is not None
    assert data.validation.collate(np.arange(5)).weights.tolist() == [1] * 5
    assert data.report.shared == 5


def test_a_validation_file_with_a_strange_label(table: Path, tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_text("good\tpos\nso so\tmeh\n")
    data = prepare(table, validation=str(tmp_path / "dev.tsv"))
    assert data.validation_report is not None
    assert data.validation_report.unlearnt["meh"].lines == [f"{tmp_path / 'dev.tsv'}:2"]
    assert data.validation is not None
    batch = data.validation.collate(np.arange(2))
    assert (batch.truths is not None) and batch.truths.tolist() == [data.encoding.labels.index("pos"), 2]
    assert batch.targets.max() < 2
    with pytest.raises(InputError, match=r"dev\.tsv:2"):
        prepare(table, validation=str(tmp_path / "dev.tsv"), strict=True)


def test_labels_that_are_known_tell_the_columns(table: Path, tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_text("mood\twords\npos\tgood film\nneg\tbad film\n")
    data = prepare(table, validation=str(tmp_path / "dev.tsv"))
    assert data.validation is not None
    assert data.validation.collate(np.arange(2)).targets.tolist() == [1, 0]
    (tmp_path / "neg").write_text("bad\nfood , bad film\n")
    data = prepare(table, validation=str(tmp_path / "neg"))
    assert data.validation is not None
    assert data.validation.collate(np.arange(2)).targets.tolist() == [0, 0]


def test_labels_that_may_be_one_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("ab\t0\nb\t0.0\nc\tA b\nd\ta  b\ne\tx\n")
    notes = prepare(tmp_path / "a.tsv", validation="0").report.notes
    assert notes == [
        "labels that may be meant as one: '0' (1), '0.0' (1)",
        "labels that may be meant as one: 'A b' (1), 'a  b' (1)",
    ]


def test_load_reads_with_a_given_encoding(table: Path) -> None:
    data = prepare(table, validation="0", deduplicate=True)
    examples, report = find_task("classify").load([str(table)], data.options, data.encoding)
    assert (len(examples), report.rows) == (5, 5)
    np.testing.assert_array_equal(examples.collate(np.arange(5)).inputs, data.train.collate(np.arange(5)).inputs)


def test_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("good\t1\nbad\t0\n" * 10)
    data = prepare(path, validation="0.5")
    assert (data.report.duplicates, data.report.dropped, data.report.shared) == (18, False, 10)
    data = prepare(path, validation="0.5", deduplicate=True)
    assert (data.report.rows, data.report.duplicates, data.report.dropped, data.report.shared) == (20, 18, True, 0)
    assert (len(data.train), len(data.validation or ())) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "no row with a text and a label"),
        ("good\t\nbad\t\n", r"no row with a text and a label; the first problem is at .*:1: no label"),
        ("good\t1\nbad\t1\n", "all rows have the label '1'"),
        ("good\t1\n", "one example cannot be split"),
    ],
)
def test_data_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(InputError, match=message):
        prepare(tmp_path / "a.tsv")


def test_a_text_of_white_space_is_bad(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"text": "a", "label": 1}\n{"text": "\\u2028", "label": 0}\n{"text": "b", "label": 0}\n'
    )
    with pytest.raises(InputError, match=r"1 of 3 rows cannot be read(?s:.*)--allow-left-out 0\.34"):
        prepare(tmp_path / "a.jsonl", validation="0")
    data = prepare(tmp_path / "a.jsonl", validation="0", allow_left_out=0.34)
    assert [(one.line, one.reason) for one in data.report.bad] == [(2, "no text")]


def test_unknown_tasks(table: Path) -> None:
    with pytest.raises(InputError, match=r"--task sort: the tasks are classify, tag, lm, .*, parity"):
        find_task("sort")
    with pytest.raises(InputError, match="classify reads data and has no settings"):
        find_task("classify:length=3")
    with pytest.raises(InputError, match="no such file"):
        prepare(table.parent / "missing.tsv")
