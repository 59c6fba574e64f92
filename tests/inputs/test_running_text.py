"""What is no running text, and the words of what is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.inputs.running_text import WordCounter, structure_of
from rnn_cli.inputs.text_stream import words_of
from rnn_cli.inputs.tokens import CHARACTER, WHITESPACE, WORD


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.txt", '{"text": "a song", "id": 1}\n', 'JSON lines, with "text", "id"'),
        ("a.json", json.dumps([{"text": "a"}], indent=1), "JSON"),
        ("a.json", json.dumps([{"text": "a"}] * 900, indent=1)[:9000], "JSON"),
        ("a.txt", "a song\tgood\n" * 6, "a table with tabs between 2 columns"),
        ("a.csv", '"a, b",1\n' * 6, "a table with commas between 2 columns"),
        ("a.txt", "# x\n" + "1;a;2,5\n" * 6, "a table with semicolons between 3 columns"),
    ],
)
def test_what_is_no_running_text(name: str, text: str, what: str) -> None:
    assert structure_of(name, text) == what


@pytest.mark.parametrize(
    "text",
    ["A line, and no more.\n" * 9, "[a remark]\n{b}\n", "one\n" * 9, "\tA song.\nMore of it.\n" * 9, "", "3\n" * 9],
)
def test_what_is(text: str) -> None:
    assert structure_of("a.txt", text) is None


@given(st.lists(st.text(st.sampled_from("ab.'\n \t\u3000"), min_size=1, max_size=6), max_size=6))
def test_the_words_that_are_predicted(pieces: list[str]) -> None:
    text = "".join(pieces)
    counter = WordCounter()
    assert "".join(counter(pieces)) == text
    assert counter.lines == text.count("\n")
    assert counter.predicted(CHARACTER, False) == len(text[1:].split()) + text[1:].count("\n")
    tokens = [token for part in words_of(iter([text]), False, WHITESPACE) for token in part]
    assert counter.predicted(WHITESPACE, False) == max(0, len(tokens) - 1)
    cut = [token for part in words_of(iter([text]), False, WORD) for token in part]
    whole = bool(tokens) and tokens[0] == cut[0]
    assert counter.predicted(WORD, False) == len(tokens) - whole
