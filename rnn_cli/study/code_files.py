"""How a program opens the file of a model: after these lines `file` has the arrays by the names that they have there."""

from rnn_cli.models.files import HDF5, NPZ, SAFETENSORS, SHARDS
from rnn_cli.models.foreign.keras.reader import WEIGHTS
from rnn_cli.models.tensors import BFLOAT16
from rnn_cli.study.code_parts import Program, Subject, quoted

WIDENED = [
    "",
    "",
    "def widened(data):",
    '    """The numbers of bfloat16, which NumPy lacks: each is the upper half of a float32."""',
    '    return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")',
    "",
    "",
]
NUMBERS = [
    *WIDENED,
    "def numbers(one):",
    '    if one["dtype"] == "BF16":',
    '        return widened(one["data"]).reshape(one["shape"])',
    """    return np.frombuffer(one["data"], f"<f{int(one['dtype'][1:]) // 8}").reshape(one["shape"])""",
    "",
    "",
]
PARTS = [
    'with open(FILE, encoding="utf-8") as index:',
    '    parts = sorted(set(json.load(index)["weight_map"].values()))',
    "file = {}",
    "for part in parts:",
]
PARTS_NEED = ["import json", "from pathlib import Path"]


def arrays_lines(subject: Subject) -> Program:
    """Open the file: what `file` has can be made an array of NumPy."""
    imports, lines = _opened(subject)
    norm = "np.linalg.norm(v, axis=axis, keepdims=True)"
    return imports, [*lines, *_put_together(subject, "np.array(one, float)", norm)]


def _opened(subject: Subject) -> Program:
    halves = [name for name, (kind, _) in subject.held.arrays.items() if kind == BFLOAT16]
    kind = subject.held.kind
    if kind in (SAFETENSORS, SHARDS):
        return _halves_of_tensors(kind) if halves else _tensors(kind, "from safetensors.numpy import load_file")
    if kind == NPZ:
        return [], ["with np.load(FILE) as opened:", "    file = dict(opened)"]
    return _hdf5(kind, bool(halves))


def tensors_lines(subject: Subject) -> Program:
    """Open the file: what `file` has are tensors of PyTorch."""
    if subject.held.kind == NPZ:
        made = "    file = {name: torch.tensor(array) for name, array in opened.items()}"
        imports, lines = ["import numpy as np"], ["with np.load(FILE) as opened:", made]
    else:
        imports, lines = _tensors(subject.held.kind, "from safetensors.torch import load_file")
    norm = "torch.linalg.vector_norm(v, dim=axis, keepdim=True)"
    return imports, [*lines, *_put_together(subject, "one.double()", norm)]


def _put_together(subject: Subject, as_double: str, norm: str) -> list[str]:
    """Put what weight_norm took apart into `file`: g holds the lengths of what v has along some axes."""
    lines = []
    for name, (g, v) in subject.normed.items():
        (_, size), (_, shape) = subject.held.arrays[g], subject.held.arrays[v]
        axes = tuple(k for k in range(len(shape)) if len(size) != len(shape) or size[k] == 1)
        lines += [
            f"file[{quoted(name)}] = normed(",
            f"    file[{quoted(g)}],",
            f"    file[{quoted(v)}],",
            f"    axis={axes[0] if len(axes) == 1 else axes},",
            ")",
        ]
    if not lines:
        return []
    return [
        "",
        "",
        "def normed(g, v, axis):",
        '    """A matrix of weight_norm: v, with the lengths that g holds."""',
        f"    g, v = ({as_double} for one in (g, v))",
        f"    return g * v / {norm}",
        "",
        "",
        *lines,
        "",
    ]


def _tensors(kind: str, load: str) -> Program:
    if kind == SAFETENSORS:
        return [load], ["file = load_file(FILE)"]
    return [load, *PARTS_NEED], [*PARTS, "    file |= load_file(Path(FILE).parent / part)"]


def _halves_of_tensors(kind: str) -> Program:
    kept = 'file = {name: numbers(one) for name, one in file.items() if one["dtype"].startswith(("F", "BF"))}'
    imports = ["from pathlib import Path", "from safetensors import deserialize"]
    if kind == SAFETENSORS:
        return imports, [*NUMBERS, "file = dict(deserialize(Path(FILE).read_bytes()))", kept]
    load = "    file |= dict(deserialize((Path(FILE).parent / part).read_bytes()))"
    return [*imports, *PARTS_NEED], [*NUMBERS, *PARTS, load, kept]


def _hdf5(kind: str, halves: bool) -> Program:
    wide = [
        '        if one.dtype.kind == "V":',
        "            file[name] = widened(one[()]).reshape(one.shape)",
    ]
    kept = [
        *(WIDENED if halves else ["", ""]),
        "def keep(name, one):",
        "    if isinstance(one, h5py.Dataset):",
        "        file[name] = one[()]",
        *(wide if halves else []),
        "",
        "",
        "file = {}",
    ]
    if kind == HDF5:
        return ["import h5py"], [*kept, "with h5py.File(FILE) as opened:", "    opened.visititems(keep)"]
    return ["import h5py", "from io import BytesIO", "from zipfile import ZipFile"], [
        *kept,
        f'with ZipFile(FILE) as archive, h5py.File(BytesIO(archive.read("{WEIGHTS}"))) as opened:',
        "    opened.visititems(keep)",
    ]
