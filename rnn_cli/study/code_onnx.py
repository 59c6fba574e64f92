"""How a program opens a graph of ONNX: `file` has its constants, and what nodes make of them where the network reads that."""

from pathlib import Path

from rnn_cli.models.foreign.onnx.files import read_graph
from rnn_cli.models.foreign.onnx.made import made_of
from rnn_cli.models.origins import Origin
from rnn_cli.reading import shown
from rnn_cli.study.code_parts import Program, Subject, quoted, refuse

MAKE = [
    "nodes = [node for node in model.graph.node if set(node.output) & set(MADE)]",
    'made = helper.make_function("", "made", list(file), MADE, nodes, model.opset_import)',
    "file |= zip(MADE, ReferenceEvaluator(made).run(None, file, attributes={}))",
]


def graph_lines(subject: Subject) -> Program:
    """Imports and lines that open the graph."""
    model = subject.model
    made, sizes = made_of(
        read_graph(Path(subject.path)).graph, {one.at for one in model.origins.values()}, model.stored_dtype
    )
    if unknown := next((name for name, (shape, _) in sizes.items() if shape is None), None):
        raise refuse(
            subject,
            f"its nodes take sizes of {shown(unknown)}, and the file does not say how many axes that has: rnn convert "
            f"{subject.path} FILE.onnx writes a graph that does",
        )
    lines = [
        "model = onnx.load(FILE)",
        "file = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}",
        *(
            f'file[{quoted(name)}] = np.zeros({shape}, "{dtype}")  # nodes read its sizes alone'
            for name, (shape, dtype) in sizes.items()
        ),
    ]
    if not made:
        return ["import onnx", "from onnx import numpy_helper"], lines
    names = ["MADE = [  # nodes make these of what the file holds", *(f"    {quoted(name)}," for name in made), "]"]
    return [
        "import onnx",
        "from onnx import helper, numpy_helper",
        "from onnx.reference import ReferenceEvaluator",
    ], [*lines, *names, *MAKE]


def start_lines(subject: Subject) -> list[str]:
    """`starts`: the states that each layer and direction begins with, h first; [] where all are 0."""
    if not subject.model.starts:
        return []
    lines = ["starts = [  # what each layer and direction begins with"]
    for layer, way in subject.places:
        states = [subject.origin(layer, way, f"{name}_0") for name in subject.model.network.cell.states]
        none = f"np.zeros({subject.architecture.size_of(layer)})"
        own = [none if one is None else f"np.array({_first(one)}, float)" for one in states]
        lines += ["    (", *(f"        {one}," for one in own), "    ),"]
    return [*lines, "]"]


def _first(origin: Origin) -> str:
    """What the first sequence of a batch begins with: (D, B, H), or (B, D, H) where the file has it so."""
    return f"file[{quoted(origin.at)}]" + (f"[0][{origin.row}]" if origin.transposed else f"[{origin.row}][0]")
