"""What a trace is asked for decides what comes back."""

from typing import Any

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.load import load_model
from rnn_cli.study.trace import (
    ANSWERS,
    BLANK,
    AnswersResult,
    Seq2SeqTraceResult,
    TraceResult,
    WhyResult,
    WorksheetResult,
    trace_sequence,
)
from tests.support.trained import TrainedModels

NLP = load_model("nlp")
TEXT = encode_text("I love NLP", NLP, 0)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, TraceResult),
        ({"why": "h[2][1]"}, WhyResult),
        ({"worksheet": BLANK}, WorksheetResult),
        ({"worksheet": ANSWERS}, AnswersResult),
    ],
)
def test_of_one_network(arguments: dict[str, Any], kind: type) -> None:
    result = trace_sequence(NLP, TEXT, steps="1", unit=2, **arguments)
    assert type(result) is kind
    one = result if isinstance(result, TraceResult) else result.traced  # type: ignore[union-attr]
    assert (one.choice.steps, one.choice.units) == ((1,), (2,))
    assert one.decoded is None
    assert one.trace.probabilities is not None


def test_the_unfolded_number_is_that_of_the_trace() -> None:
    result = trace_sequence(NLP, TEXT, why="h[2][1]")
    assert isinstance(result, WhyResult)
    assert result.reason.numbers["h[2][1]"].value == result.traced.trace.at(0, "forward", 2).state.h[0]


def test_of_two_networks(trained: TrainedModels) -> None:
    model = load_model(str(trained.path("translate")))
    text = encode_text("9 June", model, 0)
    both = trace_sequence(model, text, target="06-09", arithmetic=False)
    assert isinstance(both, Seq2SeqTraceResult)
    assert (both.decoded.text, both.decoded.forced, both.arithmetic) == ("06-09", True, False)
    decoder = trace_sequence(model, text, network="decoder", steps=1)
    assert isinstance(decoder, TraceResult)
    assert decoder.decoded is not None
    assert decoder.trace is decoder.decoded.decoder.trace
    for arguments, option in (
        ({"why": "h[1][1]"}, "--why"),
        ({"worksheet": BLANK}, "--blank"),
        ({"unit": 1}, "--unit"),
    ):
        with pytest.raises(InputError, match=f"{option} is about one of two networks: add --network encoder"):
            trace_sequence(model, text, **arguments)


def test_arguments_for_a_model_that_writes_are_refused_for_others() -> None:
    for arguments in ({"target": "x"}, {"network": "encoder"}):
        with pytest.raises(InputError, match="is for a model that writes a text"):
            trace_sequence(NLP, TEXT, **arguments)  # type: ignore[arg-type]
