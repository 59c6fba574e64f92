"""Tokens back to text, with the spaces that belong between them."""

import pytest

from rnn_cli.inputs.detokenize import Detokenizer, detokenize
from rnn_cli.inputs.tokens import CHARACTER, WHITESPACE, WORD, tokenize


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["Hello", ",", "world", "!"], "Hello, world!"),
        (["He", "did", "n't", "go", "(", "alone", ")", "."], "He didn't go (alone)."),
        (["She", "said", '"', "no", '"', "."], 'She said "no".'),
        (["one", "\n", "two", "'s"], "one\ntwo's"),
        (["«", "oui", "»"], "«oui»"),
        (["<unk>", ",", "", "friend"], "<unk>,  friend"),
        ([], ""),
    ],
)
def test_words(tokens: list[str], text: str) -> None:
    assert detokenize(tokens, WORD) == text


def test_characters_hold_their_spaces_themselves() -> None:
    assert detokenize("a , b", CHARACTER) == "a , b"
    assert detokenize(tokenize("Ab c.", CHARACTER), CHARACTER) == "Ab c."


def test_tags_are_no_text_and_keep_a_space_between_them() -> None:
    assert detokenize(["NN", ",", "VB", "."], "token") == "NN , VB ."


def test_between_tokens_of_white_space_stand_single_spaces() -> None:
    text = "the <unk> 's e-mail , U.S.\nsaid -LRB- so"
    assert detokenize(text.replace("\n", " \n ").split(" "), WHITESPACE) == text


def test_a_text_can_be_spaced_while_it_is_written() -> None:
    detokenizer = Detokenizer(WORD)
    assert [detokenizer(token) for token in ("Well", ",", "yes")] == ["Well", ",", " yes"]
