"""Systems: their gradients against differences and the complex step, batches against single sequences, padding."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.forward import Dropout
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.seq2seq import pass_on
from rnn_cli.core.state import InitialStates, State, split
from rnn_cli.core.systems import SYSTEMS, make_system
from rnn_cli.core.systems.base import Blueprint, System
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.systems.single import Single
from rnn_cli.models.encoding import Encoding
from rnn_cli.training.free_running import own_words_of
from tests.support.networks import KINDS, cell_of, each_value_once, slow_but, tuned
from tests.support.systems import (
    ATTENTIVE,
    SYSTEM_KINDS,
    WITH_PARTS,
    blueprint_of,
    one_sequence_of,
    random_examples,
    random_system,
)

CELLS = sorted(KINDS)
CASES = [*product(CELLS, SYSTEM_KINDS), *product(["lstm"], ATTENTIVE), ("gru reset after", WITH_PARTS)]
"""Every system of every cell; attention reads the outputs of any cell in the same way."""
OF_TUNED = [case for case in CASES if tuned(case[0])]
LENGTHS = [4, 1, 6, 3]


def is_bidirectional(kind: str) -> bool:
    """Whether a system's reading network may have both directions."""
    return kind != "one-to-many"


def loss_at(system: System, flat: Array, batch: Batch, state: InitialStates | None, mask_seed: int | None) -> float:
    """The loss with other parameters; dropout draws the same masks every time."""
    other = make_system(system.blueprint, flat)
    dropout = None if mask_seed is None else Dropout(0.4, np.random.default_rng(mask_seed))
    return other.forward(batch, state, dropout).loss.total


def gradient_of(
    system: System, batch: Batch, state: InitialStates | None = None, mask_seed: int | None = None
) -> Parameters:
    """The analytic gradient."""
    gradients = system.parameters.zeros()
    dropout = None if mask_seed is None else Dropout(0.4, np.random.default_rng(mask_seed))
    system.backward(system.forward(batch, state, dropout), gradients)
    return gradients


def check_gradient(
    system: System, batch: Batch, state: InitialStates | None = None, mask_seed: int | None = None, close: float = 2e-7
) -> Parameters:
    """Central differences of every parameter on its own, in float64."""
    gradients = gradient_of(system, batch, state, mask_seed)
    flat, eps = system.parameters.flat, 1e-5
    differences = np.zeros_like(flat)
    for k in range(flat.size):
        step = np.zeros_like(flat)
        step[k] = eps
        high = loss_at(system, flat + step, batch, state, mask_seed)
        differences[k] = (high - loss_at(system, flat - step, batch, state, mask_seed)) / (2 * eps)
    error = np.linalg.norm(gradients.flat - differences) / np.linalg.norm(differences)
    assert error < close, error
    return gradients


def check_directions(system: System, batch: Batch, mask_seed: int | None = None, close: float = 1e-6) -> None:
    """Differences along random directions: one number covers all parameters, so large systems are quick."""
    gradients = gradient_of(system, batch, None, mask_seed)
    generator, eps = np.random.default_rng(9), 1e-5
    for _ in range(3):
        v = generator.standard_normal(system.parameters.flat.size)
        high = loss_at(system, system.parameters.flat + eps * v, batch, None, mask_seed)
        low = loss_at(system, system.parameters.flat - eps * v, batch, None, mask_seed)
        slope = float(v @ gradients.flat)
        assert (high - low) / (2 * eps) == pytest.approx(slope, rel=close, abs=1e-9)


def smooth(cell: str) -> bool:
    """relu's kinks would show as errors of the differences."""
    return cell_of(cell).analytic


@pytest.mark.parametrize(
    ("cell", "kind"),
    [*each_value_once(OF_TUNED), *slow_but((), [case for case in CASES if case not in OF_TUNED])],
)
def test_every_number_of_the_gradient(cell: str, kind: str) -> None:
    blueprint = blueprint_of(kind, cell, hidden_size=2)
    gradients = check_gradient(random_system(blueprint, 4), random_examples(blueprint, LENGTHS, 4))
    assert all(array.any() for array in gradients.values())


