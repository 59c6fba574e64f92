"""Every reader of a file: which parameter of which command takes which form of file, with a line that has it read.

The parameters are the commands' own (command_lines.py); the forms of models, numbers and arrays are those of the program's
tables, and each task has the forms that its data come in. What is in no table here is reported by `unread`.
"""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import typer
from safetensors.numpy import save

import rnn_cli
from rnn_cli.__main__ import main
from rnn_cli.app import COMMANDS, app
from rnn_cli.core.network import Architecture
from rnn_cli.inputs.numbers import SUFFIXES as NUMBERS
from rnn_cli.models.formats import FORMATS
from rnn_cli.study.check.files import SUFFIXES as ARRAYS
from rnn_cli.tasks import TASKS
from tests.fuzz.command_lines import ANY_NUMBERS, NAMES_A_FILE, SMALL, TEXTS_ALONE, WRITES, content, parameters
from tests.fuzz.folders import filled
from tests.support.model_files import json_model

TRIED = "tried"
"""What the file on trial is called, before its ending."""


@dataclass(frozen=True)
class Reader:
    """A parameter that reads a file of one form.

    line     the words after the command; {} is the file on trial, which stands at `at`
    kind     what the file holds, and with `suffix` its form (see `material`)
    slow     whether the line starts processes of its own, where the file is good
    """

    command: str
    parameter: str
    line: str
    kind: str
    suffix: str
    at: str
    slow: bool = False

    @property
    def name(self) -> str:
        """A row of the table."""
        return f"{self.command} {self.parameter} {self.kind}{self.suffix}"

    @property
    def form(self) -> str:
        """What is read."""
        return f"{self.kind}{self.suffix}"

    def words(self) -> list[str]:
        """The command line."""
        return [self.command, *(word.replace("{}", self.at) for word in self.line.split())]


AT_WORK = {
    **dict.fromkeys(("trace", "forward", "gradients", "quiz"), "words --model M"),
    "bptt": "words --model M --target positive",
    "check": f"mine.json words --model M {ANY_NUMBERS}",
    "inspect": "M",
    "predict": "M words",
    "generate": "M --length 2",
    "evaluate": "M classify.tsv --resamples 0",
    "convert": "M out.safetensors --to pytorch --overwrite",
    "diff": "M M words",
    "train": f"classify.tsv --task classify {SMALL} --max-steps 1",
    "sweep": f"classify.tsv --task classify {SMALL} --max-steps 1 --workers 1 --out sweep",
}
"""A line for each command that takes a model of another program, in the place of M, and options that say what it lacks."""

FOREIGN = {
    "--vocab": ("vocab", "bare"),
    "--target-vocab": ("written", "pair"),
    "--labels": ("labels", "bare"),
    "--vectors": ("vectors", "headed"),
}
"""What such an option's file holds, and a model that lacks it."""

UNFIT = {
    "--vocab": ("generate",),
    "--target-vocab": ("bptt", "check", "quiz", "generate", "evaluate", "convert", "diff"),
    "--vectors": ("generate",),
}
"""The commands that refuse the model that the option is for, whatever the file holds."""

WORDLESS = ("--labels", "--target-vocab")
"""The options beside which --vocab must be given."""

SETTINGS = f"{SMALL} --max-steps 1"
RACE = "--cells rnn --seeds 1 --max-steps 1 --workers 1"
RUNS = "--max-steps 1 --hidden-size 1 --workers 1"
"""One short run in one process."""

MORE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "--c0": (("start", NUMBERS[0], ""), ("start", ".npy", "")),
    "bptt --dL-dh": (("start", NUMBERS[0], "--input series.csv --model pure.safetensors --dL-dh {}"),),
    "gradients --dL-dh": (("start", ".npy", "--input series.csv --model pure.safetensors --dL-dh {}"),),
    "sweep --resume": (
        ("plan", ".json", "--resume swept --workers 1"),
        ("records", ".jsonl", "--resume swept --workers 1"),
    ),
    "sweep --init": (("run", ".safetensors", f"other.txt --task lm {SETTINGS} --sequence-length 6 --init {{}} --workers 1 --out sweep"),),
    "sweep --validation": (("classify", ".tsv", f"classify.tsv --task classify --validation {{}} {RUNS} --out sweep"),),
    "sweep --source": (("text", "", f"--source {{}} --target other.txt --task translate {RUNS} --out sweep"),),
    "race --validation": (("classify", ".tsv", f"classify.tsv --task classify --validation {{}} {RACE} --out raced"),),
    "race --source": (("text", "", f"--source {{}} --target other.txt --task translate {RACE} --out raced"),),
    "race --out": (
        ("race", ".jsonl", "parity --lengths 1 --cells rnn --seeds 1 --max-steps 1 --workers 1 --out raced"),
        ("asked", ".json", "parity --lengths 1 --cells rnn --seeds 1 --max-steps 1 --workers 1 --out raced"),
    ),
    "evaluate --source": (("text", "", "translate.safetensors --source {} --target other.txt --resamples 0"),),
    "evaluate --validation": (),
}  # fmt: skip
"""What command_lines.py leaves to the tests of the commands: the kind of file, its ending and the line."""

