"""tag: a target under every word."""

from pathlib import Path

import numpy as np

from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions

TEXT = "the DET\ndog NOUN\nruns VERB\n\nthe DET\nrun NOUN\n\nruns NOUN\n"


def test_sentences_become_ids_and_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    data = find_task("tag").prepare([str(path)], DataOptions(validation="0"), 0)
    assert (data.shape, data.encoding.level) == ("many-to-many", "token")
    assert data.encoding.vocabulary == ("<unk>", "runs", "the")
    assert data.encoding.labels == ("DET", "NOUN", "VERB")
    batch = data.train.collate(np.arange(3))
    assert batch.inputs.T.tolist() == [[2, 0, 1], [2, 0, 0], [1, 0, 0]]
    assert batch.targets.T.tolist() == [[0, 1, 2], [0, 1, 0], [1, 0, 0]]
    assert batch.weights.T.tolist() == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]


def test_balanced_tags_count_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    data = find_task("tag").prepare([str(path)], DataOptions(validation="0", balanced=True), 0)
    batch = data.train.collate(np.arange(3))
    totals = [batch.weights[(batch.targets == k) & (batch.weights > 0)].sum() for k in range(3)]
    np.testing.assert_allclose(totals, [2, 2, 2])


def test_a_strange_tag_in_a_validation_file_leaves_its_sentence_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "dev.txt").write_text("the DET\n\noh INTJ\n")
    options = DataOptions(validation=str(tmp_path / "dev.txt"))
    data = find_task("tag").prepare([str(tmp_path / "a.txt")], options, 0)
    assert data.validation_report is not None
    assert data.validation_report.unlearnt["INTJ"].count == 1
    assert data.validation is not None
    truths = data.validation.collate(np.arange(2)).truths
    assert (truths is not None) and truths.tolist() == [[data.encoding.labels.index("DET"), len(data.encoding.labels)]]


def test_lower_case(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The X\nthe X\n")
    data = find_task("tag").prepare([str(tmp_path / "a.txt")], DataOptions(validation="0", lowercase=True), 0)
    assert data.encoding.vocabulary == ("<unk>", "the")
