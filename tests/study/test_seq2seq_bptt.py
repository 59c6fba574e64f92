"""Two networks in a row: the context, the error over it, and every gradient held against the system that trains them."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.bptt import Target, bptt
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.clipping import GLOBAL_NORM
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.seq2seq import pass_on, taken_back
from rnn_cli.core.state import State
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.trace import Trace, trace
from rnn_cli.core.verification import COMPLEX_STEP, DIFFERENCES, SUM, check_gradient
from rnn_cli.study.seq2seq import decode_greedily
from rnn_cli.study.seq2seq_bptt import Seq2SeqBptt, seq2seq_bptt
from tests.support.networks import KINDS, cell_of, slow_but, tuned
from tests.support.systems import ATTENTIVE, CONDITIONS, LABELS, ROWS, blueprint_of, random_system

T, U = 3, 2
BOS = 1
KINDS_AND_SHAPES = [(kind, *shape) for kind in sorted(KINDS) for shape in ((1, False), (2, True))]
ORDINARY = [one for one in KINDS_AND_SHAPES if tuned(one[0]) and (one[1] == 1 or one[0] in ("lstm", "rnn tanh"))]


@cache
def passed(
    kind: str, layers: int, both: bool, seed: int = 0, system_kind: str = "encoder-decoder"
) -> tuple[EncoderDecoder, Trace, Trace, Target, Batch]:
    """An encoder-decoder, what it reads and what it is made to write, as traces and as a batch of one."""
    system = random_system(blueprint_of(system_kind, kind, 3, layers, both), seed)
    assert isinstance(system, EncoderDecoder)
    generator = np.random.default_rng([seed, 5])
    read, wanted = generator.integers(ROWS, size=T), generator.integers(LABELS, size=U)
    fed = np.concatenate([[BOS], wanted[:-1]])
    reading = trace(system.encoder, system.encoder.parameters["embedding"][read])
    context = pass_on(reading.ends, system.encoder.architecture)
    memory = None if system.attention is None else system.attention.remember(reading.outputs[:, None])
    writing = trace(system.decoder, system.decoder.parameters["embedding"][fed], context, memory=memory)
    batch = Batch(
        read[:, None], np.array([T]), wanted[:, None], np.ones((U, 1)), fed[:, None], np.array([U])
    )  # fmt: skip
    return system, reading, writing, Target(CROSS_ENTROPY, wanted, np.ones(U)), batch


@cache
def reported(kind: str, layers: int, both: bool, **options: Any) -> Seq2SeqBptt:
    """The report of a passage; one of them serves several tests."""
    _, reading, writing, target, _ = passed(
        kind, layers, both, system_kind=options.get("system_kind", "encoder-decoder")
    )
    return seq2seq_bptt(reading, writing, target, options.get("clipping"), options.get("lr", 0.1), 0)


@pytest.mark.parametrize(("kind", "layers", "both"), slow_but(ORDINARY, KINDS_AND_SHAPES))
def test_the_gradients_of_both_networks_are_those_that_training_uses(kind: str, layers: int, both: bool) -> None:
    system, _, writing, _, batch = passed(kind, layers, both)
    report = reported(kind, layers, both)
    gradients = system.parameters.zeros()
    done = system.forward(batch)
    system.backward(done, gradients)
    assert report.encoder is not None
    assert writing.logits is not None
    assert np.allclose(done.logits[:, 0], writing.logits)
    assert done.loss.total * U == pytest.approx(report.decoder.loss.total, rel=1e-12)
    for role, one in (("decoder", report.decoder), ("encoder", report.encoder)):
        for name, own in one.gradients.items():
            if name != "embedding":
                assert np.allclose(gradients[f"{role}.{name}"] * U, own, rtol=1e-9, atol=1e-12), f"{role}.{name}"


@pytest.mark.parametrize(("kind", "layers", "both"), slow_but(ORDINARY, KINDS_AND_SHAPES))
def test_three_residuals_hold_over_both_networks(kind: str, layers: int, both: bool) -> None:
    check = reported(kind, layers, both).check
    assert check.passed
    assert check.finite
    assert check.methods == [SUM, DIFFERENCES, *([COMPLEX_STEP] if cell_of(kind).analytic else [])]
    named = {residual.quantity for residual in check.residuals}
    where = ", layer 0, forward" if layers > 1 else ""
    assert {"decoder W_hy", f"decoder h_0{where}", f"encoder h_0{where}", "encoder x"} <= named


@pytest.mark.parametrize("system_kind", ATTENTIVE)
def test_attention_goes_back_into_both_networks(system_kind: str) -> None:
    """Every gradient is the one of training, three residuals hold for each, and each loss's share is kept apart."""
    system, _, writing, target, batch = passed("lstm", 1, True, system_kind=system_kind)
    report = reported("lstm", 1, True, system_kind=system_kind)
    gradients = system.parameters.zeros()
    system.backward(system.forward(batch), gradients)
    looked = report.decoder.looked
    assert looked is not None
    assert report.encoder is not None
    found = {f"attention.{name}": own for name, own in looked.gradients.items()}
    for role, one in (("decoder", report.decoder), ("encoder", report.encoder)):
        found |= {f"{role}.{name}": own for name, own in one.gradients.items() if name != "embedding"}
    for name, own in found.items():
        assert np.allclose(gradients[name] * U, own, rtol=1e-9, atol=1e-12), name
    de = looked.errors.de.copy()
    de[0, 1, 0] = np.inf
    left = replace(report.decoder, looked=replace(looked, errors=replace(looked.errors, de=de))).departure
    assert report.decoder.departure is None
    assert left is not None
    assert (left.quantity, left.t) == ("de", report.decoder.loss_steps[1])
    assert report.check.passed
    assert {f"decoder {name}" for name in looked.gradients} <= {one.quantity for one in report.check.residuals}
    for k in range(U):
        weights = np.where(np.arange(U) == k, 1.0, 0.0)
        alone = bptt(writing, Target(CROSS_ENTROPY, target.targets, weights)).looked
        assert alone is not None
        assert looked.norms is not None
        assert looked.norms[k] == pytest.approx(np.linalg.norm(alone.errors.dh[:, 0], axis=-1), rel=1e-9)
    moved = passed("lstm", 1, True, system_kind=system_kind)[0].parameters.copy()
    for name, own in found.items():
        moved[name][...] -= 0.1 * own
    after = replace(system, parameters=moved).forward(batch).loss.total * U
    assert report.descent.loss_after == pytest.approx(after, rel=1e-12)