@pytest.mark.parametrize(("cell", "kind"), each_value_once(case for case in CASES if smooth(case[0])))
def test_two_layers_both_directions_and_dropout_with_fixed_masks(cell: str, kind: str) -> None:
    blueprint = blueprint_of(kind, cell, 4, 2, is_bidirectional(kind))
    system, batch = random_system(blueprint, 5), random_examples(blueprint, LENGTHS, 5)
    check_directions(system, batch)
    check_directions(system, batch, mask_seed=3)
    with_mask, without = gradient_of(system, batch, mask_seed=3), gradient_of(system, batch)
    assert not np.allclose(with_mask.flat, without.flat)


@pytest.mark.parametrize(
    ("cell", "kind"),
    each_value_once(case for case in CASES if smooth(case[0]) and case[1] not in ("many-to-many", "numbers")),
)
def test_the_complex_step(cell: str, kind: str) -> None:
    """Exact to rounding: the loss of complex parameters, written out step by step here."""
    blueprint = blueprint_of(kind, cell, 3)
    system, batch = random_system(blueprint, 6), random_examples(blueprint, [3, 2], 6)
    gradients = gradient_of(system, batch)
    generator, eps = np.random.default_rng(1), 1e-30
    for _ in range(2):
        v = generator.standard_normal(system.parameters.flat.size)
        moved = make_system(blueprint, system.parameters.flat + 1j * eps * v)
        slope = complex_loss(moved, batch).imag / eps
        assert slope == pytest.approx(float(v @ gradients.flat), rel=1e-12, abs=1e-14)


def complex_loss(system: System, batch: Batch) -> complex:
    """The weighted mean loss of a system with one layer and one direction, by the cells' readable steps."""
    from rnn_cli.core.network import MANY_TO_ONE, Network
    from rnn_cli.core.systems.conditioned import Conditioned
    from rnn_cli.core.systems.single import Single

    def run(network: Network, inputs: Array, state: State, parts: Array | None = None) -> tuple[list[Array], State]:
        read, w = [], network.cell.weights(network.packed(0, "forward"))
        for t, one in enumerate(inputs):
            x = network.parameters["embedding"][one] if inputs.ndim == 1 else one
            for part in () if parts is None else parts[t]:
                x = x + network.parameters["parts"][part] if part >= 0 else x
            state = network.cell.step(w, x, state).state
            read.append(state.h)
        return read, state

    total = 0j
    for b in range(batch.size):
        T = int(batch.lengths[b])
        single = system.network if isinstance(system, Single) else None
        reader = single or (system.encoder if isinstance(system, EncoderDecoder) else None)
        first: State | None = None
        states: list[Array] = []
        if reader is not None:
            zero = State.zeros(reader.cell.states, (reader.architecture.hidden_size,), complex)
            own = None if batch.parts is None else batch.parts[:T, b]
            remembered, first = run(reader, batch.inputs[:T, b], zero, own)
            states = remembered
        if isinstance(system, Conditioned):
            first = split(system.decoder.cell.states, system.parameters["condition"][batch.inputs[0, b]])
        last = single
        if batch.decoder_inputs is not None and batch.decoder_lengths is not None and first is not None:
            assert isinstance(system, EncoderDecoder | Conditioned)
            last = system.decoder
            states, _ = run(last, batch.decoder_inputs[: int(batch.decoder_lengths[b]), b], first)
            if system.blueprint.attention != "none":
                assert isinstance(system, EncoderDecoder)
                states = [looked_back(system, s, remembered) for s in states]
        assert last is not None
        W, bias = last.parameters["readout.W_hy"], last.parameters["readout.b_y"]
        at_end = last.architecture.task == MANY_TO_ONE
        for t, state in [(None, states[-1])] if at_end else list(enumerate(states)):
            place: tuple[int, ...] = (b,) if t is None else (t, b)
            y, target = W @ state + bias, batch.targets[place]
            each = (
                np.log(np.exp(y).sum()) - y[target]
                if system.blueprint.loss == "cross-entropy"
                else ((y - target) ** 2).mean()
            )
            total += batch.weights[place] * each
    return complex(total / batch.weights.sum())


