"""A model as a program of Keras: its layers with their weights in Keras's order, transposed."""

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.study.code_parts import (
    Subject,
    answer_lines,
    framework_of,
    head,
    read_of,
    sample_lines,
    tuple_of,
    weights_lines,
)


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    module = framework_of(subject, "Keras")
    imports, weights = weights_lines(subject)
    return [
        *head(subject, [*imports, "import keras", "import numpy as np"]),
        "# TensorFlow keeps doubles throughout; on its other backends Keras multiplies in single precision.",
        'keras.config.set_floatx("float64")',
        "",
        *weights,
        "",
        f"GATES = {tuple_of(module.gates)}  # Keras has them in this order beside each other, and matrices transposed",
        "",
        "",
        *_weights_of(bool(module.apart)),
        "",
        "",
        *_network(subject),
        "",
        *sample_lines(subject),
        *_inputs(subject),
        *_through(subject),
        "output = keras.ops.convert_to_numpy(x)[0]",
        'print("output", output.tolist())',
        *_readout(subject),
    ]


def _through(subject: Subject) -> list[str]:
    """The lines that run the layers; all begin with 0."""
    a = subject.architecture
    loop, size = (
        ("layer, units in zip(network, UNITS)", "units") if a.layer_sizes else ("layer in network", a.hidden_size)
    )
    return [
        f"for {loop}:",
        f"    x = layer(x, initial_state=[keras.ops.zeros((1, {size}))] * {_states(subject)})  # all begin with 0",
        *["    x = keras.ops.flip(x, axis=1)  # it gives the last step first"] * a.backward_only,
    ]


def _states(subject: Subject) -> int:
    return len(subject.model.network.cell.states) * len(subject.architecture.directions)


def _weights_of(second_bias: bool) -> list[str]:
    """The lines of the function that packs one direction's weights."""
    lines = [
        "def weights_of(p):",
        '    """The kernel, the recurrent kernel and the bias of one direction."""',
        '    kernels = [np.concatenate([p[kind + gate] for gate in GATES]).T for kind in ("W_x", "W_h")]',
        '    bias = np.concatenate([p["b_" + gate] for gate in GATES])',
    ]
    if second_bias:
        lines += [
            '    second = [p.get("b_h" + gate, np.zeros(len(p["b_" + gate]))) for gate in GATES]',
            "    bias = np.stack([bias, np.concatenate(second)])",
        ]
    return [*lines, "    return [*kernels, bias]"]


def _network(subject: Subject) -> list[str]:
    a, cell = subject.architecture, subject.model.network.cell
    module = cell.frameworks["Keras"]
    options = ["return_sequences=True"]
    options += [f'{argument}="{getattr(cell, name)}"' for name, argument in (module.argument or {}).items()]
    options += [f"{name}={value}" for name, value in module.settings.items()]
    options += ["go_backwards=True"] * a.backward_only
    units, each = ("units", "units in UNITS") if a.layer_sizes else (a.hidden_size, f"_ in range({a.num_layers})")
    layer = f"keras.layers.{module.name}({units}, {', '.join(options)})"
    layer = f"keras.layers.Bidirectional({layer})" if a.bidirectional else layer
    own = "weights_of(layers[2 * k]) + weights_of(layers[2 * k + 1])" if a.bidirectional else "weights_of(layers[k])"
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
        f"    layer.set_weights({own})",
    ]


def _inputs(subject: Subject) -> list[str]:
    a = subject.architecture
    if subject.sample.numbers is not None:
        return ["x = x[None]  # a batch of one"]
    if not a.embedding_rows:
        return [f"x = np.eye({a.input_size})[rows][None]  # a batch of one"]
    return [
        f"words = keras.layers.Embedding({a.embedding_rows}, {a.input_size})",
        "words.build()",
        "words.set_weights([embedding])",
        "x = words(np.array([rows]))  # a batch of one",
    ]


def _readout(subject: Subject) -> list[str]:
    a = subject.architecture
    if not a.output_size:
        return []
    lines = [
        f"readout = keras.layers.Dense({a.output_size})",
        f"readout.build((None, {a.output_width}))",
        "readout.set_weights([W_hy.T, b_y])",
        f"read = {read_of(subject, 'np.concatenate([{}, {}])')}",
        "logits = keras.ops.convert_to_numpy(readout(np.atleast_2d(read)))" + "[0]" * (a.task == MANY_TO_ONE),
    ]
    return [*lines, *answer_lines(subject)]
