"""Sequences of different lengths in one array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.tasks.ragged import Ragged

SEQUENCES = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6), min_size=1, max_size=8)


@given(SEQUENCES, st.data())
def test_padding_keeps_every_id(sequences: list[list[int]], data: st.DataObject) -> None:
    ragged = Ragged(sequences)
    indices = data.draw(st.lists(st.integers(0, len(sequences) - 1), min_size=1, max_size=8))
    ids, mask = ragged.padded(np.array(indices))
    assert len(ragged) == len(sequences)
    assert ids.shape == mask.shape == (max(len(sequences[k]) for k in indices), len(indices))
    for column, k in enumerate(indices):
        assert ragged[k].tolist() == ids[mask[:, column], column].tolist() == sequences[k]
        assert not ids[~mask[:, column], column].any()


def test_none_at_all_and_an_empty_one() -> None:
    assert len(Ragged([])) == 0
    with pytest.raises(ValueError, match="empty"):
        Ragged([[1], []])
