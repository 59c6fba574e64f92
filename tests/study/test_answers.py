"""Predict, generate, evaluate and inspect, as commands and Python ask for them."""

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.number_table import NumberOptions
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.models.load import load_model
from rnn_cli.study.evaluate import evaluate_model
from rnn_cli.study.generate import begin_generate, generate
from rnn_cli.study.inspect import inspect_model
from rnn_cli.study.predict import TEXTS, predict, predict_each, read_numbers_for
from tests.support.trained import DATA, TrainedModels

NLP = load_model("nlp")


def test_predictions_are_held_or_computed_when_asked_for() -> None:
    one = predict(NLP, "nlp", texts=["I love NLP"])
    assert (one.single, [answer.text for answer in one.answers]) == (True, ["I love NLP"])
    many = predict(NLP, "nlp", texts=iter(["I", "love", "NLP"]), keep=False, source="-")
    assert (many.single, many.called) == (False, "stdin")
    assert len(list(many.answers)) == 3
    assert list(many.answers) == []
    each = predict_each(NLP, "nlp", texts=["I", "love"], one_by_one=True)
    assert [len(list(result.answers)) for result in each] == [1, 1]


def test_inputs_that_a_model_does_not_answer(trained: TrainedModels) -> None:
    forecaster = load_model(str(trained.path("forecast")))
    with pytest.raises(InputError, match="reads numbers, not text"):
        predict(forecaster, "f", texts=["text"])
    classifier = load_model(str(trained.path("classify")))
    with pytest.raises(InputError, match="reads text, not numbers"):
        read_numbers_for(classifier, "c", "x.csv", ReadingReport(), NumberOptions())
    with pytest.raises(InputError, match="reads text, not numbers"):
        predict(classifier, "c", numbers=[np.zeros((2, 2))])
    with pytest.raises(InputError, match="--beam is for a model that writes"):
        predict(NLP, "nlp", texts=["I"], beam=2)


def test_a_model_that_writes_is_asked_with_a_beam(trained: TrainedModels) -> None:
    result = predict(load_model(str(trained.path("translate"))), "t", texts=["9 June"], beam=3)
    (answer,) = result.answers
    assert result.kind == TEXTS
    assert len(answer.hypotheses) == 3


def test_texts_come_whole_or_token_by_token(trained: TrainedModels) -> None:
    model = load_model(str(trained.path("lm")))
    whole = generate(model, "lm", length=6, count=2, seed=1)
    stream = begin_generate(model, "lm", length=6, seed=1)
    pieces = ["".join(token.text for token in tokens) for tokens in stream.stream(2)]
    assert pieces == [sample.text for sample in whole.samples] == [sample.text for sample in stream.samples]
    with pytest.raises(InputError, match="--temperature -1: it is 0 or greater"):
        begin_generate(model, "lm", temperature=-1)


def test_an_evaluation_says_of_what(trained: TrainedModels) -> None:
    data = [str(DATA / "reviews.tsv")]
    result = evaluate_model(load_model(str(trained.path("classify"))), "c", data, held_out=True, resamples=0)
    assert (result.name, result.data, result.subject.held_out) == ("c", data, True)
    assert result.found.scores["accuracy"].low is None


def test_what_a_model_is_made_of(trained: TrainedModels) -> None:
    assert inspect_model(NLP, "nlp").decoder is None
    translator = inspect_model(load_model(str(trained.path("translate"))), "t")
    assert translator.decoder is not None
    assert translator.decoder_entries
    describer = inspect_model(load_model(str(trained.path("describe"))), "d")
    assert describer.decoder is None
    assert "island" in describer.conditions
