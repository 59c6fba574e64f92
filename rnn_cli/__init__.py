"""A microscope for recurrent neural networks: `rnn` in the terminal, and the same in Python.

>>> import rnn_cli as rnn
>>> model = rnn.load("nlp")
>>> result = model.trace("I love NLP")
>>> result.document()["prediction"]
'positive'

`load`, `build`, `from_torch` and `train` give a model; its methods `forward`, `trace`, `bptt`, `gradients`, `predict`,
`generate`, `evaluate` and `inspect` give results with `document()`, `page()` and `states()`. `data` gives such a result
of files: what training would read. `check` holds numbers of another program against a model's. What goes wrong is an
`RnnError`: `InputError`, `ModelFileError`, `NumberError`, `CheckFailed` or `SystemRefused`.

Nothing is loaded before it is used: importing this package takes no NumPy.
"""

from rnn_cli.version import __version__

TYPE_CHECKING = False  # typing has the same constant, and takes longer to import than all of this
if TYPE_CHECKING:
    from rnn_cli.errors import CheckFailed, InputError, Mismatch, ModelFileError, NumberError, RnnError, SystemRefused
    from rnn_cli.front.check import CheckReport, check
    from rnn_cli.front.data import data
    from rnn_cli.front.model import Model
    from rnn_cli.front.opening import build, from_torch, load
    from rnn_cli.front.result import Result
    from rnn_cli.front.training import Trained, train

__all__ = [
    "CheckFailed",
    "CheckReport",
    "InputError",
    "Mismatch",
    "Model",
    "ModelFileError",
    "NumberError",
    "Result",
    "RnnError",
    "SystemRefused",
    "Trained",
    "__version__",
    "build",
    "check",
    "data",
    "from_torch",
    "load",
    "train",
]

_PLACES = {
    "build": "front.opening",
    "check": "front.check",
    "data": "front.data",
    "from_torch": "front.opening",
    "load": "front.opening",
    "train": "front.training",
    "Model": "front.model",
    "Result": "front.result",
    "Trained": "front.training",
    "CheckFailed": "errors",
    "CheckReport": "front.check",
    "InputError": "errors",
    "Mismatch": "errors",
    "ModelFileError": "errors",
    "NumberError": "errors",
    "RnnError": "errors",
    "SystemRefused": "errors",
}
"""Where each name is, for when it is first used."""


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"rnn_cli.{_PLACES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
