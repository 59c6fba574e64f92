"""Models for Python: loaded, built from sizes, or taken from a PyTorch module."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.front.model import Model
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.state_dict import looks_like_state_dict, model_from_state_dict
from rnn_cli.models.foreign.units import named_units
from rnn_cli.models.load import load_model
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


def load(
    name: "str | PathLike[str]",
    activation: str | None = None,
    *,
    vocab: "str | PathLike[str] | Sequence[str] | Mapping[str, int] | None" = None,
    target_vocab: "str | PathLike[str] | Sequence[str] | Mapping[str, int] | None" = None,
    labels: "str | PathLike[str] | Sequence[str] | None" = None,
    module: str | None = None,
    embedding: str | None = None,
    readout: str | None = None,
    readout_reads: str | None = None,
    embedding_activation: str | None = None,
    level: str | None = None,
    seed: int = 0,
) -> Model:
    """The bundled model of that name, or the model file at that path.

    activation   "tanh" or "relu", of a state dict of torch.nn.RNN, which does not say its own
    vocab        of another program's model: a file, the tokens by id, or token -> id; target_vocab: those that a decoder
                 writes; labels: the names of the readout's units, or a file of them
    module, embedding, readout, …   what its file does not say, as the options of the commands
    seed         all that is random is a function of it: vectors for words that have none, directions that are checked

    InputError where there is no such model; ModelFileError where a file is damaged or of another kind.

    >>> import rnn_cli as rnn
    >>> rnn.load("nlp").labels
    ('negative', 'positive')
    """
    source = fspath(name)
    named = None if source == DEFAULT_MODEL else source
    said = {
        "module": module,
        "embedding": embedding,
        "readout": readout,
        "embedding_activation": embedding_activation,
        "level": level,
    }
    given: dict[str, Any] = {
        "vocab": _tokens(vocab),
        "target_vocab": _tokens(target_vocab),
        "labels": _path_or_names(labels),
    }
    choices = Choices(activation=activation, reads=readout_reads, **said, **given)
    all_said = {
        "model": named,
        "activation": activation,
        **said,
        "readout_reads": readout_reads,
        **given,
        "seed": seed or None,
    }
    in_files = not any(isinstance(value, dict | tuple) for value in given.values())
    flags = shell_flags(all_said) if in_files else None  # no command gives it again where tokens came as a list
    return Model(replace(load_model(source, choices), flags=flags), source, seed)


def _tokens(given: Any) -> "str | dict[str, int] | None":
    """A vocabulary as a file, or token -> id."""
    if given is None or isinstance(given, str | PathLike):
        return None if given is None else fspath(given)
    return dict(given) if isinstance(given, Mapping) else _numbered(given)


def _path_or_names(given: Any) -> str | tuple[str, ...] | None:
    """Labels as a file or with commas between them, or one by one."""
    return None if given is None else fspath(given) if isinstance(given, str | PathLike) else tuple(given)


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
    recurrent: str | None = None,
    embedding: str | None = None,
    readout: str | None = None,
    readout_reads: str | None = None,
    target_vocab: "Sequence[str] | Mapping[str, int] | None" = None,
    embedding_activation: str | None = None,
    seed: int = 0,
) -> Model:
    """A PyTorch module with a torch.nn.RNN, LSTM or GRU in it, or one alone; its weights are copied as float64.

    PyTorch is not imported: the module's attributes and its state_dict say everything.

    vocab           the tokens by id, or token -> id: of the embedding, or of one-hot vectors where there is none
    labels          the names of the readout's units
    recurrent       the path of the recurrent module, where there are several; embedding and readout likewise, or "none"
    readout_reads   "last-output", "final-state", "every-step", "mean" or "max"
    target_vocab    of an encoder-decoder: the tokens that it writes, where they are not those of vocab
    embedding_activation   "relu" or "tanh" behind the embedding, of an encoder-decoder behind the decoder's

    InputError where the object is no such module, holds a parameter that cannot be read, or does not say which part is meant.
    """
    if not callable(getattr(module, "state_dict", None)):
        raise InputError(f"{type(module).__name__} has no state_dict(): give a torch.nn.RNN, LSTM or GRU")
    name = type(module).__name__
    arrays = {key: _array(key, tensor) for key, tensor in module.state_dict().items()}
    if not looks_like_state_dict(arrays):
        raise InputError(f"{name} holds no torch.nn.RNN, LSTM or GRU: give one, or a module with one in it")
    ids = vocab if vocab is None or isinstance(vocab, Mapping) else _numbered(vocab)
    activation = _nonlinearity(module, recurrent)
    names = None if labels is None else tuple(labels)
    choices = Choices(
        recurrent, embedding, readout, readout_reads, ids, names, activation,
        target_vocab=_tokens(target_vocab), embedding_activation=embedding_activation,
    )  # fmt: skip
    choices.check()
    try:
        read = model_from_state_dict(name, name, arrays, choices)
    except ModelFileError as error:
        raise InputError(str(error)) from error
    return Model(replace(named_units(read, choices), flags=None), name, seed)


def _nonlinearity(module: Any, recurrent: str | None) -> str:
    """What torch.nn.RNN says of its activation, where the module has one."""
    parts = getattr(module, "named_modules", None)
    named = dict(parts()) if callable(parts) else {"": module}
    found = [
        str(one.nonlinearity)
        for path, one in named.items()
        if hasattr(one, "nonlinearity") and recurrent in (None, path)
    ]
    return found[0] if found else "tanh"


def _numbered(vocab: Sequence[str]) -> dict[str, int]:
    """Tokens by their place. InputError where one stands twice."""
    ids = {token: k for k, token in enumerate(vocab)}
    if len(ids) != len(vocab):
        raise InputError("vocab: a token stands twice: every id needs one of its own")
    return ids


def _array(name: str, tensor: Any) -> "Array":
    """A parameter as an array."""
    try:
        array: Array = tensor.detach().cpu().numpy()
    except (AttributeError, TypeError, RuntimeError) as error:
        raise InputError(f"{name}: cannot be read as an array ({error}): convert the module with .float()") from error
    return array
