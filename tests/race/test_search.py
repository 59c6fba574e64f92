"""Where a race looks next: the break is found between the lengths that it can lie between, whatever the cell."""

from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.race.search import CLOSE, Search, bracket


def searched(search: Search, breaks_from: float) -> dict[int, bool]:
    """All lengths that a search tries of a cell that holds whatever is shorter than that."""
    held: dict[int, bool] = {}
    while (length := search.next_length(held)) is not None:
        assert length not in held
        held[length] = length < breaks_from
    return held


@given(st.integers(1, 40), st.integers(0, 300), st.integers(0, 12), st.floats(0, 400))
def test_a_break_is_found_between_the_lengths_around_it(first: int, more: int, least: int, at: float) -> None:
    search = Search(max(first, least), max(first, least) + more, least)
    held = searched(search, at)
    found = bracket(held)
    assert all(least <= length <= search.longest for length in held)
    assert len(held) <= 24
    if found.breaks_at is None:
        assert at > search.longest
        assert found.holds == search.longest
    elif found.holds is None:
        assert at <= least
        assert found.breaks_at == least
    else:
        assert found.holds < at <= found.breaks_at
        assert found.breaks_at - found.holds == 1 or found.breaks_at <= CLOSE * found.holds


def test_lengths_double_and_then_close_in() -> None:
    assert list(searched(Search(4, 128), 50)) == [4, 8, 16, 32, 64, 45, 53]
    assert list(searched(Search(4, 100), 1000)) == [4, 8, 16, 32, 64, 100]
    assert list(searched(Search(8, 100, shortest=2), 3)) == [8, 4, 2, 3]
    assert list(searched(Search(4, 128, shortest=3), 1)) == [4, 3]


def test_lengths_that_are_given_are_tried_and_no_others() -> None:
    search = Search(3, 9, 1, (3, 5, 9))
    assert list(searched(search, 4)) == [3, 5, 9]
    assert bracket(searched(search, 4)) == bracket({3: True, 5: False, 9: False})


def test_a_length_that_is_held_beyond_the_break_does_not_move_it() -> None:
    found = bracket({4: True, 8: False, 16: True})
    assert (found.breaks_at, found.holds) == (8, 4)
    assert Search(4, 16, lengths=(4, 8, 16)).next_length({4: True, 8: False}) == 16
