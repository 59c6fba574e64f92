"""What a cell carries: arrays under the names of the states."""

import numpy as np
import pytest

from rnn_cli.core.state import State, side_by_side, split


def lstm_state() -> State:
    return State(h=np.array([1.0, 2.0]), c=np.array([3.0, 4.0]))


def test_arrays_are_found_by_name() -> None:
    state = lstm_state()
    assert state.h is state["h"]
    assert list(state) == ["h", "c"]
    assert len(state) == 2
    assert {name: array.tolist() for name, array in state.items()} == {"h": [1, 2], "c": [3, 4]}
    with pytest.raises(AttributeError, match="this state has no n"):
        state.n  # noqa: B018 - asking for it is what is tested
    with pytest.raises(KeyError):
        state["n"]


def test_zeros() -> None:
    zeros = State.zeros(("h", "c"), (3, 2), np.float32)
    assert {name: (array.shape, array.dtype) for name, array in zeros.items()} == {
        name: ((3, 2), np.dtype(np.float32)) for name in ("h", "c")
    }
    assert not zeros.joint().any()
    alike = lstm_state().zeros_like()
    assert list(alike) == ["h", "c"]
    assert alike.joint().tolist() == [0, 0, 0, 0]


def test_a_state_of_a_mapping() -> None:
    assert State.of({"h": np.ones(2)}).h.tolist() == [1, 1]


def test_a_batch_of_one_and_back() -> None:
    batch = lstm_state().batched()
    assert {array.shape for array in batch.values()} == {(1, 2)}
    assert batch.sequence(0).joint().tolist() == lstm_state().joint().tolist()


def test_rows_and_columns_of_a_batch() -> None:
    batch = State(h=np.arange(6).reshape(3, 2), c=-np.arange(6).reshape(3, 2))
    assert batch.rows([2, 0]).h.tolist() == [[4, 5], [0, 1]]
    assert batch.rows([2, 0]).c.tolist() == [[-4, -5], [0, -1]]
    assert batch.columns(slice(1, 2)).c.tolist() == [[-1], [-3], [-5]]
    assert batch.sequence(1).h.tolist() == [2, 3]


def test_split_is_the_inverse_of_joint() -> None:
    state = lstm_state()
    joint = state.joint()
    assert joint.tolist() == [1, 2, 3, 4]
    again = split(state, joint)
    assert list(again) == ["h", "c"]
    assert again.c.tolist() == [3, 4]
    batch = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(split(("h", "c"), batch).joint(), batch)
    assert np.array_equal(split(("h", "c"), batch).c, batch[..., 2:])


def test_map_and_merge() -> None:
    state = lstm_state()
    assert state.map(lambda array: 2 * array).joint().tolist() == [2, 4, 6, 8]
    assert state.joint().tolist() == [1, 2, 3, 4]
    other = State(c=np.array([10.0, 20.0]), h=np.array([30.0, 40.0]))
    merged = state.merge(other, np.add)
    assert list(merged) == ["h", "c"]
    assert (merged.h.tolist(), merged.c.tolist()) == ([31, 42], [13, 24])
    with pytest.raises(KeyError):
        state.merge(State(h=np.ones(2)), np.add)


def test_another_type_keeps_the_kind_of_number() -> None:
    assert lstm_state().astype(np.float32).c.dtype == np.float32
    assert lstm_state().astype(complex).h.dtype == complex
    with pytest.raises(TypeError):
        lstm_state().astype(complex).astype(float)


def test_what_it_takes_in_memory() -> None:
    assert lstm_state().nbytes == 2 * 2 * 8


def test_the_directions_side_by_side() -> None:
    both = side_by_side([lstm_state(), lstm_state().map(lambda array: -array)])
    assert (both.h.tolist(), both.c.tolist()) == ([1, 2, -1, -2], [3, 4, -3, -4])
