"""A model that writes a text as a program of Keras: its layers, which give the states that they end with."""

from rnn_cli.core.cells.base import Module
from rnn_cli.study.code_keras import (
    DOUBLES,
    dense_lines,
    network_lines,
    order_lines,
    readout_lines,
    sample_inputs,
    words_lines,
)
from rnn_cli.study.code_parts import Subject, framework_of, refuse, sample_lines
from rnn_cli.study.code_weights import weights_lines
from rnn_cli.study.code_writer import (
    Writer,
    attention_lines,
    both,
    loop_lines,
    tokens_lines,
    writer_head,
    writer_of,
)

SCORES = {
    "dot": ("Attention", "", "", ""),
    "general": ("Attention", "", "", "W_a"),
    "additive": ("AdditiveAttention", "v_a", "W_as", "W_ah"),
}
"""Keras's layer of each score function, its own weights, and the matrices before it: of what asks, and of what answers."""


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    module, writer = framework_of(subject, "Keras"), writer_of(subject)
    imports, lines = both(writer, weights_lines, "layers")
    return [
        *writer_head(writer, [*imports, "import keras", "import numpy as np"]),
        *DOUBLES,
        "",
        *lines,
        *attention_lines(writer),
        *tokens_lines(writer),
        "",
        *order_lines(module),
        *(line for name, one in writer.sides for line in _side(writer, module, name, one)),
        *readout_lines(writer.decoder),
        *_look(writer),
        "",
        *sample_lines(subject),
        *_begin(writer),
        *loop_lines(writer, _step(writer)),
    ]


def _side(writer: Writer, module: Module, name: str, one: Subject) -> list[str]:
    """The layers of one network, and its embedding."""
    layer, rows = ("reads", "words_read") if one is writer.encoder else ("words", "embedding")
    words = words_lines(one, layer, rows) if one.architecture.embedding_rows else []
    return [*network_lines(one, module, name), f"{name} = network", *words]


def _look(writer: Writer) -> list[str]:
    """The layers of the attention, and look(s), what the readout reads of s and `output`."""
    if writer.attention is None or writer.encoder is None:
        return []
    score = writer.attention.score
    if score.name not in SCORES:
        raise refuse(writer.decoder, f"Keras has no attention of the score {score.name}; --code numpy writes it out")
    layer, own, asks, answers = SCORES[score.name]
    S, D = writer.decoder.architecture.output_width, writer.encoder.architecture.output_width
    query, key = ("asks(s)" if asks else "s"), ("answers(output)" if answers else "output")
    return [
        f"attention = keras.layers.{layer}()  # {score.equation.replace('·', '.')}",
        *([f"attention.build([(1, 1, {S}), (1, None, {D}), (1, None, {S})])"] if own else []),
        *([f"attention.set_weights([{own}])"] if own else []),
        *(dense_lines("asks", S, S, (asks,)) if asks else []),
        *(dense_lines("answers", D, S, (answers,)) if answers else []),
        *dense_lines("joined", S + D, S, ("W_c", "b_c"), "tanh"),
        "",
        "",
        "def look(s):",
        '    """What the readout reads: s asks, and the output of the encoder answers."""',
        f"    ctx = attention([{query}, output, {key}])",
        "    return joined(keras.ops.concatenate([ctx, s], axis=-1))",
        "",
    ]


def _begin(writer: Writer) -> list[str]:
    """The lines that make the decoder's first `states`."""
    cell = writer.decoder.model.network.cell
    if writer.encoder is None:
        a, count = writer.decoder.architecture, len(cell.states)
        size = f"{count}, {a.num_layers}, 1, {a.hidden_size}"
        return [
            f'first = file["condition"][rows[0]].reshape({size}).swapaxes(0, 1)  # of each layer, learnt for this condition',
            "states = [[keras.ops.convert_to_tensor(one) for one in layer] for layer in first]",
        ]
    a, count = writer.encoder.architecture, len(cell.states)
    turned = ["x = keras.ops.flip(x, axis=1)  # from the last word to the first"] * a.backward_only
    ended = "ends"
    if a.bidirectional:
        ended = f"[keras.ops.concatenate(one, axis=-1) for one in zip(ends[:{count}], ends[{count}:])]"
    return [
        *sample_inputs(writer.encoder, "reads"),
        *turned,
        "states = []",
        "for layer in encoder:",
        "    x, *ends = layer(x)  # from 0",
        f"    states.append({ended})" + "  # side by side" * a.bidirectional,
        f"output = {'keras.ops.flip(x, axis=1)' if a.backward_only else 'x'}",
        'print("output", keras.ops.convert_to_numpy(output)[0].tolist())',
    ]


def _step(writer: Writer) -> list[str]:
    """The lines of one step of the decoder."""
    return [
        "x = words(np.array([[token]]))",
        "for k, layer in enumerate(decoder):",
        "    x, *states[k] = layer(x, initial_state=states[k])",
        f"logits = keras.ops.convert_to_numpy(readout({'x' if writer.attention is None else 'look(x)'}))[0, 0]",
    ]
