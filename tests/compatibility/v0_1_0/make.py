"""Write the files of this folder with the `rnn` of version 0.1.0. They are made once: what is committed stays as it is.

    python tests/compatibility/v0_1_0/make.py path/to/rnn [FOLDER]

`FOLDER` is this folder unless another one is given. For every run it leaves

    NAME.safetensors      as 0.1.0 saved it after STEPS steps, with NAME.log.jsonl where the run kept a log
    resumed/…             the same, after 0.1.0 resumed the run to RESUMED steps
    recorded.json         the command lines, and the documents that 0.1.0 printed for NAME.safetensors
"""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).parent
STEPS, RESUMED = 6, 10

SMALL = ("--hidden-size", "3", "--embedding-size", "2", "--batch-size", "4", "--validation", "0.2")
"""A checkpoint holds every weight up to four times, so that these networks make files of some kilobytes."""

RUNS: dict[str, tuple[str, ...]] = {
    "classify-rnn-relu": (
        "classify.tsv", "--task", "classify", "--cell", "rnn", "--activation", "relu", "--optimizer", "momentum", *SMALL,
    ),
    "classify-gru-reset-before": (
        "classify.tsv", "--task", "classify", "--cell", "gru", "--reset-before", "--patience", "5", "--eval-every", "2", *SMALL,
    ),
    "tag-gru-both-directions": ("words.tsv", "--task", "tag", "--cell", "gru", "--bidirectional", *SMALL),
    "lm-lstm-two-layers-char": (
        "text.txt", "--task", "lm", "--cell", "lstm", "--num-layers", "2", "--dropout", "0.2", "--sequence-length", "8", *SMALL,
    ),
    "lm-gru-word": ("text.txt", "--task", "lm", "--level", "word", "--cell", "gru", "--truncate", "3,7", *SMALL),
    "translate-lstm-both-directions": (
        "translate.tsv", "--task", "translate", "--cell", "lstm", "--bidirectional", "--teacher-forcing", "0.5", *SMALL,
    ),
    "describe-gru": ("describe.tsv", "--task", "describe", "--cell", "gru", "--dtype", "float64", *SMALL),
    "forecast-gru": ("series.csv", "--task", "forecast", "--window", "5", "--horizon", "2", "--cell", "gru", *SMALL),
    "recall-lstm": (
        "--task", "recall:length=5,examples=40", "--cell", "lstm", "--hidden-size", "3", "--embedding-size", "2",
        "--batch-size", "4",
    ),
}  # fmt: skip

LOGGED = ("classify-gru-reset-before", "lm-lstm-two-layers-char")
"""The runs that keep a log, which a resumed run continues."""

QUESTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "classify-rnn-relu": (("predict", "MODEL", "very good rain"), ("forward", "good sun", "--model", "MODEL")),
    "classify-gru-reset-before": (("predict", "MODEL", "not bad"), ("forward", "bad tree", "--model", "MODEL")),
    "tag-gru-both-directions": (("predict", "MODEL", "sun not rain"), ("forward", "good sun", "--model", "MODEL")),
    "lm-lstm-two-layers-char": (("predict", "MODEL", "sun r"), ("generate", "MODEL", "--prompt", "ra", "--length", "9")),
    "lm-gru-word": (("predict", "MODEL", "not very"), ("generate", "MODEL", "--prompt", "good", "--length", "5")),
    "translate-lstm-both-directions": (("predict", "MODEL", "goodsun"), ("forward", "bad", "--model", "MODEL", "--target", "dab")),
    "describe-gru": (("predict", "MODEL", "a"), ("forward", "b", "--model", "MODEL")),
    "forecast-gru": (("predict", "MODEL", "--input", "series.csv"), ("forward", "--input", "two.csv", "--model", "MODEL")),
    "recall-lstm": (("forward", "A C B", "--model", "MODEL"),),
}  # fmt: skip
"""What is asked of each trained model beside `evaluate` and `inspect`; MODEL stands for its file."""

MODELS: dict[str, tuple[tuple[str, ...], ...]] = {
    "hand-written-lstm.json": (("forward", "good rain", "--model", "MODEL"), ("inspect", "MODEL")),
    "hand-written-gru-both-directions.json": (("forward", "good rain", "--model", "MODEL"), ("inspect", "MODEL")),
    "state-dict-lstm.safetensors": (("forward", "--input", "two.csv", "--model", "MODEL"), ("inspect", "MODEL")),
    "state-dict-rnn.safetensors": (
        ("forward", "--input", "two.csv", "--model", "MODEL", "--activation", "relu"), ("inspect", "MODEL"),
    ),
}  # fmt: skip
"""Models that no run made, and what is asked of them."""


