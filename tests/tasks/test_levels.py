"""At which level a text is read where nothing is said, and what is said of a level that hardly fits."""

from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.tokens import LEVELS
from rnn_cli.tasks import find_task
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.options import DataOptions

TREEBANK = " the <unk> co. said it 's up N % \n it has n't e-mail <unk> , mr. <unk> said \n" * 30
ORDINARY = "I love e-mail. It's fine, isn't it?\n" * 30


def prepare(task: str, path: Path, text: str, **options: object) -> Prepared:
    path.write_text(text)
    return find_task(task).prepare([str(path)], DataOptions(**options), 0)  # type: ignore[arg-type]


def reviews(line: str) -> str:
    return "".join(f"{line} {k % 7}\t{('bad', 'good')[k % 2]}\n" for k in range(40))


def test_a_text_that_was_cut_before_is_classified_by_its_own_tokens_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    data = prepare("classify", path, reviews("the <unk> is state-of-the-art , n't it"), validation="0")
    assert data.encoding.level == data.options.level == "whitespace"
    assert {"<unk>", "n't", "state-of-the-art"} <= set(data.encoding.vocabulary)
    assert data.report.read[str(path)]["level"] == "whitespace"
    assert any("for it holds <unk> (40), n't (40)" in words for words in data.report.said[str(path)])
    ordinary = prepare("classify", path, reviews("It's e-mail, isn't it?"), validation="0")
    assert (ordinary.encoding.level, ordinary.report.notes) == ("word", [])


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_that_is_given_stays(tmp_path: Path, level: str) -> None:
    path = tmp_path / "a.txt"
    data = prepare("lm", path, TREEBANK, level=level, validation="0")
    assert data.encoding.level == data.report.read[str(path)]["level"] == level
    # 7 of the 18 tokens of both lines: <unk>, co., 's, and e-mail, <unk>, mr., <unk>
    cut_again = "--level word cuts 38.9% of them again, <unk> into 3: --level whitespace leaves them whole"
    assert [cut_again in note for note in data.report.notes] == [True] * (level == "word")


def test_characters_of_a_text_that_was_cut_are_read_with_a_word_about_its_tokens(tmp_path: Path) -> None:
    notes = prepare("lm", tmp_path / "a.txt", TREEBANK).report.notes
    assert len(notes) == 1 and "--level whitespace reads these" in notes[0]
    assert not prepare("lm", tmp_path / "a.txt", ORDINARY).report.notes


def test_a_text_with_unk_keeps_its_vocabulary_and_another_its_rare_words_apart(tmp_path: Path) -> None:
    once = TREEBANK + "zebra\n"
    closed = prepare("lm", tmp_path / "a.txt", once, level="whitespace", validation="0").encoding.vocabulary
    assert set(closed) == {*once.split(), "\n"}
    assert closed.index("<unk>") == 0
    other = once.replace("<unk>", "dog")
    opened = prepare("lm", tmp_path / "a.txt", other, level="whitespace", validation="0").encoding.vocabulary
    assert set(opened) == {*other.split(), "\n", "<unk>"} - {"zebra"}


def test_names_read_as_words_bring_the_word_about_characters(tmp_path: Path) -> None:
    names = "".join(f"{'abcdefghij'[k % 10]}na{k}\t{('x', 'y')[k % 2]}\n" for k in range(60))
    hint = "100% of the validation tokens are not in the vocabulary: names and other single words hardly come again"
    for task, text in (("classify", names), ("lm", names.replace("\tx", "").replace("\ty", ""))):
        notes = prepare(task, tmp_path / "a.tsv", text, level="word").report.notes
        assert any(hint in note and "--level char" in note for note in notes), notes
        assert not prepare(task, tmp_path / "a.tsv", text, level="char").report.notes


def test_a_table_is_no_text_unless_the_person_says_so(tmp_path: Path) -> None:
    table = "".join(f"{k},a song,{k}\n" for k in range(20))
    with pytest.raises(InputError, match=r"a\.csv: a table with commas between 3 columns, not running text"):
        prepare("lm", tmp_path / "a.csv", table)
    data = prepare("lm", tmp_path / "a.csv", table, level="char", validation="0")
    assert len(data.train) == len(table) - 1
    assert "read as it stands" in data.report.notes[0]


def test_several_texts_and_a_folder_are_read_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "b.txt").write_text("two")
    (folder / "a.txt").write_text("one\n")
    (folder / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "last.txt").write_text("three\n")
    data = find_task("lm").prepare([str(folder), str(tmp_path / "last.txt")], DataOptions(validation="0"), 0)
    batch = data.train.collate(data.train.batches(0, 0, 1)[0])
    read = "".join(data.encoding.vocabulary[k] for k in batch.inputs[:, 0])
    assert read == "one\ntwo\nthree"
    said = data.report.said[str(folder)]
    assert said == ["2 files in the order of their names, a.txt first, and 1 others left out"]
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    with pytest.raises(InputError, match="no text in the folder"):
        find_task("lm").prepare([str(folder)], DataOptions(), 0)
