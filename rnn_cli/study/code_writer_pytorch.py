"""A model that writes a text as a program of PyTorch: two of its modules, loaded by the file's own names where it has them."""

from functools import partial

from rnn_cli.core.cells.base import Module
from rnn_cli.study.code_parts import Program, Subject, framework_of, sample_lines
from rnn_cli.study.code_pytorch import equations_lines, inputs_lines, its_imports, order_lines, own_names
from rnn_cli.study.code_weights import behind_embedding, weights_lines
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


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    module, writer = framework_of(subject, "PyTorch"), writer_of(subject)
    foreign = not writer.trained
    imports, lines = both(writer, partial(own_names, module=module), "rnn") if foreign else _trained(writer, module)
    return [
        *writer_head(writer, [*imports, *its_imports(subject, foreign)]),
        "torch.set_default_dtype(torch.float64)",
        "",
        "",
        *look_lines(writer, "torch.{}({})".format, ["alpha = torch.softmax(e, dim=0)"], "torch.cat"),
        *lines,
        *attention_lines(writer, "torch.tensor({})"),
        *tokens_lines(writer),
        "",
        *sample_lines(subject),
        "with torch.no_grad():",
        *(f"    {line}" for line in [*_begin(writer), *loop_lines(writer, _step(writer))]),
    ]


def _trained(writer: Writer, module: Module) -> Program:
    """Both modules, of the parameters that the equations read."""
    imports, lines = both(writer, weights_lines, "layers")
    lines += ["", *order_lines(module)]
    for name, one in writer.sides:
        embedding = "words_read" if one is writer.encoder else "embedding"
        lines += [*equations_lines(one, module, name, embedding), f"{name} = rnn"]
    return imports, lines


def _begin(writer: Writer) -> list[str]:
    """The lines that make the decoder's first `states`."""
    a, states = writer.decoder.architecture, writer.decoder.model.network.cell.states
    if writer.encoder is None:
        size = f"{len(states)}, {a.num_layers}, {a.hidden_size}"
        first = f'torch.tensor(file["condition"][rows[0]]).reshape({size})'
        return [f"states = {first}[0]" if len(states) == 1 else f"states = tuple({first})"]
    lines = [
        *inputs_lines(writer.encoder, foreign=not writer.trained, embedding="words_read"),
        *(
            ["output, states = encoder(x.flip(0))  # from 0", "output = output.flip(0)"]
            if writer.encoder.architecture.backward_only
            else ["output, states = encoder(x)  # from 0"]
        ),
        'print("output", output.tolist())',
    ]
    if writer.encoder.architecture.bidirectional:
        size = f"reshape({a.num_layers}, {a.hidden_size})"
        side = f"states.{size}" if len(states) == 1 else f"tuple(one.{size} for one in states)"
        lines.append(f"states = {side}  # both directions side by side")
    return lines


def _step(writer: Writer) -> list[str]:
    """The lines of one step of the decoder."""
    behind = "" if writer.trained else behind_embedding(writer.decoder)
    x = "embedding(torch.tensor([token]))"
    return [
        f"s, states = decoder({f'torch.{behind}({x})' if behind else x}, states)",
        f"logits = readout({'s[0]' if writer.attention is None else 'look(s[0], output)'})",
    ]
