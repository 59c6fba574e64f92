"""Models in several files: an index, NAME.safetensors.index.json, says which file holds which array."""

import re
from pathlib import Path
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError
from rnn_cli.models.tensors import read_tensors
from rnn_cli.reading import FILE, open_file, read_json, shown, stands_at

INDEX = ".index.json"
PART = re.compile(r"(?P<stem>.+)-[0-9]{5}-of-(?P<of>[0-9]{5})\.safetensors")


def refuse_part(path: Path) -> None:
    """ModelFileError for one file of several: what it holds alone may look like a network, and another one."""
    match = PART.fullmatch(path.name)
    if match is None:
        return
    index = path.with_name(f"{match['stem']}.safetensors{INDEX}")
    where = f"give {index}" if index.is_file() else f"its index, {index.name}, is not beside it, and says what they are"
    raise ModelFileError(f"{path}: one part of a model in {int(match['of'])} files: {where}")


def read_shards(path: Path) -> dict[str, Array]:
    """The arrays of all files of an index. ModelFileError where a file or an array is missing, or stands in another folder."""
    with open_file(str(path)) as file:
        index: Any = read_json(str(path), file.read(), ModelFileError)
    files = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(files, dict) or not files or not all(isinstance(name, str) for name in files.values()):
        raise ModelFileError(f'{path}: not an index of a model: "weight_map" must say the file of each array')
    arrays: dict[str, Array] = {}
    for name in sorted(set(files.values())):
        part = path.parent / name
        if Path(name).name != name:
            raise ModelFileError(f"{path}: {shown(name)}: the files of a model stand beside its index")
        if stands_at(str(part)) != FILE:
            raise ModelFileError(f"{path}: the file {shown(name)} is missing, which holds a part of the model")
        found, _ = read_tensors(part)
        wanted = [array for array, file in files.items() if file == name]
        missing = [array for array in wanted if array not in found]
        if missing:
            raise ModelFileError(f"{path}: {missing[0]} is missing in {name}, where it should be")
        arrays |= {array: found[array] for array in wanted}
    return arrays
