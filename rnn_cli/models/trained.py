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
from reprlib import repr as shortened
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention import NONE, SCORES
from rnn_cli.core.learning.losses import LOSSES
from rnn_cli.core.systems import SYSTEMS, make_system
from rnn_cli.core.systems.base import Blueprint, System
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.core.systems.single import Single
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import (
    MAX_ROWS,
    MAX_TRAINED,
    check_weights,
    checked_architecture,
    filled_parameters,
    in_range,
)
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.fit import check_fit
from rnn_cli.models.model import Model
from rnn_cli.models.options import architecture_from_json, architecture_to_json
from rnn_cli.models.tensors import write_tensors
from rnn_cli.models.typed import typed
from rnn_cli.reading import parsing

FORMAT = "rnn.checkpoint/1"
RUN = "run."
DAMAGED = "it is damaged"


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
        "encoding": trained.encoding.to_json(),
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


@dataclass(frozen=True)
class _Contents:
    """What the metadata hold."""

    format: str
    digest: str
    task: str
    blueprint: dict[str, Any]
    encoding: Encoding
    options: dict[str, Any]
    run: dict[str, Any]


def trained_from(source: str, arrays: Mapping[str, Array], metadata: Any, dtype: Any = None) -> Trained:
    """Read a file's arrays and metadata. ModelFileError where they are damaged or do not fit.

    `dtype` is the type of the computation; None means the type in the file. What the task and the run say is checked where
    tasks are known: training/checkpoint.py, which calls this.
    """
    with parsing(source, DAMAGED, ModelFileError):
        contents = typed(_Contents, metadata)
        if contents.digest != digest_of(arrays, metadata):
            raise ValueError("its digest is another")
        blueprint, encoding = _blueprint(source, contents.blueprint), contents.encoding
        check_fit(blueprint, encoding)
        weights = {name: array for name, array in arrays.items() if not name.startswith(RUN)}
        stored = type_of(arrays)
        check_weights(blueprint.parameter_count, MAX_TRAINED, ValueError)
        parameters = filled_parameters(source, SYSTEMS[blueprint.kind].shapes(blueprint), weights, dtype or stored)
        return Trained(
            contents.task,
            make_system(blueprint, parameters.flat),
            encoding,
            contents.options,
            contents.run,
            {name.removeprefix(RUN): np.array(array) for name, array in arrays.items() if name.startswith(RUN)},
        )


def type_of(arrays: Mapping[str, Array]) -> "np.dtype[Any]":
    """The one type that all arrays of a checkpoint have. ValueError where they differ, or it is none that networks learn in."""
    types = {array.dtype for array in arrays.values()}
    if len(types) != 1 or not types <= {np.dtype(np.float32), np.dtype(np.float64)}:
        raise ValueError(
            f"its arrays hold {', '.join(sorted(map(str, types))) or 'nothing'}, not one of float32 and float64"
        )
    return types.pop()


def blueprint_to_json(blueprint: Blueprint) -> dict[str, Any]:
    """For the file. Attention is named where there is some: files without it are those of earlier versions."""
    networks = {
        key: None if one is None else architecture_to_json(one)
        for key, one in (("reader", blueprint.reader), ("writer", blueprint.writer))
    }
    fields = asdict(blueprint) | networks
    if blueprint.attention == NONE:
        del fields["attention"]
    return fields


def _blueprint(source: str, data: Mapping[str, Any]) -> Blueprint:
    """The blueprint in a file, each of its fields by itself."""
    parts = {key: None if data[key] is None else architecture_from_json(data[key]) for key in ("reader", "writer")}
    for key, architecture in parts.items():
        if architecture is not None:
            checked_architecture(f"{source}: blueprint.{key}", architecture)
    kind, loss, conditions = data["kind"], data["loss"], data["conditions"]
    attention = data.get("attention", NONE)
    for name, value, known in (
        ("kind", kind, tuple(SYSTEMS)),
        ("loss", loss, tuple(LOSSES)),
        ("attention", attention, (NONE, *SCORES)),
    ):
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"blueprint.{name} is {shortened(value)}, not {' or '.join(known)}")
    if not in_range(conditions, 0, MAX_ROWS):
        raise ValueError(f"blueprint.conditions is {shortened(conditions)}, not a whole number up to {MAX_ROWS:,}")
    return Blueprint(kind, loss, parts["reader"], parts["writer"], conditions, attention)


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