NO_READERS = {
    "samples DIR": "a folder that is written",
    "convert TARGET": "a file that is written",
    "evaluate --save-predictions": "a file that is written",
    **{f"{command} {name}": "read by the library of TLS" for command in ("race", "sweep") for name in ("--tls-ca", "--tls-cert", "--tls-key")},
    "explore": "a screen, which reads by the parts of the others",
}  # fmt: skip

PLACES = {
    "plan": "swept/sweep.json",
    "records": "swept/runs.jsonl",
    "race": "raced/runs.jsonl",
    "asked": "raced/race.json",
}
"""Files that are found in a folder under a name of their own."""

MODELS = {f"{one.name} model": one.suffixes for one in FORMATS.values()}
MODELS |= {"pytorch model": (*MODELS["pytorch model"], ".index.json", ".pt")}
"""By the names of the formats; a model of PyTorch may stand in several files, or in one that is not opened."""

FORMS: dict[str, tuple[str, ...]] = {
    **MODELS,
    "run": (".safetensors",),
    "numbers": (*NUMBERS, ".csv.gz"),
    "start": NUMBERS,
    "arrays": ARRAYS,
    "map": (".json",),
    "sentence": (".txt",),
    "text": (".txt", ".txt.gz"),
    "vocab": (".txt", ".json", ".tokenizer.json"),
    "written": (".txt", ".json"),
    "labels": (".txt", ".json"),
    "vectors": (".txt", ".txt.gz"),
}
"""The endings of each kind of file."""

TABLES = (".tsv", ".csv", ".json", ".jsonl")
DATA: dict[str, tuple[str, ...]] = {
    "classify": (*TABLES, ".tsv.gz"),
    "tag": (".conllu", ".tsv", ".jsonl"),
    "lm": (".txt",),
    "translate": TABLES,
    "describe": TABLES,
    "forecast": (".csv", ".json"),
}
"""The endings of each task's data."""


def readers() -> list[Reader]:
    """All of them, in a fixed order."""
    return [*_of_command_lines(), *_of_more(), *_of_data()]


def _of_command_lines() -> Iterator[Reader]:
    for one in parameters():
        for read in one.reads if not interactive(one.command) else ():
            if read.at:
                suffix = Path(read.at).suffix
                yield Reader(one.command, f"{one.name} ({read.at})", read.line, read.kind, suffix, read.at)
                continue
            for kind in MODELS if read.kind == "model" else (read.kind,):
                line = read.line if not words_of(kind) else _by_ids(one.command, read.line)
                line = line.replace("{} --target {}", "{} --target other.txt")
                for suffix in FORMS[kind]:
                    yield Reader(one.command, one.name, line, kind, suffix, TRIED + suffix)


def words_of(kind: str) -> bool:
    """Whether a kind of model comes without words."""
    return kind in MODELS and not FORMATS[kind.split()[0]].words


def _by_ids(command: str, line: str) -> str:
    """The line for a model without words, and without labels."""
    ids = re.sub(r"\bwords\b", "--ids 1,2", line)
    return f"{ids} --labels negative,positive" if command == "bptt" else ids


