"""How a program opens a graph of ONNX: `file` has its constants, and what nodes make of them where the network reads that."""

from pathlib import Path
from typing import Any

from rnn_cli.models.foreign.onnx.files import read_graph
from rnn_cli.reading import shown
from rnn_cli.study.code_parts import Subject, quoted, refuse

MAKE = [
    "nodes = [node for node in model.graph.node if node.output[0] in MADE]",
    'made = helper.make_function("", "made", list(file), MADE, nodes, model.opset_import)',
    "file |= zip(MADE, ReferenceEvaluator(made).run(None, file, attributes={}))",
]


def graph_lines(subject: Subject) -> tuple[list[str], list[str]]:
    """Imports and lines that open the graph."""
    made = _made(subject, read_graph(Path(subject.path)).graph)
    lines = [
        "model = onnx.load(FILE)",
        "file = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}",
    ]
    if not made:
        return ["import onnx", "from onnx import numpy_helper"], lines
    names = ["MADE = [  # nodes make these of what the file holds", *(f"    {quoted(name)}," for name in made), "]"]
    return [
        "import onnx",
        "from onnx import helper, numpy_helper",
        "from onnx.reference import ReferenceEvaluator",
    ], [*lines, *names, *MAKE]


def _made(subject: Subject, graph: Any) -> list[str]:
    """The first results of the nodes that make what the network reads of constants, in the order of the graph.

    InputError where they read more than constants, such as the size of what the graph is given.
    """
    held = {one.name for one in graph.initializer}
    given = {one.name for one in graph.input} - held
    wanted = {origin.at for origin in subject.model.origins.values()} - held
    made: list[str] = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            made.insert(0, node.output[0])
            wanted |= set(node.input) - held - {""}
    if read := sorted(wanted & given):
        raise refuse(
            subject,
            f"its weights are made of {shown(read[0])}, which the graph is given: rnn convert {subject.path} FILE.onnx writes them out",
        )
    return made
