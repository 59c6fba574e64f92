"""rnn inspect --code numpy of models that write a text: the program that is printed writes what rnn predict writes."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from rnn_cli.core.attention import NONE, SCORES, score_of
from rnn_cli.core.attention.look import attention_shapes
from rnn_cli.study.code import WRITERS
from tests.conftest import Command
from tests.support.networks import KINDS, each_value_once, slow_but
from tests.support.programs import hold_writer, printed
from tests.support.schemas import validate
from tests.support.systems import ATTENTIVE
from tests.support.trained import TrainedModels
from tests.support.writers import BOTH_VOCABULARIES, PAIRS, WRITER_KINDS, saved_pair, saved_writer

AGAIN = ("rnn relu", "gru reset before", "lstm")
"""Kinds of a cell that another kind is of, or that the tests of attention have."""
ONE_OF_EACH = [kind for kind in sorted(KINDS) if kind not in AGAIN]
FORMS = [("encoder-decoder", 2, True), ("one-to-many", 1, False)]


@pytest.mark.parametrize(
    ("kind", "form"), [*each_value_once(product(ONE_OF_EACH, FORMS)), *slow_but((), product(AGAIN, FORMS))]
)
def test_a_program_writes_with_every_cell(kind: str, form: tuple[str, int, bool], tmp_path: Path) -> None:
    how, layers, both = form
    hold_writer(saved_writer(tmp_path / "m.safetensors", how, kind, layers, both), "numpy")


@pytest.mark.parametrize(("how", "k"), each_value_once(product(WRITER_KINDS, range(3))))
def test_a_program_looks_back_as_the_model_does(how: str, k: int, tmp_path: Path) -> None:
    kind, both = ("rnn tanh", "lstm", "gru reset after")[k], how != "one-to-many" and k % 2 == 0
    program, _ = hold_writer(saved_writer(tmp_path / "m.safetensors", how, kind, 1 + k // 2, both, k), "numpy")
    name = how.partition(", ")[2] or NONE
    assert ("def look(s, h)" in program) == (name != NONE)
    if name in SCORES:
        assert score_of(name).equation.replace("·", ".") in program
        assert all(one in program for one in attention_shapes(score_of(name), 3, 3))


@pytest.mark.parametrize("name", ["translate", "translate-word", "translate-additive", "describe"])
def test_a_program_writes_what_a_trained_model_writes(name: str, trained: TrainedModels) -> None:
    hold_writer(trained.path(name), "numpy")


@pytest.mark.parametrize("cell", list(PAIRS))
def test_a_program_reads_an_encoder_and_a_decoder_of_a_state_dict(cell: str, tmp_path: Path) -> None:
    for layers, both, choices in (
        (1, False, BOTH_VOCABULARIES),
        (2, True, replace(BOTH_VOCABULARIES, embedding_activation="relu")),
    ):
        program, found = hold_writer(saved_pair(tmp_path, cell, layers, both), "numpy", choices)
        assert "tokens" not in found
        assert ("relu stands behind it" in program) == (layers == 2)


def test_tokens_that_nobody_names_are_asked_for(call: Command, tmp_path: Path) -> None:
    for framework in WRITERS:
        result = call("inspect", str(saved_pair(tmp_path, "gru")), "--code", framework)
        assert (result.code, result.stdout) == (2, "")
        assert "--vocab FILE" in result.stderr


@pytest.mark.parametrize("kind", ["encoder-decoder", "one-to-many"])
def test_what_a_framework_has_not_is_refused(kind: str, call: Command, tmp_path: Path) -> None:
    result = call("inspect", str(saved_writer(tmp_path / "m.safetensors", kind, "mingru")), "--code", "pytorch")
    assert (result.code, result.stdout) == (2, "")
    assert "PyTorch has no minGRU; --code numpy writes its steps out" in result.stderr


def test_an_encoder_that_runs_backwards(tmp_path: Path) -> None:
    hold_writer(saved_writer(tmp_path / "m.safetensors", ATTENTIVE[0], "lstm", 2, backward_only=True), "numpy")


def test_the_page_is_the_program_and_the_document_has_it(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    path = str(trained.path("translate"))
    page = call("inspect", path, "--code", "numpy")
    assert (page.code, page.stderr) == (0, "")
    found = printed(page.stdout)
    code = validate(call("inspect", path, "--code", "numpy", "--json").document())["code"]
    assert code["program"] == page.stdout
    predicted = call("predict", path, "".join(code["tokens"]), "--json").document()["predictions"][0]
    assert predicted["hypotheses"][0]["tokens"] == found["tokens"].tolist()