def _of_more() -> Iterator[Reader]:
    for command, name in _every_parameter():
        if interactive(command):
            continue
        if name in FOREIGN and command not in UNFIT.get(name, ()):
            kind, model = FOREIGN[name]
            line = _with_model(command, model, name) + f" {name} {{}}"
            for suffix in FORMS[kind]:
                yield Reader(command, name, line, kind, suffix, TRIED + suffix, slow=command == "sweep")
        for kind, suffix, line in MORE.get(f"{command} {name}", MORE.get(name, ())):
            filled_in = line or AT_WORK[command].replace("M", "lstm.json") + f" {name} {{}}"
            at = PLACES.get(kind, TRIED + (suffix or ".txt"))
            yield Reader(command, name, filled_in, kind, suffix or ".txt", at, slow=command in ("race", "sweep"))


def _with_model(command: str, model: str, option: str) -> str:
    line = AT_WORK[command].replace("M", f"{model}.safetensors")
    if option == "--vectors":
        line = line.replace(" --embedding-size 3", "")
    if command in ("bptt", "evaluate") and option != "--labels":
        line += " --labels negative,positive"
    return line + (" --vocab vocab.txt" if option in WORDLESS else "")


def _of_data() -> Iterator[Reader]:
    lines = {
        "data": "{} --task TASK",
        "train": f"{{}} --task TASK {SETTINGS} SOME",
        "evaluate": "TASK.safetensors {} --resamples 0",
        "race": f"{{}} --task TASK {RACE} SOME --out raced",
        "sweep": f"{{}} --task TASK {RUNS} SOME --out sweep",
    }
    some = {"lm": "--sequence-length 6", "forecast": "--window 2"}
    for command, line in lines.items():
        for task in TASKS:
            said = line.replace("TASK", task).replace("SOME", some.get(task, ""))
            for suffix in DATA[task]:
                slow = command in ("race", "sweep")
                yield Reader(command, "DATA…", said, task, suffix, TRIED + suffix, slow)


def _every_parameter() -> Iterator[tuple[str, str]]:
    group: Any = typer.main.get_command(app)
    for command in COMMANDS:
        for one in group.get_command(None, command).params:
            name = next((word for word in one.opts if word.startswith("--")), one.metavar)
            if NAMES_A_FILE.search(one.metavar or "") and name not in TEXTS_ALONE:
                yield command, name


def interactive(command: str) -> bool:
    """Whether a command talks to a person."""
    return bool(getattr(import_module(f"rnn_cli.commands.{command}"), "INTERACTIVE", False))


def unread(tried: list[Reader]) -> list[str]:
    """The parameters that name a file and that no reader, no output and no reason stands for."""
    known = {(one.command, one.parameter.split()[0].replace("TASK|", "")) for one in tried}
    return [
        f"{command} {name}"
        for command, name in _every_parameter()
        if (command, name.replace("TASK|", "")) not in known
        and not {command, f"{command} {name}"} & set(NO_READERS)
        and command not in UNFIT.get(name, ())
        and not {name, f"{command} {name}"} & set(WRITES)
    ]


ROWS = {
    "classify": (("text", "label"), [("good film", "positive"), ("bad film", "negative"), ("a good one", "positive"), ("a bad one", "negative")]),
    "translate": (("source", "target"), [("one two", "un deux"), ("two", "deux"), ("one", "un"), ("two one", "deux un")]),
    "describe": (("condition", "text"), [("island", "Luraiki"), ("robot", "QV-252"), ("island", "Nanoui"), ("robot", "QX-1")]),
}  # fmt: skip
TAGGED = [[("the", "DET"), ("cat", "NOUN")], [("a", "DET"), ("dog", "NOUN"), ("sat", "VERB")]] * 2


@cache
def material(folder: Path, kind: str, suffix: str) -> bytes:
    """A good file of a form; models are trained or written in the folder when they are first asked for."""
    if suffix.endswith(".gz"):
        return gzip.compress(material(folder, kind, suffix.removesuffix(".gz")), mtime=0)
    if kind in MODELS:
        return _model(folder, kind.split()[0], suffix)
    if kind in ("numbers", "start", "forecast") and suffix != ".safetensors":
        return _numbers(folder, kind, suffix)
    if kind == "arrays":
        return _arrays(suffix)
    if kind in TASKS and suffix != ".safetensors":
        return _data(folder, kind, suffix)
    if kind in TASKS:
        return _trained(folder, kind)
    if kind in SHAPES:
        return _drawn(kind)
    if kind == "lstm":
        written = Path(json_model(folder / "lstm.json", Architecture("lstm", 2, 3, output_size=2, embedding_rows=3)))
        return json.dumps(json.loads(written.read_bytes()) | {"labels": ["negative", "positive"]}).encode()
    if kind in PLACES:
        return _kept(folder, PLACES[kind])
    if kind in ("vocab", "written", "labels", "vectors"):
        return _words(kind, suffix)
    return content(folder, kind, suffix)


