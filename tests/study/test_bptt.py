"""What a backward pass is asked for decides what comes back, and what is raised where it does not hold."""

from dataclasses import replace
from typing import Any

import pytest

from rnn_cli.errors import CheckFailed, InputError, NumberError
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.load import load_model
from rnn_cli.study.bptt import BpttResult, LongBpttResult, Seq2SeqBpttResult, bptt_sequence
from rnn_cli.study.bptt_checks import hold_long_gradient
from tests.support.trained import TrainedModels

NLP = load_model("nlp")
TEXT = encode_text("I love NLP", NLP, 0)


def test_of_one_network() -> None:
    result = bptt_sequence(NLP, TEXT, target="positive", truncate="2", clip_norm=0.1, lr=0.5, unit="1")
    assert isinstance(result, BpttResult)
    assert result.report.truncation is not None
    assert result.report.clipped is not None
    assert result.report.clipped.norm_after == pytest.approx(0.1)
    assert (result.report.descent.lr, result.choice.units) == (0.5, (1,))
    result.hold()


def test_a_label_for_each_step_as_text_or_as_a_list() -> None:
    from rnn_cli.study.networks import build_network

    model = build_network("gru", task="many-to-many", labels=["a", "b"])
    text = encode_text("x y z", model, 0)
    results = [bptt_sequence(model, text, targets=targets) for targets in ("a b a", ["a", "b", "a"])]
    losses = [one.report.result.loss.total for one in results if isinstance(one, BpttResult)]
    assert losses == losses[:1] * 2
    with pytest.raises(InputError, match="--targets names 2, but the sequence has 3 steps"):
        bptt_sequence(model, text, targets=["a", "b"])


def test_without_a_record_of_steps() -> None:
    result = bptt_sequence(NLP, TEXT, target="positive", checkpoint_every="1", check=True)
    assert isinstance(result, LongBpttResult)
    assert result.report.result.every == 1
    result.hold()
    wrong = replace(result.report, error=1.0)
    with pytest.raises(CheckFailed, match=r"differs from that of full BPTT by 1\.0e\+00"):
        hold_long_gradient(wrong, None)


@pytest.mark.parametrize(
    "arguments", [{"truncate": "2"}, {"truncate_sweep": True}, {"steps": "1"}, {"unit": 1}, {"layer": 0}]
)
def test_what_takes_the_record_of_steps(arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="shows single steps, which --checkpoint-every does not keep"):
        bptt_sequence(NLP, TEXT, target="positive", checkpoint_every="auto", **arguments)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_gradient_that_is_not_finite_is_not_held() -> None:
    result = bptt_sequence(NLP, replace(TEXT, inputs=TEXT.inputs * float("inf")), target="positive")
    with pytest.raises(NumberError, match="no gradient to check"):
        result.hold()


def test_of_two_networks(trained: TrainedModels) -> None:
    model = load_model(str(trained.path("translate")))
    text = encode_text("9 June", model, 0)
    result = bptt_sequence(model, text, target="06", network="decoder", steps="1")
    assert isinstance(result, Seq2SeqBpttResult)
    assert (result.choices["decoder"].steps, result.choices["encoder"].steps) == ((1,), None)
    result.hold()
    for arguments, message in (
        ({}, "give the --target"),
        ({"target": "06", "targets": "a"}, "--targets has no meaning"),
        ({"target": "06", "truncate": "2"}, "--truncate has no meaning"),
        ({"target": "06", "steps": "1"}, "--steps is about one of two networks"),
    ):
        with pytest.raises(InputError, match=message):
            bptt_sequence(model, text, **arguments)  # type: ignore[arg-type]


def test_of_a_network_that_writes_for_a_condition(trained: TrainedModels) -> None:
    model = load_model(str(trained.path("describe")))
    result = bptt_sequence(model, encode_text("island", model, 0), target="Abo", truncate="2")
    assert isinstance(result, BpttResult)
    assert result.decoded is not None
    assert result.decoded.text == "Abo"
