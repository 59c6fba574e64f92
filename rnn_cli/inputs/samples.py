"""The bundled samples, each with a line that says what it is.

A model describes itself in its "about"; for other files samples/index.json maps each path to its description.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rnn_cli.errors import InputError
from rnn_cli.models.bundled import bundled_models, samples_directory
from rnn_cli.reading import FILE, shown, stands_at

INDEX = "index.json"


@dataclass(frozen=True)
class Sample:
    """A file of the samples. `path` is relative to their folder, with slashes; `name` is what --model takes, if any."""

    path: str
    kind: str
    name: str | None
    description: str
    source: Path

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.source.stat().st_size


def list_samples() -> tuple[Sample, ...]:
    """Every bundled file, models first, then by path. The index itself is not a sample."""
    folder = samples_directory()
    descriptions = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    names = {path: name for name, path in bundled_models().items()}
    samples = []
    for source in sorted(folder.rglob("*")):
        path = source.relative_to(folder).as_posix()
        if not source.is_file() or path == INDEX or any(part.startswith(".") for part in source.parts[-2:]):
            continue
        name = names.get(source)
        if name is not None:
            about = json.loads(source.read_text(encoding="utf-8")).get("about", "")
            samples.append(Sample(path, "model", name, about, source))
        else:
            samples.append(Sample(path, "data", None, descriptions.get(path, ""), source))
    return tuple(sorted(samples, key=lambda sample: (sample.kind != "model", sample.path)))


def require_data(names: Iterable[str]) -> None:
    """InputError where a data file does not exist; for the name of a bundled file, it says how to get it."""
    for name in names:
        if name == "-" or stands_at(name) is not None:
            continue
        bundled = samples_directory() / "data" / Path(name).name
        hint = f"; it is a bundled sample: rnn samples copy DIR writes it to DIR/data/{bundled.name}"
        raise InputError(f"{shown(name)}: no such file" + hint * (stands_at(str(bundled)) == FILE))