def _call(folder: Path, line: str) -> None:
    with chdir(folder), redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said, suppress(SystemExit):
        main(line.split())
    if "rnn: " in said.getvalue():
        raise AssertionError(f"rnn {line}: {said.getvalue()}")


def _model(folder: Path, name: str, suffix: str) -> bytes:
    if name == "json":
        return content(folder, "model", suffix)
    if name == "rnn":
        return material(folder, "classify", suffix)
    if name == "npz":
        from rnn_cli.models.load import load_model
        from tests.support.npz_files import equations

        held = BytesIO()
        named: dict[str, Any] = equations(load_model("nlp"), lead=True)
        np.savez(held, **named)
        return held.getvalue()
    if suffix == ".pt":  # an archive of torch.save has its pickle and its arrays beside each other
        import pickle
        import zipfile

        held = BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("m/data.pkl", pickle.dumps({"weight_hh_l0": [1.0]}, 2))
            archive.writestr("m/data/0", bytes(16))
        return held.getvalue()
    if suffix == ".index.json":
        (folder / "bare.safetensors").write_bytes(_drawn("bare"))
        return json.dumps({"metadata": {}, "weight_map": dict.fromkeys(SHAPES["bare"], "bare.safetensors")}).encode()
    _call(folder, f"convert nlp made{suffix} --to {name} --overwrite")
    return (folder / f"made{suffix}").read_bytes()


def _numbers(folder: Path, kind: str, suffix: str) -> bytes:
    rows = np.array([[0.5, 0.25, 0]]) if kind == "start" else np.array([[k % 3 / 2, k % 5 / 4] for k in range(12)])
    held = BytesIO()
    if suffix == ".npy":
        np.save(held, rows)
    elif suffix == ".npz":
        np.savez(held, x=rows)
    elif suffix == ".json":
        named = [dict(zip("ab", row, strict=True)) for row in rows.tolist()] if kind == "forecast" else rows.tolist()
        return json.dumps(named).encode()
    else:
        sign = "," if suffix == ".csv" else "\t"
        head = [] if kind == "start" else [sign.join("ab")]
        return "\n".join([*head, *(sign.join(map(str, row)) for row in rows.tolist())]).encode()
    return held.getvalue()


def _arrays(suffix: str) -> bytes:
    arrays: dict[str, Any] = {"h": np.array([[0.1, 0.2, 0.3]]), "logits": np.array([0.1, 0.2])}
    held = BytesIO()
    if suffix == ".npz":
        np.savez(held, **arrays)
        return held.getvalue()
    if suffix == ".safetensors":
        return bytes(save(arrays))
    return json.dumps({name: array.tolist() for name, array in arrays.items()}).encode()


def _data(folder: Path, task: str, suffix: str) -> bytes:
    if task == "lm":
        return content(folder, "text", suffix)
    if task == "tag":
        if suffix == ".jsonl":
            lines = [json.dumps({"tokens": [w for w, _ in one], "tags": [t for _, t in one]}) for one in TAGGED]
            return "\n".join(lines).encode()
        if suffix == ".tsv":
            return "\n\n".join("\n".join(map("\t".join, one)) for one in TAGGED).encode()
        words = ["\n".join(f"{k}\t{w}\t_\t{t}" + "\t_" * 6 for k, (w, t) in enumerate(one, 1)) for one in TAGGED]
        return ("\n\n".join(words) + "\n\n").encode()
    names, rows = ROWS[task]
    if suffix.startswith(".json"):
        objects = [json.dumps(dict(zip(names, row, strict=True))) for row in rows * 2]
        return ("\n".join(objects) if suffix == ".jsonl" else f"[{','.join(objects)}]").encode()
    sign = "," if suffix == ".csv" else "\t"
    return "".join(sign.join(row) + "\n" for row in [names, *rows * 2]).encode()


