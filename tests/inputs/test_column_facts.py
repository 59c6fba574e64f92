"""What the cells of a column look like, and whether line 1 names the columns, at the shares where the answer turns."""

import pytest

from rnn_cli.inputs.column_facts import Column
from rnn_cli.inputs.header import names_columns
from rnn_cli.inputs.roles import LABEL_NAMES, TEXT_NAMES, Role

ROLES = (Role("text", TEXT_NAMES, 0), Role("label", LABEL_NAMES, -1, repeats=True))


def test_texts_hardly_repeat_where_four_of_five_rows_are_alone() -> None:
    alone = [f"row {k}" for k in range(8)]
    assert Column([*alone, "a", "a"]).hardly_repeats
    assert not Column([*alone[:7], "a", "a", "b"][:9]).hardly_repeats
    assert not Column(["a", "a", "b", "b"]).hardly_repeats
    assert not Column([]).hardly_repeats


@pytest.mark.parametrize(
    ("cell", "numeric", "dates"), [("-1,5e3%", True, False), ("2024-1-31", False, True), ("12:30", False, True)]
)
def test_a_column_is_of_a_kind_where_nineteen_of_twenty_cells_are(cell: str, numeric: bool, dates: bool) -> None:
    for others, kind in ((1, True), (2, False)):
        column = Column([cell] * (20 - others) + ["word"] * others + [""] * 9)
        assert (column.numeric, column.dates) == (numeric and kind, dates and kind)
    assert (Column([""]).numeric, Column([""] * 19 + ["a"]).empty, Column([""] * 18 + ["a"]).empty) == (
        False,
        True,
        False,
    )


def test_ids_number_the_rows_or_name_them() -> None:
    assert Column(["x", "y"], "Row").id
    assert Column(["x", "y"], "user_id").id
    assert not Column(["x", "y"], "word").id
    assert not Column(["x"], "id").id
    assert not Column(["x", "x"], "id").id
    assert not Column(["x y", "z"], "id").id
    assert Column([f"r{k}" for k in range(10)]).id
    assert not Column([f"r{k}" for k in range(9)]).id
    assert not Column([*(f"r{k}" for k in range(9)), "r"]).id


def test_a_first_row_unlike_the_others_names_the_columns() -> None:
    """No name here means anything: a label that comes once, or one word where texts have several."""
    texts = [f"some words {k % 7} of row {'abcdefghijkl'[k]}" for k in range(12)]
    twice = [(text, "yes" if k % 2 else "no") for k, text in enumerate(texts)]
    assert names_columns([("qqq", "zzz"), *twice], ROLES)
    assert not names_columns([("qqq", "yes"), *twice], ROLES)
    once = [(text, "yes") for text in texts[:11]] + [(texts[11], "no")]
    assert names_columns([("qqq", "zzz"), *once], ROLES)
    assert not names_columns([("two words", "zzz"), *once], ROLES)
    assert not names_columns([("qqq", "zzz"), *twice[:8]], ROLES)
