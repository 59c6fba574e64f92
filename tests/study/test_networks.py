"""Networks built from sizes and the options of their cell."""

from typing import Any

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.study.networks import build_network, options_for, shell_flags


def test_a_network_is_a_function_of_its_arguments() -> None:
    arguments: dict[str, Any] = {"hidden_size": 4, "num_layers": 2, "bidirectional": True, "labels": ["a", "b", "c"]}
    one, same, other = (build_network("gru", seed=seed, **arguments) for seed in (1, 1, 2))
    assert np.array_equal(one.network.parameters.flat, same.network.parameters.flat)
    assert not np.array_equal(one.network.parameters.flat, other.network.parameters.flat)
    architecture = one.network.architecture
    assert (architecture.hidden_size, architecture.num_layers, architecture.output_size) == (4, 2, 3)
    assert one.labels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("cell", "options", "kept"),
    [
        ("rnn", {"activation": "relu"}, (("activation", "relu"),)),
        ("rnn", {"activation": "tanh"}, ()),
        ("gru", {"reset": "before"}, (("reset", "before"),)),
        ("lstm", {}, ()),
    ],
)
def test_options_of_a_cell(cell: str, options: dict[str, str], kept: tuple[tuple[str, str], ...]) -> None:
    assert build_network(cell, options=options).network.architecture.options == kept


@pytest.mark.parametrize(
    ("cell", "options", "message"),
    [
        ("ltsm", {}, "--cell ltsm: the cells are rnn, lstm, gru"),
        ("gru", {"activation": "tanh"}, "--activation is for --cell rnn"),
        ("rnn", {"activation": "sine"}, "--activation sine: it can be tanh or relu"),
        ("rnn", {"reset": "before"}, "--reset is for --cell gru"),
        ("gru", {"reset": "never"}, "--reset never: it can be after or before"),
        ("rnn", {"colour": "red"}, "--colour: no cell has such an option; there are activation, reset"),
    ],
)
def test_options_that_cannot_be(cell: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_network(cell, options=options)


def test_each_cell_takes_its_own_options() -> None:
    options = {"activation": "relu", "reset": "before"}
    assert [options_for(cell, options) for cell in ("rnn", "lstm", "gru")] == [
        {"activation": "relu"},
        {},
        {"reset": "before"},
    ]


def test_flags_are_what_a_shell_reads() -> None:
    values = {"model": "my file", "bidirectional": True, "reset_before": False, "seed": 0, "task": None}
    assert shell_flags(values) == "--model 'my file' --bidirectional --seed 0"