def _trained(folder: Path, task: str) -> bytes:
    suffix, own = DATA[task][0], folder / "own"
    own.mkdir(exist_ok=True)
    data = f"data-{task}{suffix}"
    (own / data).write_bytes(material(folder, task, suffix))
    every: dict[str, dict[str, Any]] = {"lm": {"sequence_length": 6, "batch_size": 2}, "forecast": {"window": 2}}
    with chdir(own):
        rnn_cli.train(data, task=task, out=f"{task}.safetensors", max_steps=1, hidden_size=4, **every.get(task, {}))
    return (own / f"{task}.safetensors").read_bytes()


RECURRENT = {"weight_ih_l0": (3, 2), "weight_hh_l0": (3, 3), "bias_ih_l0": (3,), "bias_hh_l0": (3,)}
SHAPES = {
    "pure": {f"rnn.{name}": shape for name, shape in RECURRENT.items()},
    "headed": {f"rnn.{name}": shape for name, shape in RECURRENT.items()} | {"fc.weight": (2, 3), "fc.bias": (2,)},
    "bare": {f"rnn.{name}": shape for name, shape in RECURRENT.items()} | {"emb.weight": (4, 2), "fc.weight": (2, 3), "fc.bias": (2,)},
    "pair": {f"{side}.rnn.{name}": shape for side in ("encoder", "decoder") for name, shape in RECURRENT.items()}
    | {"encoder.emb.weight": (4, 2), "decoder.emb.weight": (4, 2), "decoder.out.weight": (4, 3), "decoder.out.bias": (4,)},
}  # fmt: skip
"""Modules of PyTorch without words: a recurrent one alone, one with its readout, one with an embedding too, an encoder with a decoder."""


@cache
def _drawn(kind: str) -> bytes:
    draw = np.random.default_rng(0)
    return bytes(save({name: draw.normal(size=shape).astype("f4") for name, shape in SHAPES[kind].items()}))


def _words(kind: str, suffix: str) -> bytes:
    if kind == "vectors":
        return b"words 0.5 1\nthe 0 1\nfilm 1 0.25\n"
    words = {"labels": ["positive", "negative"], "written": ["SOS", "EOS", "words", "le"]}.get(
        kind, ["<unk>", "words", "the", "film"]
    )
    if suffix == ".tokenizer.json":
        return json.dumps(
            {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "Whitespace"},
             "post_processor": None, "decoder": None, "model": {"type": "WordLevel", "vocab": {w: k for k, w in enumerate(words)}, "unk_token": "<unk>"}}
        ).encode()  # fmt: skip
    return json.dumps(words).encode() if suffix == ".json" else "\n".join(words).encode()


def _kept(folder: Path, place: str) -> bytes:
    if not (folder / place).exists():
        if place.startswith("swept"):
            _call(folder, "sweep --task parity:length=2 --max-steps 1 --hidden-size 1 --workers 1 --out swept")
        else:
            _call(folder, "race " + MORE["race --out"][0][2])
    return (folder / place).read_bytes()


BESIDE = {
    "bare.safetensors": ("bare", ".safetensors"),
    "pure.safetensors": ("pure", ".safetensors"),
    "headed.safetensors": ("headed", ".safetensors"),
    "pair.safetensors": ("pair", ".safetensors"),
    "vocab.txt": ("vocab", ".txt"),
    "other.txt": ("text", ".txt"),
    "lstm.json": ("lstm", ".json"),
    "classify.tsv": ("classify", ".tsv"),
    **{f"{task}.safetensors": (task, ".safetensors") for task in TASKS if task != "forecast"},
}
"""Files that lines name beside the one on trial."""


def prepare(reader: Reader, folder: Path, templates: Path) -> None:
    """Put into a folder what a reader's line needs, and the file on trial as it should be."""
    for name in filled(folder, templates, reader.line):
        if name in BESIDE:
            (folder / name).write_bytes(material(templates, *BESIDE[name]))
    if "run" in reader.kind or "run.safetensors" in reader.line:  # the checkpoint remembers these
        for name in ("other.txt", "held-out.txt"):
            (folder / name).write_bytes(material(templates, "text", ".txt"))
    if reader.suffix == ".index.json":
        (folder / "bare.safetensors").write_bytes(_drawn("bare"))
    if reader.kind in PLACES:
        import shutil

        material(templates, reader.kind, reader.suffix)
        top = Path(PLACES[reader.kind]).parts[0]
        shutil.copytree(templates / top, folder / top)
    (folder / reader.at).write_bytes(material(templates, reader.kind, reader.suffix))
