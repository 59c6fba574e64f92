"""lm: a stream of tokens, read in chunks from disk."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.errors import InputError
from rnn_cli.tasks import find_task
from rnn_cli.tasks import lm as lm_module
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.lm import Chunks
from rnn_cli.tasks.options import DataOptions


def prepare(path: Path, text: str, **options: object) -> Prepared:
    path.write_bytes(text.encode())
    return find_task("lm").prepare([str(path)], DataOptions(**options), 0)  # type: ignore[arg-type]


@given(st.integers(1, 400), st.integers(1, 50), st.integers(1, 30))
def test_streams_are_contiguous_and_cover_the_text(positions: int, batch_size: int, length: int) -> None:
    chunks = Chunks(positions, batch_size, length)
    seen: list[int] = []
    for stream in range(min(batch_size, positions)):
        for k, chunk in enumerate(chunks):
            start, stop, _ = chunk[stream]
            assert stop - start <= length
            if k and stop > start:
                assert start == chunks[k - 1][stream][1]
            seen += range(start, stop)
    assert seen == list(range(positions))
    assert chunks[-1].tolist() == chunks[len(chunks) - 1].tolist()
    with pytest.raises(IndexError):
        chunks[len(chunks)]


def test_the_target_is_the_next_token_and_the_text_comes_back(tmp_path: Path) -> None:
    text = "héllo\nwörld 漢字 😀! " * 20
    data = prepare(tmp_path / "a.txt", text, validation="0", sequence_length=7)
    assert (data.shape, data.loss) == ("many-to-many", "cross-entropy")
    assert data.encoding.vocabulary == data.encoding.labels
    batches = [data.train.collate(indices) for indices in data.train.batches(0, 0, 4)]
    assert [batch.carries for batch in batches] == [False] + [True] * (len(batches) - 1)
    read, wanted = ["", "", "", ""], ["", "", "", ""]
    for batch in batches:
        for b in range(4):
            scored = batch.weights[:, b] > 0
            read[b] += "".join(data.encoding.vocabulary[k] for k in batch.inputs[scored, b])
            wanted[b] += "".join(data.encoding.labels[k] for k in batch.targets[scored, b])
    assert "".join(read) == text[:-1]
    assert "".join(wanted) == text[1:]
    assert len(data.train) == sum(int(batch.weights.sum()) for batch in batches) == len(text) - 1


def test_the_last_part_is_for_validation(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.txt", "a" * 90 + "b" * 10)
    assert data.encoding.vocabulary == ("<unk>", "a")
    assert (len(data.train), len(data.validation or ())) == (89, 9)
    assert data.validation is not None
    assert not data.validation.collate(data.validation.batches(0, 0, 1)[0]).inputs.any()


def test_a_validation_file(tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("aab")
    data = prepare(tmp_path / "a.txt", "ab" * 10, validation=str(tmp_path / "dev.txt"))
    assert (len(data.train), len(data.validation or ())) == (19, 2)


def test_words_have_line_ends(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.txt", "the owl\nthe owl sat\n" * 3, level="word", validation="0")
    batch = data.train.collate(data.train.batches(0, 0, 1)[0])
    assert [data.encoding.vocabulary[k] for k in batch.inputs[:7, 0]] == ["the", "owl", "\n", "the", "owl", "sat", "\n"]


def test_rare_words_are_forgotten_where_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lm_module, "MANY_WORDS", 50)
    text = " ".join(f"often rare{k}" for k in range(200))
    data = prepare(tmp_path / "a.txt", text, level="word", min_count=1, validation="0")
    assert data.encoding.vocabulary[1] == "often"
    assert len(data.encoding.vocabulary) <= 51
    assert len(data.train) == 399


def test_a_vocabulary_with_a_limit(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.txt", "aaabbc", max_vocabulary=3, validation="0")
    assert data.encoding.vocabulary == ("<unk>", "a", "b")


def test_more_characters_than_one_byte_can_count(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + k) for k in range(300)) * 2
    data = prepare(tmp_path / "a.txt", text, validation="0")
    batch = data.train.collate(data.train.batches(0, 0, 1)[3])
    assert "".join(data.encoding.vocabulary[k] for k in batch.inputs[:, 0]) == text[150:200]


def test_carriage_returns_and_a_byte_order_mark_are_left_out(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.txt", "\ufeffa\r\nb\r\n", validation="0")
    assert sorted(data.encoding.vocabulary) == ["\n", "<unk>", "a", "b"]


def test_bytes_that_are_not_utf8_are_counted_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"abc\nd\xffe\n" * 3)
    data = find_task("lm").prepare([str(tmp_path / "a.txt")], DataOptions(validation="0"), 0)
    assert [one.line for one in data.report.replaced] == [2, 4, 6]
    with pytest.raises(InputError, match=r"a\.txt:2: not UTF-8 text"):
        find_task("lm").prepare([str(tmp_path / "a.txt")], DataOptions(validation="0", strict=True), 0)


@pytest.mark.parametrize(
    ("text", "says"), [("", "file is empty"), ("a", "two are needed"), ("\ufeff", "file is empty")]
)
def test_a_text_that_is_too_short(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        prepare(tmp_path / "a.txt", text)


def test_a_validation_part_that_is_too_short_is_left_out(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.txt", "abcd")
    assert data.validation is None
    assert data.report.notes == ["the text is too short for a validation part"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    """Twelve times the text, the same peak: nothing of it is held but the counts, a piece and a batch."""

    def peak(megabytes: int) -> int:
        path = tmp_path / "a.txt"
        path.write_bytes(b"the quick brown fox jumps over the lazy dog. 0123456789 \xc3\xa9\n" * (megabytes * 16000))
        tracemalloc.start()
        data = find_task("lm").prepare([str(path)], DataOptions(), 0)
        batches = data.train.batches(0, 0, 32)
        for k in range(0, len(batches), 1 + len(batches) // 50):
            data.train.collate(batches[k])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(1), peak(12)
    assert large < 1.05 * small
    assert large < 40e6


def test_the_order_does_not_depend_on_epoch_or_seed(tmp_path: Path) -> None:
    data = prepare(tmp_path / "a.txt", "abcdefghij" * 20, sequence_length=5)
    one, other = data.train.batches(0, 0, 4), data.train.batches(3, 9, 4, False)
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
