"""Random networks in files of hand-written JSON."""

from dataclasses import replace
from pathlib import Path

from rnn_cli.core.network import Architecture, Network
from rnn_cli.models.model import Model
from rnn_cli.models.written import as_text, handwritten
from tests.support.networks import random_network


def json_model(path: Path, architecture: Architecture, network: Network | None = None, seed: int = 0) -> str:
    """A model in a file, with words w0, w1, … where it has an embedding. -> the file's name"""
    network = random_network(architecture, seed) if network is None else network
    words = {f"w{k}": k for k in range(architecture.embedding_rows)}
    model = Model(path.stem, network, "file", words or None, words)
    path.write_text(as_text(handwritten(replace(model, labels=()), {})), encoding="utf-8")
    return str(path)
