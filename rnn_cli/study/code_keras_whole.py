"""A model that Keras saved whole as a program of Keras: the file builds its own layers, and the program says which is which."""

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.models.foreign.keras.config import Graph
from rnn_cli.study.code_parts import Subject, answer_lines, head, quoted, read_of, sample_lines
from rnn_cli.study.code_weights import BEFORE, before_one_unit, behind_embedding


def whole_program(subject: Subject, graph: Graph) -> list[str]:
    """The lines of the program."""
    a, read = subject.architecture, subject.model.read
    layers, embedding, readout = read["layers"], read["embedding"], read["readout"]
    every = "return_sequences = True  # every step, and not the last alone"
    within = ["    for one in (layer, layer.forward_layer, layer.backward_layer):", f"        one.{every}"]
    return [
        *head(subject, ["import keras", "import numpy as np"]),
        "model = keras.models.load_model(FILE)",
        "",
        *([f"words = {_taken(embedding)}  # its embedding"] if embedding else []),
        "network = [  # its recurrent layers, first to last",
        *(f"    {_taken(name)},  # {graph.layers[name].kind}" for name in layers),
        "]",
        "for layer in network:",
        *(within if a.bidirectional else [f"    layer.{every}"]),
        "",
        *sample_lines(subject),
        *_inputs(subject, bool(embedding) and bool(graph.layers[embedding].config.get("mask_zero"))),
        "for layer in network:",
        "    x = layer(x)",
        *["x = keras.ops.flip(x, axis=1)  # the last step came first"] * a.backward_only,
        "output = keras.ops.convert_to_numpy(x)[0]",
        'print("output", output.tolist())',
        *(_readout(subject, graph) if readout else []),
    ]


def logits_lines(subject: Subject) -> list[str]:
    """The lines that read the output by a Dense, `readout`, and print what it gives."""
    one = "[0]" * (subject.architecture.task == MANY_TO_ONE)
    return [
        f"read = {read_of(subject, 'np.concatenate([{}, {}])')}",
        f"logits = keras.ops.convert_to_numpy(readout(np.atleast_2d(read))){one}",
    ]


def _taken(name: str) -> str:
    """A layer by its name, which is that of a layer in a model where it has parts."""
    return "model" + "".join(f".get_layer({quoted(part)})" for part in name.split("/"))


def _inputs(subject: Subject, masked: bool) -> list[str]:
    a = subject.architecture
    if subject.sample.numbers is not None:
        return ["x = x[None]  # a batch of one"]
    if not a.embedding_rows:
        return [f"x = np.eye({a.input_size})[rows][None]  # a batch of one"]
    lines = ["x = words(np.array([rows]))  # a batch of one"]
    lines += ["x = keras.ops.convert_to_numpy(x)  # without its mask: rnn reads the id 0 as any other"] * masked
    behind = behind_embedding(subject)
    return [*lines, *([f"x = keras.activations.{behind}(x)  # it stands behind the embedding"] if behind else [])]


def _readout(subject: Subject, graph: Graph) -> list[str]:
    name = subject.model.read["readout"]
    inside = ".layer" * (graph.layers[name].kind == "TimeDistributed")
    return [
        f"readout = {_taken(name)}{inside}  # its {graph.layers[name].kind}",
        "readout.activation = keras.activations.linear  # its logits",
        *logits_lines(subject),
        *[f"logits = np.concatenate([0 * logits, logits], axis=-1)  # {BEFORE}"] * before_one_unit(subject),
        *answer_lines(subject),
    ]
