"""Models for Python: loaded, built from sizes, or taken from a PyTorch module."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.front.model import Model
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model as LoadedModel
from rnn_cli.models.pytorch import model_from_state_dict
from rnn_cli.study.networks import DEFAULT_MODEL, LABELS, build_network, shell_flags

if TYPE_CHECKING:
    from rnn_cli.core.arrays import Array

NOT_SAID = {
    "input_size": 2,
    "hidden_size": 3,
    "num_layers": 1,
    "task": MANY_TO_ONE,
    "labels": ",".join(LABELS),
    "seed": 0,
}
"""What a command takes where a flag is left out, so that no page has to say it."""


def load(name: "str | PathLike[str]", activation: str | None = None, *, seed: int = 0) -> Model:
    """The bundled model of that name, or the model file at that path.

    activation   "tanh" or "relu", of a state dict of torch.nn.RNN, which does not say its own
    seed         all that is random is a function of it: vectors for words that have none, directions that are checked

    InputError where there is no such model; ModelFileError where a file is damaged or of another kind.

    >>> import rnn_cli as rnn
    >>> rnn.load("nlp").labels
    ('negative', 'positive')
    """
    source = fspath(name)
    named = None if source == DEFAULT_MODEL else source
    flags = shell_flags({"model": named, "activation": activation, "seed": seed or None})
    return Model(replace(load_model(source, activation), flags=flags), source, seed)


def build(
    cell: str = "rnn",
    input_size: int = 2,
    hidden_size: int = 3,
    num_layers: int = 1,
    bidirectional: bool = False,
    seed: int = 0,
    *,
    task: str = "many-to-one",
    labels: Sequence[str] = LABELS,
    **options: str,
) -> Model:
    """A network with weights drawn from the seed, as PyTorch draws them.

    task      "many-to-one" or "many-to-many"; `labels` name the units of its readout
    options   the cell's own: activation="relu" of an rnn, reset="before" of a gru

    InputError where there is no such cell, option or value.

    >>> import rnn_cli as rnn
    >>> rnn.build("lstm", input_size=2, hidden_size=4).forward([[0.1, 0.2], [0.3, 0.4]]).states("c").shape
    (2, 4)
    """
    built = build_network(
        cell,
        input_size=input_size,
        hidden_size=hidden_size,
        num_layers=num_layers,
        bidirectional=bidirectional,
        options=options,
        task=task,
        labels=labels,
        seed=seed,
    )
    said = {
        "cell": cell,
        "input_size": input_size,
        "hidden_size": hidden_size,
        "num_layers": num_layers,
        "bidirectional": bidirectional,
        "cell_option": [f"{name}={value}" for name, value in options.items()],
        "task": task,
        "labels": ",".join(labels),
        "seed": seed,
    }
    flags = shell_flags({name: value for name, value in said.items() if NOT_SAID.get(name) != value})
    return Model(replace(built, flags=flags), built.name, seed)


def from_torch(
    module: Any,
    vocab: "Sequence[str] | Mapping[str, int] | None" = None,
    labels: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> Model:
    """A torch.nn.RNN, LSTM or GRU, its weights copied as float64. PyTorch is not imported: its attributes and its state_dict say everything.

    vocab    the tokens by id, or token -> id, where the module reads one-hot vectors: one token for each number
    labels   such a module has no readout, so there is nothing that they could name: InputError

    InputError where the object is no such module, or holds a parameter that cannot be read.
    """
    if not callable(getattr(module, "state_dict", None)):
        raise InputError(f"{type(module).__name__} has no state_dict(): give a torch.nn.RNN, LSTM or GRU")
    if labels is not None:
        raise InputError(
            "labels name the units of a readout, and torch.nn.RNN, LSTM and GRU have none: leave them out; "
            "forward, trace and gradients take the module as it is"
        )
    name = type(module).__name__
    arrays = {key: _array(key, tensor) for key, tensor in module.state_dict().items()}
    if not arrays:
        raise InputError(f"{name} has no parameters: give a torch.nn.RNN, LSTM or GRU")
    try:
        read = model_from_state_dict(name, name, arrays, str(getattr(module, "nonlinearity", "tanh")))
    except ModelFileError as error:
        raise InputError(
            f"{error} (from_torch takes a torch.nn.RNN, LSTM or GRU: a part of a larger module)"
        ) from error
    read = replace(read, flags=None)
    return Model(read if vocab is None else _with_vocabulary(read, vocab), name, seed)


def _array(name: str, tensor: Any) -> "Array":
    """A parameter as an array."""
    try:
        array: Array = tensor.detach().cpu().numpy()
    except (AttributeError, TypeError, RuntimeError) as error:
        raise InputError(f"{name}: cannot be read as an array ({error}): convert the module with .float()") from error
    return array


def _with_vocabulary(model: LoadedModel, vocab: Sequence[str] | Mapping[str, int]) -> LoadedModel:
    """The module reading one-hot vectors of tokens."""
    ids = dict(vocab) if isinstance(vocab, Mapping) else {token: k for k, token in enumerate(vocab)}
    size = model.network.architecture.input_size
    if len(ids) != size or len(vocab) != size:
        raise InputError(
            f"vocab: {len(vocab)} tokens, but the module reads vectors of {size} numbers: one-hot vectors take one token "
            f"for each. Where an embedding stands before the module, give its vectors themselves, as an array (T, {size})"
        )
    if sorted(ids.values()) != list(range(size)) or not all(isinstance(token, str) for token in ids):
        raise InputError(f"vocab: the tokens must be texts, with the ids 0 to {size - 1}, each once")
    return replace(model, vocabulary=ids, one_hot=True)
