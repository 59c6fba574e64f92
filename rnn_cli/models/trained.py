"""What `rnn train` writes: one safetensors file with the weights, all that is needed to read them and to resume the run.

Arrays are named as the system names its parameters; those of the run (the optimiser's, carried states, the best
weights so far) begin with `run.`. One metadata key holds sorted JSON, so equal runs give equal bytes; a digest in it
tells a damaged file from a whole one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.core.learning.losses import LOSSES, MSE
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.systems import SYSTEMS, make_system
from rnn_cli.core.systems.base import Blueprint, System
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.systems.single import Single
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import checked_architecture, filled_parameters
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import BOS, EOS, UNKNOWN, Model
from rnn_cli.models.options import architecture_from_json, architecture_to_json
from rnn_cli.models.tensors import write_tensors
from rnn_cli.models.typed import typed

FORMAT = "rnn.checkpoint/1"
RUN = "run."
TEXT_LEVELS = ("word", "char")


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained system.

    task      as the user named it, e.g. "classify" or "copy:length=20"
    options   how its data were read
    run       the run's settings and where it stands, as JSON; {} where it cannot go on
    arrays    the run's arrays, without their prefix
    """

    task: str
    system: System
    encoding: Encoding
    options: Mapping[str, Any]
    run: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)


def save_trained(path: Path, trained: Trained) -> None:
    """Write atomically and durably. OSError where the system refuses."""
    metadata = {
        "format": FORMAT,
        "task": trained.task,
        "blueprint": blueprint_to_json(trained.system.blueprint),
        "encoding": asdict(trained.encoding),
        "options": dict(trained.options),
        "run": dict(trained.run),
    }
    arrays = dict(trained.system.parameters) | {RUN + name: array for name, array in trained.arrays.items()}
    write_tensors(path, arrays, metadata | {"digest": digest_of(arrays, metadata)})


def digest_of(arrays: Mapping[str, Array], metadata: Mapping[str, Any]) -> str:
    """SHA-256 over all contents of a file except the digest itself."""
    said = {key: value for key, value in metadata.items() if key != "digest"}
    digest = sha256(json.dumps(said, sort_keys=True).encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()


def trained_from(source: str, arrays: Mapping[str, Array], metadata: Any, dtype: Any = None) -> Trained:
    """Read a file's arrays and metadata. ModelFileError where they are damaged or do not fit.

    `dtype` is the type of the computation; None means the type in the file.
    """
    try:
        if metadata["digest"] != digest_of(arrays, metadata):
            raise ModelFileError(f"{source}: it is damaged: its digest is another")
        blueprint = _blueprint(source, metadata["blueprint"])
        encoding = typed(Encoding, metadata["encoding"])
        weights = {name: array for name, array in arrays.items() if not name.startswith(RUN)}
        stored = next(iter(weights.values())).dtype
        _, shapes = SYSTEMS[blueprint.kind]
        parameters = filled_parameters(source, shapes(blueprint), weights, dtype or stored)
        return Trained(
            str(metadata["task"]),
            make_system(blueprint, parameters.flat),
            _fitting(encoding, blueprint),
            dict(metadata["options"]),
            dict(metadata["run"]),
            {name.removeprefix(RUN): np.array(array) for name, array in arrays.items() if name.startswith(RUN)},
        )
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise ModelFileError(f"{source}: its metadata are damaged ({error})") from error


def blueprint_to_json(blueprint: Blueprint) -> dict[str, Any]:
    """For the file."""
    networks = {
        key: None if one is None else architecture_to_json(one)
        for key, one in (("reader", blueprint.reader), ("writer", blueprint.writer))
    }
    return {**asdict(blueprint), **networks}


def _fitting(encoding: Encoding, blueprint: Blueprint) -> Encoding:
    """The encoding. ValueError where it has not one name or scale for each of the networks' inputs and outputs."""
    reader, last = blueprint.reader, blueprint.writer or blueprint.reader
    assert last is not None
    read = (reader.embedding_rows or reader.input_size) if reader is not None else blueprint.conditions
    if reader is None or reader.embedding_rows:
        sizes = {"vocabulary": (encoding.vocabulary, read)}
    else:
        sizes = {name: (getattr(encoding, name), read) for name in ("columns", "means", "scales")}
    if blueprint.loss == MSE:
        targets = len(encoding.target_columns)
        sizes |= {name: (getattr(encoding, name), targets) for name in ("target_means", "target_scales")}
        if not targets or last.output_size % targets:
            raise ValueError(f"{targets} target columns for {last.output_size} outputs")
    else:
        sizes["labels"] = (encoding.labels, last.output_size)
    for name, (values, size) in sizes.items():
        if len(values) != size:
            raise ValueError(f"{len(values)} {name} for {size}")
    if len(set(encoding.vocabulary)) < len(encoding.vocabulary):
        raise ValueError("a token stands twice in the vocabulary")
    if min(encoding.scales + encoding.target_scales, default=1) <= 0:
        raise ValueError("a scale is not greater than 0")
    if blueprint.writer is not None and not {UNKNOWN, BOS, EOS} <= set(encoding.labels):
        raise ValueError("a network that writes lacks its special tokens")
    if encoding.level in TEXT_LEVELS and reader is not None and UNKNOWN not in encoding.vocabulary:
        raise ValueError(f"the vocabulary lacks {UNKNOWN}")
    return encoding


def _blueprint(source: str, data: Mapping[str, Any]) -> Blueprint:
    for key in ("reader", "writer"):
        if data[key] is not None and data[key]["cell"] not in CELLS:
            raise ModelFileError(f"{source}: unknown cell or task")
    reader, writer = (None if data[key] is None else architecture_from_json(data[key]) for key in ("reader", "writer"))
    for architecture in (reader, writer):
        if architecture is not None:
            checked_architecture(source, architecture)
            if architecture.task not in (MANY_TO_ONE, MANY_TO_MANY):
                raise ModelFileError(f"{source}: unknown cell or task")
    conditions = data["conditions"]
    if data["kind"] not in SYSTEMS or data["loss"] not in LOSSES or not isinstance(conditions, int) or conditions < 0:
        raise ModelFileError(f"{source}: unknown kind of system or loss")
    return Blueprint(data["kind"], data["loss"], reader, writer, conditions)


def model_of(name: str, trained: Trained, stored_dtype: str) -> Model:
    """A trained system as a model that every command takes. For an encoder-decoder the network is the encoder."""
    encoding, system = trained.encoding, trained.system
    vocabulary = {token: k for k, token in enumerate(encoding.vocabulary)} or None
    if isinstance(system, Single):
        network, labels = system.network, encoding.labels
    elif isinstance(system, EncoderDecoder):
        network, labels = system.encoder, ()
    else:
        assert isinstance(system, Conditioned)
        network, labels = system.decoder, encoding.labels
        vocabulary = {token: k for k, token in enumerate(encoding.labels)}
    return Model(
        name,
        network,
        "file",
        vocabulary,
        dict(vocabulary or {}) if network.architecture.embedding_rows else {},
        labels=labels,
        stored_dtype=stored_dtype,
        format=FORMAT,
        encoding=encoding,
        system=system,
        trained_for=trained.task,
        data_options=trained.options,
        run=trained.run,
        role="encoder" if isinstance(system, EncoderDecoder) else "",
    )
