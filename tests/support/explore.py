"""Sessions for tests: on a model of the program, or on a random network of any shape."""

from rnn_cli.core.network import Network
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.session import Session
from rnn_cli.explore.world import World
from rnn_cli.inputs.sequence import Sequence, encode_text
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.study.networks import build_network
from tests.support.networks import random_sequence


def session_of(text: str = "I love NLP", model: Model | None = None, target: str | None = None) -> Session:
    """A session on a text; on the bundled model nlp where none is given."""
    model = model or load_model("nlp")
    return Session(World(model, encode_text(text, model, 0), 0, target))


def text_of(session: Session, width: int = 80, height: int = 24) -> str:
    """The screen as text."""
    return "\n".join(line.plain.rstrip() for line in screen(session, width, height).lines)


def built(cell: str, **sizes: object) -> Model:
    """A random network of a cell."""
    return build_network(cell, **sizes)  # type: ignore[arg-type]


def world_of(network: Network, steps: int) -> World:
    """A network of any shape on numbers, with a name for each of its outputs."""
    a = network.architecture
    labels = tuple(f"label{k}" for k in range(a.output_size))
    inputs = random_sequence(steps, a.input_size)
    return World(Model("any", network, "random", labels=labels), Sequence(None, None, None, None, None, inputs))
