"""All cells side by side: the numbers of rnn gradients --compare, and whose network is whose."""

import re
import shlex
from dataclasses import replace

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.explore.beside import columns
from rnn_cli.explore.session import Session
from rnn_cli.models.model import Model
from tests.conftest import Command
from tests.support.explore import built, session_of, text_of, world_of
from tests.support.networks import architecture_of, random_network


def beside(session: Session) -> str:
    """The screen after g and c."""
    session.toggle_facts()
    session.next_cell()
    return text_of(session, 100, 60)


def test_random_cells_are_those_that_rnn_gradients_compares(call: Command) -> None:
    model = built("gru", hidden_size=4, input_size=3, num_layers=2, bidirectional=True)
    model = replace(model, flags="--cell gru --hidden-size 4 --input-size 3 --num-layers 2 --bidirectional")
    session = session_of("I really love NLP", model)
    session.layer(-1)
    session.other_direction()
    assert (
        "all with random weights from seed 0, of the same sizes, on the same vectors; * is the one of the map"
        in beside(session)
    )
    document = call(*shlex.split(session.command())[1:], "--json").document()
    found = columns(session.world, 0, "backward", session.path)
    assert [one.cell for one in found] == [one["cell"] for one in document["series"]] == list(CELLS)
    for column, path in zip(found, document["series"], strict=True):
        norms = {row["to_t"]: row["log10"] for row in path["steps"]}
        np.testing.assert_allclose(
            [column.norms[t] for t in norms], list(norms.values()), rtol=1e-12, err_msg=column.cell
        )


def test_the_tables_hold_the_numbers_of_each_cell() -> None:
    session = session_of("I really love NLP")
    shown = beside(session)
    found = columns(session.world, 0, "forward", session.path)
    row = re.findall(r"^   2 really +(.*)$", shown, re.MULTILINE)
    assert row[0].split() == [f"{10 ** one.norms[2]:.3g}" for one in found]
    assert row[1].split() == [f"{one.saturations[2]:.3f}" for one in found]
    lstm = next(one for one in found if one.cell == "lstm")
    forget = lstm.world.trace.at(0, "forward", 2).value("f").mean()
    assert row[2].split()[0] == f"{forget:.3f}"  # the vanilla network has no gate that keeps
    assert "rnn*" in shown


def test_what_is_the_persons_and_what_is_random_is_said() -> None:
    session = session_of("I love NLP")
    assert "* rnn: nlp; the others: random weights from seed 0" in beside(session)
    with pytest.raises(InputError, match="no command sets nlp beside random networks"):
        session.command()
    session.next_cell()
    assert session.command() == 'rnn gradients "I love NLP"'


def test_a_model_that_reads_characters_has_as_many_steps_in_every_cell() -> None:
    letters = tuple("adn ")
    network = random_network(architecture_of("rnn tanh", len(letters), 3, output_size=2))
    ids = {letter: k for k, letter in enumerate(letters)}
    model = Model("any", network, "file", vocabulary=ids, one_hot=True, labels=("no", "yes"), cut="char")
    session = session_of("a dna and", model)
    assert session.world.length == 9
    beside(session)
    found = columns(session.world, 0, "forward", session.path)
    assert [len(one.norms) for one in found] == [9] * len(CELLS)
    session.toggle_facts()
    session.next_cell()
    assert session.message == "LSTM, with random weights, which reads the text word by word; u goes back"
    session.undo()
    assert all(one.world.sequence.inputs is session.world.sequence.inputs for one in found)


def test_the_next_cell_says_what_is_random() -> None:
    session = session_of("I love NLP")
    session.next_cell()
    assert session.message == "LSTM, with random weights and random vectors of the words; u goes back"
    session.next_cell()
    assert session.message.endswith(", with random weights; u goes back")


def test_where_no_random_network_has_the_sizes() -> None:
    session = Session(world_of(random_network(architecture_of("rnn tanh", 2, (2, 3))), 3))
    session.toggle_facts()
    with pytest.raises(InputError, match="layers of several sizes"):
        session.next_cell()
    assert not session.beside
