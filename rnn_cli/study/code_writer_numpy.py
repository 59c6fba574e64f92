"""A model that writes a text as a program of NumPy."""

from rnn_cli.core.symbols import Symbol, written_activation
from rnn_cli.study.code_numpy import inputs_lines, run_lines, step_lines
from rnn_cli.study.code_parts import Subject, sample_lines
from rnn_cli.study.code_weights import weights_lines
from rnn_cli.study.code_writer import (
    Writer,
    attention_lines,
    both,
    look_lines,
    loop_lines,
    tokens_lines,
    writer_head,
    writer_of,
)

SOFTMAX = ["e = np.exp(e - e.max())", "alpha = e / e.sum()"]


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    writer = writer_of(subject)
    imports, weights = both(writer, weights_lines, "layers")
    read = "s" if writer.attention is None else "look(s, output)"
    return [
        *writer_head(writer, [*imports, "from types import SimpleNamespace", "import numpy as np"]),
        *step_lines(writer.decoder),
        *([] if writer.encoder is None else _encode(writer.encoder)),
        *DECODE,
        *look_lines(writer, _function, SOFTMAX, "np.concatenate"),
        *weights,
        *attention_lines(writer),
        *tokens_lines(writer),
        "",
        *sample_lines(subject),
        *_begin(writer),
        "",
        *loop_lines(writer, ["s, states = decode(embedding[token], states)", f"logits = W_hy @ {read} + b_y"]),
    ]


def _function(name: str, of: str) -> str:
    return written_activation(name, Symbol(of)).text


DECODE = [
    "def decode(x, states):",
    '    """One step of the decoder: h of its last layer, and the states after it."""',
    "    after = []",
    "    for parameters, state in zip(decoder, states):",
    "        after.append(step(SimpleNamespace(**parameters), x, state))",
    "        x = after[-1][0]",
    "    return x, after",
    "",
    "",
]


def _encode(encoder: Subject) -> list[str]:
    """The functions that run a direction, and all layers."""
    a = encoder.architecture
    lines = [
        *run_lines(encoder, ends=True),
        "def encode(xs):",
        '    """h of the last layer at each step, and what each layer of the decoder begins with."""',
        "    states = []",
    ]
    if a.bidirectional:
        lines += [
            "    for forth, back in zip(encoder[::2], encoder[1::2]):",
            "        (there, end), (again, start) = run(xs, forth), run(xs[::-1], back)",
            "        xs = np.concatenate([there, again[::-1]], axis=1)",
            "        states.append([np.concatenate(both) for both in zip(end, start)])  # side by side",
        ]
    else:
        turned = "[::-1]" * a.backward_only
        lines += [
            "    for parameters in encoder:",
            f"        xs, state = run(xs{turned}, parameters)",
            *["        xs = xs[::-1]"] * a.backward_only,
            "        states.append(state)",
        ]
    return [*lines, "    return xs, states", "", ""]


def _begin(writer: Writer) -> list[str]:
    """The lines that make the decoder's first `states`."""
    if writer.encoder is not None:
        return [
            *inputs_lines(writer.encoder, "words_read"),
            "output, states = encode(x)",
            'print("output", output.tolist())',
        ]
    a, states = writer.decoder.architecture, writer.decoder.model.network.cell.states
    size = f"{len(states)}, {a.num_layers}, {a.hidden_size}"
    return [
        f'states = file["condition"][rows[0]].reshape({size}).swapaxes(0, 1)  # of each layer, learnt for this condition'
    ]
