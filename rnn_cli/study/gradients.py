"""What becomes of a gradient back through time: along a sequence, or through a random recurrent matrix."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, TypedDict, Unpack
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.bptt import Target
from rnn_cli.core.cells import CELLS
from rnn_cli.core.departure import LeftRange, Place, first_departure, numbers_of_layer, numbers_of_readout
from rnn_cli.core.forward import ForwardRun, LayerStates, answers_of, layer_states, run_forward, run_states
from rnn_cli.core.gradients.flow import Chain, Flow, Watcher, chain_of, flow, most_rows
from rnn_cli.core.gradients.random_matrix import DRIVES, INITS, driving_input, random_recurrent
from rnn_cli.core.learning.losses import CROSS_ENTROPY, SUM, UPSTREAM, Loss, loss_of
from rnn_cli.core.network import FORWARD, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.trace import Initial
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence, from_numbers
from rnn_cli.models.answers import is_language_model
from rnn_cli.models.checks import SIZES, check_flag
from rnn_cli.models.encoding import END_NAMES
from rnn_cli.models.model import Model
from rnn_cli.models.options import options_from_flags
from rnn_cli.study.gradient_path import MATRIX, MODEL, Drawn, GradientPath
from rnn_cli.study.part import Part, part_of
from rnn_cli.study.range import in_words
from rnn_cli.study.selection import Numbers, parse_direction, parse_numbers
from rnn_cli.study.shown import Choice, Shown, choose
from rnn_cli.study.state_loss import gives_states
from rnn_cli.study.targets import read_loss, read_target, reduced
from rnn_cli.threads import limit_threads

LARGEST_MATRIX = 1024
"""Hidden units of a random matrix: each step takes its Jacobian's singular values, which cost the cube of the size."""

MOST_STATES = 10_000_000
"""Steps times hidden units of a run through a random matrix: what is kept of it, 80 MB for each quantity."""


class LossOptions(TypedDict, total=False):
    """What the error comes from, where it is not the readout's own loss: see read_loss."""

    loss: str | None
    upstream: "str | Array | None"
    reduction: str | None


def gradients_along(
    model: Model,
    sequence: Sequence,
    *,
    layer: Numbers | None = None,
    direction: str | None = None,
    target: str | None = None,
    steps: Numbers | None = None,
    unit: Numbers | None = None,
    seed: int = 0,
    all_singular_values: bool = False,
    watch: Watcher | None = None,
    **loss: Unpack[LossOptions],
) -> GradientPath:
    """The gradient's path back along a sequence: of an encoder-decoder through the encoder, of one-to-many through the decoder.

    `steps` and `unit` are what is shown. `all_singular_values` are found of a large state too; `watch` hears how much of how
    much is done.
    InputError where the model has no such layer, direction, target, step or unit; NumberError where a state is not finite.
    """
    find = partial(flow, all_values=all_singular_values, watch=watch)
    shown: Shown = {"steps": steps, "unit": unit}
    with limit_threads(1):  # the matrices are small, and several threads made this many times slower
        if not model.has_decoder:
            return path_along(model, sequence, layer, direction, target, find=find, shown=shown, **loss)
        for name, value in loss.items():
            if value is not None:
                option = "--dL-dh" if name == "upstream" else f"--{name}"
                raise InputError(f"{option} has no meaning for {model.name}, which writes a text: leave it out")
        if model.kind == "encoder-decoder":
            if target is not None:
                raise InputError(
                    f"{model.name} reads and writes, and the gradient is shown through its encoder alone: leave --target "
                    "out, or see the loss go back through both with rnn bptt --target"
                )
            return path_along(model, sequence, layer, direction, None, find=find, shown=shown)
        from rnn_cli.study.seq2seq import decode  # with the readers of files, which no path along a sequence needs

        decoded = decode(model, sequence, target, seed)
        own = replace(decoded.decoder.sequence, text=decoded.given.text)
        return path_along(model, own, layer, direction, target, decoded.context, decoded.target, find, shown)


