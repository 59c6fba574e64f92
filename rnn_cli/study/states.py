"""The states of a result over time, by name."""

from dataclasses import dataclass

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.batches import SequenceRun
from rnn_cli.core.trace import Trace
from rnn_cli.errors import InputError
from rnn_cli.study.bptt import BpttResult, Seq2SeqBpttResult
from rnn_cli.study.forward import (
    Forwarded,
    ForwardResult,
    ManyDecodedResult,
    ManyForwardResult,
    Seq2SeqForwardResult,
    for_one_sequence,
)
from rnn_cli.study.roles import DECODER, ENCODER, which_network
from rnn_cli.study.trace import AnswersResult, Seq2SeqTraceResult, Traced, TraceResult, WhyResult, WorksheetResult
from rnn_cli.study.units import ShownUnits


@dataclass(frozen=True, eq=False)
class RunStates:
    """The hidden states of one layer in one direction, (T, H), and which of its units are shown."""

    title: str
    h: Array
    units: ShownUnits


@dataclass(frozen=True, eq=False)
class ShownStates:
    """The hidden states of all layers and directions that are shown, and what to call the steps.

    `note` says which layers are left out.
    """

    title: str
    names: tuple[str, ...]
    runs: tuple[RunStates, ...]
    note: str = ""


def shown_states(result: Traced | Forwarded) -> ShownStates:
    """What a figure shows of a result: every layer and direction unless some were chosen.

    InputError where the result is not of one network alone.
    """
    if isinstance(result, Seq2SeqTraceResult | Seq2SeqForwardResult):
        raise which_network("--plot")
    if isinstance(result, ManyForwardResult | ManyDecodedResult):
        raise for_one_sequence()
    one = result if isinstance(result, TraceResult | ForwardResult) else result.traced
    network, choice = one.model.network, one.choice
    a = network.architecture
    layers = choice.layers if choice.chose_layers else tuple(range(a.num_layers))
    hidden = [str(layer) for layer in range(a.num_layers) if layer not in layers]
    runs = []
    for layer in layers:
        for direction in choice.directions:
            if isinstance(one, TraceResult):
                h, start = one.trace.states(layer, direction), one.trace.initial[layer, direction].h
            else:
                states = next(s for s in one.run.states if (s.layer, s.direction) == (layer, direction))
                h, start = states.h, states.initial["h"]
            units = choice.units_of(network, layer, direction, h, start)
            runs.append(RunStates(f"layer {layer}, {direction}", h, units))
    note = f"left out: layer{'s' * (len(hidden) > 1)} {', '.join(hidden)}" if hidden else ""
    return ShownStates(one.model.name, one.sequence.names, tuple(runs), note)


def states_of(result: object, quantity: str, layer: int, direction: str, network: str | None = None) -> Array:
    """h, c or a gate of a result, (T, H). `network` chooses one of an encoder-decoder.

    InputError where the result has no such states, or the caller does not name the network.
    """
    if isinstance(result, WhyResult | WorksheetResult | AnswersResult):
        result = result.traced
    if isinstance(result, Seq2SeqTraceResult | Seq2SeqForwardResult | Seq2SeqBpttResult):
        one = result.decoded.network(network)
        if one is None:
            raise InputError(f"there are two networks: say {DECODER!r} or {ENCODER!r} as the network")
        return states_over_time(one.trace, quantity, layer, direction)
    if isinstance(result, TraceResult):
        return states_over_time(result.trace, quantity, layer, direction)
    if isinstance(result, ForwardResult):
        return states_over_time(result.run, quantity, layer, direction)
    if isinstance(result, BpttResult):
        return states_over_time(result.report.result.trace, quantity, layer, direction)
    if isinstance(result, ManyForwardResult | ManyDecodedResult):
        raise InputError("there are several sequences: take one, as in result[0]")
    raise InputError("this result keeps no states; those of forward, trace and bptt do")


def states_over_time(run: Trace | SequenceRun, quantity: str, layer: int, direction: str) -> Array:
    """h, c or a gate of one layer and direction, (T, H), time in list order. Layers count from 0, or from -1 backwards.

    InputError where the network has no such quantity, layer or direction.
    """
    found = _of_trace(run) if isinstance(run, Trace) else _of_run(run)
    place = layer if layer >= 0 else layer + 1 + max(one for one, _ in found)
    if (place, direction) not in found:
        places = ", ".join(f"{one} {of}" for one, of in found)
        raise InputError(f"no layer {place}, {direction}: this network has {places}")
    states = found[place, direction]
    if quantity not in states:
        raise InputError(f"no {quantity}: this network has {', '.join(states)}")
    return states[quantity]


def _of_run(run: SequenceRun) -> dict[tuple[int, str], dict[str, Array]]:
    return {(one.layer, one.direction): {**one.states, **_gates(one.gates)} for one in run.states}


def _of_trace(trace: Trace) -> dict[tuple[int, str], dict[str, Array]]:
    layers = (trace.layer_states(*where) for where in trace.initial)
    return {(one.layer, one.direction): {**one.states, **_gates(one.gates)} for one in layers}


def _gates(gates: dict[str, Array]) -> dict[str, Array]:
    """The gates; a vanilla RNN's one, h, is its hidden state."""
    return {name: values for name, values in gates.items() if name != "h"}