def test_the_context_is_the_last_state_of_each_direction() -> None:
    _, reading, writing, _, _ = passed("lstm", 2, True)
    first = writing.initial[1, "forward"]
    ends = [reading.at(1, "forward", T).state, reading.at(1, "backward", 1).state]
    split = taken_back(writing.initial, reading.network.architecture)
    assert list(first) == list(split[1, "backward"]) == ["h", "c"]
    for name in first:
        assert np.array_equal(first[name], np.concatenate([one[name] for one in ends]))
        assert np.array_equal(split[1, "backward"][name], ends[1][name])


def test_what_reaches_the_encoder_is_the_error_of_the_context() -> None:
    report = reported("lstm", 1, False)
    assert report.encoder is not None
    last = report.encoder.at(0, "forward", T)
    error = report.decoder.initial[0, "forward"]
    assert list(last.from_future) == list(error) == ["h", "c"]
    for name in error:
        assert np.array_equal(last.from_future[name].sum(axis=0), error[name])
    assert not last.from_output.any()


def test_each_written_tokens_share_adds_up_to_the_gradient() -> None:
    report = reported("gru reset after", 1, False)
    assert report.encoder is not None
    items = report.encoder.items
    assert items is not None
    assert items.norms.shape == (U, T)
    assert not items.immediate.any()  # all of it came through memory
    alone = []
    _, reading, writing, target, _ = passed("gru reset after", 1, False)
    for k in range(U):
        weights = np.eye(U)[k]
        one = seq2seq_bptt(reading, writing, Target(CROSS_ENTROPY, target.targets, weights), None, 0.1, 0)
        assert one.encoder is not None
        alone.append(one.encoder.gradients.flat)
        assert one.encoder.items is not None
        assert one.encoder.items.norms[k] == pytest.approx(items.norms[k])
    assert np.allclose(sum(alone), report.encoder.gradients.flat)


