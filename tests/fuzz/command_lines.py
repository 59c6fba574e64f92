"""How each command is given the files that it reads and writes. The parameters come from the commands themselves.

A parameter whose metavar names a file, and that no table here knows, is reported: someone has to say what it does.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer

import rnn_cli
from rnn_cli.app import COMMANDS, app
from rnn_cli.models.bundled import bundled_models
from rnn_cli.output.emit import ARRAYS
from rnn_cli.output.emit import FORMATS as PAGES
from rnn_cli.plots.draw import FORMATS as FIGURES

NAMES_A_FILE = re.compile(r"\b(FILE|DATA|MODEL|DIR|SOURCE|TARGET)\b|^TEXT")
"""Metavars of what may be a file; a TEXT may be `-`."""

ANY = ("",)


@dataclass(frozen=True)
class Read:
    """A file that a command reads. `line` has {} where its name goes, or `-` where it is stdin.

    at   the file on trial, where it is not what {} names: a file of a folder, or one that a checkpoint remembers
    """

    kind: str
    line: str
    stdin: bool = False
    at: str = ""


@dataclass(frozen=True)
class Write:
    """An option that writes a file: the suffixes that it takes, what else the command line needs to replace one, whether it
    replaces only a file of its own kind, and whether only some lines of the command write it."""

    suffixes: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    its_own: bool = False
    some_lines: bool = False


SMALL = "--hidden-size 4 --embedding-size 3 --batch-size 2"
LM = f"--task lm {SMALL} --sequence-length 6"
ANY_NUMBERS = "--tolerance 9"  # nothing is further off
TRAIN = f"{LM} --max-steps 3 --checkpoint-every 1"

READS: dict[str, Read | tuple[Read, ...]] = {
    "TEXT": Read("sentence", "{}"),
    "--file": Read("sentence", "--file {}"),
    "bptt TEXT": Read("sentence", "{} --target positive"),
    "bptt --file": Read("sentence", "--file {} --target positive"),
    "bptt --input": Read("numbers", "--input {} --target positive"),
    "bptt --model": Read("model", "words --model {} --target positive"),
    "--input": Read("numbers", "--input {}"),
    "--model": Read("model", "words --model {}"),
    "--h0": Read("start", "words --h0 {}"),
    "--state": Read("start", "words --state h={}"),
    "bptt --h0": Read("start", "words --target positive --h0 {}"),
    "bptt --state": Read("start", "words --target positive --state h={}"),
    "predict --h0": Read("start", "nlp words --h0 {}"),
    "predict --state": Read("start", "nlp words --state h={}"),
    "MODEL": Read("run", "{}"),
    "train DATA…": (
        Read("text", f"{{}} {TRAIN}", stdin=True),
        Read("text", f"classes --task classify {SMALL} --max-steps 3", at="classes/up.txt"),
    ),
    "train --validation": Read("text", f"other.txt {TRAIN} --validation {{}}"),
    "train --resume": (
        Read("run", "--resume {} --max-steps 5"),
        Read("text", "--resume run.safetensors --max-steps 5", at="other.txt"),
        Read("text", "--resume run.safetensors --max-steps 5", at="held-out.txt"),
    ),
    "train --init": Read("run", f"other.txt {TRAIN} --validation held-out.txt --init {{}}"),
    "evaluate MODEL": Read("run", "{} other.txt --resamples 0"),
    "evaluate --against": Read("run", "run.safetensors other.txt --against {} --resamples 0"),
    "evaluate DATA…": Read("text", "run.safetensors {} --resamples 0", stdin=True),
    "predict MODEL": Read("model", "{} words"),
    "predict TEXT…": Read("text", "nlp {}"),
    "predict --file": Read("text", "nlp --file {}"),
    "predict --input": Read("numbers", "forecast.safetensors --input {}"),
    "inspect MODEL": Read("model", "{}"),
    "convert SOURCE": Read("model", "{} out.safetensors --to pytorch --overwrite"),
    "check FILE": Read("arrays", f"{{}} words {ANY_NUMBERS}"),
    "check TEXT": Read("sentence", f"mine.json {{}} {ANY_NUMBERS}"),
    "check --file": Read("sentence", f"mine.json --file {{}} {ANY_NUMBERS}"),
    "check --input": Read("numbers", f"mine.json --input {{}} {ANY_NUMBERS}"),
    "check --model": Read("model", f"mine.json words --model {{}} {ANY_NUMBERS}"),
    "check --h0": Read("start", f"mine.json words --h0 {{}} {ANY_NUMBERS}"),
    "check --state": Read("start", f"mine.json words --state h={{}} {ANY_NUMBERS}"),
    "check --numbers": Read("arrays", "mine.json --numbers {}"),
    "check --map": Read("map", f"mine.json words --map {{}} {ANY_NUMBERS}"),
    "diff TEXT": Read("sentence", "nlp nlp {}"),
    "diff --input": Read("numbers", "nlp nlp --input {}"),
    "generate MODEL": Read("run", "{} --length 3"),
    "train --source": Read("text", f"--source {{}} --target {{}} --task translate {SMALL} --max-steps 1"),
    "data DATA…": Read("text", "{} --task lm", stdin=True),
    "data --validation": Read("text", "other.txt --task lm --validation {}"),
    "data --source": Read("text", "--source {} --target {} --task translate"),
}  # fmt: skip
"""By command and parameter, or by parameter where that is enough."""

TEXTS_ALONE = {"--target", "--prompt"}
"""Parameters whose TEXT is a text and never a file or stdin."""

SAVED = tuple(sorted(PAGES, key=lambda suffix: suffix != ".txt"))  # text is the quickest to write

WRITES = {
    "--out": Write((".safetensors",), ("--overwrite",)),
    "--log": Write(ANY, its_own=True),
    "--save": Write(SAVED),
    **{
        f"{command} --save": Write((*SAVED, ARRAYS)) for command in ("trace", "forward", "bptt", "gradients", "inspect")
    },
    "train --save": Write(tuple(suffix for suffix in (".txt", *PAGES) if suffix != ".json")),
    "--plot": Write(tuple(FIGURES)),
    "predict --plot": Write(tuple(FIGURES), some_lines=True),
    "--save-model": Write((".json",), ("--overwrite",)),
    "--vocab-out": Write((".json",), ("--overwrite",)),
}

ELSEWHERE = {
    "race TASK|DATA…",
    "race --validation",
    "race --source",
    "race --out",
    "samples DIR",
    "convert TARGET",
    "sweep DATA…",
    "sweep --resume",
    "sweep --init",
    "sweep --validation",
    "sweep --source",
    "evaluate --source",
    "evaluate --save-predictions",
    "--tls-ca",
    "--tls-cert",
    "--tls-key",
    "--vocab",
    "--labels",
    "--target-vocab",
    "--vectors",
    "--c0",
    "--dL-dh",
}
"""What needs a model or a cluster of its own, or is a folder, and is held by the tests of the commands and of rnn_cli.paths."""

PLAIN = {
    "trace": "words", "forward": "words", "bptt": "words --target positive", "gradients": "words", "train": f"other.txt {TRAIN}",
    "evaluate": "run.safetensors other.txt --resamples 0", "predict": "forecast.safetensors --input series.csv --steps 2", "generate": "run.safetensors --length 3",
    "data": "other.txt --task lm", "inspect": "nlp", "samples": "", "schema": "trace", "quiz": "words",
    "explore": "words", "sweep": "--task parity:length=2 --max-steps 1 --hidden-size 1 --out sweep",
    "race": "parity --cells rnn --lengths 1 --seeds 1 --max-steps 1 --workers 1 --out races",
    "convert": "nlp out.json --overwrite", "diff": "nlp nlp", "check": f"mine.json words {ANY_NUMBERS}",
}  # fmt: skip
"""A line for each command that reads none of the files under trial."""


@dataclass(frozen=True)
class Parameter:
    """A parameter that names a file: what it reads or writes, or neither where no table knows it."""

    command: str
    name: str
    multiple: bool
    reads: tuple[Read, ...]
    writes: Write | None
    stdin: bool

    @property
    def known(self) -> bool:
        """Whether a table says what it does."""
        return bool(self.reads) or self.writes is not None


def parameters() -> Iterator[Parameter]:
    """Every parameter of every command that may name a file."""
    group: Any = typer.main.get_command(app)
    for command in COMMANDS:
        for one in group.get_command(None, command).params:
            name = next((word for word in one.opts if word.startswith("--")), one.metavar)
            full = f"{command} {name}"
            if not NAMES_A_FILE.search(one.metavar or "") or name in TEXTS_ALONE or {name, full} & ELSEWHERE:
                continue
            found, writes = _found(READS, command, name), _found(WRITES, command, name)
            reads = (found,) if isinstance(found, Read) else found or ()
            stdin = "reads stdin" in (getattr(one, "help", None) or "") or any(each.stdin for each in reads)
            yield Parameter(command, name, one.multiple, reads, writes, stdin)


def _found(table: Mapping[str, Any], command: str, name: str) -> Any:
    return table.get(f"{command} {name}", table.get(name))


KINDS = {
    "text": ANY,
    "sentence": ANY,
    "numbers": (".json", ".csv"),
    "start": (".json", ".csv"),
    "model": (".json", ".safetensors"),
    "run": (".safetensors",),
    "arrays": (".json",),
    "map": (".json",),
}
"""The kinds of files that are read, and the suffixes under which a reader takes them."""

TEXT = "the film was long\nbut I loved it\n" * 8


@cache
def _trained(folder: Path, task: str, data: str, **settings: Any) -> bytes:
    with chdir(folder):  # the checkpoint must remember names that are right in every folder
        Path(data).write_bytes(content(folder, "text" if task == "lm" else "numbers", Path(data).suffix))
        if "validation" in settings:
            Path(settings["validation"]).write_bytes(content(folder, "text", ".txt"))
        rnn_cli.train(data, task=task, out=f"{task}.safetensors", max_steps=2, hidden_size=4, **settings)
        return Path(f"{task}.safetensors").read_bytes()


def content(folder: Path, kind: str, suffix: str) -> bytes:
    """What a file of the kind holds; models are trained in the folder when they are first asked for."""
    if kind == "run" or (kind == "model" and suffix == ".safetensors"):
        sizes = {"embedding_size": 3, "batch_size": 2, "sequence_length": 6}
        return _trained(folder, "lm", "other.txt", validation="held-out.txt", **sizes)
    if kind == "forecast":
        return _trained(folder, "forecast", "series.csv", window=2)
    if kind == "model":
        return bundled_models()["nlp"].read_bytes()
    if kind == "numbers":
        rows = [[k % 3 / 2, k % 5 / 4] for k in range(12)]
        return (str(rows) if suffix == ".json" else "\n".join(["a,b", *(f"{a},{b}" for a, b in rows)])).encode()
    if kind == "start":
        return b"[[0.5, 0.25, 0]]" if suffix == ".json" else b"0.5,0.25,0\n"
    if kind in ("arrays", "map"):
        return b'{"logits": [0.1, 0.2]}' if kind == "arrays" else b'{"logits": "logits"}'
    return b"I love NLP\n" if kind == "sentence" else TEXT.encode()
