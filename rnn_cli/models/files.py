"""What stands in a model file that has been read before: names, types and shapes, without the numbers."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from rnn_cli.models.shards import INDEX
from rnn_cli.models.tensors import tied_names


@dataclass(frozen=True)
class Held:
    """The arrays of a .safetensors file, or of all files of an index; none of a file of another kind.

    arrays   name -> the type there, as "F32", and the shape
    tied     the arrays that are left out as equal to another: name -> the one stored
    """

    arrays: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    tied: dict[str, str] = field(default_factory=dict)

    def stored(self, name: str) -> str | None:
        """The name under which an array stands in the file; None where it is made of others."""
        return name if name in self.arrays else self.tied.get(name)


def held_in(name: str) -> Held:
    """What stands in a file that was read without an error."""
    from safetensors import safe_open

    path, held = Path(name), Held()
    if path.name.endswith(INDEX):
        parts = sorted(set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()))
    else:
        parts = [path.name] if path.suffix == ".safetensors" else []
    for part in parts:
        with safe_open(path.parent / part, framework="numpy") as file:
            slices = {array: file.get_slice(array) for array in sorted(file.keys())}
            held.arrays.update({array: (one.get_dtype(), tuple(one.get_shape())) for array, one in slices.items()})
        held.tied.update(tied_names(path.parent / part))
    return held
