"""By which signs a text is known that was cut into tokens before."""

import pytest

from rnn_cli.inputs.already_cut import find_tokens

SURE = {
    "a treebank's text": (["the <unk> co. said it has n't N dollars"] * 3, "<unk> (3)"),
    "brackets": (["the song -LRB- of a dog -RRB- ends"] * 3, "-LRB- (3)"),
    "joined hyphens": (["a well @-@ known song , 3 @.@ 5 stars"] * 3, "@-@ (3)"),
    "pieces that go on": (["a so@@ ng lo@@ ved by all"] * 3, "@@"),
    "pieces that begin": (["▁the ▁song ▁l ove d"] * 3, "▁the"),
    "special tokens": (["[CLS] a song [SEP]"] * 3, "[CLS] (3)"),
    "its three commonest": (
        ["<unk> <unk> <unk> <unk> N -LRB- -LRB- -LRB- -RRB- -RRB- [CLS]"], "it holds <unk> (4), -LRB- (3), -RRB- (2)",
    ),
    "blanks around signs": (["the film , state-of-the-art , is good ."] * 10, "30 of 30 signs of punctuation"),
    "Japanese in words": (["私 は 映画 が とても 好き です"] * 4, "words of 1.7 characters"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(SURE))
def test_texts_that_surely_were_cut(what: str) -> None:
    texts, sign = SURE[what]
    found = find_tokens(texts)
    assert found is not None and found.sure
    assert sign in found.signs
    assert found.signs.count("(") <= 3  # of many kinds, no more are shown


@pytest.mark.parametrize(
    "texts",
    [
        ["I love it. It's state-of-the-art, isn't it? (No.)"] * 20,
        ["Bonjour ! Ça va, e-mail ? Oui. Et toi, ça va."] * 20,
        ["a <b>bold</b> word<br />and x<y, a@b.c"] * 20,
        ["the good film , the bad film ."] * 20,  # the word tokenizer cuts it no further
        ["私は映画がとても好きです"] * 20,
        [],
    ],
)
def test_texts_as_people_write_them(texts: list[str]) -> None:
    assert find_tokens(texts) is None


def test_a_few_signs_are_found_and_not_sure() -> None:
    found = find_tokens(["A text with <unk> in it, and e-mail."] + ["It's an ordinary text, all of it."] * 200)
    assert found is not None and not found.sure
    assert (found.example, found.signs) == ("<unk>", "it holds <unk> (1)")
