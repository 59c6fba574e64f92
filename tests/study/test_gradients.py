"""The gradient's path back through time, as commands and Python ask for it."""

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.load import load_model
from rnn_cli.study.gradients import gradients_along, gradients_through_matrix, parse_cells
from rnn_cli.study.networks import build_network
from rnn_cli.study.powers import powers_of
from tests.support.trained import TrainedModels


def test_along_a_sequence() -> None:
    model = build_network("lstm", num_layers=2, bidirectional=True)
    path = gradients_along(model, encode_text("a b c", model, 0), layer=0, direction="backward", target="positive")
    assert (path.layer, path.direction, path.target, path.predicted) == (0, "backward", "positive", False)
    assert (path.from_t, path.to_t(2)) == (1, 3)
    with pytest.raises(InputError, match="the gradient is shown through one layer"):
        gradients_along(model, encode_text("a b c", model, 0), layer="0,1")


def test_of_models_that_write(trained: TrainedModels) -> None:
    translator = load_model(str(trained.path("translate")))
    text = encode_text("9 June", translator, 0)
    assert gradients_along(translator, text).target is None
    with pytest.raises(InputError, match="through its encoder alone: leave --target"):
        gradients_along(translator, text, target="06")
    describer = load_model(str(trained.path("describe")))
    path = gradients_along(describer, encode_text("island", describer, 0), target="Abo")
    assert (path.target, path.sequence.text) == ("Abo", "island")


def test_through_a_matrix() -> None:
    path = gradients_through_matrix(0.9, steps=12, hidden_size=5, init="orthogonal", drive="zeros", seed=3)
    assert path.setting == "orthogonal matrix, spectral radius 0.9, driven by zeros"
    assert (path.flow.final.k, path.model.network.architecture.input_size) == (12, 5)
    assert path.flow.spectrum is not None
    assert path.flow.spectrum.radius == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"init": "zeros"}, "--init zeros"),
        ({"drive": "fast"}, "--drive fast"),
        ({"cell": "ltsm"}, "--cell ltsm"),
        ({"cell": "gru", "options": {"activation": "relu"}}, "--activation is for --cell rnn"),
    ],
)
def test_matrices_that_cannot_be(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gradients_through_matrix(0.9, **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a radius is at least 0"):
        gradients_through_matrix(-1.0)


def test_cells_to_compare() -> None:
    assert parse_cells("rnn, lstm,gru") == ["rnn", "lstm", "gru"]
    for text in ("rnn", "rnn,rnn", "rnn,ltsm"):
        with pytest.raises(InputError, match=f"--compare {text}"):
            parse_cells(text)


def test_powers_of_numbers() -> None:
    result = powers_of([0.5, 2.0], 3)
    assert [product.final.product for product in result.products] == [0.125, 8.0]
