"""Numbers on pages: the sign, the decimals, and that what is 0 as printed has no sign."""

from math import log10
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rnn_cli.views import page
from rnn_cli.views.logs import logarithm, times_words
from rnn_cli.views.numbers import change_words, fixed, percent, placed, short, signed, told_apart, unsigned
from tests.support.signs import SIGNED_ZERO

TESTS = Path(__file__).parent
PRINTED = [*sorted((TESTS / "goldens").glob("*.txt")), TESTS.parent / "README.md"]
digits = st.integers(1, 17)


@given(value=st.floats(-1e-3, 1e-3) | st.sampled_from((0.0, -0.0, 5e-7, -5e-7, -5e-5, 5e-324)), digits=digits)
def test_what_is_zero_as_printed_has_no_sign_and_what_is_not_zero_is_not_printed_as_zero(
    value: float, digits: int
) -> None:
    for text in (signed(value, digits), unsigned(value, digits), placed(value, digits)):
        assert (float(text) == 0) == (value == 0)
        assert (text.strip()[0] in "+-") <= (value != 0)
        assert value == pytest.approx(float(text), abs=0.51 * 10.0**-digits)
    assert short(0 * value, digits) == "0"
    for text in (fixed(value, digits), logarithm(value, digits)):
        assert not SIGNED_ZERO.search(text)


def test_numbers_stand_below_each_other_with_and_without_a_sign() -> None:
    assert [placed(value, 2) for value in (0.0, -0.0, 1.5, -1.5)] == [" 0.00", " 0.00", "+1.50", "-1.50"]


@given(one=st.floats(0.01, 0.99), apart=st.floats(1e-12, 0.01))
def test_two_numbers_that_differ_are_printed_so_that_one_sees_which_is_larger(one: float, apart: float) -> None:
    small, large = told_apart(one, one + apart, percent, 1)
    assert float(small[:-1]) < float(large[:-1])
    small, large = told_apart(one, one + apart, unsigned, 4)
    assert float(small) < float(large)


def test_how_much_more_or_less_a_number_is() -> None:
    pairs = ((1.0, 2.0), (3.0, 2.0), (2.0, 2.0), (0.0, 0.0), (50.0, 2.0), (1.0, 0.0))
    assert [change_words(*pair) for pair in pairs] == [
        "50.0% less", "50.0% more", "the same", "the same", "25 times as much", "far more",
    ]  # fmt: skip


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.name)
def test_no_printed_page_has_a_zero_with_a_sign(path: Path) -> None:
    assert SIGNED_ZERO.findall(path.read_text(encoding="utf-8")) == []


def test_a_long_word_is_cut_without_measuring_every_beginning_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {
        "x" * 100_000: "x" * 7 + "…",
        "中" * 9: "中中中…",
        "a\u0301" * 20: "a\u0301" * 7 + "…",
        "12345678": "12345678",
    }
    measured: list[str] = []

    def measure(text: str) -> int:
        measured.append(text)
        return cell_len(text)

    monkeypatch.setattr(page, "cell_len", measure)
    assert {word: page.fitted(word, 8) for word in words} == words
    assert sum(map(len, measured)) < 101_000
    assert all(cell_len(word) <= 8 for word in words.values())


@pytest.mark.parametrize(
    ("times", "said"),
    [(1.0, "1"), (1.0004, "1.0004"), (0.9996, "0.9996"), (1.02, "1.02"), (9.137, "9.14"), (2641.0, "2,640")],
)
def test_times_that_are_hardly_more_than_once_are_more(times: float, said: str) -> None:
    assert times_words(log10(times)) == said
