"""rnn.data: what training would read of a file, with the flags of `rnn data` as settings."""

from os import PathLike, fspath
from typing import Any

from rnn_cli.errors import InputError
from rnn_cli.front.quiet import quiet
from rnn_cli.front.result import Result
from rnn_cli.front.training import DATA_SETTINGS, read_settings
from rnn_cli.study.data import look_at


@quiet
def data(*files: "str | PathLike[str]", task: str | None = None, seed: int = 0, **settings: Any) -> Result:
    """How files would be read, and what they are made of; nothing is trained.

    task        as for `rnn.train`; None for the likeliest, where that is sure
    settings    how the data are read: level, text, label, header, validation, …

    InputError where training would refuse the files, or where it is not sure which task they are for.

    >>> import rnn_cli as rnn
    >>> found = rnn.data(task="parity:length=4").document()
    >>> found["training_examples"], found["baseline"]["scores"]["accuracy"]
    (6400, 0.5)
    """
    for name in settings:
        if name not in DATA_SETTINGS:
            raise InputError(f"no setting {name!r}; the settings are {', '.join(sorted(DATA_SETTINGS))}")
    _, options = read_settings(settings, task)
    return Result(look_at([fspath(one) for one in files], task, options, seed))