def looked_back(system: EncoderDecoder, s: Array, remembered: list[Array]) -> Array:
    """What the readout reads in place of one state of the decoder: the papers' equations, one word after the other."""
    w = system.parameters.part("attention")
    e = [
        {
            "dot": lambda h: s @ h,
            "general": lambda h: s @ w["W_a"] @ h,
            "additive": lambda h: w["v_a"] @ np.tanh(w["W_as"] @ s + w["W_ah"] @ h),
        }[system.blueprint.attention](h)
        for h in remembered
    ]
    powers = [np.exp(one) for one in e]
    context = sum(power / sum(powers) * h for power, h in zip(powers, remembered, strict=True))
    read: Array = np.tanh(w["W_c"] @ np.concatenate([context, s]) + w["b_c"])
    return read


@pytest.mark.parametrize(("cell", "kind"), each_value_once(CASES))
def test_a_batch_is_its_sequences_one_by_one(cell: str, kind: str) -> None:
    """Weighted by what their answers count for: loss and gradient."""
    blueprint = blueprint_of(kind, cell, 4, 2, is_bidirectional(kind))
    system, batch = random_system(blueprint, 7), random_examples(blueprint, LENGTHS, 7)
    together = system.forward(batch).loss.total
    gradients = gradient_of(system, batch)
    weight, loss, flat = batch.weights.sum(), 0.0, np.zeros_like(gradients.flat)
    for b in range(batch.size):
        alone = one_sequence_of(batch, b)
        loss += system.forward(alone).loss.total * alone.weights.sum() / weight
        flat += gradient_of(system, alone).flat * alone.weights.sum() / weight
    assert together == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(gradients.flat, flat, atol=1e-13 * max(1, np.abs(flat).max()), rtol=1e-11)


@pytest.mark.parametrize(("cell", "kind"), each_value_once(CASES))
def test_padding_changes_nothing(cell: str, kind: str) -> None:
    """What stands in it, and how much of it there is: not a bit of the loss, not a bit of the gradient."""
    blueprint = blueprint_of(kind, cell, 4, 2, is_bidirectional(kind))
    system = random_system(blueprint, 8)
    zeros, ones = (random_examples(blueprint, LENGTHS, 8, padding) for padding in (0, 1))
    assert system.forward(zeros).loss.total == system.forward(ones).loss.total
    assert gradient_of(system, zeros).flat.tobytes() == gradient_of(system, ones).flat.tobytes()
    longer = stretched(zeros, 5)
    assert system.forward(longer).loss.total == pytest.approx(system.forward(zeros).loss.total, rel=1e-13)
    np.testing.assert_allclose(
        gradient_of(system, longer).flat, gradient_of(system, zeros).flat, rtol=1e-10, atol=1e-14
    )


def stretched(batch: Batch, more: int) -> Batch:
    """The same with more padding at the end of everything that has steps."""

    def longer(array: Array | None) -> Array | None:
        return None if array is None else np.concatenate([array, np.zeros((more, *array.shape[1:]), array.dtype)])

    inputs = longer(batch.inputs)
    assert inputs is not None
    if batch.weights.ndim == 1:
        return replace(batch, inputs=inputs)
    targets, weights = longer(batch.targets), longer(batch.weights)
    assert targets is not None
    assert weights is not None
    reads = batch.inputs if batch.decoder_inputs is not None and len(batch.inputs) == 1 else inputs
    into, parts = longer(batch.decoder_inputs), longer(batch.parts)
    return replace(batch, inputs=reads, targets=targets, weights=weights, decoder_inputs=into, parts=parts)


