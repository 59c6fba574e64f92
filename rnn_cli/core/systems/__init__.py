"""The systems that can be trained. A new one is one file beside these and one line in SYSTEMS."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnn_cli.core.attention import NONE
from rnn_cli.core.learning.initialize import initialize
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.systems.base import Blueprint, System
from rnn_cli.core.systems.conditioned import Conditioned, conditioned_shapes
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder, encoder_decoder_shapes
from rnn_cli.core.systems.single import Single, single_shapes


class Kind(NamedTuple):
    """A kind of system: its class, the shapes of its parameters, and the parts of a blueprint that it has or may have."""

    make: Callable[[Blueprint, Parameters], System]
    shapes: Callable[[Blueprint], dict[str, tuple[int, ...]]]
    parts: tuple[str, ...]
    may_have: tuple[str, ...] = ()


SYSTEMS: dict[str, Kind] = {
    "single": Kind(Single, single_shapes, ("reader",)),
    "encoder-decoder": Kind(EncoderDecoder, encoder_decoder_shapes, ("reader", "writer"), ("attention",)),
    "one-to-many": Kind(Conditioned, conditioned_shapes, ("writer", "conditions")),
}


def make_system(blueprint: Blueprint, flat: Any = None, dtype: Any = np.float64) -> System:
    """A system with these parameters, zeros where `flat` is None. KeyError where the kind is unknown."""
    kind = SYSTEMS[blueprint.kind]
    return kind.make(blueprint, Parameters(kind.shapes(blueprint), flat, dtype))


def initialize_system(
    system: System,
    generator: np.random.Generator,
    scheme: str = "pytorch",
    forget_bias: float | None = None,
    embedding_scale: float = 1.0,
) -> None:
    """Fill all parameters; the first states of conditions are N(0, 0.1^2)."""
    blueprint, parameters = system.blueprint, system.parameters
    if blueprint.kind == "single":
        assert blueprint.reader is not None
        initialize(parameters, blueprint.reader, generator, scheme, forget_bias, embedding_scale)
        return
    if blueprint.reader is not None:
        initialize(parameters.part("encoder"), blueprint.reader, generator, scheme, forget_bias, embedding_scale)
    if blueprint.writer is not None:
        initialize(parameters.part("decoder"), blueprint.writer, generator, scheme, forget_bias, embedding_scale)
    if blueprint.attention != NONE:
        for array in parameters.part("attention").values():  # as PyTorch's Linear, the vector v_a as a row
            array[...] = generator.uniform(-1, 1, array.shape) / np.sqrt(array.shape[-1])
    if blueprint.conditions:
        condition = parameters["condition"]
        condition[...] = 0.1 * generator.standard_normal(condition.shape)