def test_one_step_of_descent_moves_both_networks() -> None:
    report = reported("rnn tanh", 1, False, lr=0.01)
    assert report.descent.loss_after < report.descent.loss_before
    assert report.descent.loss_after == pytest.approx(report.descent.loss_promised, rel=0.01)
    clipped = reported("rnn tanh", 1, False, lr=0.01, clipping=(GLOBAL_NORM, 1e-3)).clipped
    assert clipped is not None
    assert clipped.norm_after == pytest.approx(1e-3)


def test_a_wrong_context_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _, reading, writing, target, _ = passed("rnn tanh", 1, False)
    monkeypatch.setattr(
        "rnn_cli.study.seq2seq_bptt.taken_back",
        lambda errors, reader: {
            where: State(**{**error, "h": 2 * error.h}) for where, error in taken_back(errors, reader).items()
        },
    )
    check = seq2seq_bptt(reading, writing, target, None, 0.1, 0).check
    assert not check.passed
    assert check.first_wrong is not None
    assert check.first_wrong.quantity.startswith("encoder ")


@pytest.mark.parametrize("kind", ["lstm", "gru reset before"])
def test_a_condition_is_a_first_state_with_a_gradient_of_its_own(kind: str) -> None:
    system = random_system(blueprint_of("one-to-many", kind, 3, 2))
    assert isinstance(system, Conditioned)
    fed = np.array([BOS, 2, 0])
    states = system.first_states(np.array([[CONDITIONS - 1]]), np.array([1]))
    first = {where: state.sequence(0) for where, state in states.items()}
    written = trace(system.decoder, system.decoder.parameters["embedding"][fed], first)
    report = seq2seq_bptt(None, written, Target(CROSS_ENTROPY, np.array([2, 0, 3]), np.ones(3)), None, 0.1, 0)
    assert report.check.passed
    assert report.encoder is None
    batch = Batch(
        np.array([[CONDITIONS - 1]]), np.array([1]), np.array([[2], [0], [3]]), np.ones((3, 1)), fed[:, None],
        np.array([3]),
    )  # fmt: skip
    gradients = system.parameters.zeros()
    system.backward(system.forward(batch), gradients)
    errors = [report.decoder.initial[layer, "forward"] for layer in range(2)]
    flat = np.concatenate([error[name] for name in system.decoder.cell.states for error in errors])
    assert np.allclose(gradients["condition"][-1] * 3, flat)


def test_greedy_writing_takes_the_likeliest_and_stops() -> None:
    _, reading, writing, _, _ = passed("gru reset after", 1, False)
    tokens = decode_greedily(writing.network, writing.initial, BOS, eos=-1, most=6)
    assert len(tokens) == 6
    fed = writing.network.parameters["embedding"][[BOS, *tokens[:-1]]]
    again = trace(writing.network, fed, writing.initial)
    assert again.logits is not None
    assert again.logits.argmax(axis=-1).tolist() == tokens
    assert decode_greedily(writing.network, writing.initial, BOS, eos=tokens[0], most=6) == []
    assert reading.logits is None


def test_a_single_network_can_start_anywhere_and_is_checked_there() -> None:
    _, _, writing, target, _ = passed("lstm", 1, False)
    assert check_gradient(bptt(writing, target), np.random.default_rng(0)).passed
