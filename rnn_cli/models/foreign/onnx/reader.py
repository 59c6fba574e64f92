"""Reading an ONNX file."""

from pathlib import Path

from rnn_cli.errors import ModelFileError
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.onnx.files import read_graph
from rnn_cli.models.foreign.onnx.model import model_from_graph
from rnn_cli.models.formats import FORMATS
from rnn_cli.models.model import Model
from rnn_cli.reading import parsing


def read(path: Path, choices: Choices) -> Model:
    """The model of the file, of which nothing is run. ModelFileError where it is damaged, or computes what no cell here does."""
    graph = read_graph(path)
    with parsing(str(path), "not an ONNX graph that can be read", ModelFileError):
        return model_from_graph(path, graph, FORMATS["onnx"].title, choices)
