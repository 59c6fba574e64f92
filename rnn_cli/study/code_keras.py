"""A model as a program of Keras: its layers with their weights in Keras's order, transposed."""

from pathlib import Path

from rnn_cli.core.cells.base import Module
from rnn_cli.models.foreign.keras.model import KERAS
from rnn_cli.models.foreign.keras.reader import built_by_keras
from rnn_cli.study.code_files import arrays_lines
from rnn_cli.study.code_keras_whole import logits_lines, whole_program
from rnn_cli.study.code_parts import (
    WIDEST,
    Program,
    Subject,
    answer_lines,
    framework_of,
    head,
    quoted,
    sample_lines,
    tuple_of,
)
from rnn_cli.study.code_weights import head_lines, weights_lines

DOUBLES = (
    "# TensorFlow keeps doubles throughout; on its other backends Keras multiplies in single precision.",
    'keras.config.set_floatx("float64")',
)


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    module = framework_of(subject, "Keras")
    if subject.model.format == KERAS and (graph := built_by_keras(Path(subject.path))) is not None:
        return whole_program(subject, graph)
    imports, weights = (_own_arrays if _has_own_arrays(subject) else _from_equations)(subject, module)
    return [
        *head(subject, [*imports, "import keras", "import numpy as np"]),
        *DOUBLES,
        "",
        *weights,
        "",
        *sample_lines(subject),
        *_inputs(subject),
        *_through(subject),
        "output = keras.ops.convert_to_numpy(x)[0]",
        'print("output", output.tolist())',
        *_readout(subject),
    ]


def _has_own_arrays(subject: Subject) -> bool:
    """Whether the file has the arrays of Keras's layers, with the biases of all or of none."""
    if subject.model.format != KERAS:
        return False
    return len({subject.origin(*place, "b") is None for place in subject.places}) == 1


def _own_arrays(subject: Subject, module: Module) -> Program:
    """The layers take the file's arrays as they are."""
    imports, lines = arrays_lines(subject)
    a, kinds = subject.architecture, ("W_x", "W_h", "b")
    names = [
        "NAMES = [  # of each layer its kernel, recurrent kernel and bias" + ", then those backwards" * a.bidirectional
    ]
    for layer in range(a.num_layers):
        found = [subject.origin(layer, way, kind) for way in a.directions for kind in kinds]
        own = [quoted(subject.stored(one.names[0])) for one in found if one is not None]
        line = f"    [{', '.join(own)}],"
        names += [line] if len(line) <= WIDEST else ["    [", *(f"        {one}," for one in own), "    ],"]
    biased = subject.origin(*subject.places[0], "b") is not None
    weights = "[np.array(file[name], float) for name in NAMES[k]]"
    heads = head_lines(subject)
    return imports, [*lines, *names, "]", *heads, *_network(subject, module, weights, biased)]


def _from_equations(subject: Subject, module: Module) -> Program:
    """The layers take what the equations read, packed as Keras has it."""
    imports, lines = weights_lines(subject)
    return imports, [*lines, "", *order_lines(module), *_network(subject, module, _packed(subject, "layers"))]


def order_lines(module: Module) -> list[str]:
    """The lines that say how Keras has the gates, and the function that packs one direction's weights."""
    return [
        f"ORDER = {tuple_of(module.gates)}  # Keras has the gates beside each other in this order, and x W for W x",
        "",
        "",
        *_weights_of(bool(module.apart)),
        "",
        "",
    ]


def network_lines(subject: Subject, module: Module, layers: str) -> list[str]:
    """`network`, of layers that run forward and give what they end with, from the parameters under the name `layers`."""
    return _network(subject, module, _packed(subject, layers), states=True)


def _packed(subject: Subject, layers: str) -> str:
    """What layer k takes of the parameters under the name `layers`."""
    both = subject.architecture.bidirectional
    return f"weights_of({layers}[2 * k]) + weights_of({layers}[2 * k + 1])" if both else f"weights_of({layers}[k])"


def _through(subject: Subject) -> list[str]:
    """The lines that run the layers; all begin with 0 where the file gives nothing else."""
    a, D = subject.architecture, len(subject.architecture.directions)
    flipped = ["    x = keras.ops.flip(x, axis=1)  # it gives the last step first"] * a.backward_only
    if subject.model.starts:
        return [
            "for k, layer in enumerate(network):",
            f"    begun = [keras.ops.convert_to_tensor(one[None]) for start in starts[{D} * k : {D} * k + {D}] for one in start]",
            "    x = layer(x, initial_state=begun)",
            *flipped,
        ]
    loop, size = (
        ("layer, units in zip(network, UNITS)", "units") if a.layer_sizes else ("layer in network", a.hidden_size)
    )
    return [
        f"for {loop}:",
        f"    x = layer(x, initial_state=[keras.ops.zeros((1, {size}))] * {_states(subject)})  # all begin with 0",
        *flipped,
    ]


