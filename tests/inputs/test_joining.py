"""Words back to text, with the spaces that belong between them."""

import pytest

from rnn_cli.inputs.joining import Joiner


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["Hello", ",", "world", "!"], "Hello, world!"),
        (["He", "did", "n't", "go", "(", "alone", ")", "."], "He didn't go (alone)."),
        (["She", "said", '"', "no", '"', "."], 'She said "no".'),
        (["one", "\n", "two", "'s"], "one\ntwo's"),
        (["«", "oui", "»"], "«oui»"),
        ([], ""),
    ],
)
def test_words(tokens: list[str], text: str) -> None:
    assert "".join(map(Joiner(by_word=True), tokens)) == text


def test_characters_hold_their_spaces_themselves() -> None:
    assert "".join(map(Joiner(by_word=False), "a , b")) == "a , b"
