"""The small parts that tasks are made of: splits, vocabularies, weights, options, fingerprints."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.tasks.classify import Classify
from rnn_cli.tasks.fingerprint import fingerprint
from rnn_cli.tasks.options import (
    BY_SIZE,
    COMMON,
    DataOptions,
    check_options,
    of_new_run,
    text_defaults,
    validation_fraction,
)
from rnn_cli.tasks.split import hold_out, without_duplicates
from rnn_cli.tasks.vocabulary import ids, index_of, learn_vocabulary, settle_min_count
from rnn_cli.tasks.weights import class_weights


@given(st.integers(2, 100), st.floats(0.01, 0.99), st.integers(0, 3))
def test_a_split_keeps_every_row_in_order(count: int, fraction: float, seed: int) -> None:
    train, held_out = hold_out(range(count), fraction, seed)
    assert sorted(train + held_out) == list(range(count))
    assert train == sorted(train)
    assert held_out == sorted(held_out)
    assert abs(len(held_out) - fraction * count) <= 1
    assert train
    assert held_out
    assert hold_out(range(count), fraction, seed) == (train, held_out)


def test_splits_at_the_ends() -> None:
    assert hold_out([1, 2], 0, 0) == ([1, 2], [])
    assert hold_out(range(100), 0.5, 0) != hold_out(range(100), 0.5, 1)
    with pytest.raises(InputError, match="one example"):
        hold_out([1], 0.1, 0)


def test_duplicates_are_counted_and_dropped_when_asked() -> None:
    report = ReadingReport()
    assert without_duplicates(["b", "a", "b", "b"], report, False) == ["b", "a", "b", "b"]
    assert (report.duplicates, report.dropped) == (2, False)
    assert without_duplicates(["b", "a", "b", "b"], report, True) == ["b", "a"]
    assert (report.duplicates, report.dropped) == (2, True)


def test_a_vocabulary_is_ordered_by_count_then_by_characters() -> None:
    counts = Counter("bbbaaccd")
    assert learn_vocabulary(counts, 1) == ("<unk>", "b", "a", "c", "d")
    assert learn_vocabulary(counts, 2) == ("<unk>", "b", "a", "c")
    assert learn_vocabulary(counts, 1, 3) == ("<unk>", "b", "a")
    assert learn_vocabulary({"<unk>": 9, "a": 1}, 1) == ("<unk>", "a")
    assert ids("abx", index_of(("<unk>", "b", "a")), "<unk>") == [2, 1, 0]


def test_class_weights_make_every_class_count_the_same() -> None:
    labels = np.array([0, 0, 0, 2])
    weights = class_weights(labels, 3)
    np.testing.assert_allclose(weights, [4 / 6, 0, 2])
    assert weights[labels].sum() == pytest.approx(4)


def test_options_that_mean_nothing_to_a_task_are_refused() -> None:
    check_options("x", DataOptions(strict=True, validation="0.2"), COMMON)
    with pytest.raises(InputError, match="--window means nothing to --task x"):
        check_options("x", DataOptions(window=3), COMMON)
    with pytest.raises(InputError, match="--level letter: it can be word, char or whitespace"):
        check_options("x", DataOptions(level="letter"), COMMON | {"level"})
    with pytest.raises(InputError, match="--min-count -1"):
        check_options("x", DataOptions(min_count=-1), COMMON | {"min_count"})


def test_defaults_depend_on_the_level() -> None:
    defaults = Classify.data_defaults
    word = text_defaults(DataOptions(), defaults)
    assert (word.level, word.lowercase, word.min_count) == ("word", True, 2)
    char = text_defaults(DataOptions(level="char"), defaults)
    assert (char.level, char.lowercase, char.min_count) == ("char", False, 1)
    own = text_defaults(DataOptions(lowercase=False, min_count=5), defaults)
    assert (own.lowercase, own.min_count) == (False, 5)


def test_validation_is_a_fraction_or_a_file() -> None:
    assert validation_fraction(DataOptions()) == 0.1
    assert validation_fraction(DataOptions(validation="0")) == 0
    assert validation_fraction(DataOptions(validation="dev.tsv")) is None
    for text in ("1", "-0.1", "nan", "inf"):
        with pytest.raises(InputError, match="a fraction from 0 to below 1, or a file"):
            validation_fraction(DataOptions(validation=text))


def test_a_fingerprint_is_of_contents_and_options(tmp_path: Path) -> None:
    one, other, dev = tmp_path / "one", tmp_path / "other", tmp_path / "dev"
    for path in (one, other, dev):
        path.write_text("same")
    options = DataOptions()
    before = fingerprint([str(one)], options)
    assert fingerprint([str(other)], options) == before
    assert fingerprint([str(one)], replace(options, level="char")) != before
    assert fingerprint([str(one), str(other)], options) != before
    held_out = replace(options, validation=str(dev))
    with_file = fingerprint([str(one)], held_out)
    dev.write_text("changed")
    assert fingerprint([str(one)], held_out) != with_file
    one.write_text("changed")
    assert fingerprint([str(one)], options) != before
    assert fingerprint([str(tmp_path)], options) != fingerprint([str(one)], options)


@pytest.mark.parametrize(("words", "least"), [(40, 2), (299_999, 2), (300_000, 3), (999_999, 3), (1_000_000, 5)])
def test_the_larger_a_text_the_more_often_a_word_must_occur(words: int, least: int) -> None:
    counts = {"many": words - 9, "four": 4, "three": 3, "two": 2}
    report = ReadingReport()
    found = settle_min_count(DataOptions(min_count=BY_SIZE), counts, ["text.txt"], report)
    assert found.min_count == least
    said = f"of {words:,} words those that occur fewer than {least} times become <unk> (--min-count)"
    assert report.said == ({} if least == 2 else {"text.txt": [said]})
    for own in (1, 7, None):
        assert settle_min_count(DataOptions(min_count=own), counts, ["text.txt"], report).min_count == own
    assert settle_min_count(DataOptions(min_count=BY_SIZE), {**counts, "<unk>": 1}, [], report).min_count == 1
    defaults = Classify.data_defaults
    open_ = of_new_run(DataOptions(), Classify.accepts)
    assert text_defaults(open_, defaults).min_count == BY_SIZE
    assert text_defaults(of_new_run(DataOptions(level="char"), Classify.accepts), defaults).min_count == 1
    assert of_new_run(DataOptions(max_vocabulary=9), Classify.accepts).min_count is None
