"""One sequence or many: results that are held or computed when they are asked for, and one by one."""

from collections.abc import Iterator

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence, encode_text
from rnn_cli.models.load import load_model
from rnn_cli.study.forward import (
    ForwardResult,
    ManyDecodedResult,
    ManyForwardResult,
    each_of,
    forward_each,
    forward_sequences,
)
from tests.support.trained import TrainedModels

NLP = load_model("nlp")
TEXTS = ["I love NLP", "I", "love NLP", "NLP", "I hate NLP"]


class Source:
    """Sequences, and how many of them were read."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[Sequence]:
        for text in TEXTS:
            self.read += 1
            yield encode_text(text, NLP, 0)


def test_one_sequence_is_no_list() -> None:
    result = forward_sequences(NLP, [encode_text("I love NLP", NLP, 0)], unit="2")
    assert isinstance(result, ForwardResult)
    assert result.choice.units == (2,)
    assert each_of(result) is None


def test_many_are_held_or_computed_when_asked_for() -> None:
    source = Source()
    result = forward_sequences(NLP, source, keep=False)
    assert isinstance(result, ManyForwardResult)
    assert source.read < len(TEXTS)
    assert [len(run.inputs) for _, run in result.runs] == [3, 1, 2, 1, 3]
    assert list(result.runs) == []
    held = forward_sequences(NLP, Source(), source=("texts", "--file texts"))
    assert isinstance(held, ManyForwardResult)
    assert len(list(held.runs)) == len(list(held.runs)) == 5
    parts = each_of(held)
    assert parts is not None
    assert [part.sequence.text for part in parts if isinstance(part, ForwardResult)] == TEXTS


def test_one_by_one_each_is_answered_before_the_next_is_read() -> None:
    source = Source()
    for number, result in enumerate(forward_each(NLP, source, one_by_one=True), start=1):
        assert isinstance(result, ForwardResult)
        assert source.read == number


def test_only_takes_one_of_many() -> None:
    result = forward_sequences(NLP, Source(), only=5)
    assert isinstance(result, ForwardResult)
    assert result.sequence.text == "I hate NLP"
    with pytest.raises(InputError, match="--only 6: there are 5"):
        forward_sequences(NLP, Source(), only=6)
    with pytest.raises(InputError, match="--only 1: there are 0"):
        forward_sequences(NLP, [], only=1)


def test_what_is_about_one_sequence_is_refused_for_many() -> None:
    for result in ({"steps": "1"}, {"explain_shapes": True}):
        with pytest.raises(InputError, match="are for one sequence"):
            forward_sequences(NLP, Source(), **result)


def test_the_type_of_the_numbers() -> None:
    result = forward_sequences(NLP, [encode_text("I", NLP, 0)], dtype="float32")
    assert isinstance(result, ForwardResult)
    assert str(result.run.output.dtype) == "float32"
    with pytest.raises(InputError, match="float32 or float64"):
        forward_sequences(NLP, [], dtype="float16")


def test_texts_that_are_decoded(trained: TrainedModels) -> None:
    model = load_model(str(trained.path("translate")))
    texts = [encode_text(text, model, 0) for text in ("9 June", "3 May")]
    result = forward_sequences(model, texts)
    assert isinstance(result, ManyDecodedResult)
    assert [one.given.text for one in result.texts] == ["9 June", "3 May"]
    with pytest.raises(InputError, match="--dtype float32 is for models of one network"):
        forward_sequences(model, texts, dtype="float32")