def write_data(folder: Path) -> None:
    """A small data set for each task."""
    draw = random.Random(1)
    words = ["sun", "rain", "good", "bad", "very", "not", "tree"]
    texts = [draw.choices(words, k=draw.randint(2, 6)) for _ in range(20)]
    labels = ["up" if "good" in text else "down" if "bad" in text else "flat" for text in texts]
    files = {
        "classify.tsv": ["text\tlabel", *(f"{' '.join(t)}\t{label}" for t, label in zip(texts, labels, strict=True))],
        "translate.tsv": ["source\ttarget", *(f"{''.join(t)[:8]}\t{''.join(t)[:4][::-1]}" for t in texts)],
        "describe.tsv": ["condition\ttext", *(f"{draw.choice('ab')}\t{t[0]}{t[-1]}" for t in texts)],
        "words.tsv": [line for t in texts for line in (*(f"{w}\t{w[0].upper()}" for w in t), "")],
        "series.csv": ["a,b", *(f"{draw.random():.3f},{k % 5}" for k in range(30))],
        "two.csv": ["a,b", "0.25,1", "0.5,-1", "0.75,2"],
        "text.txt": [" ".join(t) for t in texts],
    }
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_models(folder: Path) -> None:
    """Models as a person writes them, and as torch.nn saves them."""
    draw = random.Random(2)

    def vector(size: int) -> list[float]:
        return [round(draw.uniform(-1, 1), 2) for _ in range(size)]

    def layer(gates: str, inputs: int, hidden: int) -> dict[str, Any]:
        matrices = {f"W_x{g}": [vector(inputs) for _ in range(hidden)] for g in gates}
        matrices |= {f"W_h{g}": [vector(hidden) for _ in range(hidden)] for g in gates}
        return matrices | {f"b_{g}": vector(hidden) for g in gates}

    common = {
        "format": "rnn.model/1",
        "task": "many-to-one",
        "labels": ["no", "yes"],
        "embedding": {"good": vector(2), "rain": vector(2), "<unk>": [0, 0]},
    }
    lstm = {
        "layers": [layer("ifgo", 2, 3), layer("ifgo", 3, 3)],
        "readout": {"W_hy": [vector(3), vector(3)], "b_y": vector(2)},
    }
    both = [{"direction": direction, **layer("rzn", 2, 2), "b_hn": vector(2)} for direction in ("forward", "backward")]
    gru = {"layers": both, "readout": {"W_hy": [vector(4), vector(4)], "b_y": vector(2)}}
    for name, model in {
        "hand-written-lstm.json": {**common, "cell": "lstm", "parameters": lstm},
        "hand-written-gru-both-directions.json": {**common, "cell": "gru", "reset_after": True, "parameters": gru},
    }.items():
        (folder / name).write_text(json.dumps(model) + "\n", encoding="utf-8")
    generator = np.random.default_rng(3)
    for name, gates, layers, suffixes in (
        ("state-dict-lstm.safetensors", 4, 2, ("", "_reverse")), ("state-dict-rnn.safetensors", 1, 1, ("",)),
    ):  # fmt: skip
        hidden, arrays = 3, {}
        for k in range(layers):
            for suffix in suffixes:
                inputs = hidden * len(suffixes) if k else 2
                shapes = {"weight_ih": (gates * hidden, inputs), "weight_hh": (gates * hidden, hidden),
                          "bias_ih": (gates * hidden,), "bias_hh": (gates * hidden,)}  # fmt: skip
                for kind, shape in shapes.items():
                    arrays[f"{kind}_l{k}{suffix}"] = generator.uniform(-0.5, 0.5, shape).astype(np.float32)
        save_file(arrays, folder / name)


def main(rnn: str, folder: Path) -> None:
    """Write everything."""
    folder.mkdir(exist_ok=True)

    def run(*arguments: str) -> str:
        done = subprocess.run([rnn, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"rnn {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def answers(questions: Sequence[Sequence[str]], model: str) -> list[dict[str, Any]]:
        found = []
        for question in questions:
            arguments = [model if one == "MODEL" else one for one in question]
            found.append({"arguments": arguments, "document": json.loads(run(*arguments, "--json"))})
        return found

    version = run("--version").strip()
    if version != "rnn 0.1.0":
        raise SystemExit(f"{rnn} is {version}")
    write_data(folder)
    write_models(folder)
    resumed = folder / "resumed"
    resumed.mkdir(exist_ok=True)
    recorded: dict[str, Any] = {"runs": {}, "models": {}}
    for name, flags in RUNS.items():
        file, log = f"{name}.safetensors", f"{name}.log.jsonl"
        logging = ("--log", log) if name in LOGGED else ()
        (folder / log).unlink(missing_ok=True)
        train = ("train", *flags, "--max-steps", str(STEPS), "--out", file, "--overwrite", *logging)
        run(*train)
        data = [one for one in flags[:1] if not one.startswith("-")]
        asked = (("evaluate", "MODEL", *data), ("inspect", "MODEL"), *QUESTIONS[name])
        recorded["runs"][name] = {"train": list(train), "answers": answers(asked, file)}
        kept = [one for one in (file, log) if (folder / one).exists()]
        held = {one: (folder / one).read_bytes() for one in kept}
        run("train", "--resume", file, "--max-steps", str(RESUMED), *logging)
        for one in kept:
            shutil.move(folder / one, resumed / one)
            (folder / one).write_bytes(held[one])
    for name, questions in MODELS.items():
        recorded["models"][name] = answers(questions, name)
    lines = [f"{json.dumps(kind)}: {{\n{_lines(found)}\n}}" for kind, found in recorded.items()]
    (folder / "recorded.json").write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def _lines(found: dict[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(said)}" for name, said in found.items())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else HERE)