def test_gradients_are_added_to_what_is_there() -> None:
    for kind in SYSTEM_KINDS:
        blueprint = blueprint_of(kind, "gru reset after")
        system, batch = random_system(blueprint), random_examples(blueprint, LENGTHS)
        once = gradient_of(system, batch)
        twice = system.parameters.zeros()
        for _ in range(2):
            system.backward(system.forward(batch), twice)
        np.testing.assert_allclose(twice.flat, 2 * once.flat, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("cell", CELLS)
def test_the_state_that_is_carried(cell: str) -> None:
    """Two chunks with the state carried over are one text; its gradient stops at the chunk's first step."""
    blueprint = blueprint_of("many-to-many", cell, 4, 2)
    system = random_system(blueprint, 2)
    whole = random_examples(blueprint, [8, 8, 8], 2)
    first, second = (part_of(whole, a, b) for a, b in ((0, 3), (3, 8)))
    before = system.forward(first)
    after = system.forward(second, before.state)
    np.testing.assert_allclose(after.logits, system.forward(whole).logits[3:], atol=1e-12)
    for key, state in system.forward(whole).state.items():
        np.testing.assert_allclose(after.state[key].joint(), state.joint(), atol=1e-12)
    if smooth(cell):
        small = random_system(blueprint_of("many-to-many", cell, 2), 2)
        check_gradient(small, second, small.forward(first).state)


def part_of(batch: Batch, a: int, b: int) -> Batch:
    """Steps a to b of a batch whose sequences are all as long."""
    lengths = np.full(batch.size, b - a)
    return Batch(batch.inputs[a:b], lengths, batch.targets[a:b], batch.weights[a:b], carries=a > 0)


@pytest.mark.parametrize("cell", CELLS)
def test_the_state_in_the_middle_of_a_chunk(cell: str) -> None:
    blueprint = blueprint_of("many-to-many", cell, 4, 2)
    system, whole = random_system(blueprint, 2), random_examples(blueprint, [8, 8], 2)
    middle = system.forward(replace(whole, carry_at=3)).state
    for key, state in system.forward(part_of(whole, 0, 3)).state.items():
        np.testing.assert_allclose(middle[key].joint(), state.joint(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("both", [False, True])
def test_what_the_encoder_hands_over(cell: str, both: bool) -> None:
    blueprint = blueprint_of("encoder-decoder", cell, 3, 2, both)
    system, batch = random_system(blueprint), random_examples(blueprint, LENGTHS)
    assert isinstance(system, EncoderDecoder)
    done = system.forward(batch)
    states = pass_on(done.runs[0].final, system.encoder.architecture)
    assert set(states) == {(0, "forward"), (1, "forward")}
    for layer in range(2):
        decoder = next(one for one in done.runs[1].runs if one.layer == layer)
        assert tuple(states[layer, "forward"]) == cell_of(cell).states
        for name, array in states[layer, "forward"].items():
            ends = [done.runs[0].final[layer, direction][name] for direction in system.encoder.architecture.directions]
            np.testing.assert_array_equal(array, np.concatenate(ends, axis=-1))
            np.testing.assert_array_equal(decoder.tape.states[name][0], array)
    first, _ = system.begin(batch.inputs, batch.lengths)
    assert all((first[key].joint() == states[key].joint()).all() for key in states)


@pytest.mark.parametrize(
    "kind", ["encoder-decoder", "one-to-many", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ATTENTIVE)]
)
def test_free_running_reads_its_own_words(kind: str) -> None:
    blueprint = blueprint_of(kind, "lstm", 3)
    system, batch = random_system(blueprint, 3), random_examples(blueprint, LENGTHS, 3)
    encoding = Encoding("char", labels=("<unk>", "<bos>", "<eos>", "a"))
    own_words = own_words_of(system, encoding)
    assert own_words is not None
    assert batch.decoder_inputs is not None
    forced = own_words(batch, np.random.default_rng(0), 1.0)
    assert forced is batch
    free = own_words(batch, np.random.default_rng(0), 0.0)
    assert free.decoder_inputs is not None
    assert (free.decoder_inputs[0] == 1).all()
    np.testing.assert_array_equal(free.targets, batch.targets)
    logits = system.forward(free).logits
    assert free.decoder_lengths is not None
    for b in range(batch.size):
        for t in range(1, int(free.decoder_lengths[b])):
            if free.decoder_inputs[t, b] == 2:
                break  # <eos> was written: what follows is filled up
            assert free.decoder_inputs[t, b] == logits[t - 1, b].argmax()

    def replaced(seed: int, ratio: float) -> float:
        inputs = own_words(batch, np.random.default_rng(seed), ratio).decoder_inputs
        assert inputs is not None
        return float((inputs != batch.decoder_inputs).any(axis=0).mean())

    assert np.mean([replaced(seed, 0.7) for seed in range(40)]) == pytest.approx(0.3 * replaced(0, 0.0), abs=0.06)
    mixed = own_words(batch, np.random.default_rng(5), 0.5)
    check_gradient(system, mixed)


def test_reading_systems_have_no_words_of_their_own() -> None:
    assert own_words_of(random_system(blueprint_of("many-to-one", "lstm")), Encoding("word")) is None


@pytest.mark.parametrize("kind", SYSTEM_KINDS)
def test_the_way_back_can_be_watched(kind: str) -> None:
    blueprint = blueprint_of(kind, "gru reset after", 4, 2, is_bidirectional(kind))
    system, batch = random_system(blueprint), random_examples(blueprint, LENGTHS)
    gradients = system.parameters.zeros()
    norms = system.backward(system.forward(batch), gradients, keep_dh=True)
    assert norms is not None
    steps = len(batch.inputs) if kind != "one-to-many" else len(batch.targets)
    assert norms.shape == (steps, batch.size)
    assert (norms >= 0).all()
    np.testing.assert_array_equal(gradients.flat, gradient_of(system, batch).flat)


def test_a_blueprint_of_another_kind_is_none() -> None:
    blueprint = replace(blueprint_of("many-to-one", "lstm"), kind="transformer")
    with pytest.raises(KeyError):
        make_system(blueprint)
    assert set(SYSTEMS) == {"single", "encoder-decoder", "one-to-many"}


def test_parameters_lie_in_one_buffer() -> None:
    for kind in SYSTEM_KINDS:
        blueprint: Blueprint = blueprint_of(kind, "lstm")
        system = random_system(blueprint)
        assert blueprint.parameter_count == system.parameters.flat.size
        batch = random_examples(blueprint, LENGTHS)
        before = system.forward(batch).loss.total
        system.parameters.flat[...] *= 2
        assert system.forward(batch).loss.total != before


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_watched_is_the_error_of_all_that_is_carried(kind: str) -> None:
    """A step back through the traced cell gives the whole error of each state; the norm is that of all together."""
    blueprint = blueprint_of("many-to-one", kind, 4)
    system, batch = random_system(blueprint), random_examples(blueprint, [3])
    assert isinstance(system, Single)
    network = system.network
    done = system.forward(batch)
    norms = system.backward(done, system.parameters.zeros(), keep_dh=True)
    assert norms is not None
    run = done.runs[0]
    p, tape = network.packed(0, "forward"), run.tape(0, "forward")
    future = State.zeros(network.cell.states, (4,))
    future = State(**{**future, "h": done.loss.dlogits[0] @ network.parameters["readout.W_hy"]})
    for t in reversed(range(3)):
        step = network.cell.trace_step(p, tape.x[t, 0], tape.state(t).sequence(0))
        back = network.cell.trace_step_backward(p, step, future)
        coordinates = network.cell.coordinates(step.state)
        whole = back.error.joint() if coordinates is None else back.error.joint() @ coordinates[1]
        assert norms[t, 0] == pytest.approx(float(np.linalg.norm(whole)), rel=1e-9)
        future = back.before