def _states(subject: Subject) -> int:
    return len(subject.model.network.cell.states) * len(subject.architecture.directions)


def _weights_of(second_bias: bool) -> list[str]:
    """The lines of the function that packs one direction's weights."""
    lines = [
        "def weights_of(p):",
        '    """The kernel, the recurrent kernel and the bias of one direction."""',
        '    kernels = [np.concatenate([p[kind + gate] for gate in ORDER]).T for kind in ("W_x", "W_h")]',
        '    bias = np.concatenate([p["b_" + gate] for gate in ORDER])',
    ]
    if second_bias:
        lines += [
            '    second = [p.get("b_h" + gate, 0 * p["b_" + gate]) for gate in ORDER]',
            "    bias = np.stack([bias, np.concatenate(second)])",
        ]
    return [*lines, "    return [*kernels, bias]"]


def _network(subject: Subject, module: Module, weights: str, biased: bool = True, states: bool = False) -> list[str]:
    """The lines that build the layers; `weights` writes what layer k takes. With `states` they give what they end with."""
    a, cell = subject.architecture, subject.model.network.cell
    options = ["return_sequences=True"]
    options += [f'{argument}="{getattr(cell, name)}"' for name, argument in (module.argument or {}).items()]
    options += [f"{name}={value}" for name, value in module.settings.items()]
    options += ["return_state=True"] if states else ["go_backwards=True"] * a.backward_only
    options += ["use_bias=False"] * (not biased)
    units, each = ("units", "units in UNITS") if a.layer_sizes else (a.hidden_size, f"_ in range({a.num_layers})")
    layer = f"keras.layers.{module.name}({units}, {', '.join(options)})"
    layer = f"keras.layers.Bidirectional({layer})" if a.bidirectional else layer
    above = f" if k == 0 else {a.output_width}" * (a.num_layers > 1)
    if a.layer_sizes:
        above = f" if k == 0 else {len(a.directions)} * UNITS[k - 1]".replace("1 * ", "")
    return [
        *([f"UNITS = {a.layer_sizes}  # of each layer"] if a.layer_sizes else []),
        "network = [",
        f"    {layer}",
        f"    for {each}",
        "]",
        "for k, layer in enumerate(network):",
        f"    layer.build((None, None, {a.input_size}{above}))",
        f"    layer.set_weights({weights})",
    ]


def _inputs(subject: Subject) -> list[str]:
    words = words_lines(subject, "words", "embedding") if subject.architecture.embedding_rows else []
    return [*words, *sample_inputs(subject, "words")]


def words_lines(subject: Subject, name: str, rows: str) -> list[str]:
    """The lines that make an embedding, `name`, of the array `rows`."""
    a = subject.architecture
    return [
        f"{name} = keras.layers.Embedding({a.embedding_rows}, {a.input_size})",
        f"{name}.build()",
        f"{name}.set_weights([{rows}])",
    ]


def sample_inputs(subject: Subject, words: str) -> list[str]:
    """The line that makes `x` (1, T, I) of the sample; `words` is the embedding."""
    a = subject.architecture
    if subject.sample.numbers is not None:
        return ["x = x[None]  # a batch of one"]
    vectors = f"{words}(np.array([rows]))" if a.embedding_rows else f"np.eye({a.input_size})[rows][None]"
    return [f"x = {vectors}  # a batch of one"]


def dense_lines(name: str, inputs: int, outputs: int, weights: tuple[str, ...], activation: str = "") -> list[str]:
    """The lines that make a product, `name`, of a matrix and perhaps a bias."""
    W, *b = weights
    options = [str(outputs)] + [f'activation="{activation}"'] * bool(activation) + ["use_bias=False"] * (not b)
    return [
        f"{name} = keras.layers.Dense({', '.join(options)})",
        f"{name}.build((None, {inputs}))",
        f"{name}.set_weights([{', '.join([f'{W}.T', *b])}])",
    ]


def readout_lines(subject: Subject) -> list[str]:
    """The lines that make `readout`."""
    a = subject.architecture
    return dense_lines("readout", a.output_width, a.output_size, ("W_hy", "b_y"))


def _readout(subject: Subject) -> list[str]:
    a = subject.architecture
    if not a.output_size:
        return []
    return [*readout_lines(subject), *logits_lines(subject), *answer_lines(subject)]
