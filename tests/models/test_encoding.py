"""Numbers in the units of the data and as the network has them."""

import numpy as np

from rnn_cli.models.encoding import Encoding, GivenEncoding

WEATHER = Encoding(
    "number",
    columns=("t", "w"),
    target_columns=("w", "t"),
    means=(10.0, 4.0),
    scales=(5.0, 2.0),
    target_means=(4.0, 10.0),
    target_scales=(2.0, 5.0),
)


def test_inputs_lose_their_mean_and_are_divided_by_their_scale() -> None:
    assert WEATHER.scaled(np.array([[10, 4], [15, 2]])).tolist() == [[0, 0], [1, -1]]
    assert WEATHER.rescales
    assert not Encoding("number", columns=("x",), means=(0.0,), scales=(1.0,)).rescales


def test_outputs_are_named_and_scaled_step_by_step() -> None:
    assert WEATHER.outputs(2) == ("w", "t")
    assert WEATHER.outputs(4) == ("w +1", "t +1", "w +2", "t +2")
    outputs = np.array([[0.0, 0.0, 1.0, -1.0]])
    assert WEATHER.in_units(outputs).tolist() == [[4, 10, 6, 5]]
    assert WEATHER.from_units(WEATHER.in_units(outputs)).tolist() == outputs.tolist()


def test_tokens_that_a_person_gave_stay_whole() -> None:
    given = GivenEncoding("word", vocabulary=("\x000\x00", "don't"), known={"don't": 1}).whole
    assert ("don't" in given, "\x000\x00" in given) == (True, False)
    assert "don't" not in GivenEncoding("word", vocabulary=("don't",)).whole
