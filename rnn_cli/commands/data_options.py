"""The flags of reading as the tasks take them."""

from typing import Any

from rnn_cli.commands.train_options import DataFlags
from rnn_cli.tasks.options import DataOptions


def data_options(read: DataFlags) -> DataOptions:
    """Columns are several names with commas between them."""
    values: dict[str, Any] = dict(vars(read))
    values["parallel"] = None not in (values.pop("source"), values.pop("target"))
    for name in ("columns", "targets"):
        if values[name] is not None:
            values[name] = tuple(part.strip() for part in values[name].split(","))
    return DataOptions(**values)