def gradients_everywhere(model: Model, sequence: Sequence, first: GradientPath, **options: Any) -> list[GradientPath]:
    """The paths through every layer and direction that the options of `gradients_along` leave open; `first` is one of them."""
    a = first.model.network.architecture
    layers = range(a.num_layers) if options["layer"] is None else (first.layer,)
    directions = a.directions if options["direction"] is None else (first.direction,)
    return [
        first
        if (layer, direction) == (first.layer, first.direction)
        else gradients_along(model, sequence, **{**options, "layer": str(layer), "direction": direction})
        for layer in layers
        for direction in directions
    ]


def gradients_through_matrix(
    radius: float,
    *,
    steps: int = 100,
    init: str = "gaussian",
    drive: str = "noise",
    keep_bias: float = 0.0,
    cell: str = "rnn",
    hidden_size: int = 32,
    input_size: int | None = None,
    options: Mapping[str, str] | None = None,
    seed: int = 0,
    all_singular_values: bool = False,
    watch: Watcher | None = None,
) -> GradientPath:
    """The gradient's path back through a random network of one layer, its recurrent matrix drawn to have a spectral radius.

    InputError where the arguments do not describe a network or a matrix.
    """
    check_flag("hidden_size", hidden_size, 1, LARGEST_MATRIX)
    check_flag("input_size", hidden_size if input_size is None else input_size, *SIZES["input_size"])
    check_flag("steps", steps, 1, MOST_STATES // hidden_size)
    architecture = Architecture(
        cell, input_size or hidden_size, hidden_size, options=options_from_flags(cell, options or {})
    )
    if init not in INITS:
        raise InputError(f"--init {init}: it can be {', '.join(INITS)}")
    if drive not in DRIVES:
        raise InputError(f"--drive {drive}: it can be {' or '.join(DRIVES)}")
    if radius < 0:
        raise InputError(f"--spectral-radius {radius:g}: a radius is at least 0")
    own = architecture.make_cell()
    if not own.recurrent:
        raise InputError(
            f"--spectral-radius {radius:g}: {cell} has no recurrent matrix; follow the gradient along a sentence, as in\n"
            f'    rnn gradients "I love NLP" --cell {cell}'
        )
    seeds = np.random.SeedSequence([seed, crc32(b"gradients")]).spawn(2)
    with limit_threads(1):
        built = random_recurrent(architecture, radius, init, keep_bias, np.random.default_rng(seeds[0]))
        model = Model(f"random {cell}, seed {seed}", built, "random")
        sequence = from_numbers(
            driving_input(drive, steps, architecture.input_size, np.random.default_rng(seeds[1])), model, "--drive"
        )
        with in_words(model, "; take fewer steps or a smaller spectral radius"):
            run = _finite_run(built, sequence, at_end=True)
            chain_back = chain_of(built, run, 0, FORWARD)
            back = flow(chain_back, down_to=0, first_k=1, all_values=all_singular_values, watch=watch)
        kept = (
            f", keeping gate's bias {keep_bias:g}" if own.keeps else f"; --keep-bias is for gates, and {cell} has none"
        )
        kept = kept if keep_bias else ""
        setting = f"{init} matrix, spectral radius {radius:g}, driven by {drive}{kept}"
    drawn = Drawn(radius, init, drive, keep_bias, steps, hidden_size, input_size, options or {}, seed)
    return GradientPath(MATRIX, model, sequence, 0, FORWARD, back, setting, drawn)


def parse_cells(text: str) -> list[str]:
    """The cells of a comparison. InputError where one is unknown or named twice."""
    cells = [part.strip() for part in text.split(",")]
    for cell in cells:
        if cell not in CELLS:
            raise InputError(f"--compare {text}: the cells are {', '.join(CELLS)}")
    if len(set(cells)) != len(cells) or len(cells) < 2:
        raise InputError(f"--compare {text}: name at least two different cells, as in --compare rnn,lstm,gru")
    return cells


def path_along(
    model: Model,
    sequence: Sequence,
    layer: Numbers | None,
    direction: str | None,
    target: str | None,
    first: Initial | None = None,
    written: Target | None = None,
    find: Callable[..., Flow] = flow,
    shown: Shown | None = None,
    **loss: Unpack[LossOptions],
) -> GradientPath:
    """The gradient's path back along a sequence, through one layer and direction of a model: by default the last and forward.

    `first` are the states that a decoder starts from, and `written` is what it writes. `find` goes back.
    InputError where the model has no such layer, direction or target, or there is nothing of what is `shown`.
    """
    model = model.after(sequence.raw)
    wanted, asked = written, [one for name, one in loss.items() if name != "reduction" and one is not None]
    silent = gives_states(model)
    if asked or (silent and (target is not None or loss.get("reduction") is not None)):
        model, wanted = read_loss(model, sequence, target, **loss)
        loss["reduction"] = None  # it is in the target
    architecture = model.network.architecture
    layers = parse_numbers("--layer", layer, range(architecture.num_layers)) or (architecture.num_layers - 1,)
    if len(layers) > 1:
        raise InputError(f"--layer {layer}: the gradient is shown through one layer")
    where = (layers[0], parse_direction(direction, architecture.directions)[0])
    at_end = architecture.reads_end_of(where[1]) and where[0] == architecture.num_layers - 1
    first = first or sequence.initial
    choice = _choice(model, sequence, shown or {})
    with in_words(model):
        reduction = loss.get("reduction")
        return _path(
            model, sequence, where, at_end, target, first, wanted, written is not None, reduction, find, choice
        )


def _choice(model: Model, sequence: Sequence, shown: Shown) -> Choice:
    """What is shown. InputError where there is none of it, or of a long way more than can be had at once."""
    network, T = model.network, len(sequence.inputs)
    choice = choose(network.architecture, T, **shown)
    most = most_rows(len(network.cell.coordinate_names) * network.architecture.hidden_size)
    if choice.steps is not None and most < len(choice.steps) < T:
        raise InputError(
            f"--steps: of a way of {T:,} steps at most {most} can be chosen, and these are {len(choice.steps):,}"
        )
    return choice


def _path(
    model: Model,
    sequence: Sequence,
    where: tuple[int, str],
    at_end: bool,
    target: str | None,
    first: Initial | None,
    given: Target | None,
    written: bool,
    reduction: str | None,
    find: Callable[..., Flow],
    choice: Choice,
) -> GradientPath:
    """The same, as LeftRange where a number that the path hangs on left the finite range."""
    architecture = model.network.architecture
    run = _finite_run(model.network, sequence, first, at_end)
    wanted = given or _target(model, sequence, run, target)
    if wanted is not None:
        wanted = reduced(wanted, reduction)
    error, errors, inputs, loss, label = None, None, None, None, None
    if wanted is not None:
        one, answers = architecture.task == MANY_TO_ONE, answers_of(model.network, run)
        result = loss_of(wanted.kind, answers[:, 0] if not one else answers, wanted.targets, wanted.weights)
        dlogits = result.dlogits if one else result.dlogits[:, None]
        loss = result.total
        _check_loss(answers, result, len(sequence.inputs))
        label = _said(model, wanted)
        back = None
        if not at_end or len(run.runs[0].tape.gates):
            with np.errstate(over="ignore", invalid="ignore"):  # the path itself is followed in logarithms
                back = run_backward(model.network, run, dlogits, keep_dh=not at_end)
            inputs = back.inputs[:, 0] if np.isfinite(back.inputs).all() else None
        if at_end:
            read = model.network.parameters["readout.W_hy"] if architecture.output_size else np.eye(dlogits.shape[-1])
            error = (dlogits[0] @ read)[architecture.part_of(*where)]
            _check_errors(error[None], *where, first=len(sequence.inputs))
        else:
            assert back is not None
            errors = back.dh[where][:, 0]
            _check_errors(errors, *where)
            errors = errors if where[1] == FORWARD else errors[::-1]
    own, T = chain_of(model.network, run, *where), len(sequence.inputs)
    part = _part(choice, model.network, own)
    ks = [T - t if where[1] == FORWARD else t - 1 for t in part.steps or ()]
    found = find(own, error, errors, down_to=min(1, T - 1), wanted=ks)
    predicted = target is None and (written or (given is None and not is_language_model(model)))
    return GradientPath(MODEL, model, sequence, *where, found, "", None, label, predicted, loss, inputs, wanted, part)


def _part(choice: Choice, network: Network, own: Chain) -> Part:
    """What a document holds of the one layer and direction that the path goes through."""
    h = own.states["h"]
    in_time = h[1:] if own.direction == FORWARD else h[:0:-1]
    here = replace(choice, layers=(own.layer,), directions=(own.direction,), chose_layers=True)
    part = part_of(here, network, len(in_time), lambda *_: (in_time, h[0]))
    return replace(part, layers=None, directions=None)


def _target(model: Model, sequence: Sequence, run: ForwardRun, target: str | None) -> Target | None:
    """The target that was given, the next words of a language model, or else what the network itself says.

    A network that predicts numbers has no loss against its own answer, so without a target it has no loss.
    """
    if target is None and (run.logits is None or model.numeric):
        return None
    if target is not None or (is_language_model(model) and sequence.ids is not None and len(sequence.ids) > 1):
        return read_target(model, sequence, target, None)
    assert run.logits is not None
    said = run.logits.reshape(-1, run.logits.shape[-1]).argmax(axis=-1)
    return Target(CROSS_ENTROPY, said, np.ones(len(said)))


def _said(model: Model, wanted: Target) -> str:
    """A target in words: labels, or numbers in the units of the data."""
    if wanted.kind == CROSS_ENTROPY:
        labels = [model.label(int(k)) for k, weight in zip(wanted.targets, wanted.weights, strict=True) if weight]
        text = [label for label in labels if label not in END_NAMES]
        if model.encoding and len(text) > 1:
            from rnn_cli.inputs.cut import joined

            return joined(text, model.encoding.target)
        return " ".join(labels)
    if wanted.kind in (SUM, UPSTREAM):
        return "the sum of the outputs" if wanted.kind == SUM else "the error that is given"
    values = model.encoding.in_units(wanted.targets) if model.encoding is not None else wanted.targets
    return "; ".join(",".join(f"{value:g}" for value in row) for row in values)


MOST_WITH_GATES = 20_000
"""A longer run whose loss is read at its end alone keeps its states and no gates: they are computed again one by one."""


def _finite_run(network: Network, sequence: Sequence, first: Initial | None = None, at_end: bool = False) -> ForwardRun:
    """The forward pass. LeftRange where a number leaves the finite range, as a relu's state can."""
    initial = {where: state.batched() for where, state in (first or {}).items()}
    states_only = at_end and len(sequence.inputs) > MOST_WITH_GATES and network.architecture.forward_only
    run = (run_states if states_only else run_forward)(network, sequence.inputs[:, None], initial=initial)
    layers = _states_alone(run) if states_only else layer_states(network, run, 0)
    _check(number for one in layers for number in numbers_of_layer(one))
    return run


def _states_alone(run: ForwardRun) -> Iterator[LayerStates]:
    """The states of the first sequence, whose gates were not kept."""
    for one in run.runs:
        states = {name: array[1:, 0] for name, array in one.tape.states.items()}
        yield LayerStates(one.layer, one.direction, one.tape.state(0).sequence(0), states, {})


def _check_loss(answers: Array, loss: Loss, T: int) -> None:
    """LeftRange where the readout or the loss left the finite range."""
    logits = answers[0] if answers.ndim == 2 else answers[:, 0]
    _check(chain(numbers_of_readout(logits, None, T), [(("the loss",), loss.total), (("dL/dlogits",), loss.dlogits)]))


def _check_errors(errors: Array, layer: int, direction: str, first: int = 1) -> None:
    """LeftRange where the error at a state left it; errors (…, H) from step `first` on."""
    _check((("dh", t, layer, direction), error) for t, error in enumerate(errors, start=first))


def _check(numbers: Iterable[tuple[Place, Array | float]]) -> None:
    departure = first_departure(numbers)
    if departure is not None:
        raise LeftRange(departure)
