"""Encoder and decoder: which of the two networks of a model is asked for."""

from collections.abc import Iterable

from rnn_cli.errors import InputError
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import Model

ENCODER, DECODER = "encoder", "decoder"


def check_network(model: Model, network: str | None, forced_text: str | None, chosen: Iterable[str]) -> bool:
    """Whether a model decodes a text, and is not one network that answers at its own steps.

    `chosen` are the options given that choose a part of one network. InputError where it is not said of which, or where
    an option does not fit the model.
    """
    if not model.has_decoder:
        for option, value in (("--target", forced_text), ("--network", network)):
            if value is not None:
                raise InputError(
                    f"{option} is for a model that writes a text, as --task translate and describe train it"
                )
        return False
    encoding_of(model)
    if network not in (None, ENCODER, DECODER):
        raise InputError(f"--network {network}: it can be {ENCODER} or {DECODER}")
    if model.kind == "one-to-many" and network == ENCODER:
        raise InputError(
            "--network encoder: nothing is read here; the decoder starts from what it learnt for a condition"
        )
    for option in chosen if model.kind != "one-to-many" and network is None else ():
        raise which_network(option)
    return True


def encoding_of(model: Model) -> Encoding:
    """How a model that writes spells what it reads and writes. InputError where nobody has said it."""
    if model.encoding is None:
        raise InputError(
            f"{model.name} writes tokens, and nothing names them: --vocab FILE gives those that it reads, and --target-vocab "
            "FILE those that it writes, where they are others; --module encoder looks at one network alone"
        )
    return model.encoding


def which_network(option: str) -> InputError:
    """What to say where an option is about one network and there are two."""
    return InputError(f"{option} is about one of two networks: add --network encoder or --network decoder")
