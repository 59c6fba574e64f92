"""translate and describe: something is read, then something is written."""

from pathlib import Path

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.parallel import read_parallel
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions


def test_the_decoder_reads_what_it_should_have_written(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("ab\txy\nb\tx\n")
    data = find_task("translate").prepare([str(tmp_path / "a.tsv")], DataOptions(validation="0"), 0)
    assert (data.shape, data.has_decoder, data.output_size) == ("encoder-decoder", True, 5)
    assert data.encoding.vocabulary == ("<unk>", "b", "a")
    assert data.encoding.labels == ("<unk>", "<bos>", "<eos>", "x", "y")
    batch = data.train.collate(np.array([0, 1]))
    assert batch.inputs.T.tolist() == [[2, 1], [1, 0]]
    assert batch.lengths.tolist() == [2, 1]
    assert batch.targets.T.tolist() == [[3, 4, 2], [3, 2, 0]]
    assert batch.weights.T.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch.decoder_inputs is not None
    assert batch.decoder_lengths is not None
    assert batch.decoder_inputs.T.tolist() == [[1, 3, 4], [1, 3, 0]]
    assert batch.decoder_lengths.tolist() == [3, 2]
    assert batch.steps == 3 + 5


def test_fixed_width_lines_with_a_separator(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("may 1, 94   _1994-05-01\n5/2/94      _1994-05-02\nmay 1, 94   _1994-05-01\nbad\n")
    options = DataOptions(separator="_", deduplicate=True, validation="0", allow_left_out=0.25)
    data = find_task("translate").prepare([str(tmp_path / "a.txt")], options, 0)
    assert (data.report.rows, data.report.duplicates, data.report.bad_count, len(data.train)) == (3, 1, 1, 2)
    assert data.train.collate(np.array([0])).lengths.tolist() == [len("may 1, 94")]


def test_words(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("the dog\tder Hund\n")
    options = DataOptions(level="word", min_count=1, validation="0")
    data = find_task("translate").prepare([str(tmp_path / "a.tsv")], options, 0)
    assert data.encoding.labels == ("<unk>", "<bos>", "<eos>", "Hund", "der")


def test_a_line_that_cannot_be_read_keeps_its_place_beside_the_other_file(tmp_path: Path) -> None:
    for bad in (1, 2, 3):
        names = ["one", "two", "three", "four"]
        good = [name.encode() for name in names]
        (tmp_path / "a.de").write_bytes(b"\n".join(good))
        (tmp_path / "a.en").write_bytes(b"\n".join([*good[: bad - 1], b"\xff", *good[bad:]]))
        report = ReadingReport(allow=0.5)
        pairs = read_parallel(str(tmp_path / "a.en"), str(tmp_path / "a.de"), report)
        assert pairs == [(k, (name, name)) for k, name in enumerate(names, start=1) if k != bad]
        assert [one.line for one in report.bad] == [bad]


def test_a_condition_is_a_sequence_of_one(tmp_path: Path) -> None:
    (tmp_path / "Irish.txt").write_text("Ann\n")
    (tmp_path / "Greek.txt").write_text("An\n")
    data = find_task("describe").prepare([str(tmp_path)], DataOptions(validation="0"), 0)
    assert (data.shape, data.encoding.vocabulary) == ("one-to-many", ("Greek", "Irish"))
    batch = data.train.collate(np.array([0, 1]))
    assert batch.inputs.tolist() == [[0, 1]]
    assert batch.lengths.tolist() == [1, 1]
    assert batch.targets.T.tolist() == [[4, 3, 2, 0], [4, 3, 3, 2]]


def test_a_table_of_conditions(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("Irish\tAnn\nGreek\tAn\n")
    (tmp_path / "dev.tsv").write_text("Irish\tNan\nCzech\tAnn\n")
    options = DataOptions(validation=str(tmp_path / "dev.tsv"))
    data = find_task("describe").prepare([str(tmp_path / "a.tsv")], options, 0)
    assert data.encoding.vocabulary == ("Greek", "Irish")
    assert data.validation_report is not None
    assert data.validation_report.bad[0].reason == "the condition 'Czech' does not occur in the training data"


@pytest.mark.parametrize("task", ["translate", "describe"])
def test_empty_files(tmp_path: Path, task: str) -> None:
    (tmp_path / "a.tsv").write_text("")
    with pytest.raises(InputError, match="the file is empty"):
        find_task(task).prepare([str(tmp_path / "a.tsv")], DataOptions(), 0)
